"""Random Arrow tables of any nesting and size, and random options of pyarrow's writer, from a seed."""

from __future__ import annotations

import functools
from typing import Any

import generate
import numpy as np
import pyarrow as pa

Draw = np.random.Generator

_CODECS = ["none", "snappy", "gzip", "brotli", "lz4", "zstd"]


@functools.lru_cache(maxsize=1)
def _pools() -> list[pa.Array]:
    """The extremes of every type, without long values."""
    pools = [generate.without_nulls(array) for array in generate.samples().values()]
    found = []
    for pool in pools:
        if pa.types.is_string(pool.type) or pa.types.is_binary(pool.type):
            pool = pa.array([value for value in pool.to_pylist() if len(value) < 300], pool.type)
        found.append(pool if len(pool) else pa.nulls(1))
    strings = next(pool for pool in found if pa.types.is_string(pool.type))
    return [*found, strings.cast(pa.large_string()), strings, strings]


_KEYS = ["int8", "string", "bool", "uint64", "date32[day]", "fixed_size_binary[7]", "decimal128(9, 4)"]


def _leaf(draw: Draw, rows: int, nulls: float) -> pa.Array:
    pools = _pools()
    pool = pools[draw.integers(len(pools))]
    found = _from_pool(draw, pool, rows, nulls)
    if draw.random() < 0.1 and not pa.types.is_null(found.type) and not pa.types.is_float16(found.type):
        return found.dictionary_encode()
    return found


def _from_pool(draw: Draw, pool: pa.Array, rows: int, nulls: float) -> pa.Array:
    """Draws from all or few of the values, singly or in runs."""
    distinct = [1, 2, 10, len(pool), len(pool)][draw.integers(5)]
    places = draw.integers(len(pool), size=distinct)[draw.integers(distinct, size=rows)]
    if draw.random() < 0.3:
        places = np.repeat(places, draw.integers(1, 50, size=rows))[:rows]
    return pool.take(pa.array(places, pa.int64(), mask=_mask(draw, rows, nulls)))


def _mask(draw: Draw, rows: int, nulls: float) -> np.ndarray:
    mask = draw.random(rows) < nulls
    if rows and draw.random() < 0.3:
        mask = np.repeat(mask, draw.integers(1, 100, size=rows))[:rows]
    return mask


def _offsets(draw: Draw, absent: np.ndarray, nulls: float, largest: int) -> pa.Array:
    """Offsets of lists: null for null lists, and length 0 where an enclosing value is null."""
    rows = len(absent)
    sizes = np.minimum(draw.geometric([0.9, 0.5, 0.2][draw.integers(3)], size=rows) - 1, largest)
    mask = _mask(draw, rows, nulls)
    sizes[mask | absent] = 0
    ends = np.concatenate([[0], np.cumsum(sizes)])
    return pa.array(ends, pa.int32(), mask=np.append(mask, False))


def _field(draw: Draw, name: str, absent: np.ndarray, depth: int) -> tuple[pa.Field, pa.Array]:
    nulls = [0.0, 0.0, 0.05, 0.5, 1.0][draw.integers(5)]
    found = _array(draw, absent, nulls, depth)
    nullable = nulls > 0 or found.null_count > 0 or draw.random() < 0.5 or pa.types.is_null(found.type)
    return pa.field(name, found.type, nullable=nullable), found


def _array(draw: Draw, absent: np.ndarray, nulls: float, depth: int) -> pa.Array:
    shape = draw.random() if depth else 0
    if shape < 0.4:
        return _leaf(draw, len(absent), nulls)
    if shape < 0.65:
        offsets = _offsets(draw, absent, nulls, 30)
        field, values = _field(draw, "element", _all_there(offsets), depth - 1)
        return pa.ListArray.from_arrays(offsets, values, type=pa.list_(field))
    if shape < 0.75:
        offsets = _offsets(draw, absent, nulls, 10)
        kind = _KEYS[draw.integers(len(_KEYS))]
        pool = next(pool for pool in _pools() if str(pool.type) == kind)
        keys = _from_pool(draw, pool, len(_all_there(offsets)), 0.0)
        field, items = _field(draw, "value", _all_there(offsets), depth - 1)
        return pa.MapArray.from_arrays(offsets, keys, items, type=pa.map_(keys.type, field))
    mask = _mask(draw, len(absent), nulls)
    fields = [_field(draw, f"m{index}", absent | mask, depth - 1) for index in range(draw.integers(1, 4))]
    return pa.StructArray.from_arrays(
        [values for _, values in fields], fields=[field for field, _ in fields], mask=pa.array(mask)
    )


