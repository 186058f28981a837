"""
Random files with known values: every nesting, type, encoding, codec and page size.

A failure names its seed, from which `odd_file` and `arrow_file` recreate the file.
"""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import engine
import generate
import odd_schema
import odd_writer
import oracle
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import random_tables
import strict_json

ROWS = [0, 1, 2, 3, 10, 10, 60, 60, 200]

# Each file has one of these.
ODD_OPTIONS: list[dict[str, str]] = [{}, {}, {"nulls": "omit"}]
ARROW_OPTIONS: list[dict[str, str]] = [
    {},
    {"nulls": "omit", "timestamps": "epoch-ms"},
    {"nulls": "omit", "timestamps": "epoch-us", "integers": "string"},
]


def odd_file(seed: int, habits: odd_writer.Habits) -> tuple[bytes, list[dict[str, Any]]]:
    """A file and its rows as in JSON."""
    draw = Random(seed)
    table = odd_writer.random_table(draw, 3000 if seed % 50 == 0 else draw.choice(ROWS))
    return odd_writer.file(table, draw, habits), table.trees()


def arrow_file(seed: int, path: Path, **options: str) -> list[dict[str, Any]]:
    """Writes a file and returns its rows as in JSON."""
    table = random_tables.table(seed)
    generate.write(path, table, **random_tables.writer(seed, table))
    return oracle.expected_rows(path, table, **options)


def _check(file: bytes | Path, rows: list[dict[str, Any]], seed: int, **options: str) -> None:
    draw = Random(seed)
    try:
        whole = engine.convert(file, threads=1 + seed % 2, **options)
        oracle.assert_rows(rows, strict_json.parse_lines(whole))
        limits = [0, 1, len(rows) // 2, len(rows) - 1, len(rows), len(rows) + 1, draw.randint(0, len(rows))]
        engine.assert_parts_agree(file, whole, [limit for limit in limits if limit >= 0], draw, **options)
        if rows and rows[0]:
            some = draw.sample(list(rows[0]), draw.randint(1, len(rows[0])))
            chosen = strict_json.parse_lines(engine.convert(file, columns=some, threads=2, **options))
            oracle.assert_rows([{name: row[name] for name in some if name in row} for row in rows], chosen)
    except (AssertionError, engine.ConversionError, ValueError) as error:
        raise AssertionError(f"seed {seed}: {error}") from error


@pytest.mark.parametrize("block", range(10))
def test_files_of_odd_writers_are_read(block: int) -> None:
    """Levels, dictionaries, deltas and pages, packed in every way that the format allows."""
    habits = odd_writer.Habits(bit_packed_levels=False)
    for seed in range(100 * block, 100 * (block + 1)):
        file, rows = odd_file(seed, habits)
        options = ODD_OPTIONS[seed % 3]
        _check(file, odd_schema.without_null_fields(rows) if options else rows, seed, **options)


@pytest.mark.parametrize("block", range(10))
def test_random_files_of_arrow_are_read(tmp_path: Path, block: int) -> None:
    for seed in range(30 * block, 30 * (block + 1)):
        path = tmp_path / "input.parquet"
        options = ARROW_OPTIONS[seed % 3]
        rows = arrow_file(seed, path, **options)
        # Half of them as over a network, where reading differs.
        _check(path if seed % 2 else path.read_bytes(), rows, seed, **options)


def test_pyarrow_reads_files_of_the_odd_writer(tmp_path: Path) -> None:
    """pyarrow reads the same values where it supports the habit."""
    path = tmp_path / "input.parquet"
    compared = 0
    for seed in range(60):
        file, rows = odd_file(seed, odd_writer.Habits(bit_packed_levels=False, empty_pages=False))
        path.write_bytes(file)
        try:
            pq.read_schema(path)
        except pa.ArrowInvalid:  # up to 21: a repeated group in a list of two levels
            continue
        oracle.assert_rows(oracle.expected_rows(path), strict_json.parse_lines(engine.convert(file)))
        oracle.assert_rows(rows, strict_json.parse_lines(engine.convert(file)))
        compared += 1
    assert compared > 50
