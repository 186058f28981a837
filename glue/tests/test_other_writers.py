"""Files of writers other than Arrow C++, kept in foreign/."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import engine
import pytest
import strict_json
from strict_json import Number

FOREIGN = Path(__file__).parent / "foreign"
FILES = sorted(FOREIGN.glob("*.parquet"))
# pyarrow does not read Hadoop's framing of several chunks, booleans in a dictionary, or boolean runs with a wrong length.
BEYOND_ARROW = {"spark-lz4", "parquetgo-v1", "parquetgo-v2", "hyparquet-0.7"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_files_of_other_writers_are_read(agrees: Any, path: Path) -> None:
    whole = engine.convert(path) if path.stem in BEYOND_ARROW else agrees(path).bytes
    engine.assert_parts_agree(path, whole, [1, 50, 119])


def test_files_of_other_writers_exist() -> None:
    assert {path.stem.split("-")[0] for path in FILES} == {
        *("clickhouse", "datafusion", "duckdb", "fastparquet", "hyparquet", "parquetgo", "parquetjs"),
        *("polars", "spark"),
    }


def _rows(name: str) -> list[Any]:
    return strict_json.parse_lines(engine.convert(FOREIGN / f"{name}.parquet"))


@pytest.mark.parametrize("name", ["spark-lz4", "spark-v2"])
def test_files_of_spark_are_read(name: str) -> None:
    """A text takes several chunks of Hadoop's LZ4; the version 2 file has the newer encodings."""
    names = ["text", "price", "flag", "real", "bytes", "day", "at", "local", "tags", "counts", "point"]
    assert _rows(name) == [
        {
            "id": Number(1),
            "text": "abcdefgh" * 50_000,
            "price": Number("12.50"),
            "flag": True,
            "real": Number("0.1"),
            "bytes": "yv4=",
            "day": "2026-02-28",
            "at": "2026-05-01T08:31:07.250",  # INT96, which does not say that it is UTC
            "local": "1969-12-31T23:59:59.000001",
            "tags": ["a", None],
            "counts": {"k": Number(2**62)},
            "point": {"x": Number("0.5"), "y": Number(-3)},
        },
        {"id": Number(2), **dict.fromkeys(names)},
        {
            "id": Number(3),
            "text": "abcdefghi",
            "price": Number("-0.01"),
            "flag": False,
            "real": None,
            "bytes": "",
            "day": "1582-10-15",
            "at": "2026-05-01T00:00:00",
            "local": "2026-05-01T00:00:00",
            "tags": [],
            "counts": {},
            "point": {"x": None, "y": Number(7)},
        },
    ]


def _of_parquet_go(row: int) -> dict[str, Any]:
    some = row % 4 != 0
    return {
        "id": Number(row),
        "flag": row % 3 == 0,
        "maybe": row % 2 == 0 if some else None,
        "small": Number(row * 7919 % 1000),
        "split": Number(row << 40),
        "far": Number(2**63 + row),
        "text": f"https://example.com/{row * row}",
        "few": ["one", "two"][row % 2],
        "bytes": ["", "yg==", "yso=", "ysrK"][row % 4],
        "name": "é" * (row % 5) if some else None,
        "price": Number(Decimal(row * 125 - 1).scaleb(-2)),
        "at": "2026-05-01T08:31:07.250" + (f"{row:03d}Z" if row else "Z"),
        "uuid": f"123e4567-e89b-12d3-a456-4266141740{row:02d}",
        "tags": ["a", "b", "c"][: row % 4],
        "counts": {"k": Number(row)} if some else {},
        "point": {"x": Number(row / 8), "y": None if row % 5 else Number(row / 10)} if some else None,
        "repeats": [Number(0)] * (row % 3) if some else [],
    }


@pytest.mark.parametrize("name", ["parquetgo-v1", "parquetgo-v2"])
def test_files_of_parquet_go_are_read(name: str) -> None:
    assert _rows(name) == [_of_parquet_go(row) for row in range(40)]


def test_files_of_hyparquet_writer_before_0_8_are_read() -> None:
    assert _rows("hyparquet-0.7") == [
        {
            "flag": row < 100,
            "maybe": row < 60 if row % 3 else None,
            "same": "same",
            "few": ["one", "two"][row % 2] if row % 6 else None,
            "at": f"1970-01-01T00:00:00.{row:03d}Z" if row else "1970-01-01T00:00:00Z",
        }
        for row in range(120)
    ]
