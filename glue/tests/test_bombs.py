"""
Files of a few hundred bytes that claim gigabytes, falsely or truly.

False claims are detected before memory is allocated. True ones are converted incrementally, until the test has seen
enough rows or a limit is reached.
"""

from __future__ import annotations

import multiprocessing
import random
import signal
import struct
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

import engine
import fuzzing
import memory
import odd_encodings as encodings
import odd_schema as schema
import page_edit
import page_writer
import pytest
import test_variant
from engine import ConversionError
from odd_encodings import BOOLEAN, BYTE_ARRAY, FIXED_LEN_BYTE_ARRAY, INT32, INT64, varint, zigzag
from odd_schema import OPTIONAL, Node
from one_column import column as _column
from one_column import data as _data
from one_column import delta as _delta
from one_column import dictionary as _dictionary
from one_column import file as _file
from one_column import levels as _levels
from one_column import run as _run
from page_edit import NONE, Page
from thrift_edit import BINARY, I32, I64, LIST, STRUCT, encode

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="limits and counts memory as on Linux")

MOST = 2**31 - 1
MEMORY = 200  # MiB
HANGS = 60  # seconds, far more than it takes
FOUND_OUT = {"corrupt_file", "limit_exceeded", "unsupported_feature", "out_of_memory"}


def _measured(file: bytes, options: dict[str, Any]) -> tuple[str, int]:
    """The outcome and the MiB it took, in the child process."""
    peak = memory.Peak()
    peak.begin()
    signal.alarm(HANGS)
    outcome, _ = fuzzing.outcome(file, **options)
    signal.alarm(0)
    return outcome, peak.taken() >> 20


class _Child:
    """A process with 4 GiB for conversions, replaced when a conversion ends it."""

    def __init__(self) -> None:
        self._start()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.pool = ProcessPoolExecutor(1, context, initializer=memory.spare, initargs=(4 * 2**30,))

    def __call__(self, file: bytes, **options: Any) -> tuple[str, int]:
        try:
            return self.pool.submit(_measured, file, options).result()
        except BrokenProcessPool:
            self._start()
            raise AssertionError("the process ended or hung") from None


@pytest.fixture(scope="module")
def measured() -> Iterator[_Child]:
    child = _Child()
    yield child
    child.pool.shutdown()


NULLS = _levels(_run(MOST, 0, 1))
ENTRY = struct.pack("<I", 1000) + b"x" * 1000
NUMBERS, TEXTS = _column(INT64), _column(BYTE_ARRAY)
STEP = zigzag(1) + b"\0\0\0\0"


def _fixed(length: int) -> Node:
    return _column(FIXED_LEN_BYTE_ARRAY, length)


def _one_page(node: Node, rows: int, content: bytes, encoding: int = encodings.PLAIN) -> bytes:
    return _file(node, rows, _data(rows, content, encoding))


def _list(physical: int) -> Node:
    return schema.list_of("c", OPTIONAL, _column(physical, repetition=OPTIONAL))


def _one_list(physical: int, items: int, definition: int, content: bytes = b"", *dictionary: Page) -> bytes:
    """A row with a list of `items` items, from a few bytes of levels."""
    levels = _levels(_run(1, 0, 1), _run(items - 1, 1, 1)) + _levels(_run(items, definition, 2))
    encoding = encodings.RLE_DICTIONARY if dictionary else encodings.PLAIN
    return _file(_list(physical), 1, *dictionary, _data(items, levels + content, encoding), values=items)


