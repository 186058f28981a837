"""Every encoding, codec and page version that pyarrow writes, in small pages and many row groups."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import generate
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from thrift_edit import I32, Struct, edit_first_page

CODECS = ["none", "snappy", "gzip", "brotli", "lz4", "zstd"]
PAGES = ["1.0", "2.0"]
INTEGERS = ["int32", "int32_few", "int64", "int64_near"]
NUMBERS = [*INTEGERS, "float", "double", "fixed", "fixed_few"]
TEXTS = ["string", "string_few", "binary"]
FIXED = ["fixed", "fixed_few"]

ENCODINGS: dict[str, dict[str, Any]] = {
    "plain": {"use_dictionary": False},
    "dictionary": {"use_dictionary": True},
    "dictionary with fallback": {"use_dictionary": True, "dictionary_pagesize_limit": 200},
    "delta": {
        "use_dictionary": False,
        "column_encoding": {
            **dict.fromkeys(INTEGERS, "DELTA_BINARY_PACKED"),
            **dict.fromkeys(TEXTS, "DELTA_LENGTH_BYTE_ARRAY"),
            **dict.fromkeys(FIXED, "DELTA_BYTE_ARRAY"),
        },
    },
    "delta of prefixes, runs of booleans": {
        "use_dictionary": False,
        "column_encoding": {**dict.fromkeys(TEXTS, "DELTA_BYTE_ARRAY"), "boolean": "RLE"},
    },
    "byte stream split": {
        "use_dictionary": False,
        "column_encoding": dict.fromkeys(NUMBERS, "BYTE_STREAM_SPLIT"),
    },
}

MIXED = generate.mixed()
SMALL_PAGES = {"data_page_size": 256, "write_batch_size": 50, "write_page_checksum": True}


def _encodings(path: Path) -> set[str]:
    metadata = pq.read_metadata(path)
    return {
        encoding
        for group in range(metadata.num_row_groups)
        for column in range(metadata.num_columns)
        for encoding in metadata.row_group(group).column(column).encodings
    }


@pytest.mark.parametrize("pages", PAGES)
@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_encoding_codec_and_page_version_is_read(
    agrees: Any, encoding: str, codec: str, pages: str
) -> None:
    writer = {**ENCODINGS[encoding], "compression": codec, "data_page_version": pages, **SMALL_PAGES}
    agrees(MIXED, writer=writer)


def test_the_tested_files_contain_every_encoding(tmp_path: Path) -> None:
    found = set()
    for number, writer in enumerate(ENCODINGS.values()):
        path = generate.write(tmp_path / f"{number}.parquet", MIXED, **writer, **SMALL_PAGES)
        found |= _encodings(path)
    deltas = {"DELTA_BINARY_PACKED", "DELTA_LENGTH_BYTE_ARRAY", "DELTA_BYTE_ARRAY"}
    assert deltas | {"PLAIN", "RLE", "RLE_DICTIONARY", "BYTE_STREAM_SPLIT"} <= found


@pytest.mark.parametrize("pages", PAGES)
@pytest.mark.parametrize("encoding", ["plain", "dictionary", "delta"])
def test_pages_of_nested_columns_are_read(agrees: Any, encoding: str, pages: str) -> None:
    """Lists that continue across pages, where the page version allows it."""
    rows = [
        [None if item % 7 == 0 else item for item in range(row % 40)] if row % 11 else None
        for row in range(500)
    ]
    lists = pa.array(rows, pa.list_(pa.int64()))
    texts = pa.array([row and [str(item) for item in row] for row in rows], pa.list_(pa.string()))
    writer: dict[str, Any] = {
        "use_dictionary": encoding == "dictionary",
        "data_page_version": pages,
        **SMALL_PAGES,
    }
    if encoding == "delta":
        writer["column_encoding"] = {
            "lists.list.element": "DELTA_BINARY_PACKED",
            "texts.list.element": "DELTA_BYTE_ARRAY",
        }
    agrees(pa.table({"lists": lists, "texts": texts}), writer=writer)


@pytest.mark.parametrize(
    ("kind", "encoding"),
    [
        *((kind, "PLAIN") for kind in (pa.binary(3), pa.string(), pa.int64(), pa.float64(), pa.bool_())),
        *((kind, "BYTE_STREAM_SPLIT") for kind in (pa.binary(3), pa.int64(), pa.float64())),
        (pa.int64(), "DELTA_BINARY_PACKED"),
        (pa.string(), "DELTA_LENGTH_BYTE_ARRAY"),
        (pa.string(), "DELTA_BYTE_ARRAY"),
        (pa.binary(3), "DELTA_BYTE_ARRAY"),
        (pa.bool_(), "RLE"),
    ],
    ids=str,
)
def test_a_count_of_nulls_without_null_lists_is_ignored(
    agrees: Any, tmp_path: Path, kind: pa.DataType, encoding: str
) -> None:
    """Arrow up to 21 counts only nulls inside lists in DataPageHeaderV2.num_nulls."""
    first, second = {
        "fixed_size_binary[3]": (b"abc", b"xyz"),
        "string": ("abc", "é"),
        "bool": (True, False),
    }.get(str(kind), (5, -(2**40)))
    lists = pa.array([[first], None, [], [None, second, first], None, [second]], pa.list_(kind))
    writer = {
        "data_page_version": "2.0",
        "compression": "none",
        "use_dictionary": False,
        "column_encoding": {"value.list.element": encoding},
    }
    path = generate.write(tmp_path / "input.parquet", pa.table({"value": lists}), **writer)

    def change(header: Struct) -> None:
        header[8][1][2] = (I32, 1)

    agrees(edit_first_page(path, change))


@pytest.mark.parametrize("rows", [0, 1, 31, 32, 33, 127, 128, 129, 255, 257, 1025])
def test_lengths_around_the_block_sizes_of_encodings_are_read(agrees: Any, rows: int) -> None:
    numbers = pa.array([(row * row * 2654435761) % 2**62 for row in range(rows)], pa.int64())
    flags = pa.array([row % 3 == 0 for row in range(rows)], pa.bool_())
    table = pa.table({"number": numbers, "flag": flags, "text": numbers.cast(pa.string())})
    delta = {"number": "DELTA_BINARY_PACKED", "flag": "RLE", "text": "DELTA_BYTE_ARRAY"}
    agrees(table, writer={"use_dictionary": False, "column_encoding": delta})
    agrees(table)


@pytest.mark.parametrize("bits", range(0, 65, 4))
def test_deltas_of_every_width_are_read(agrees: Any, bits: int) -> None:
    steps = [0, 2**bits - 1] * 100
    wide, narrow = [], []
    total = 0
    for step in steps:
        total += step
        wide.append((total + 2**63) % 2**64 - 2**63)
        narrow.append((total + 2**31) % 2**32 - 2**31)
    table = pa.table({"wide": pa.array(wide, pa.int64()), "narrow": pa.array(narrow, pa.int32())})
    encoding = dict.fromkeys(table.column_names, "DELTA_BINARY_PACKED")
    agrees(table, writer={"use_dictionary": False, "column_encoding": encoding})


@pytest.mark.parametrize("distinct", [1, 2, 3, 255, 256, 257, 5000])
def test_dictionary_indices_of_every_width_are_read(agrees: Any, distinct: int) -> None:
    rows = max(1000, distinct)
    table = pa.table({"number": [row * 7919 % distinct for row in range(rows)]})
    agrees(table.append_column("text", table["number"].cast(pa.string())))


def test_long_runs_of_nulls_and_of_values_are_read(agrees: Any) -> None:
    runs = [None] * 3000 + [1] * 3000 + [None, 2] * 50 + [3] * 9 + [None] * 9 + list(range(500))
    flags = [value is not None and value % 2 == 1 for value in runs]
    agrees(
        pa.table({"number": runs, "flag": flags}),
        writer={"column_encoding": {"flag": "RLE"}, "use_dictionary": ["number"]},
    )


def test_many_row_groups_are_read(agrees: Any) -> None:
    agrees(MIXED, writer={"row_group_size": 37})


def test_row_groups_without_rows_are_skipped(agrees: Any, tmp_path: Path) -> None:
    path = tmp_path / "input.parquet"
    table = generate.nested()
    with pq.ParquetWriter(path, table.schema) as writer:
        for start, rows in ((0, 0), (0, 2), (2, 0), (2, None), (0, 0)):
            writer.write_table(table.slice(start, rows))
    assert pq.read_metadata(path).num_row_groups >= 2
    agrees(path)


def test_a_file_without_rows_has_an_empty_output(agrees: Any, tmp_path: Path) -> None:
    assert agrees(MIXED.slice(0, 0)).bytes == b""
    path = tmp_path / "no-row-groups.parquet"
    pq.ParquetWriter(path, generate.nested().schema).close()
    assert pq.read_metadata(path).num_row_groups == 0
    assert agrees(path).bytes == b""


def test_rows_without_columns_are_empty_objects(convert: Any, tmp_path: Path) -> None:
    path = generate.write(tmp_path / "input.parquet", pa.table({"gone": [1, 2, 3]}).select([]))
    assert pq.read_metadata(path).num_columns == 0
    rows = pq.read_metadata(path).num_rows
    assert convert(path).rows == [{}] * rows


@pytest.mark.parametrize("pages", PAGES)
@pytest.mark.parametrize("codec", ["none", "zstd"])
@pytest.mark.parametrize("dictionary", [False, True])
def test_a_wrong_checksum_fails_only_conversions_that_read_the_page(
    convert: Any, tmp_path: Path, codec: str, pages: str, dictionary: bool
) -> None:
    writer = {
        "compression": codec,
        "data_page_version": pages,
        "use_dictionary": dictionary,
        "write_page_checksum": True,
    }
    table = pa.table(
        {"number": pa.array(range(1000), pa.int64()), "text": [f"{row:05}" for row in range(1000)]}
    )
    path = generate.write(tmp_path / "input.parquet", table, **writer)
    column = pq.read_metadata(path).row_group(0).column(1)
    file = bytearray(path.read_bytes())
    start = column.dictionary_page_offset if dictionary else column.data_page_offset
    # The middle of the page, after its header: without a codec only the checksum can detect it.
    file[start + column.total_compressed_size // 4] ^= 0x01
    path.write_bytes(file)
    conversion = convert(path)
    assert conversion.error == "corrupt_file"
    assert "text" in conversion.stderr
    # The other column does not need the damaged page.
    assert len(convert(path, columns="number").rows) == 1000
