"""Runs generated lines for DuckDB, pandas and Polars, and compares their tables with the Parquet files: tables.test.ts."""

import base64
import gzip
import json
import math
import sys
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import zstandard

UTC = timezone.utc
BIG = 2**53 + 1
AT = datetime(2026, 7, 3, 14, 5, 9, 120_001, tzinfo=UTC)
LOCAL = AT.replace(tzinfo=None)
NANOS = 1_777_624_267_250_001_001


def column(values: list, kind: pa.DataType) -> pa.Array:
    return pa.array([*values, None], kind)


TYPES = pa.table(
    {
        "id": column([BIG, -5, 0], pa.int64()),
        "largest": column([2**64 - 1, 7, 0], pa.uint64()),
        **{f"i{bits}": column([-(2 ** (bits - 1)), 1, 0], f"int{bits}") for bits in (8, 16, 32)},
        **{f"u{bits}": column([2**bits - 1, 1, 0], f"uint{bits}") for bits in (8, 16, 32)},
        "paid": column([True, False, True], pa.bool_()),
        "half": column([0.5, -2.0, math.inf], pa.float32()),
        "weight": column([0.1, math.nan, -math.inf], pa.float64()),
        "whole": column([1.0, 1e300, -0.0], pa.float64()),
        "fare": column([Decimal("12.50"), Decimal("-0.01"), Decimal(0)], pa.decimal128(10, 2)),
        "count": column([Decimal(10**29), Decimal(1), Decimal(0)], pa.decimal128(30, 0)),
        "long": column(
            [Decimal("123456789012345678901234567890123456.78"), Decimal(1), Decimal(0)], pa.decimal128(38, 2)
        ),
        "wide": column([Decimal(10**40 + 1) / 1000, Decimal("1.5"), Decimal(0)], pa.decimal256(50, 3)),
        "text": column(['"quoted"\n', "null", ""], pa.string()),
        "day": column([date(2026, 7, 3), date(1969, 12, 31), date(9999, 12, 31)], pa.date32()),
        "clock_ms": column([time(8, 30), time(23, 59, 59, 999_000), time(0)], pa.time32("ms")),
        "clock_us": column([time(8, 30, 0, 1), time(8, 30), time(0)], pa.time64("us")),
        "clock_ns": column([30_600_000_000_001, 0, 1], pa.time64("ns")),
        "at_ms": column(
            [LOCAL.replace(microsecond=120_000), LOCAL.replace(microsecond=0), datetime(1970, 1, 1)],
            pa.timestamp("ms"),
        ),
        "at_us": column([LOCAL, LOCAL.replace(microsecond=0), datetime(1, 1, 1)], pa.timestamp("us")),
        "at_ns": column([NANOS, -1, 0], pa.timestamp("ns")),
        "utc_ms": column(
            [AT.replace(microsecond=120_000), AT.replace(microsecond=0), AT.replace(microsecond=1000)],
            pa.timestamp("ms", "UTC"),
        ),
        "utc_us": column(
            [AT, AT.replace(microsecond=0), datetime(1969, 12, 31, tzinfo=UTC)], pa.timestamp("us", "UTC")
        ),
        "utc_ns": column([NANOS, -1, 0], pa.timestamp("ns", "UTC")),
        "raw": column([b"a", b"", b"bc"], pa.binary()),
        "tags": column([["a", None], [], ["b"]], pa.list_(pa.string())),
        "place": column(
            [
                {"city": "Århus", "since": AT, "price": Decimal("1.50"), "ids": [BIG, 1]},
                {"city": None},
                {"ids": []},
            ],
            pa.struct(
                {
                    "city": pa.string(),
                    "since": pa.timestamp("us", "UTC"),
                    "price": pa.decimal128(10, 2),
                    "ids": pa.list_(pa.int64()),
                }
            ),
        ),
        "ratios": column([[0.1, math.nan], [], [2.5]], pa.list_(pa.float64())),
        "by_name": column([[("a", 1), ("b", BIG)], [], [("c", None)]], pa.map_(pa.string(), pa.int64())),
        "nothing": pa.nulls(4),
        'odd "name", it\'s': column([1, 2, 3], pa.int32()),
        "*": column(["2026-01-01"] * 3, pa.string()),
    }
)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def write(folder: Path) -> None:
    pq.write_table(TYPES, folder / "types.parquet")
    pq.write_table(TYPES.slice(0, 0), folder / "empty.parquet")