FALSE: dict[str, bytes] = {
    **{
        f"indices of {width} bits": _file(
            TEXTS,
            100,
            _dictionary(1, ENTRY),
            _data(100, bytes([width]) + _run(100, 1, width), encodings.RLE_DICTIONARY),
        )
        for width in (1, 31, 32, 33, 64, 255)
    },
    "a dictionary of 2^31 texts": _file(TEXTS, 1, _dictionary(MOST, ENTRY), _data(1, b"\0", 8)),
    "a dictionary of 2^31 values of no bytes": _file(
        _fixed(0), 1, _dictionary(MOST, b""), _data(1, b"\0", 8)
    ),
    "a dictionary of 2^31 booleans": _file(_column(BOOLEAN), 1, _dictionary(MOST, b"\1"), _data(1, b"\0", 8)),
    "values of 2^31 bytes": _one_page(_fixed(MOST), 1, b"x" * 100),
    "streams of 2^31 bytes": _one_page(_fixed(MOST), 1, b"x" * 100, encodings.BYTE_STREAM_SPLIT),
    "a text of 2^32 bytes": _one_page(TEXTS, 1, b"\xff" * 4 + b"x" * 50),
    "2^31 numbers in no bytes": _one_page(NUMBERS, MOST, b""),
    "levels of 2^31 bytes": _one_page(_column(INT64, repetition=OPTIONAL), 9, b"\xff\xff\xff\x7f\x12\0"),
    "fewer levels than values": _one_page(_column(INT64, repetition=OPTIONAL), MOST, _levels(_run(9, 0, 1))),
    "deltas in 2^31 miniblocks": _one_page(NUMBERS, 9, _delta(2**36, 2**31, 9, 0, STEP), 5),
    "deltas in no miniblocks": _one_page(NUMBERS, 9, _delta(128, 0, 9, 0, STEP), 5),
    "deltas in blocks of 0": _one_page(NUMBERS, 9, _delta(0, 4, 9, 0, STEP), 5),
    "deltas in blocks of 129": _one_page(NUMBERS, 9, _delta(129, 4, 9, 0, STEP), 5),
    "deltas in blocks of 2^62": _one_page(NUMBERS, 9, _delta(2**62, 2**62, 9, 0, STEP), 5),
    "2^62 deltas": _one_page(NUMBERS, 9, _delta(128, 4, 2**62, 0, STEP), 5),
    "fewer deltas than values": _one_page(NUMBERS, 9, _delta(128, 4, 3, 0, STEP), 5),
    **{
        f"deltas of {width} bits": _one_page(
            NUMBERS, 9, _delta(128, 4, 9, 0, zigzag(1) + bytes([width]) * 200), 5
        )
        for width in (65, 128, 255)
    },
    "lengths of 2^31": _one_page(TEXTS, 9, _delta(128, 4, 9, MOST, zigzag(0) + b"\0" * 4 + b"x" * 99), 6),
    "lengths below zero": _one_page(TEXTS, 9, _delta(128, 4, 9, -5, zigzag(0) + b"\0" * 4 + b"x" * 99), 6),
    "lengths that overflow": _one_page(
        TEXTS, 9, _delta(128, 4, 9, 2**62, zigzag(2**62) + b"\0" * 4 + b"x" * 99), 6
    ),
    "prefixes of nothing": _one_page(
        TEXTS,
        9,
        _delta(128, 4, 9, MOST, zigzag(0) + b"\0" * 4) + _delta(128, 4, 9, 0, zigzag(0) + b"\0" * 4),
        7,
    ),
}


@pytest.mark.parametrize("name", FALSE)
def test_a_false_claim_fails_before_memory_is_taken_for_it(measured: Any, name: str) -> None:
    for options in ({}, {"limit": 1}):
        outcome, taken = measured(FALSE[name], **options)
        # With a limit, the end of a page may remain unread.
        assert outcome in FOUND_OUT or (options and outcome == ""), outcome
        assert taken < 30


# Compressed pages

CODECS = {
    "snappy": page_edit.SNAPPY,
    "gzip": page_edit.GZIP,
    "brotli": page_edit.BROTLI,
    "zstd": page_edit.ZSTD,
}
CODECS["legacy lz4"], CODECS["lz4"] = page_edit.LZ4, page_edit.LZ4_RAW


def _compressed(codec: int, stored: bytes, size: int) -> bytes:
    page = _data(10, b"")
    page.stored = stored
    page.header[page_edit.UNCOMPRESSED_SIZE] = (I32, size)
    return _file(NUMBERS, 10, page, codec=codec)


@pytest.mark.parametrize("codec", CODECS)
def test_a_page_that_decompresses_to_more_than_its_header_says_is_corrupt(measured: Any, codec: str) -> None:
    number = CODECS[codec]
    swollen = page_edit.compress(number, bytes(2**28))
    outcome, taken = measured(_compressed(number, swollen, 80))
    assert outcome == "corrupt_file"
    assert taken < 30 + 2 * (len(swollen) >> 20)


