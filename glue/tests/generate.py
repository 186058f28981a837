"""Parquet files to convert: arrays of every type with its extremes, and functions to write them."""

from __future__ import annotations

import random
import struct
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq


def write(path: Path, table: pa.Table, **options: Any) -> Path:
    """
    Writes a table without Arrow's schema (unless requested), which the converter ignores, and without statistics, which
    would contradict a schema that a test edits later.
    """
    pq.write_table(table, path, **{"store_schema": False, "write_statistics": False, **options})
    return path


def integers(kind: pa.DataType) -> pa.Array:
    unsigned = pa.types.is_unsigned_integer(kind)
    low = 0 if unsigned else -(2 ** (kind.bit_width - 1))
    high = low + 2**kind.bit_width - 1
    values = {low, low + 1, high - 1, high, 0, 1, -1, 9, 10, 99, 100, -100, 2**31, 2**32}
    values |= {sign * (2**53 + step) for sign in (1, -1) for step in (-1, 0, 1)} | {
        10**power for power in range(20)
    }
    return pa.array([None, *sorted(value for value in values if low <= value <= high), None], kind)


def floats(kind: pa.DataType, finite: bool = True) -> pa.Array:
    """Edge cases and bit patterns of the type: all of float16, a sample of wider types."""
    bits = kind.bit_width
    integer, real = np.dtype(f"u{bits // 8}"), np.dtype(f"f{bits // 8}")
    draw = random.Random(bits)
    patterns = list(range(2**16)) if bits == 16 else [draw.getrandbits(bits) for _ in range(4000)]
    numbers = np.array(patterns, integer).view(real)
    info = np.finfo(real)
    edges = [info.max, info.min, info.tiny, info.eps, info.smallest_subnormal, -info.smallest_subnormal]
    edges += [0.0, -0.0, 0.1, 0.2, 0.3, 1 / 3, 1.0, -1.0, 5e-5, 1e-7, 123456.0, 2.0**-24]
    if bits > 16:
        edges += [1e-10, 1e15, 1e16, 1e17, 1e20, 1e21, 1e22, 1e23]
        edges += [16777216.0, 16777217.0, 9007199254740993.0, 3.4028234e38]
        edges += [float(power) for power in 2.0 ** np.arange(-120, 120)]
    with np.errstate(over="ignore"):
        numbers = np.concatenate([numbers, np.array(edges, real)])
    numbers = numbers[np.isfinite(numbers)] if finite else np.array([np.nan, np.inf, -np.inf, 1.5], real)
    return pa.array(numbers, kind)


def decimals(precision: int, scale: int) -> pa.Array:
    make = pa.decimal128 if precision <= 38 else pa.decimal256
    largest = 10**precision - 1
    unscaled = {
        0,
        1,
        -1,
        largest,
        -largest,
        largest // 3,
        10 ** (precision - 1),
        -(10 ** min(scale, precision - 1)),
    }
    values = [
        Decimal((0 if value >= 0 else 1, tuple(map(int, str(abs(value)))), -scale))
        for value in sorted(unscaled)
    ]
    return pa.array([*values, None], make(precision, scale))


STRINGS = [
    "",
    "plain",
    "".join(map(chr, range(0x20))),
    'quotes " and \\ backslashes \\" / slashes',
    "\x7f\x80\x9f\u2028\u2029\ufeff\ufffd\ufffe\uffff",
    "äöü ßéñ 漢字 한국어 עברית",
    "👩‍👩‍👧‍👦🏳️‍🌈\U0001d518\U0010ffff",
    "e\u0301 \u202eright to left",
    "null",
    '{"a": [1, 2]}\n',
    "x" * 100_000,
    "tab\tnewline\ncarriage\r" * 50,
    *("a" * length + '"' for length in range(40)),
    *("é" * length + "\n" for length in range(20)),
]

BYTES = [b"", b"\0", b"\xff\xfe\xfd", bytes(range(256)), b"a", b"ab", b"abc", b"abcd", bytes(10_000)]


def days() -> pa.Array:
    """Days since 1970-01-01 around corner cases of the calendar, years -5877641 to 5881580."""
    corners = [0, 1, -1, 59, 60, 2**31 - 1, -(2**31)]
    corners += [11016, 11017, -719528, -719529, -719162, 2932896, 2932897]
    draw = random.Random(1)
    corners += [draw.randrange(-(2**31), 2**31) for _ in range(300)] + [
        draw.randrange(-800_000, 3_000_000) for _ in range(300)
    ]
    return pa.array([*corners, None], pa.int32()).cast(pa.date32())


