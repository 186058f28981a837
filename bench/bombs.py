"""Parquet files that take memory: `bombs.py FOLDER [NAME ...]` creates missing files and prints all paths.

The realistic ones have long texts, thousands of columns or large dictionaries, as pyarrow writes them. The hostile ones are written byte by
byte, and make huge claims in few bytes.
"""

from __future__ import annotations

import argparse
import struct
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

sys.path.append(str(Path(__file__).parent.parent / "glue/tests"))

import one_column
import page_writer as writer
from odd_encodings import BYTE_ARRAY, DELTA_BYTE_ARRAY, DOUBLE, INT32, INT64, PLAIN, RLE_DICTIONARY, zigzag
from page_edit import NONE, ZSTD, Page
from thrift_edit import encode

KIBI, MEBI = 1 << 10, 1 << 20
MOST = 2**31 - 1
REQUIRED, OPTIONAL = 0, 1
UTF8, DECIMAL = 0, 5
# The limit of values of one nested column in a row.
ITEMS = 8 * MEBI - 1


class Bomb:
    """A file, written by `make(path, *args, **options)`."""

    def __init__(self, about: str, make: Callable[..., None], *args: Any, **options: Any) -> None:
        self.about = about
        self.write = lambda path: make(path, *args, **options)


# As pyarrow writes them


def texts(path: Path, length: int, rows: int, entries: int = 1, **options: Any) -> None:
    """Rows that refer to a few long texts in a dictionary of any size."""
    values = pa.array([chr(97 + n) * length for n in range(entries)])
    indices = pa.array(np.arange(rows, dtype="int32") % entries)
    table = pa.table({"id": range(rows), "text": pa.DictionaryArray.from_arrays(indices, values)})
    pq.write_table(table, path, compression="zstd", dictionary_pagesize_limit=1 << 30, **options)