@pytest.mark.parametrize("codec", CODECS)
def test_a_page_that_decompresses_to_less_than_its_header_says_is_corrupt(measured: Any, codec: str) -> None:
    number = CODECS[codec]
    for size in (81, 2**20, 2**30, MOST):
        outcome, taken = measured(_compressed(number, page_edit.compress(number, bytes(80)), size))
        assert outcome in FOUND_OUT
        assert taken < 30


ZSTD_MAGIC, BLOCK = b"\x28\xb5\x2f\xfd", b"\x01\0\0"


@pytest.mark.parametrize(
    ("codec", "stored"),
    [
        ("snappy", b"\xff\xff\xff\xff\x0f" + bytes(20)),
        ("snappy", b"\xff\xff\xff\xff\x07" + bytes(20)),
        ("legacy lz4", b"\xff" * 8 + bytes(20)),
        ("legacy lz4", b"\x7f\xff\xff\xff\0\0\0\x10" + bytes(20)),
        ("legacy lz4", bytes(8) * 1000),  # empty blocks
        ("zstd", ZSTD_MAGIC + b"\xe0" + struct.pack("<Q", 2**62) + BLOCK),  # a frame's size
        ("zstd", ZSTD_MAGIC + b"\0\xff" + BLOCK),  # a frame's window, 2^41
        ("zstd", ZSTD_MAGIC + b"\0\xa0" + BLOCK),  # 2^30
        ("zstd", (ZSTD_MAGIC + b"\0\x58" + BLOCK) * 1000),  # empty frames
        ("gzip", page_edit.compress(page_edit.GZIP, b"") * 1000),
        ("brotli", b"\x11\xbf" + b"\xff" * 40),  # a large window
    ],
)
def test_a_compressed_stream_with_a_large_claim_takes_little_memory(
    measured: Any, codec: str, stored: bytes
) -> None:
    for size in (80, MOST):
        outcome, taken = measured(_compressed(CODECS[codec], stored, size))
        assert outcome in FOUND_OUT
        assert taken < 30


# True claims


def _repeated_text(count: int, length: int) -> bytes:
    """DELTA_BYTE_ARRAY of equal texts: all but the first are a prefix only."""
    draw = random.Random(3)
    prefixes = encodings.delta_binary_packed([0] + [length] * count, 32, draw)
    suffixes = encodings.delta_binary_packed([length] + [0] * count, 32, draw)
    content = prefixes + suffixes + b"z" * length
    page = _data(count + 1, content, encodings.DELTA_BYTE_ARRAY, page_edit.ZSTD)
    return _file(TEXTS, count + 1, page, codec=page_edit.ZSTD)


def _growing_texts(count: int, step: int, codec: int = NONE) -> bytes:
    """DELTA_BYTE_ARRAY in which each text is the previous one plus `step` bytes."""
    draw = random.Random(4)
    prefixes = encodings.delta_binary_packed(list(range(0, count * step, step)), 32, draw)
    suffixes = encodings.delta_binary_packed([step] * count, 32, draw)
    page = _data(count, prefixes + suffixes + b"y" * count * step, encodings.DELTA_BYTE_ARRAY, codec)
    return _file(TEXTS, count, page, codec=codec)