def times(kind: pa.DataType) -> pa.Array:
    per_second = {"ms": 10**3, "us": 10**6, "ns": 10**9}[kind.unit]
    day = 86_400 * per_second
    counts = [0, 1, per_second - 1, per_second, per_second // 2, 61 * per_second + 1, day // 2, day - 1]
    counts += [10**power for power in range(14) if 10**power < day]
    integer = pa.int32() if kind.bit_width == 32 else pa.int64()
    return pa.array([*counts, None], integer).cast(kind)


def timestamps(kind: pa.TimestampType) -> pa.Array:
    per_second = {"ms": 10**3, "us": 10**6, "ns": 10**9}[kind.unit]
    year_zero, year_ten_thousand = -62_167_219_200, 253_402_300_800
    seconds = [0, 1, -1, 1_700_000_000, -(10**12)]
    seconds += [year_zero, year_zero - 1, year_ten_thousand, year_ten_thousand - 1]
    counts = [
        second * per_second + rest
        for second in seconds
        for rest in (0, 1, -1, per_second // 2, per_second // 1000)
    ]
    counts += [2**63 - 1, -(2**63), -(2**63) + 1]
    counts += [sign * 10**power for power in range(19) for sign in (1, -1)]
    return pa.array([*(count for count in counts if -(2**63) <= count < 2**63), None], pa.int64()).cast(kind)


def intervals() -> list[bytes]:
    """Months, days and milliseconds of INTERVAL: https://parquet.apache.org/docs/file-format/types/logicaltypes/"""
    parts = [
        *((0, 0, 0), (14, 3, 14_706_789), (1, 0, 0), (0, 1, 0), (0, 0, 1)),
        *((0, 0, 1000), (12, 30, 86_400_000), (0, 0, 90_010)),
    ]
    return [struct.pack("<III", *part) for part in [*parts, (2**32 - 1,) * 3]]


def samples() -> dict[str, pa.Array]:
    """One array for every type that pyarrow writes."""
    found: dict[str, pa.Array] = {"boolean": pa.array([True, False, None, True])}
    for kind in (
        pa.int8(),
        pa.int16(),
        pa.int32(),
        pa.int64(),
        pa.uint8(),
        pa.uint16(),
        pa.uint32(),
        pa.uint64(),
    ):
        found[str(kind)] = integers(kind)
    for kind in (pa.float16(), pa.float32(), pa.float64()):
        found[str(kind)] = floats(kind)
        found[f"{kind} not finite"] = floats(kind, finite=False)
    found["string"] = pa.array([*STRINGS, None])
    found["binary"] = pa.array([*BYTES, None])
    found["fixed"] = pa.array([b"\0" * 7, b"\xff" * 7, b"seven77", None], pa.binary(7))
    found["date"] = days()
    for kind in (pa.time32("ms"), pa.time64("us"), pa.time64("ns")):
        found[str(kind)] = times(kind)
    for unit in ("ms", "us", "ns"):
        found[f"timestamp {unit} local"] = timestamps(pa.timestamp(unit))
        found[f"timestamp {unit} UTC"] = timestamps(pa.timestamp(unit, "UTC"))
    for precision in (*range(1, 39), 39, 50, 76):
        found[f"decimal {precision}"] = decimals(precision, precision // 2)
    found["decimal all fraction"] = decimals(38, 38)
    found["decimal no fraction"] = decimals(38, 0)
    found["null"] = pa.nulls(3)
    return found


def without_nulls(array: pa.Array) -> pa.Array:
    return array.filter(array.is_valid())


def mixed(rows: int = 1000) -> pa.Table:
    """Columns of all physical types, with repeated and unique values and some nulls."""
    draw = random.Random(rows)

    def column(make: Any, kind: pa.DataType, distinct: int | None = None) -> pa.Array:
        pool = [make() for _ in range(distinct or rows)]
        values = [draw.choice(pool) for _ in range(rows)] if distinct else pool
        return pa.array([None if draw.random() < 0.1 else value for value in values], kind)

    def text() -> str:
        return "prefix/" + "".join(draw.choices("aé\n漢z", k=draw.randrange(12)))

    return pa.table(
        {
            "boolean": column(lambda: draw.random() < 0.7, pa.bool_()),
            "int32": column(lambda: draw.randrange(-(2**31), 2**31), pa.int32()),
            "int32_few": column(lambda: draw.randrange(1000), pa.int32(), 7),
            "int64": column(lambda: draw.randrange(-(2**63), 2**63), pa.int64()),
            "int64_near": column(lambda: 1_700_000_000_000 + draw.randrange(5000), pa.int64()),
            "float": column(lambda: draw.gauss(0, 1), pa.float32()),
            "double": column(lambda: draw.gauss(0, 1e10), pa.float64()),
            "string": column(text, pa.string()),
            "string_few": column(text, pa.string(), 5),
            "binary": column(lambda: draw.randbytes(draw.randrange(20)), pa.binary()),
            "fixed": column(lambda: draw.randbytes(5), pa.binary(5)),
            "fixed_few": column(lambda: draw.randbytes(3), pa.binary(3), 4),
        }
    )


def nested() -> pa.Table:
    """Nulls and empty values at every level of lists, structs and maps."""
    struct_list = [
        [{"x": 1, "y": ["a", None]}, {"x": None, "y": []}, None],
        [],
        None,
        [{"x": 2, "y": None}],
        [None],
    ]
    return pa.table(
        {
            "lists": pa.array(
                [[[[1, None], []], None], [], None, [[]], [[[]], [[2]]]],
                pa.list_(pa.list_(pa.list_(pa.int32()))),
            ),
            "list_of_structs": pa.array(
                struct_list, pa.list_(pa.struct({"x": pa.int64(), "y": pa.list_(pa.string())}))
            ),
            "struct": pa.array([{"a": {"b": 1}}, {"a": {"b": None}}, {"a": None}, None, {"a": {"b": 5}}]),
            "map": pa.array(
                [[("k", [1, 2]), ("l", None)], [], None, [("m", [])], [("", [None])]],
                pa.map_(pa.string(), pa.list_(pa.int32())),
            ),
            "after": pa.array([0, 1, 2, 3, 4]),
        }
    )
