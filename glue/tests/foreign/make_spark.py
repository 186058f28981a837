"""
Makes the files of Spark in this folder. Needs Spark as in requirements.txt, and Java 17.

    python glue/tests/foreign/make_spark.py

The long text takes more than one chunk of Hadoop's LZ4 codec, which has 256 KiB.
"""

from __future__ import annotations

import tempfile
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from pyspark.sql import SparkSession

FOLDER = Path(__file__).parent
SCHEMA = """
    id INT NOT NULL, text STRING, price DECIMAL(10, 2), flag BOOLEAN, real DOUBLE, bytes BINARY, day DATE,
    at TIMESTAMP, local TIMESTAMP_NTZ, tags ARRAY<STRING>, counts MAP<STRING, BIGINT>, point STRUCT<x: FLOAT, y: SHORT>
"""
ROWS = [
    (
        1,
        "abcdefgh" * 50_000,
        Decimal("12.50"),
        True,
        0.1,
        b"\xca\xfe",
        date(2026, 2, 28),
        datetime(2026, 5, 1, 8, 31, 7, 250_000),
        datetime(1969, 12, 31, 23, 59, 59, 1),
        ["a", None],
        {"k": 2**62},
        (0.5, -3),
    ),
    (2, *[None] * 11),
    (
        3,
        "abcdefghi",
        Decimal("-0.01"),
        False,
        float("nan"),
        b"",
        date(1582, 10, 15),
        datetime(2026, 5, 1),
        datetime(2026, 5, 1),
        [],
        {},
        (None, 7),
    ),
]
FILES = {
    "spark-lz4": {"compression": "lz4"},
    "spark-v2": {"compression": "lz4_raw", "parquet.writer.version": "v2"},
}


def main() -> None:
    spark = SparkSession.builder.master("local[1]").config("spark.sql.session.timeZone", "UTC").getOrCreate()
    frame = spark.createDataFrame(ROWS, SCHEMA).coalesce(1)
    for name, options in FILES.items():
        with tempfile.TemporaryDirectory() as folder:
            frame.write.mode("overwrite").options(**options).parquet(folder)
            (part,) = Path(folder).glob("part-*.parquet")
            part.rename(FOLDER / f"{name}.parquet")


if __name__ == "__main__":
    main()