def distinct_texts(path: Path, length: int, rows: int, filling: str = "x", encoding: str = "PLAIN") -> None:
    """Long texts that differ at their end, one row at a time."""
    schema = pa.schema({"id": pa.int64(), "text": pa.string()})
    options = {"compression": "zstd", "use_dictionary": False, "column_encoding": {"text": encoding}}
    with pq.ParquetWriter(path, schema, **options) as file:
        table = [pa.table([[n], [filling * (length // len(filling)) + str(n)]], schema) for n in range(rows)]
        file.write_table(pa.concat_tables(table), row_group_size=rows)


def binary(path: Path, length: int, rows: int) -> None:
    table = pa.table({"id": range(rows), "bytes": pa.array([bytes([n]) * length for n in range(rows)])})
    pq.write_table(table, path, compression="zstd", use_dictionary=False)


def skewed(path: Path) -> None:
    """Short texts, then long ones, so the mean of the first rows is misleading."""
    short, long = 400_000, 5_000
    indices = pa.array(np.concatenate([np.zeros(short, "int32"), np.ones(long, "int32")]))
    text = pa.DictionaryArray.from_arrays(indices, pa.array(["s", "a" * (900 * KIBI)]))
    pq.write_table(pa.table({"id": range(short + long), "html": text}), path, row_group_size=10_000_000)


def numbers(path: Path, columns: int, rows: int) -> None:
    """Columns of unique doubles, each with a dictionary of 8 bytes per row. Repeats the same 100 columns."""
    rng = np.random.default_rng(15)
    drawn = [pa.array(rng.random(rows)) for _ in range(100)]
    table = pa.table({f"c{n}": drawn[n % 100] for n in range(columns)})
    pq.write_table(table, path)


def text_columns(path: Path, columns: int, rows: int) -> None:
    drawn = [pa.array([f"value {n} of row {row}" for row in range(rows)]) for n in range(100)]
    pq.write_table(pa.table({f"c{n}": drawn[n % 100] for n in range(columns)}), path)


def nested_texts(path: Path, rows: int, items: int, length: int) -> None:
    """Lists of groups of long texts with few distinct values: dictionaries of nested columns."""
    values = pa.array([chr(97 + n) * length for n in range(10)])
    columns = {}
    for n in range(10):
        indices = pa.array((np.arange(rows * items) + n).astype("int32") % 10)
        texts = pa.DictionaryArray.from_arrays(indices, values)
        group = pa.StructArray.from_arrays([texts, pa.array(range(rows * items))], ["text", "n"])
        columns[f"c{n}"] = pa.ListArray.from_arrays(range(0, rows * items + 1, items), group)
    options = {"compression": "zstd", "dictionary_pagesize_limit": 1 << 30}
    pq.write_table(pa.table(columns), path, **options)


def lists_of_texts(path: Path, rows: int, items: int, length: int) -> None:
    """Lists of long texts without a dictionary."""
    value = pa.ListArray.from_arrays([0, items], pa.array([str(n) * length for n in range(items)]))
    table = pa.table({"texts": pa.chunked_array([value] * rows)})
    pq.write_table(table, path, compression="zstd", use_dictionary=False)


def maps_of_texts(path: Path, rows: int, items: int, length: int) -> None:
    entry = [(str(n).zfill(4) * (length // 4), "v" * length) for n in range(items)]
    column = pa.array([entry] * rows, pa.map_(pa.string(), pa.string()))
    options = {"compression": "zstd", "dictionary_pagesize_limit": 1 << 30}
    pq.write_table(pa.table({"map": column}), path, **options)


def one_page(path: Path, rows: int) -> None:
    table = pa.table({"n": np.arange(rows, dtype="int64")})
    options = {"row_group_size": rows, "data_page_size": 1 << 30, "max_rows_per_page": rows}
    pq.write_table(table, path, use_dictionary=False, compression="zstd", **options)


def many_pages(path: Path, rows: int) -> None:
    """Many small pages, and an index of them."""
    table = pa.table({"n": np.arange(rows, dtype="int64")})
    pq.write_table(
        table,
        path,
        use_dictionary=False,
        row_group_size=rows,
        data_page_size=1,
        write_batch_size=2,
        write_page_index=True,
    )


# Byte by byte


@dataclass(frozen=True)
class Column:
    """A column chunk. Its `elements` are SchemaElements; `shared` pages are stored once for all columns that have them."""

    path: list[str]
    elements: list[bytes]
    physical: int
    values: int
    pages: list[Page]
    codec: int = NONE


def store(path: Path, columns: Iterator[Column], rows: int, apart: bool = True) -> None:
    """One row group. Pages are stored for each column if `apart`, otherwise once for all columns."""
    elements, chunks, stored = [], [], None
    with path.open("wb") as file:
        file.write(b"PAR1")
        count = 0
        for column in columns:
            count += 1
            if apart or stored is None:
                start = file.tell()
                pages = [encode(page.header) + page.stored for page in column.pages]
                file.writelines(pages)
                first = start + len(pages[0]) if 7 in column.pages[0].header else start
                size = sum(page.header[2][1] for page in column.pages)
                stored = (first, None if first == start else start), (size, file.tell() - start)
            offsets, sizes = stored
            elements += column.elements
            chunks.append(
                writer.column_chunk(column.physical, column.path, column.codec, column.values, offsets, sizes)
            )
        root = writer.schema_element("root", children=count)
        file.write(writer.footer([root, *elements], [writer.row_group(chunks, rows)], rows))


def flat(name: str, physical: int, rows: int, pages: list[Page], codec: int = NONE, **more: Any) -> Column:
    repetition = more.pop("repetition", REQUIRED)
    element = writer.schema_element(name, physical, repetition, **more)
    return Column([name], [element], physical, rows, pages, codec)


def dictionaries(path: Path, columns: int, size: int) -> None:
    """One row whose columns each have a dictionary of zeros, which is tiny when compressed."""
    pages = [
        writer.dictionary_page(size // 8, bytes(size), ZSTD),
        one_column.data(1, b"\x11" + one_column.run(1, 0, 17), RLE_DICTIONARY, ZSTD),
    ]
    store(path, (flat(f"c{n}", DOUBLE, 1, pages, ZSTD) for n in range(columns)), 1)


def repeated_entry(path: Path, length: int, rows: int = MOST, codec: int = ZSTD) -> None:
    """Rows that all refer to one text, in one run of dictionary indices."""
    text = struct.pack("<I", length) + b"x" * length
    pages = [
        writer.dictionary_page(1, text, codec),
        one_column.data(rows, b"\1" + one_column.run(rows, 0, 1), RLE_DICTIONARY, codec),
    ]
    store(path, iter([flat("a", BYTE_ARRAY, rows, pages, codec, converted=UTF8)]), rows)


def decimals(path: Path) -> None:
    """One-byte decimals whose scale makes each a text of 64 kB."""
    pages = [
        writer.dictionary_page(1, struct.pack("<I", 1) + b"\1"),
        one_column.data(MOST, b"\1" + one_column.run(MOST, 0, 1), RLE_DICTIONARY),
    ]
    more = {"converted": DECIMAL, "scale": 65_535, "precision": 65_536}
    store(path, iter([flat("a", BYTE_ARRAY, MOST, pages, **more)]), MOST)


def large_page(path: Path, size: int, columns: int = 1) -> None:
    """Zeros in one page."""
    pages = [one_column.data(size // 8, bytes(size), PLAIN, ZSTD)]
    store(path, (flat(f"c{n}", INT64, size // 8, pages, ZSTD) for n in range(columns)), size // 8)


def nulls(path: Path) -> None:
    pages = [one_column.data(MOST, one_column.levels(one_column.run(MOST, 0, 1)))]
    store(path, iter([flat("a", INT32, MOST, pages, repetition=OPTIONAL)]), MOST)


def empty_columns(path: Path, columns: int) -> None:
    """One row of nulls; all column chunks share the same bytes."""
    pages = [one_column.data(1, one_column.levels(one_column.run(1, 0, 1)))]
    named = (flat(f"{n:x}", INT32, 1, pages, repetition=OPTIONAL) for n in range(columns))
    store(path, named, 1, apart=False)


def long_names(path: Path, columns: int, length: int, rows: int) -> None:
    pages = [one_column.data(rows, one_column.levels(one_column.run(rows, 0, 1)))]
    names = (f"{n:06}" + "x" * (length - 6) for n in range(columns))
    store(path, (flat(name, INT32, rows, pages, repetition=OPTIONAL) for name in names), rows, apart=False)


def row_groups(path: Path, count: int) -> None:
    """Row groups of one row; all share the same bytes."""
    page = one_column.data(1, one_column.levels(one_column.run(1, 0, 1)))
    stored = encode(page.header) + page.stored
    chunk = writer.column_chunk(INT32, ["a"], NONE, 1, (4, None), (len(stored), len(stored)))
    schema = [writer.schema_element("root", children=1), writer.schema_element("a", INT32, OPTIONAL)]
    groups = [writer.row_group([chunk], 1)] * count
    path.write_bytes(b"PAR1" + stored + writer.footer(schema, groups, count))


def schema_elements(path: Path, count: int) -> None:
    root = writer.schema_element("root", children=count)
    elements = [root, *[writer.schema_element("x", INT32, OPTIONAL)] * count]
    path.write_bytes(b"PAR1" + writer.footer(elements, [], 0))


def key_value_metadata(path: Path, size: int) -> None:
    schema = [writer.schema_element("root", children=1), writer.schema_element("a", INT32, OPTIONAL)]
    path.write_bytes(b"PAR1" + writer.footer(schema, [], 0, {b"pandas": b"x" * size}))


def lists_of_nulls(path: Path, columns: int, items: int, rows: int = 1) -> None:
    """Rows whose lists have many nulls each, encoded in a few bytes of levels."""
    levels = one_column.levels(one_column.run(1, 0, 1), one_column.run(items - 1, 1, 1))
    pages = [one_column.data(items, levels + one_column.levels(one_column.run(items, 2, 2)))] * rows
    item = writer.schema_element("element", INT32, OPTIONAL)
    made = (
        Column([f"c{n}", "list", "element"], writer.list_elements(f"c{n}", item), INT32, items * rows, pages)
        for n in range(columns)
    )
    store(path, made, rows, apart=False)


def lists_of_entries(path: Path, items: int, length: int) -> None:
    """One row whose list repeats one text."""
    levels = one_column.levels(one_column.run(1, 0, 1), one_column.run(items - 1, 1, 1))
    levels += one_column.levels(one_column.run(items, 3, 2))
    pages = [
        writer.dictionary_page(1, struct.pack("<I", length) + b"x" * length, ZSTD),
        one_column.data(items, levels + b"\1" + one_column.run(items, 0, 1), RLE_DICTIONARY, ZSTD),
    ]
    item = writer.schema_element("element", BYTE_ARRAY, OPTIONAL, converted=UTF8)
    column = Column(["a", "list", "element"], writer.list_elements("a", item), BYTE_ARRAY, items, pages, ZSTD)
    store(path, iter([column]), 1)


def deep_lists(path: Path, depth: int, items: int, repetition: int) -> None:
    """Nested lists in one row; each item starts a new list at that level."""
    elements, names = [], []
    for n in range(depth):
        name = "element" if n else "a"
        names += [name, "list"]
        elements += writer.list_elements(name, b"")[:2]
    elements.append(writer.schema_element("element", INT32, OPTIONAL))
    most = 2 * depth + 1
    levels = one_column.levels(
        one_column.run(1, 0, depth.bit_length()), one_column.run(items - 1, repetition, depth.bit_length())
    ) + one_column.levels(one_column.run(items, most - 1, most.bit_length()))
    column = Column([*names, "element"], elements, INT32, items, [one_column.data(items, levels)])
    store(path, iter([column]), 1)


def equal_delta_texts(path: Path, count: int, length: int) -> None:
    """DELTA_BYTE_ARRAY: all texts are equal."""
    content = first_then(count, 0, length) + first_then(count, length, 0) + b"z" * length
    pages = [one_column.data(count, content, DELTA_BYTE_ARRAY, ZSTD)]
    store(path, iter([flat("a", BYTE_ARRAY, count, pages, ZSTD, converted=UTF8)]), count)


def first_then(count: int, first: int, others: int) -> bytes:
    """DELTA_BINARY_PACKED of one number followed by equal ones: the first delta is packed in 32 bits."""
    step = others - first
    low = min(step, 0)
    packed = b"".join((delta - low).to_bytes(4, "little") for delta in [step, *[0] * 127])
    block = zigzag(low) + bytes([32] * 4) + packed
    blocks = max(0, -(-(count - 1 - 128) // 128))
    return one_column.delta(128, 4, count, first, block + (zigzag(0) + bytes(4)) * blocks)


def growing_delta_texts(path: Path, count: int) -> None:
    """DELTA_BYTE_ARRAY: each text is one byte longer than the previous one."""
    content = writer.arithmetic(count, 0, 1) + writer.arithmetic(count, 1, 0) + b"x" * count
    pages = [one_column.data(count, content, DELTA_BYTE_ARRAY, ZSTD)]
    store(path, iter([flat("a", BYTE_ARRAY, count, pages, ZSTD, converted=UTF8)]), count)


BOMBS = {
    # Realistic files
    "skewed-texts": Bomb("pyarrow's defaults: 400,000 short texts, then one of 900 KiB 5,000 times", skewed),
    "text-8m": Bomb("one text of 8 MiB in 2,000 rows", texts, 8 * MEBI, 2_000),
    "text-16m": Bomb("one text of 16 MiB in 500 rows", texts, 16 * MEBI, 500),
    "text-40m": Bomb("one text of 40 MiB in 20,000 rows", texts, 40 * MEBI, 20_000),
    "text-64m": Bomb("one text of 64 MiB in 100 rows", texts, 64 * MEBI, 100),
    "texts-1m": Bomb("20 texts of 1 MiB in 5,000 rows", texts, MEBI, 5_000, 20),
    "texts-40m-apart": Bomb("20 different texts of 40 MiB, no dictionary", distinct_texts, 40 * MEBI, 20),
    "quotes-40m": Bomb(
        "5 texts of 40 MiB of quotation marks, twice as long in JSON", distinct_texts, 40 * MEBI, 5, '"'
    ),
    "controls-40m": Bomb(
        "2 texts of 40 MiB of control characters, six times as long in JSON",
        distinct_texts,
        40 * MEBI,
        2,
        "\1",
    ),
    "delta-texts-1m": Bomb(
        "1,000 texts of 1 MiB as DELTA_BYTE_ARRAY", distinct_texts, MEBI, 1_000, encoding="DELTA_BYTE_ARRAY"
    ),
    "delta-lengths-1m": Bomb(
        "1,000 texts of 1 MiB as DELTA_LENGTH_BYTE_ARRAY",
        distinct_texts,
        MEBI,
        1_000,
        encoding="DELTA_LENGTH_BYTE_ARRAY",
    ),
    "binary-40m": Bomb("20 values of 40 MiB of bytes", binary, 40 * MEBI, 20),
    "lists-of-texts": Bomb(
        "20 rows, each a list of 100 texts of 1 MiB or more", lists_of_texts, 20, 100, MEBI
    ),
    "lists-of-groups": Bomb(
        "10 columns of lists of groups: 2,000 rows of 10 texts of 100 KiB from dictionaries",
        nested_texts,
        2_000,
        10,
        100 * KIBI,
    ),
    "maps-of-texts": Bomb(
        "50 rows, each a map of 100 keys and values of 100 KiB", maps_of_texts, 50, 100, 100 * KIBI
    ),
    "doubles-5000": Bomb(
        "5,000 columns of 20,000 different doubles each, dictionaries of 160 kB", numbers, 5_000, 20_000
    ),
    "doubles-60000": Bomb("60,000 columns of 100 different doubles", numbers, 60_000, 100),
    "texts-5000": Bomb("5,000 columns of 2,000 short texts each", text_columns, 5_000, 2_000),
    "page-512m": Bomb("64 Mi numbers in one page of 512 MiB", one_page, 64 * MEBI),
    "pages-500k": Bomb("500,000 pages of two rows, and an index of them", many_pages, 1_000_000),
    # Hostile files
    "dictionaries-1000": Bomb("1,000 columns with a dictionary of 1 MiB each", dictionaries, 1_000, MEBI),
    "dictionaries-5000": Bomb("5,000 columns with a dictionary of 1 MiB each", dictionaries, 5_000, MEBI),
    "dictionaries-50000": Bomb(
        "50,000 columns with a dictionary of 64 KiB each", dictionaries, 50_000, 64 * KIBI
    ),
    "dictionary-1g": Bomb("a dictionary of one text of 1 GiB, 1,000 rows", repeated_entry, 1 << 30, 1_000),
    "entry-1k": Bomb("2³¹ rows of one text of 1 kB", repeated_entry, 1_000),
    "entry-100m": Bomb("100,000 rows of one text of 100 MiB", repeated_entry, 100 * MEBI, 100_000),
    "decimals": Bomb("2³¹ decimals of 64 kB of digits each, from one byte", decimals),
    "nulls": Bomb("2³¹ nulls", nulls),
    "page-1900m": Bomb("a page that unpacks to 1,900 MiB", large_page, 1_900 * MEBI),
    "pages-1000": Bomb("1,000 columns, each with a page that unpacks to 1 MiB", large_page, MEBI, 1_000),
    "list-8m": Bomb("a list of 8 Mi nulls, in one row", lists_of_nulls, 1, ITEMS),
    "lists-8m-rows": Bomb("1,000 rows, each a list of 8 Mi nulls", lists_of_nulls, 1, ITEMS, 1_000),
    "lists-8m-columns": Bomb("100 columns of 8 Mi nulls in one row", lists_of_nulls, 100, ITEMS),
    "list-100m": Bomb("a list of 100 million nulls, in one row", lists_of_nulls, 1, 100_000_000),
    "list-of-entries": Bomb("a list of 1 Mi texts of 1 kB from a dictionary", lists_of_entries, MEBI, 1_000),
    "list-of-long-entries": Bomb(
        "a list of 1,000 texts of 1 MiB from a dictionary", lists_of_entries, 1_000, MEBI
    ),
    "deep-lists": Bomb("lists in lists, 30 deep, of 8 Mi nulls", deep_lists, 30, ITEMS, 30),
    "deep-brackets": Bomb("8 Mi lists in lists, 30 deep, of one null each", deep_lists, 30, ITEMS, 1),
    "delta-equal": Bomb(
        "DELTA_BYTE_ARRAY: 20 million equal texts of 1 kB", equal_delta_texts, 20_000_000, 1_000
    ),
    "delta-growing": Bomb(
        "DELTA_BYTE_ARRAY: 20 million texts, each a byte longer than the last",
        growing_delta_texts,
        20_000_000,
    ),
    "columns-100k": Bomb("100,000 columns", empty_columns, 100_000),
    "columns-1m": Bomb("a million columns", empty_columns, 1_000_000),
    "names-20m": Bomb("20,000 columns whose names have 1 kB, 100 rows", long_names, 20_000, 1_000, 100),
    "row-groups-1m": Bomb("a million row groups", row_groups, 1_000_000),
    "row-groups-4m": Bomb("4 million row groups", row_groups, 4_000_000),
    "schema-20m": Bomb("20 million schema elements, no rows", schema_elements, 20_000_000),
    "metadata-200m": Bomb("200 MiB of key-value metadata, no rows", key_value_metadata, 200 * MEBI),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", nargs="*", choices=[*BOMBS, []], metavar="NAME")
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    for name in args.names or BOMBS:
        path = args.folder / f"{name}.parquet"
        if not path.exists():
            partial = path.with_suffix(".partial")
            BOMBS[name].write(partial)
            partial.rename(path)
        print(name, path, sep="\t", flush=True)


if __name__ == "__main__":
    main()
