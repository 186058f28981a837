"""
A file split into work units in every way: any number of threads and any limit give the same lines.

The expected lines are made without the converter; each table is so large that threads share a row group.
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import engine
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import strict_json

ROWS = 200_000

# Around common sizes: batches of 1024 to 8192 rows, units of 65,536 or 100,000.
LIMITS = [
    *(0, 1, 1023, 1025, 4095, 4096, 4097, 8193, 65_535),
    *(65_537, 100_001, 131_072, ROWS - 1, ROWS, ROWS + 1),
]


def _lines(columns: dict[str, list[str]]) -> bytes:
    """The lines of columns of JSON texts."""
    template = "{" + ",".join(f'"{name}":%s' for name in columns) + "}\n"
    return "".join([template % row for row in zip(*columns.values())]).encode()


def _texts(values: list[Any], text: Any = json.dumps) -> list[str]:
    return ["null" if value is None else text(value) for value in values]


def _check(path: Path, lines: bytes, limits: list[int]) -> None:
    engine.assert_same(lines, engine.convert(path, threads=1), "1 thread")
    engine.assert_parts_agree(path, lines, limits)
    # Remote files too, of which only the necessary bytes are read.
    engine.assert_same(lines, engine.convert(path.read_bytes(), threads=2), "read as over a network")


def _write(path: Path, table: pa.Table, **writer: Any) -> Path:
    pq.write_table(table, path, **{"store_schema": False, "row_group_size": 2**30, **writer})
    return path


@pytest.fixture(scope="module")
def flat() -> tuple[pa.Table, bytes]:
    """Columns with very different numbers of rows per page, single nulls and runs of nulls."""
    numbers = np.arange(ROWS)
    id_ = pa.array(numbers * 7919)
    few = [None if row % 1000 < 300 else f"entry {row // 5000}" for row in range(ROWS)]
    many = [f"{row * 2654435761 % 2**32:08x}" * (1 + row % 3) for row in range(ROWS)]
    # Only nulls for longer than a work unit.
    rare = [row if row > 170_000 and row % 3 else None for row in range(ROWS)]
    flags = [None if row % 7 == 0 else row % 5 == 0 for row in range(ROWS)]
    table = pa.table({"id": id_, "few": few, "many": many, "rare": pa.array(rare, pa.int32()), "flag": flags})
    columns = {
        "id": list(map(str, id_.to_pylist())),
        "few": _texts(few),
        "many": _texts(many),
        "rare": _texts(rare, str),
        "flag": _texts(flags),
    }
    return table, _lines(columns)


@pytest.mark.parametrize(
    "writer",
    [
        {"data_page_size": 1000, "compression": "snappy"},
        {
            "data_page_size": 20_000,
            "data_page_version": "2.0",
            "use_dictionary": ["few"],
            "row_group_size": 150_000,
        },
        {"dictionary_pagesize_limit": 50_000, "data_page_size": 100_000, "compression": "zstd"},
        {
            "use_dictionary": False,
            "data_page_size": 64_000,
            "compression": "none",
            "column_encoding": {
                "id": "DELTA_BINARY_PACKED",
                "rare": "DELTA_BINARY_PACKED",
                "few": "DELTA_BYTE_ARRAY",
                "many": "DELTA_LENGTH_BYTE_ARRAY",
                "flag": "RLE",
            },
        },
        {"use_dictionary": False, "data_page_size": 2**30, "write_batch_size": 2**20, "compression": "lz4"},
    ],
    ids=["small pages", "pages of version 2", "a dictionary given up", "deltas", "one page a column"],
)
def test_flat_columns_have_the_same_lines_with_any_threads_and_limit(
    tmp_path: Path, flat: tuple[pa.Table, bytes], writer: dict[str, Any]
) -> None:
    table, lines = flat
    _check(_write(tmp_path / "input.parquet", table, **writer), lines, LIMITS)


@pytest.mark.parametrize("columns", [["many"], ["rare", "id"], ["flag"]])
def test_selected_columns_have_the_same_lines_with_any_threads_and_limit(
    tmp_path: Path, flat: tuple[pa.Table, bytes], columns: list[str]
) -> None:
    table, lines = flat
    path = _write(tmp_path / "input.parquet", table, data_page_size=10_000)
    whole = engine.convert(path, threads=2, columns=columns)
    limited = engine.convert(path, threads=2, columns=columns, limit=150_000)
    assert whole.startswith(limited)
    assert limited.count(b"\n") == 150_000
    wanted = [json.loads(line) for line in lines.splitlines()[::997]]
    found = [json.loads(line) for line in whole.splitlines()[::997]]
    assert found == [{name: row[name] for name in columns} for row in wanted]


NESTED_ROWS = 120_000


@pytest.fixture(scope="module")
def nested() -> tuple[pa.Table, bytes]:
    """Lists of 0 to 3 items, and a few longer than many pages."""
    long = {5: 20_000, 70_000: 3000, 70_001: 70_000, NESTED_ROWS - 1: 10_000}
    numbers: list[Any] = []
    places: list[Any] = []
    for row in range(NESTED_ROWS):
        numbers.append(None if row % 11 == 0 else [row] * long.get(row, row % 4))
        tags = None if row % 5 == 0 else [f"t{row % 50}", None]
        places.append({"at": None if row % 3 == 0 else row, "tags": tags})
    kind = pa.struct([("at", pa.int64()), ("tags", pa.list_(pa.string()))])
    table = pa.table({"numbers": pa.array(numbers, pa.list_(pa.int32())), "place": pa.array(places, kind)})

    def compact(value: Any) -> str:
        return json.dumps(value, separators=(",", ":"))

    return table, _lines({"numbers": list(map(compact, numbers)), "place": list(map(compact, places))})


@pytest.mark.parametrize("pages", ["1.0", "2.0"])
@pytest.mark.parametrize("encoding", ["dictionary", "plain", "delta"])
def test_nested_columns_have_the_same_lines_with_any_threads_and_limit(
    tmp_path: Path, nested: tuple[pa.Table, bytes], pages: str, encoding: str
) -> None:
    """Version 1 pages start inside rows."""
    table, lines = nested
    writer: dict[str, Any] = {"use_dictionary": encoding == "dictionary", "data_page_version": pages}
    if encoding == "delta":
        writer["column_encoding"] = {
            "numbers.list.element": "DELTA_BINARY_PACKED",
            "place.at": "DELTA_BINARY_PACKED",
            "place.tags.list.element": "DELTA_BYTE_ARRAY",
        }
    path = _write(tmp_path / "input.parquet", table, data_page_size=3000, write_batch_size=100, **writer)
    _check(path, lines, [1, 5, 6, 7, 4096, 65_536, 70_000, 70_001, 70_002, NESTED_ROWS - 1])


def test_rows_of_very_different_sizes_have_the_same_lines_with_any_threads_and_limit(tmp_path: Path) -> None:
    rows = 5000
    texts = ["x" * (3_000_000 if row % 1000 == 999 else row % 50) for row in range(rows)]
    lists = [list(range(100_000 if row == 2500 else row % 3)) for row in range(rows)]
    table = pa.table({"text": texts, "list": pa.array(lists, pa.list_(pa.int64()))})
    path = _write(tmp_path / "input.parquet", table, use_dictionary=False, write_batch_size=10)
    lines = _lines({"text": _texts(texts), "list": [str(value).replace(" ", "") for value in lists]})
    _check(path, lines, [999, 1000, 1001, 2500, 2501])


def test_two_thousand_columns_have_the_same_lines_with_any_threads_and_limit(tmp_path: Path) -> None:
    rows, width = 150, 2000
    forms = [int, int, str, lambda value: value / 4]

    def value(row: int, column: int) -> Any:
        return None if (row + column) % 17 == 0 else forms[column % 4](row * column)

    columns = {f"c{column}": [value(row, column) for row in range(rows)] for column in range(width)}
    path = _write(tmp_path / "input.parquet", pa.table(columns), row_group_size=64)
    whole = engine.convert(path, threads=2)
    found = [json.loads(line) for line in whole.splitlines()]
    assert found == [dict(zip(columns, row)) for row in zip(*columns.values())]
    assert list(found[0]) == list(columns)
    engine.assert_parts_agree(path, whole, [1, 63, 64, 65, 149])


def test_long_texts_have_the_same_lines_with_any_threads_and_limit(tmp_path: Path) -> None:
    """Values of 1 to 10 kB, with all escapes and characters of every length."""
    alphabet = 'abcdefghij \n\t"\\\x00\x1f\x7fäß漢🙂'
    draw = np.random.default_rng(0)
    letters = np.array(list(alphabet))
    texts: list[Any] = [
        "".join(letters[draw.integers(len(letters), size=draw.integers(1000, 10_000))]) for _ in range(1500)
    ]
    texts[7] = texts[800] = None
    path = _write(
        tmp_path / "input.parquet", pa.table({"id": range(1500), "text": texts}), data_page_size=50_000
    )
    whole = engine.convert(path, threads=2)
    assert [row["text"] for row in strict_json.parse_lines(whole)] == texts
    engine.assert_parts_agree(path, whole, [1, 7, 8, 900, 1499])


@pytest.mark.parametrize("entries", [1, 2, 300, 70_000])
def test_dictionaries_have_the_same_lines_with_any_threads_and_limit(tmp_path: Path, entries: int) -> None:
    """Few entries, and so many that reading them takes as long as the rows."""
    rows = 140_000
    index = np.random.default_rng(entries).integers(entries, size=rows)
    texts = pa.array([f'entry "{number}"' for number in range(entries)]).take(pa.array(index))
    table = pa.table({"text": texts, "number": pa.array(index * 1_000_003)})
    options = {"dictionary_pagesize_limit": 2**30, "data_page_size": 30_000}
    path = _write(tmp_path / "input.parquet", table, **options)
    column = pq.read_metadata(path).row_group(0).column(0)
    assert column.dictionary_page_offset is not None
    numbers = index.tolist()
    lines = _lines(
        {
            "text": [f'"entry \\"{number}\\""' for number in numbers],
            "number": [str(number * 1_000_003) for number in numbers],
        }
    )
    _check(path, lines, [4097, 65_537, rows - 1])


def test_row_groups_of_three_rows_have_the_same_lines_with_any_threads_and_limit(tmp_path: Path) -> None:
    rows = 6000
    path = _write(
        tmp_path / "input.parquet",
        pa.table({"a": range(rows), "b": [[row] for row in range(rows)]}),
        row_group_size=3,
    )
    assert pq.read_metadata(path).num_row_groups == 2000
    lines = _lines({"a": list(map(str, range(rows))), "b": [f"[{row}]" for row in range(rows)]})
    _check(path, lines, [1, 2, 3, 4, 2999, 3000, 3001])


def test_pages_of_one_row_beside_a_single_page_have_the_same_lines(tmp_path: Path) -> None:
    rows = 20_000
    numbers = pa.array(range(rows))
    texts = [f"{row:06d}" * 4 for row in range(rows)]
    table = pa.table({"number": numbers, "text": texts})
    options = {
        "use_dictionary": False,
        "data_page_size": 20,
        "write_batch_size": 1,
        "write_statistics": False,
    }
    encoding = {"number": "DELTA_BINARY_PACKED", "text": "PLAIN"}
    path = _write(tmp_path / "input.parquet", table, column_encoding=encoding, **options)
    lines = _lines({"number": list(map(str, range(rows))), "text": _texts(texts)})
    _check(path, lines, [1, 4095, 4097, 19_999])


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_other_formats_have_the_same_lines_with_any_threads(
    tmp_path: Path, flat: tuple[pa.Table, bytes], threads: int
) -> None:
    table, lines = flat
    path = _write(tmp_path / "input.parquet", table, data_page_size=30_000)
    array = b"[" + lines[:-1].replace(b"\n", b",\n") + b"]"
    engine.assert_same(array, engine.convert(path, threads=threads, format="json"), "an array")
    packed = engine.convert(path, threads=threads, compression="gzip")
    engine.assert_same(lines, gzip.decompress(packed), "gzip")
    packed = engine.convert(path, threads=threads, compression="zstd", format="json")
    with pa.CompressedInputStream(pa.BufferReader(packed), "zstd") as stream:
        engine.assert_same(array, stream.read(), "an array in zstd")
