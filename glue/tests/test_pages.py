"""Handwritten pages like those of some writers that the format barely defines or forbids."""

from __future__ import annotations

import struct
from random import Random
from typing import Any

import engine
import odd_encodings as encodings
import one_column
import page_edit
import pyarrow as pa
import pytest
import strict_json
from odd_encodings import BOOLEAN, BYTE_ARRAY, DOUBLE, FIXED_LEN_BYTE_ARRAY, INT32, INT64, varint, zigzag
from odd_schema import OPTIONAL
from one_column import column, data, delta, dictionary, levels, run
from page_edit import Page

NUMBERS, TEXTS, BOOLEANS = column(INT32), column(BYTE_ARRAY), column(BOOLEAN)


def _values(file: bytes, **options: Any) -> list[Any]:
    """The values as text or None, also with several threads and with skipped rows."""
    whole = engine.convert(file, **options)
    rows = whole.count(b"\n")
    engine.assert_parts_agree(file, whole, sorted({1, rows // 2, max(rows - 1, 1)}), **options)
    return [row["c"] for row in strict_json.parse_lines(whole)]


def _numbers(file: bytes) -> list[int]:
    return [int(value) for value in _values(file)]


def _code(file: bytes) -> str:
    with pytest.raises(engine.ConversionError) as error:
        engine.convert(file)
    return error.value.code


def _plain(*values: int) -> Page:
    return data(len(values), encodings.plain(INT32, list(values)))


# Pages of other types


@pytest.mark.parametrize("kind", [1, 4, 9, 1000])
@pytest.mark.parametrize("content", [b"", b"\xff" * 300])
def test_pages_of_unknown_types_are_skipped(kind: int, content: bytes) -> None:
    unknown = data(3, content, kind=kind)
    pages = [unknown, _plain(1, 2), unknown, unknown, _plain(3), _plain(4), unknown]
    assert _numbers(one_column.file(NUMBERS, 4, *pages)) == [1, 2, 3, 4]
    only = Page({1: (5, kind), 2: (5, len(content)), 3: (5, len(content))}, content)
    assert _numbers(one_column.file(NUMBERS, 4, only, _plain(1, 2), only, _plain(3, 4))) == [1, 2, 3, 4]


def test_a_page_without_a_type_is_corrupt() -> None:
    page = _plain(1)
    del page.header[page_edit.TYPE]
    assert _code(one_column.file(NUMBERS, 1, page)) == "corrupt_file"


@pytest.mark.parametrize("encoding", [1, 11, 99, -1])
def test_an_unknown_encoding_is_unsupported(encoding: int) -> None:
    page = data(1, bytes(8), encoding)
    assert _code(one_column.file(NUMBERS, 1, page)) == "unsupported_feature"


@pytest.mark.parametrize("encoding", [5, 9, 11, -1])
def test_a_dictionary_in_another_encoding_is_unsupported(encoding: int) -> None:
    entry = dictionary(1, struct.pack("<I", 4) + b"same")
    entry.header[page_edit.DICTIONARY][1][2] = (5, encoding)
    page = data(4, b"\x00", encodings.RLE_DICTIONARY)
    assert _code(one_column.file(TEXTS, 4, entry, page)) == "unsupported_feature"
    for encoding in (encodings.PLAIN, encodings.PLAIN_DICTIONARY, encodings.RLE_DICTIONARY):
        entry.header[page_edit.DICTIONARY][1][2] = (5, encoding)
        assert _values(one_column.file(TEXTS, 4, entry, page), binary="utf8") == ["same"] * 4


def test_an_unknown_encoding_of_missing_levels_is_ignored() -> None:
    page = _plain(5)
    page.header[page_edit.DATA][1][3] = page.header[page_edit.DATA][1][4] = (5, 99)
    assert _numbers(one_column.file(NUMBERS, 1, page)) == [5]
    page = data(1, levels(run(1, 1, 1)) + bytes(4))
    page.header[page_edit.DATA][1][3] = (5, 99)
    assert _code(one_column.file(column(INT32, repetition=OPTIONAL), 1, page)) == "unsupported_feature"


def test_lzo_is_unsupported() -> None:
    page = data(1, bytes(4), stored=bytes(4))
    assert _code(one_column.file(NUMBERS, 1, page, codec=page_edit.LZO)) == "unsupported_feature"


# Booleans


@pytest.mark.parametrize(
    ("entries", "indices", "wanted"),
    [
        (b"\x02", b"\x01" + run(3, 1, 1) + run(2, 0, 1), [True] * 3 + [False] * 2),
        (b"\x01", b"\x01\x03" + bytes([0b10110]), [True, False, False, True, False]),
        (b"\x01", b"\x00", [True] * 5),
        (b"\x00", b"\x00" + run(5, 0, 0), [False] * 5),
        (b"\x02", b"\x08" + run(5, 1, 8), [True] * 5),
    ],
)
def test_booleans_in_a_dictionary_are_read(entries: bytes, indices: bytes, wanted: list[bool]) -> None:
    """As parquet-go can write them; the first dictionary has two entries, false and true."""
    count = 1 if indices.startswith(b"\x00") else 2
    page = data(5, indices, encodings.RLE_DICTIONARY)
    assert _values(one_column.file(BOOLEANS, 5, dictionary(count, entries), page)) == wanted


def test_a_boolean_beyond_its_dictionary_is_corrupt() -> None:
    page = data(5, b"\x02" + run(5, 2, 2), encodings.RLE_DICTIONARY)
    assert _code(one_column.file(BOOLEANS, 5, dictionary(2, b"\x02"), page)) == "corrupt_file"
    assert _code(one_column.file(BOOLEANS, 5, page)) == "corrupt_file"


@pytest.mark.parametrize("length", [0, 1, 4, 5, 2**31, 2**32 - 1])
def test_the_length_of_boolean_runs_is_ignored(length: int) -> None:
    """hyparquet-writer before 0.8 stored the number of values in it."""
    page = data(5, struct.pack("<I", length) + run(3, 1, 1) + run(2, 0, 1), encodings.RLE)
    assert _values(one_column.file(BOOLEANS, 5, page)) == [True] * 3 + [False] * 2


# Dictionaries of one entry


@pytest.mark.parametrize("runs", [b"", run(4, 0, 0), run(2, 0, 0), b"\x03", b"\xff", b"\x02\x00"])
def test_indices_of_width_0_refer_to_the_first_entry(runs: bytes) -> None:
    page = data(4, b"\x00" + runs, encodings.RLE_DICTIONARY)
    entry = dictionary(1, struct.pack("<I", 4) + b"same")
    assert _values(one_column.file(TEXTS, 4, entry, page)) == ["c2FtZQ=="] * 4


def test_indices_of_width_0_into_an_empty_dictionary_are_corrupt() -> None:
    page = data(4, b"\x00", encodings.RLE_DICTIONARY)
    assert _code(one_column.file(TEXTS, 4, dictionary(0, b""), page)) == "corrupt_file"


# LZ4


def _block(content: bytes) -> bytes:
    return pa.Codec("lz4_raw").compress(content, asbytes=True)


def _hadoop(*blocks: list[bytes]) -> bytes:
    """Hadoop's framing of blocks, each a list of chunks."""
    framed = b""
    for chunks in blocks:
        framed += struct.pack(">I", sum(map(len, chunks)))
        framed += b"".join(struct.pack(">I", len(_block(chunk))) + _block(chunk) for chunk in chunks)
    return framed


TEXT = "".join(Random(0).choices("abcd ", k=3000)).encode()
CONTENT = struct.pack("<I", len(TEXT)) + TEXT


@pytest.mark.parametrize(
    "stored",
    [
        _hadoop([CONTENT]),
        _hadoop([CONTENT[:1000], CONTENT[1000:2000], CONTENT[2000:]]),
        _hadoop([CONTENT[:1000]], [CONTENT[1000:1001], CONTENT[1001:]]),
        _hadoop([CONTENT[:1000]], [], [CONTENT[1000:]], []),
        _block(CONTENT),
        pa.Codec("lz4").compress(CONTENT, asbytes=True),
    ],
    ids=["one block", "three chunks", "two blocks", "blocks of nothing", "bare block", "frame"],
)
def test_every_framing_of_the_deprecated_lz4_codec_is_read(stored: bytes) -> None:
    page = data(1, CONTENT, stored=stored)
    assert _values(one_column.file(TEXTS, 1, page, codec=page_edit.LZ4), binary="utf8") == [TEXT.decode()]


@pytest.mark.parametrize(
    "stored",
    [
        _hadoop([CONTENT])[:-1],
        _hadoop([CONTENT]) + b"\0",
        _hadoop([CONTENT[:-1]]),
        _hadoop([CONTENT, b"x"]),
        struct.pack(">I", len(CONTENT)) + struct.pack(">I", 1) + b"\0" * 5000,
    ],
)
def test_broken_framings_of_lz4_are_corrupt(stored: bytes) -> None:
    page = data(1, CONTENT, stored=stored)
    assert _code(one_column.file(TEXTS, 1, page, codec=page_edit.LZ4)) == "corrupt_file"


# DELTA_BYTE_ARRAY that continues from the previous page


def _prefixed(before: bytes, values: list[bytes], continues: bool = True) -> bytes:
    """A page of parquet-mr before 1.8: its first value may share a prefix with the previous page's last value."""
    draw = Random(len(values))
    prefixes, suffixes = [], []
    for last, value in zip([before if continues else b"", *values], values):
        shared = 0
        while shared < min(len(last), len(value)) and last[shared] == value[shared]:
            shared += 1
        prefixes.append(shared)
        suffixes.append(value[shared:])
    return encodings.delta_binary_packed(prefixes, 32, draw) + encodings.delta_length_byte_array(
        suffixes, draw
    )


def _chain(texts: list[bytes], sizes: list[int], restarts: frozenset[int] = frozenset()) -> list[Page]:
    pages, start, before = [], 0, b""
    for number, size in enumerate(sizes):
        part = texts[start : start + size]
        content = _prefixed(before, part, number not in restarts)
        pages.append(data(size, content, encodings.DELTA_BYTE_ARRAY))
        start, before = start + size, part[-1]
    return pages


@pytest.mark.parametrize("restarts", [frozenset(), frozenset([2]), frozenset(range(0, 300, 7))])
def test_delta_byte_arrays_that_continue_from_the_previous_page_are_read(restarts: frozenset[int]) -> None:
    draw = Random(1)
    sizes = [draw.randint(1, 40) for _ in range(300)]
    texts = [b"https://example.com/%06d/%d" % (row // 3, draw.randrange(9)) for row in range(sum(sizes))]
    file = one_column.file(TEXTS, len(texts), *_chain(texts, sizes, restarts))
    assert _values(file, binary="utf8") == [text.decode() for text in texts]


def test_delta_byte_arrays_that_continue_across_a_page_of_nulls_are_read() -> None:
    first, last = _prefixed(b"", [b"abc", b"abcd"]), _prefixed(b"abcd", [b"abce"])
    encoding = encodings.DELTA_BYTE_ARRAY
    pages = [
        data(2, levels(run(2, 1, 1)) + first, encoding),
        data(3, levels(run(3, 0, 1)), encoding),
        data(2, levels(run(2, 0, 1)) + _prefixed(b"", []), encoding),
        data(2, levels(run(1, 0, 1), run(1, 1, 1)) + last, encoding),
    ]
    file = one_column.file(column(BYTE_ARRAY, repetition=OPTIONAL), 9, *pages)
    assert _values(file, binary="utf8") == ["abc", "abcd", None, None, None, None, None, None, "abce"]


def test_fixed_delta_byte_arrays_that_continue_from_the_previous_page_are_read() -> None:
    texts = [b"%06d" % (row * 7) for row in range(100)]
    file = one_column.file(column(FIXED_LEN_BYTE_ARRAY, 6), 100, *_chain(texts, [10] * 10))
    assert _values(file, binary="utf8") == [text.decode() for text in texts]


def test_a_prefix_without_a_previous_value_is_corrupt() -> None:
    page = data(1, _prefixed(b"abc", [b"abd"]), encodings.DELTA_BYTE_ARRAY)
    assert _code(one_column.file(TEXTS, 1, page)) == "corrupt_file"
    plain = data(1, encodings.plain(BYTE_ARRAY, [b"abc"]))
    assert _code(one_column.file(TEXTS, 2, plain, page)) == "corrupt_file"
    short = data(1, _prefixed(b"", [b"a"]), encodings.DELTA_BYTE_ARRAY)
    assert _code(one_column.file(TEXTS, 2, short, page)) == "corrupt_file"


# Unusual but valid encodings


def test_a_fixed_length_value_of_another_length_is_corrupt() -> None:
    for values in ([b"abc"], [b"abcd", b"abcde"], [b"abcd", b""]):
        page = data(len(values), _prefixed(b"", values), encodings.DELTA_BYTE_ARRAY)
        assert _code(one_column.file(column(FIXED_LEN_BYTE_ARRAY, 4), len(values), page)) == "corrupt_file"


def test_the_last_miniblock_may_lack_its_padding() -> None:
    # Three deltas of 9 bits take 4 of the 36 bytes of a miniblock.
    packed = encodings.pack([1, 300, 7], 9)
    page = data(
        4, delta(128, 4, 4, 5, zigzag(0) + bytes([9, 0, 0, 0]) + packed), encodings.DELTA_BINARY_PACKED
    )
    assert _numbers(one_column.file(NUMBERS, 4, page)) == [5, 6, 306, 313]
    page = data(4, delta(128, 4, 4, 5, zigzag(0) + bytes([9, 0, 0, 0]) + packed[:-1]), 5)
    assert _code(one_column.file(NUMBERS, 4, page)) == "corrupt_file"


def test_streams_of_different_lengths_are_corrupt() -> None:
    for physical, length in ((INT32, 9), (INT64, 12), (DOUBLE, 7)):
        page = data(1, bytes(length), encodings.BYTE_STREAM_SPLIT)
        assert _code(one_column.file(column(physical), 1, page)) == "corrupt_file"


@pytest.mark.parametrize(
    ("physical", "encoding"),
    [
        (INT32, encodings.RLE),
        (INT32, encodings.DELTA_LENGTH_BYTE_ARRAY),
        (DOUBLE, encodings.DELTA_BINARY_PACKED),
        (BOOLEAN, encodings.BYTE_STREAM_SPLIT),
        (BYTE_ARRAY, encodings.BYTE_STREAM_SPLIT),
        (BYTE_ARRAY, encodings.DELTA_BINARY_PACKED),
        (encodings.INT96, encodings.BYTE_STREAM_SPLIT),
    ],
)
def test_an_encoding_of_another_type_is_corrupt(physical: int, encoding: int) -> None:
    content = delta(128, 4, 1, 5, varint(0)) + bytes(7)
    assert _code(one_column.file(column(physical), 1, data(1, content, encoding))) == "corrupt_file"