def plain(value: object) -> object:
    """The value in a form that is equal for equal values, whichever library it is of."""
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, bool) or type(value).__name__ in {"bool_", "bool"}:
        return bool(value)
    if isinstance(value, dict):
        return {name: plain(inner) for name, inner in value.items() if plain(inner) is not None}
    if isinstance(value, (list, tuple)) or type(value).__name__ == "ndarray":
        items = list(value)
        if items and all(isinstance(item, tuple) for item in items):
            return plain(dict(items))
        return [plain(item) for item in items]
    if isinstance(value, pd.Timestamp):
        return "time", Decimal(value.as_unit("ns").value if value.unit == "ns" else 0) or Decimal(
            nanos(value.to_pydatetime())
        )
    if isinstance(value, datetime):
        return "time", Decimal(nanos(value))
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    if isinstance(value, str):
        return value
    if isinstance(value, Decimal) and value.is_finite():
        return value
    number = value.item() if hasattr(value, "item") else value
    if isinstance(number, float):
        return Decimal(repr(number)) if math.isfinite(number) else repr(number)
    return Decimal(number)


def nanos(value: datetime) -> int:
    gap = (value if value.tzinfo else value.replace(tzinfo=UTC)) - EPOCH
    return ((gap.days * 86400 + gap.seconds) * 10**6 + gap.microseconds) * 1000


def from_arrow(values: pa.ChunkedArray | pa.Array) -> list:
    """Python values, with times of a day and timestamps as their nanoseconds."""
    kind = values.type
    if pa.types.is_timestamp(kind) or pa.types.is_time(kind):
        scale = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}[kind.unit]
        whole = values.cast(pa.int64() if kind.bit_width == 64 else pa.int32())
        return [None if value is None else ("time", Decimal(value * scale)) for value in whole.to_pylist()]
    return [plain(value) for value in values.to_pylist()]


def expected(name: str, case: dict, lines: list[dict]) -> list:
    options, tool = case["options"], case["tool"]
    values = TYPES.slice(0, len(lines))[name]
    kind = values.type
    if pa.types.is_nested(kind) and (tool != "DuckDB" or options.get("columns")):
        # As JSON has them.
        return [plain(line.get(name)) for line in lines]
    if pa.types.is_timestamp(kind) and options["timestamps"] != "iso":
        exponent = {"ms": 6, "us": 3, "ns": 0}[options["timestamps"][-2:]]
        return [value and value[1].scaleb(-exponent) for value in from_arrow(values)]
    if pa.types.is_binary(kind):
        encode = {"base64": lambda b: base64.b64encode(b).decode(), "hex": bytes.hex, "utf8": bytes.decode}
        return [None if value is None else encode[options["binary"]](value) for value in values.to_pylist()]
    if pa.types.is_string(kind) and options["text"] == "binary":
        return [
            None if value is None else base64.b64encode(value.encode()).decode()
            for value in values.to_pylist()
        ]
    if pa.types.is_map(kind) and options["text"] == "binary":
        # Keys, too.
        return [[] if line[name] == {} else plain(line[name]) for line in lines]
    result = from_arrow(values)
    if options["nonFinite"] == "null" and name in ("half", "weight", "ratios"):
        result = finite(result)
    return [written(value, options) for value in result] if pa.types.is_nested(kind) else result


def written(value: object, options: dict) -> object:
    """A nested value as the options write it."""
    if isinstance(value, dict):
        return {name: written(inner, options) for name, inner in value.items()}
    if isinstance(value, list):
        return [written(inner, options) for inner in value]
    if isinstance(value, tuple) and options["timestamps"] != "iso":
        return value[1].scaleb(-{"ms": 6, "us": 3, "ns": 0}[options["timestamps"][-2:]])
    if isinstance(value, str) and options["text"] == "binary":
        return base64.b64encode(value.encode()).decode()
    return value


