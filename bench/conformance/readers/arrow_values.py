"""An Arrow table's values as lossless tagged JSON, which values.py compares."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any, Callable

import pyarrow as pa

Tag = Callable[[Any], Any]
NANOSECONDS = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}
# A longer text of one repeated character is written as that character and the length.
LONG = 1 << 20


def write(table: pa.Table, output: str) -> None:
    columns = [list(values(chunked)) for chunked in table.columns]
    with open(output, "w", encoding="utf-8") as file:  # noqa: PTH123
        for number in range(table.num_rows):
            row = [[name, column[number]] for name, column in zip(table.column_names, columns)]
            print(json.dumps({"$struct": row}, ensure_ascii=False), file=file)


def values(chunked: pa.ChunkedArray) -> Iterator[Any]:
    for chunk in chunked.chunks:
        yield from tagged(chunk)


def tagged(array: pa.Array) -> list[Any]:
    kind = array.type
    types = pa.types
    if isinstance(kind, pa.BaseExtensionType):
        return tagged(array.storage)
    if types.is_dictionary(kind):
        return tagged(array.dictionary_decode())
    if types.is_struct(kind):
        fields = [tagged(field) for field in array.flatten()]
        names = [kind.field(n).name for n in range(kind.num_fields)]
        rows = (
            [[list(pair) for pair in zip(names, row)] for row in zip(*fields)]
            if fields
            else [[]] * len(array)
        )
        return valid(array, [{"$struct": row} for row in rows])
    if types.is_map(kind):
        pairs = [list(pair) for pair in zip(tagged(array.keys), tagged(array.items))]
        return [row if row is None else {"$map": row} for row in slices(array, pairs)]
    if types.is_fixed_size_list(kind):
        return tagged(array.cast(pa.list_(kind.value_type)))
    if types.is_list(kind) or types.is_large_list(kind):
        return slices(array, tagged(array.values))
    raw, tag = leaf(kind)
    return [None if value is None else tag(value) for value in raw(array)]


def valid(array: pa.Array, rows: list[Any]) -> list[Any]:
    return [row if is_valid else None for row, is_valid in zip(rows, array.is_valid().to_pylist())]


def slices(array: Any, items: list[Any]) -> list[Any]:
    offsets = array.offsets.to_pylist()
    return valid(array, [items[start:end] for start, end in zip(offsets, offsets[1:])])


def leaf(kind: pa.DataType) -> tuple[Callable[[pa.Array], list[Any]], Tag]:
    """Functions that turn an array into Python values and tag each of them."""
    types = pa.types
    if types.is_decimal(kind):
        return pa.Array.to_pylist, lambda value: {"$decimal": f"{value:f}"}
    if types.is_floating(kind):
        bits = kind.bit_width
        # Every 16- or 32-bit float fits 64 bits exactly.
        return lambda array: array.cast(pa.float64()).to_pylist(), lambda value: {
            "$float": [bits, repr(value)]
        }
    if types.is_date(kind):
        days = lambda array: array.cast(pa.date32()).cast(pa.int32()).to_pylist()  # noqa: E731
        return days, lambda value: {"$date": value}
    if types.is_time(kind):
        return integers, lambda value: {"$time": [value, kind.unit]}
    if types.is_timestamp(kind):
        return integers, lambda value: {"$timestamp": [value, kind.unit]}
    if types.is_duration(kind):
        return integers, lambda value: value
    if types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind):
        return pa.Array.to_pylist, short
    if types.is_boolean(kind) or types.is_integer(kind) or types.is_null(kind):
        return pa.Array.to_pylist, lambda value: value
    return pa.Array.to_pylist, lambda value: {"$bytes": base64.b64encode(value).decode()}


def integers(array: pa.Array) -> list[Any]:
    return array.cast(pa.int32() if array.type.bit_width == 32 else pa.int64()).to_pylist()


def short(text: str) -> str:
    if len(text) > LONG and text == text[0] * len(text):
        return f"{text[0]} * {len(text)}"
    return text