def _equal_deltas(count: int) -> bytes:
    """Zeros in blocks of the maximum size."""
    return _delta(2**20, 32, count, 0, (zigzag(0) + bytes(32)) * (count // 2**20 + 1))


TRUE: dict[str, bytes] = {
    "2^31 equal deltas": _one_page(NUMBERS, MOST, _equal_deltas(MOST), encodings.DELTA_BINARY_PACKED),
    "2^31 equal lengths": _one_page(TEXTS, MOST, _equal_deltas(MOST), encodings.DELTA_LENGTH_BYTE_ARRAY),
    "2^31 equal prefixes": _one_page(TEXTS, MOST, _equal_deltas(MOST) * 2, encodings.DELTA_BYTE_ARRAY),
    "2^31 nulls": _one_page(_column(INT64, repetition=OPTIONAL), MOST, NULLS),
    "2^31 booleans": _one_page(_column(BOOLEAN), MOST, _levels(_run(MOST, 1, 1)), encodings.RLE),
    "2^31 texts of one entry": _file(
        TEXTS, MOST, _dictionary(1, ENTRY), _data(MOST, b"\1" + _run(MOST, 0, 1), encodings.RLE_DICTIONARY)
    ),
    "20,000 row groups of the same bytes": _file(
        _column(INT64, repetition=OPTIONAL), 50_000, _data(50_000, _levels(_run(50_000, 0, 1))), groups=20_000
    ),
    "texts that grow": _growing_texts(10_000, 10),
    "2^31 lists of nothing": _one_page(
        _list(INT64), MOST, _levels(_run(MOST, 0, 1)) + _levels(_run(MOST, 1, 2))
    ),
}


@pytest.mark.parametrize("name", TRUE)
def test_a_true_claim_is_converted_in_little_memory(measured: Any, name: str) -> None:
    outcome, taken = measured(TRUE[name])
    nested = "lists" in name
    assert outcome in ({"too long", "limit_exceeded"} if nested else {"too long"})
    assert taken < MEMORY
    outcome, taken = measured(TRUE[name], limit=10)
    assert outcome in ({"", "limit_exceeded"} if nested else {""})
    assert taken < 60


LIMITS = {"max_bytes": 1 << 20, "max_rows": 1000}


@pytest.mark.parametrize("limit", LIMITS)
@pytest.mark.parametrize("name", TRUE)
def test_a_limit_ends_the_conversion_of_a_huge_output(measured: Any, name: str, limit: str) -> None:
    outcome, taken = measured(TRUE[name], **{limit: LIMITS[limit]})
    assert outcome == "limit_exceeded"
    assert taken < 60


LARGE_ROWS: dict[str, bytes] = {
    "2^31 nulls": _one_list(INT64, MOST, 2),
    "60 million nulls": _one_list(INT64, 60 << 20, 2),
    "2^31 entries": _one_list(BYTE_ARRAY, MOST, 3, b"\1" + _run(MOST, 0, 1), _dictionary(1, ENTRY)),
    "60 million entries": _one_list(
        BYTE_ARRAY, 60 << 20, 3, b"\1" + _run(60 << 20, 0, 1), _dictionary(1, ENTRY)
    ),
    "a million entries": _one_list(
        BYTE_ARRAY, 1 << 20, 3, b"\1" + _run(1 << 20, 0, 1), _dictionary(1, ENTRY)
    ),
}


@pytest.mark.parametrize("name", LARGE_ROWS)
def test_a_row_with_a_long_list_takes_little_memory(measured: Any, name: str) -> None:
    outcome, taken = measured(LARGE_ROWS[name])
    assert outcome in {"too long", "limit_exceeded"}
    assert taken < MEMORY


def test_a_limit_ends_a_row_with_a_long_list(measured: Any) -> None:
    outcome, taken = measured(LARGE_ROWS["a million entries"], max_bytes=1 << 20)
    assert outcome == "limit_exceeded"
    assert taken < 60


@pytest.mark.skipif(memory.ON_WASM, reason="without files there is no spilling")
def test_texts_that_grow_beyond_memory_take_little_memory(measured: Any) -> None:
    file = _growing_texts(24, 8 << 20, page_edit.GZIP)
    for options in ({}, {"limit": 3}, {"max_bytes": 1 << 30}):
        outcome, taken = measured(file, **options)
        assert outcome in ({"", "too long"} if "limit" in options else {"too long", "limit_exceeded"})
        assert taken < MEMORY


def test_texts_with_a_long_common_prefix_take_little_memory(measured: Any) -> None:
    outcome, taken = measured(_repeated_text(20_000, 100_000))
    assert outcome == "too long"
    assert taken < MEMORY


# Footers


def _footer(elements: list[bytes], groups: list[bytes], rows: int) -> bytes:
    """FileMetaData of encoded SchemaElements and RowGroups."""
    return b"PAR1" + page_writer.footer(elements, groups, rows)


def _flat_schema(names: list[str]) -> list[bytes]:
    leaves = [page_writer.schema_element(name, INT32, OPTIONAL) for name in names]
    return [page_writer.schema_element("root", children=len(names)), *leaves]


NO_COLUMNS = encode({1: (LIST, (STRUCT, [])), 2: (I64, 0), 3: (I64, 1)})

FOOTERS: dict[str, tuple[bytes, set[str]]] = {
    "50,000 columns": (_footer(_flat_schema([f"c{number}" for number in range(50_000)]), [], 0), {""}),
    "columns of one name": (_footer(_flat_schema(["a"] * 100_000), [], 0), {"", "limit_exceeded"}),
    "row groups that are empty": (_footer(_flat_schema(["a"]), [b"\0"] * 10**6, 0), FOUND_OUT),
    "row groups of no columns": (_footer(_flat_schema([]), [NO_COLUMNS] * 100_000, 100_000), {""}),
    "row groups of 2^62 rows": (
        _footer(_flat_schema([]), [encode({1: (LIST, (STRUCT, [])), 2: (I64, 0), 3: (I64, 2**62)})] * 9, 0),
        FOUND_OUT,
    ),
}


def _repeated(what: str, count: int) -> bytes:
    """A footer with `count` columns, schema elements, row groups, or bytes of names."""
    chunk = encode({3: (STRUCT, {4: (I32, 0), 5: (I64, 1), 6: (I64, 0), 7: (I64, 0), 9: (I64, 4)})})
    group = b"\x26" + zigzag(1) + b"\0"
    if what == "row groups":
        return _footer(_flat_schema(["c"]), [b"\x19\x1c" + chunk + group] * count, count)
    name = b"c" * (3000 if what == "bytes" else 1)
    leaves = [encode({1: (I32, 1), 3: (I32, 1), 4: (BINARY, name)})] * (count // len(name))
    elements = [encode({4: (BINARY, b"root"), 5: (I32, len(leaves))}), *leaves]
    if what == "columns":
        group = b"\x19\xfc" + varint(count) + chunk * count + group
        return _footer(elements, [group], 1)
    return _footer(elements, [], 0)


@pytest.mark.parametrize(
    ("what", "count"),
    [("columns", 10**6), ("schema elements", 10**7), ("row groups", 6 * 10**6), ("bytes", 10**8)],
)
def test_the_error_for_a_huge_footer_names_what_exceeds_the_memory(
    measured: Any, what: str, count: int
) -> None:
    file = _repeated(what, count)
    outcome, taken = measured(file)
    assert outcome == "limit_exceeded"
    assert taken < MEMORY + (len(file) >> 20)
    with pytest.raises(ConversionError, match=what):
        engine.convert(file)


@pytest.mark.parametrize("name", FOOTERS)
def test_a_footer_with_long_lists_is_read_in_little_memory(measured: Any, name: str) -> None:
    file, expected = FOOTERS[name]
    outcome, taken = measured(file)
    assert outcome in expected
    assert taken < MEMORY


def test_row_groups_of_one_row_take_little_memory(measured: Any) -> None:
    """Waiting chunks count with all the memory they take, not only their few bytes of text."""
    outcome, taken = measured(_file(NUMBERS, 1, _data(1, bytes(8)), groups=30_000), threads=2)
    assert outcome == ""
    assert taken < MEMORY


# VARIANT


@pytest.mark.parametrize("header", [15, 14], ids=["arrays", "objects"])
def test_a_variant_that_repeats_its_parts_is_rejected(measured: Any, tmp_path: Path, header: int) -> None:
    """Each level contains the next one twice, at the same offset: 2^100 values in 2 kB."""
    value = test_variant.short("ha")
    for _ in range(100):
        ids = b"\0\1" if header == 14 else b""
        value = bytes([header, 2]) + ids + struct.pack("<III", 0, 0, len(value)) + value
    names = test_variant.metadata(["a", "b"])
    path = test_variant.variants(tmp_path / "input.parquet", [(names, value)])
    outcome, taken = measured(path.read_bytes())
    assert outcome in FOUND_OUT
    assert taken < 30
