"""
The expected JSON of a Parquet file, from pyarrow's reading and without the converter's code.

`expected_rows` returns a tree for each row: None, bool, str, list and dict stand for themselves, `Number` for the exact
text of a number, `Float`, `NonFinite` and `Duration` for values that `tolerant` compares.
"""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Callable

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from strict_json import Number
from tolerant import Duration, Float, NonFinite, difference

__all__ = [
    "Options",
    "assert_rows",
    "date_text",
    "expected_rows",
    "time_text",
    "timestamp_text",
    "unique_names",
]

Values = Callable[[pa.Array], list]


@dataclass(frozen=True)
class Options:
    """The converter's options that affect values, with their defaults."""

    integers: str = "number"
    decimals: str = "number"
    binary: str = "base64"
    non_finite: str = "null"
    nulls: str = "keep"
    timestamps: str = "iso"


# Calendar and clock

_DAYS_OF_400_YEARS = 146_097
_UNITS = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}


def date_text(days: int) -> str:
    """ISO 8601 of a day counted from 1970-01-01. The proleptic Gregorian calendar repeats every 400 years."""
    cycles, rest = divmod(days + date(1970, 1, 1).toordinal() - 1, _DAYS_OF_400_YEARS)
    day = date.fromordinal(rest + 1)
    year = day.year + 400 * cycles
    sign = "" if 0 <= year <= 9999 else "-" if year < 0 else "+"
    return f"{sign}{abs(year):04d}-{day.month:02d}-{day.day:02d}"


def time_text(count: int, unit: str) -> str:
    """HH:MM:SS with 0, 3, 6 or 9 fraction digits, the fewest that are exact."""
    seconds, rest = divmod(count, _UNITS[unit])
    nanoseconds = f"{rest * (10**9 // _UNITS[unit]):09d}"
    while nanoseconds.endswith("000"):
        nanoseconds = nanoseconds[:-3]
    clock = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    return f"{clock}.{nanoseconds}" if nanoseconds else clock


def timestamp_text(count: int, unit: str, utc: bool) -> str:
    days, rest = divmod(count, 86_400 * _UNITS[unit])
    return f"{date_text(days)}T{time_text(rest, unit)}{'Z' if utc else ''}"


def epoch(count: int, unit: str, options: Options) -> Any:
    """The exact number of units of the option `timestamps`, as a string if a float does not hold it."""
    per_second = _UNITS[options.timestamps.removeprefix("epoch-")]
    whole, rest = divmod(abs(count) * per_second, _UNITS[unit])
    fraction = f"{rest * 10**9 // _UNITS[unit]:09d}".rstrip("0")
    text = ("-" if count < 0 else "") + (f"{whole}.{fraction}" if fraction else str(whole))
    most = 2**52 if fraction else 2**53
    is_text = options.integers == "string" and int(f"{whole}{fraction}") > most
    return text if is_text else Number(text)


# Leaves: each maker returns a function from an Arrow array to one tree per value


def _each(text: Callable[[Any], Any], raw: Callable[[pa.Array], list] = pa.Array.to_pylist) -> Values:
    return lambda array: [None if value is None else text(value) for value in raw(array)]


def _raw_integers(array: pa.Array) -> list:
    width = array.type.bit_width
    return array.cast(pa.int32() if width == 32 else pa.int64()).to_pylist()


def _integer(options: Options) -> Callable[[int], Any]:
    if options.integers == "string":
        return lambda value: str(value) if abs(value) > 2**53 else Number(value)
    return lambda value: Number(value)


def _floats(options: Options) -> Values:
    non_finite = (lambda value: None) if options.non_finite == "null" else NonFinite

    def values(array: pa.Array) -> list:
        numbers = array.to_numpy(zero_copy_only=False)
        if len(array) == array.null_count:  # NumPy has no type for a column of only nulls
            return [None] * len(array)
        return [
            None if null else Float(number) if np.isfinite(number) else non_finite(number)
            for number, null in zip(numbers, array.is_null().to_pylist())
        ]

    return values


def _binary(options: Options) -> Callable[[bytes], str]:
    return {
        "base64": lambda value: base64.b64encode(value).decode(),
        "hex": bytes.hex,
        "utf8": lambda value: value.decode("utf-8"),
    }[options.binary]


def _duration(value: bytes) -> Duration:
    return Duration(*(int.from_bytes(value[at : at + 4], "little") for at in (0, 4, 8)))


_BY_ANNOTATION: dict[str, Callable[[bytes], Any]] = {
    "ENUM": lambda value: value.decode("utf-8"),
    "UUID": lambda value: str(uuid.UUID(bytes=value)),
    "INTERVAL": _duration,
}


def _leaf(kind: pa.DataType, column: Any, options: Options) -> Values:
    """`column` is pyarrow's ParquetColumnSchema, which has the annotation of the file."""
    # INTERVAL has no LogicalType; pyarrow only has its legacy annotation.
    legacy = column.converted_type
    annotation = legacy if legacy == "INTERVAL" else column.logical_type.type
    types = pa.types
    if types.is_null(kind) or types.is_boolean(kind):
        return pa.Array.to_pylist
    if types.is_integer(kind):
        return _each(_integer(options))
    if types.is_duration(kind):
        return _each(_integer(options), _raw_integers)
    if types.is_floating(kind):
        return _floats(options)
    if types.is_decimal(kind):
        number = Number if options.decimals == "number" else str
        return _each(lambda value: number(f"{value:f}"))
    if types.is_date(kind):
        return _each(date_text, lambda array: _raw_integers(array.cast(pa.date32())))
    if types.is_time(kind):
        return _each(lambda value: time_text(value, kind.unit), _raw_integers)
    if types.is_timestamp(kind):
        utc = annotation == "TIMESTAMP" and json.loads(column.logical_type.to_json())["isAdjustedToUTC"]
        if options.timestamps != "iso":
            return _each(lambda value: epoch(value, kind.unit, options), _raw_integers)
        return _each(lambda value: timestamp_text(value, kind.unit, utc), _raw_integers)
    if (
        types.is_string(kind)
        or types.is_large_string(kind)
        or kind == getattr(pa, "string_view", pa.string)()
    ):
        return pa.Array.to_pylist
    return _each(_BY_ANNOTATION.get(annotation, _binary(options)))


