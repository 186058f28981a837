"""The test data. A shape generates any range of its rows, deterministically."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Callable

import numpy as np
import pyarrow as pa

from .keys import keys
from .lineitem import lineitem
from .nested import nested
from .numbers import numbers
from .sparse import sparse
from .taxi import taxi
from .text import text
from .wide import wide

MEBI = 1 << 20


@dataclass(frozen=True)
class Shape:
    """`rows`: for a comparison of some minutes; `full`: for large files."""

    make: Callable[[np.random.Generator, int, int], pa.Table]
    rows: int
    full: int
    about: str
    # For pyarrow.parquet.ParquetWriter, instead of its defaults: Snappy, pages of 1 MiB, dictionaries where they fit.
    writer: dict[str, Any] = field(default_factory=dict)
    row_group: int = MEBI
    chunk: int = 65_536


ZSTD = {"compression": "zstd"}


def alternate(columns: int) -> dict[str, Any]:
    """Dictionaries only for columns with few values; otherwise small files would have one for each column."""
    return {"use_dictionary": [name for n, name in enumerate(wide_names(columns)) if n // 4 % 2 == 0]}


def wide_names(columns: int) -> list[str]:
    return wide(columns)(np.random.default_rng(0), 0, 1).column_names


BIG = {
    "lineitem": Shape(
        lineitem,
        1_500_000,
        6_000_000,
        "TPC-H's lineitem: integers, doubles with two decimals, dates, short strings",
    ),
    "taxi": Shape(taxi, 1_250_000, 6_600_000, "taxi trips: doubles with all their digits, timestamps", ZSTD),
    "nested": Shape(nested, 800_000, 1_130_000, "groups, lists, lists of groups, maps"),
    "wide": Shape(
        wide(500),
        50_000,
        213_000,
        "500 columns: integers, doubles, short strings, timestamps",
        alternate(500),
    ),
    "text": Shape(text, 120_000, 500_000, "text of 1 to 10 kB with escapes and emoji", ZSTD, chunk=8_192),
    "keys": Shape(
        keys, 1_400_000, 6_000_000, "strings that do not repeat: UUIDs, URLs, e-mail addresses, hashes"
    ),
    "sparse": Shape(sparse, 400_000, 1_600_000, "60 columns, mostly null", ZSTD),
    "numbers": Shape(
        numbers, 1_100_000, 5_000_000, "every type of number", {"store_decimal_as_integer": True}
    ),
}
SMALL = {
    f"small-{size}": Shape(lineitem, rows, rows, f"the first {rows:,} rows of lineitem, {size}")
    for size, rows in {"10kB": 100, "100kB": 1_900, "1MB": 23_000, "10MB": 270_000}.items()
}
# By the size of their JSON, of which a row has 510 bytes.
LANES = {
    f"taxi-{size}": Shape(taxi, rows, rows, f"taxi trips, {size} of JSON", ZSTD)
    for size, rows in {
        "1kB": 2,
        "10kB": 20,
        "100kB": 196,
        "1MB": 1_960,
        "10MB": 19_600,
        "100MB": 196_000,
        "1GB": 1_960_000,
        "10GB": 19_600_000,
    }.items()
}
STRESS = {
    "row-group": Shape(keys, 8_000_000, 8_000_000, "one row group of 2 GB", row_group=1 << 30),
    "wide-5000": Shape(wide(5_000), 10_000, 10_000, "5,000 columns", alternate(5_000), chunk=10_000),
}
SHAPES = {**BIG, **SMALL, **LANES, **STRESS}