def _all_there(offsets: pa.Array) -> np.ndarray:
    return np.zeros(offsets[-1].as_py(), bool)


def table(seed: int) -> pa.Table:
    draw = np.random.default_rng(seed)
    rows = draw.choice([0, 1, 7, 100, 1000, 5000], p=[0.05, 0.05, 0.3, 0.45, 0.13, 0.02])
    columns = [
        _field(draw, f"c{index}", np.zeros(rows, bool), draw.integers(4))
        for index in range(draw.integers(1, 5))
    ]
    return pa.table([values for _, values in columns], schema=pa.schema([field for field, _ in columns]))


def _leaf_paths(field: pa.Field, path: str) -> list[tuple[str, pa.DataType]]:
    """The column paths in the written file, and their types."""
    kind = field.type
    if pa.types.is_dictionary(kind):
        return [(path, kind.value_type)]
    if pa.types.is_map(kind):
        inner = [(kind.key_field, "key_value.key"), (kind.item_field, "key_value.value")]
    elif pa.types.is_list(kind):
        inner = [(kind.value_field, "list.element")]
    elif pa.types.is_struct(kind):
        inner = [(kind.field(index), kind.field(index).name) for index in range(kind.num_fields)]
    else:
        return [(path, kind)]
    return [leaf for child, step in inner for leaf in _leaf_paths(child, f"{path}.{step}")]


def _encodings(kind: pa.DataType) -> list[str]:
    types = pa.types
    if types.is_boolean(kind):
        return ["PLAIN", "RLE"]
    if types.is_string(kind) or types.is_large_string(kind) or kind == pa.binary():
        return ["PLAIN", "DELTA_LENGTH_BYTE_ARRAY", "DELTA_BYTE_ARRAY"]
    if types.is_decimal(kind) or types.is_fixed_size_binary(kind) or types.is_float16(kind):
        return ["PLAIN", "DELTA_BYTE_ARRAY", "BYTE_STREAM_SPLIT"]
    if types.is_floating(kind):
        return ["PLAIN", "BYTE_STREAM_SPLIT"]
    if types.is_null(kind):
        return ["PLAIN"]
    return ["PLAIN", "DELTA_BINARY_PACKED", "BYTE_STREAM_SPLIT"]


def writer(seed: int, written: pa.Table) -> dict[str, Any]:
    """Random options of pyarrow's writer."""
    draw = np.random.default_rng(seed + 2**32)

    def one(*values: Any) -> Any:
        return values[draw.integers(len(values))]

    leaves = [leaf for field in written.schema for leaf in _leaf_paths(field, field.name)]
    rows = max(written.num_rows, 1)
    options: dict[str, Any] = {
        "row_group_size": one(*(size for size in (1, 7, 1000) if rows / size <= 300), 2**20, 2**20),
        "data_page_size": one(1, 100, 1000, 2**20),
        "write_batch_size": one(1, 10, 1024),
        "data_page_version": one("1.0", "2.0"),
        "compression": one({path: one(*_CODECS) for path, _ in leaves}, *_CODECS),
        "dictionary_pagesize_limit": one(1, 50, 500, 2**20),
        "write_page_index": one(True, False),
        "write_page_checksum": one(True, False),
        "write_statistics": one(True, False),
        "store_schema": one(True, False),
    }
    dictionary = one(True, False, [path for path, _ in leaves if draw.random() < 0.5])
    options["use_dictionary"] = dictionary
    if dictionary is not True:
        options["column_encoding"] = {
            path: one(*_encodings(kind)) for path, kind in leaves if not dictionary or path not in dictionary
        }
    return options