# Nesting


def unique_names(names: list[str]) -> list[str]:
    """Renames later columns of the same name to the first free one of `_1`, `_2`…"""
    result: list[str] = []
    for name in names:
        number, unique = 0, name
        while unique in result or (number and unique in names):
            number += 1
            unique = f"{name}_{number}"
        result.append(unique)
    return result


def _objects(names: list[str], readers: list[Values], arrays: list[pa.Array], options: Options) -> list[dict]:
    """An object for each row, without null fields if they are omitted."""
    columns = [read(array) for read, array in zip(readers, arrays)]
    written = [
        array.is_valid().to_pylist() if options.nulls == "omit" else [True] * len(array) for array in arrays
    ]
    return [
        {name: value for name, value, is_written in zip(names, values, are_written) if is_written}
        for values, are_written in zip(zip(*columns), zip(*written))
    ]


def _struct(fields: list[tuple[str, Values]], options: Options) -> Values:
    names, readers = [name for name, _ in fields], [read for _, read in fields]

    def values(array: pa.StructArray) -> list:
        arrays = [array.field(index) for index in range(len(fields))]
        objects = _objects(names, readers, arrays, options)
        return [row if valid else None for row, valid in zip(objects, array.is_valid().to_pylist())]

    return values


def _slices(array: Any, items: list) -> list:
    offsets = array.offsets.to_pylist()
    return [
        items[offsets[row] : offsets[row + 1]] if valid else None
        for row, valid in enumerate(array.is_valid().to_pylist())
    ]


def _list(element: Values) -> Values:
    return lambda array: _slices(array, element(array.values))


def key_text(key: Any) -> Any:
    if isinstance(key, bool):
        return "true" if key else "false"
    # Floats are compared by value, because they have several spellings.
    return key.value if isinstance(key, Float) else str(key)


def _map(key: Values, item: Values, scalar: bool) -> Values:
    def entries(pairs: list) -> Any:
        return {key_text(name): value for name, value in pairs} if scalar else [list(pair) for pair in pairs]

    def values(array: pa.MapArray) -> list:
        pairs = list(zip(key(array.keys), item(array.items)))
        return [None if row is None else entries(row) for row in _slices(array, pairs)]

    return values


def _values(kind: pa.DataType, columns: Iterator[Any], options: Options) -> Values:
    """Arrow's type has the nesting; the leaves of the file follow in the same depth-first order."""
    types = pa.types
    if isinstance(kind, pa.BaseExtensionType):
        storage = _values(kind.storage_type, columns, options)
        return lambda array: storage(array.storage)
    if types.is_dictionary(kind):
        value = _values(kind.value_type, columns, options)
        return lambda array: value(array.dictionary_decode())
    if types.is_struct(kind):
        children = [kind.field(index) for index in range(kind.num_fields)]
        names = unique_names([child.name for child in children])
        return _struct(
            [(name, _values(child.type, columns, options)) for name, child in zip(names, children)], options
        )
    if types.is_map(kind):
        key, item = _values(kind.key_type, columns, options), _values(kind.item_type, columns, options)
        return _map(key, item, scalar=not types.is_nested(kind.key_type))
    if types.is_fixed_size_list(kind):
        element = _list(_values(kind.value_type, columns, options))
        return lambda array: element(array.cast(pa.list_(kind.value_type)))
    if types.is_list(kind) or types.is_large_list(kind):
        return _list(_values(kind.value_type, columns, options))
    return _leaf(kind, next(columns), options)


# Files


def expected_rows(
    path: str | Path, table: pa.Table | None = None, int96_unit: str | None = None, **options: str
) -> list[dict[str, Any]]:
    """
    The rows of a file as pyarrow reads them, or from the `table` that was written.

    pyarrow reads INT96 as nanoseconds, unless given a unit with a wider range.
    """
    file = pq.ParquetFile(path, coerce_int96_timestamp_unit=int96_unit, page_checksum_verification=True)
    table = file.read() if table is None else table
    columns = iter([file.schema.column(index) for index in range(len(file.schema))])
    chosen = Options(**options)
    readers = [_values(field.type, columns, chosen) for field in table.schema]
    names = unique_names(table.schema.names)
    return [row for batch in table.to_batches() for row in _objects(names, readers, batch.columns, chosen)]


def assert_rows(expected: list[Any], actual: list[Any]) -> None:
    """Asserts equal rows with keys in the same order; the message names the first difference."""
    for index, (wanted, got) in enumerate(zip(expected, actual)):
        found = difference(wanted, got, f"row {index}")
        assert found is None, found
        assert list(wanted) == list(got), f"row {index}: columns out of order"
    assert len(actual) == len(expected), f"{len(actual)} rows, not {len(expected)}"