def finite(values: list) -> list:
    return [
        finite(value) if isinstance(value, list) else None if value in ("nan", "inf", "-inf") else value
        for value in values
    ]


def iso_nanos(text: str) -> Decimal:
    whole, _, fraction = text.partition(".")
    return Decimal(nanos(datetime.fromisoformat(whole))) + Decimal((fraction or "0").ljust(9, "0"))


def actual(name: str, case: dict, table: object) -> list:
    kind = TYPES.schema.field(name).type
    if case["tool"] == "DuckDB":
        values = from_arrow(table[name])
    elif case["tool"] == "Polars":
        series = table[name]
        values = (
            [plain(v) for v in series.to_list()]
            if series.dtype in (pl.Object, pl.Int128, pl.Struct)
            else from_arrow(series.to_arrow())
        )
    else:
        series = table[name]
        if series.dtype.kind == "M":
            values = [
                None
                if pd.isna(v)
                else (
                    "time",
                    Decimal(v.as_unit("ns").value) if v.unit == "ns" else Decimal(nanos(v.to_pydatetime())),
                )
                for v in series
            ]
        else:
            values = [plain(value) for value in series]
    if pa.types.is_time(kind):
        return [
            v if v is None or isinstance(v, tuple) else ("time", iso_nanos(f"1970-01-01T{v}")) for v in values
        ]
    if pa.types.is_timestamp(kind) and case["options"]["timestamps"] == "iso":
        # Local nanoseconds stay text in Polars.
        return [("time", iso_nanos(v)) if isinstance(v, str) else v for v in values]
    if pa.types.is_date(kind):
        return [
            v[:10]
            if isinstance(v, str)
            else v and (EPOCH + timedelta(microseconds=int(v[1]) // 1000)).date().isoformat()
            for v in values
        ]
    if pa.types.is_decimal256(kind):
        return [Decimal(v) if isinstance(v, str) else v for v in values]
    return values


def read_lines(case: dict) -> list[dict]:
    data = Path(case["output"]).read_bytes()
    if case["options"]["compression"] == "gzip":
        data = gzip.decompress(data)
    if case["options"]["compression"] == "zstd":
        data = zstandard.ZstdDecompressor().stream_reader(data, read_across_frames=True).read()
    if case["options"]["format"] == "json":
        return json.loads(data, parse_float=Decimal)
    return [json.loads(line, parse_float=Decimal) for line in data.splitlines()]


def table_of(case: dict) -> object:
    if case["tool"] == "DuckDB":
        return duckdb.sql(case["code"]).to_arrow_table()
    scope: dict = {}
    exec(case["code"], scope)
    return scope["df"]


def compare(case: dict) -> str:
    lines = read_lines(case)
    table = table_of(case)
    names = table.column_names if case["tool"] == "DuckDB" else list(table.columns)
    wanted = case["options"].get("columns")
    if names != ([name.split(".")[0] for name in wanted] if wanted else TYPES.column_names):
        return f"columns {names}"
    if len(table) != len(lines):
        return f"{len(table)} rows of {len(lines)}"
    for name in names:
        # The caption says that DuckDB rounds these.
        if name == "wide" and case["tool"] == "DuckDB" and case["options"]["decimals"] == "number":
            continue
        left, right = actual(name, case, table), expected(name, case, lines)
        # pandas does not tell NaN from null.
        if case["tool"] == "pandas":
            right = [None if value == "nan" else value for value in right]
        if left != right:
            return f"{name}: {left} instead of {right}"
    return "equal"


def outcome(case: dict) -> str:
    try:
        return compare(case)
    except Exception as error:
        return f"{type(error).__name__}: {error}\n{case['code']}"


command, folder = sys.argv[1], Path(sys.argv[2])
if command == "write":
    write(folder)
else:
    duckdb.sql("SET TimeZone = 'UTC'")
    cases = json.loads((folder / "cases.json").read_text())
    json.dump({case["key"]: outcome(case) for case in cases}, sys.stdout)
