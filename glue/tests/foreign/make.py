"""
Makes the files of this folder with writers other than Arrow C++. Needs the packages of requirements.txt.

    python glue/tests/foreign/make.py

Columns that a writer does not support are left out.
"""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import chdb
import datafusion
import duckdb
import fastparquet
import pandas as pd
import polars as pl
import pyarrow as pa

FOLDER = Path(__file__).parent
ROWS = 120


def columns() -> dict[str, pa.Array]:
    draw = random.Random(0)

    def some(make: Any, kind: pa.DataType) -> pa.Array:
        return pa.array([None if draw.random() < 0.1 else make() for _ in range(ROWS)], kind)

    def text() -> str:
        return draw.choice(["", "é\n", '"quoted"', "漢字 🙂"]) + "x" * draw.randrange(30)

    def items(make: Any) -> Any:
        return lambda: [None if draw.random() < 0.2 else make() for _ in range(draw.randrange(4))]

    number = lambda: draw.randrange(-(2**62), 2**62)  # noqa: E731
    return {
        "id": pa.array(range(ROWS), pa.int64()),
        "flag": some(lambda: draw.random() < 0.9, pa.bool_()),
        "small": some(lambda: draw.randrange(-128, 128), pa.int8()),
        "near": some(lambda: 1_000_000 + draw.randrange(100), pa.int32()),
        "large": some(number, pa.int64()),
        "unsigned": some(lambda: draw.randrange(2**64), pa.uint64()),
        "real": some(lambda: draw.gauss(0, 100), pa.float64()),
        "single": some(lambda: draw.random(), pa.float32()),
        "text": some(text, pa.string()),
        "few": some(lambda: draw.choice(["one", "two", "three"]), pa.string()),
        "bytes": some(lambda: draw.randbytes(draw.randrange(9)), pa.binary()),
        "day": some(lambda: date(1960, 1, 1) + timedelta(draw.randrange(40_000)), pa.date32()),
        "at": some(
            lambda: datetime(2026, 1, 1) + timedelta(microseconds=draw.randrange(10**14)), pa.timestamp("us")
        ),
        "instant": some(
            lambda: datetime(2026, 1, 1, tzinfo=timezone.utc) + timedelta(seconds=draw.randrange(10**9)),
            pa.timestamp("us", "UTC"),
        ),
        "price": some(lambda: Decimal(draw.randrange(-(10**9), 10**9)).scaleb(-2), pa.decimal128(12, 2)),
        "huge": some(lambda: Decimal(draw.randrange(10**36)).scaleb(-10), pa.decimal128(38, 10)),
        "runs": pa.array([None if row % 100 < 40 else row // 50 for row in range(ROWS)], pa.int32()),
        "list": some(items(number), pa.list_(pa.int64())),
        "texts": some(items(text), pa.list_(pa.string())),
        "lists": some(items(items(number)), pa.list_(pa.list_(pa.int64()))),
        "struct": some(
            lambda: {"a": draw.randrange(9), "b": {"c": text() if draw.random() < 0.8 else None}},
            pa.struct([("a", pa.int64()), ("b", pa.struct([("c", pa.string())]))]),
        ),
        "structs": some(
            items(lambda: {"x": draw.random(), "y": [text()]}),
            pa.list_(pa.struct([("x", pa.float64()), ("y", pa.list_(pa.string()))])),
        ),
        "map": some(
            lambda: [(f"k{key}", draw.randrange(99)) for key in range(draw.randrange(4))],
            pa.map_(pa.string(), pa.int64()),
        ),
    }


def without(*names: str) -> pa.Table:
    return pa.table({name: array for name, array in TABLE.items() if name not in names})


TABLE = columns()


def by_duckdb() -> None:
    duckdb.register("everything", without())
    for version in ("V1", "V2"):
        duckdb.sql(
            f"COPY (FROM everything) TO '{FOLDER}/duckdb-{version.lower()}.parquet'"
            f" (FORMAT parquet, PARQUET_VERSION {version}, ROW_GROUP_SIZE 80)"
        )


def by_polars() -> None:
    frame = pl.from_arrow(without("map"))
    frame.write_parquet(FOLDER / "polars.parquet", row_group_size=70, data_page_size=500)
    frame.lazy().sink_parquet(FOLDER / "polars-sink.parquet", compression="lz4", row_group_size=100)


def by_fastparquet() -> None:
    nested = ("list", "texts", "lists", "struct", "structs", "map")
    frame = without(*nested, "flag", "price", "huge", "day", "unsigned").to_pandas()
    frame["few"] = frame["few"].astype("category")
    frame["flag"] = frame["id"] % 3 == 0
    frame["text"] = frame["text"].astype(object).where(frame["text"].notna(), None)
    frame["near"] = frame["near"].astype("Int32")
    for compression in ("UNCOMPRESSED", "SNAPPY"):
        fastparquet.write(
            f"{FOLDER}/fastparquet-{compression.lower()}.parquet",
            frame,
            row_group_offsets=50,
            compression=compression,
            object_encoding={"text": "utf8", "few": "utf8", "bytes": "bytes"},
            times="int96" if compression == "SNAPPY" else "int64",
        )
    objects = pd.DataFrame({"id": range(9), "json": [{"a": [row, None]} for row in range(9)]})
    fastparquet.write(f"{FOLDER}/fastparquet-json.parquet", objects, object_encoding={"json": "json"})


def by_clickhouse() -> None:
    # It marks byte columns as text, but some values are not.
    table = without("structs", "struct", "lists", "bytes")  # found by its name in the query
    settings = "output_format_parquet_data_page_size=300, output_format_parquet_batch_size=20"
    found = chdb.query(f"SELECT * FROM Python(table) SETTINGS {settings}", "Parquet")
    (FOLDER / "clickhouse.parquet").write_bytes(found.bytes())
    assert table


def by_datafusion() -> None:
    """Writes with the parquet crate."""
    context = datafusion.SessionContext()
    context.register_record_batches("rows", [without().to_batches()])
    for version in ("1.0", "2.0"):
        options = {
            "format.writer_version": version,
            "format.data_page_row_count_limit": "30",
            "format.dictionary_page_size_limit": "300",
            "format.max_row_group_size": "100",
        }
        listed = ", ".join(f"'{key}' '{value}'" for key, value in options.items())
        path = FOLDER / f"datafusion-{version[0]}.parquet"
        context.sql(f"COPY rows TO '{path}' STORED AS PARQUET OPTIONS ({listed})").collect()


if __name__ == "__main__":
    for make in (by_duckdb, by_polars, by_fastparquet, by_clickhouse, by_datafusion):
        make()
