"""
Annotations of columns: every annotation with every physical type, and unknown ones.

https://github.com/apache/parquet-format/blob/master/LogicalTypes.md
https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift
The files are built from scratch, because writers refuse most of this. Several represent reported files.
"""

from __future__ import annotations

import json
import re
import struct
from pathlib import Path
from typing import Any

import engine
import generate
import page_edit
import pyarrow as pa
import pytest
from engine import ConversionError
from thrift_edit import BINARY, FALSE, I8, I32, I64, LIST, STRUCT, TRUE, Struct, annotate, edit_footer, find
from unparquet import _engine

BOOLEAN, INT32, INT64, INT96, FLOAT, DOUBLE, BYTE_ARRAY, FIXED = range(8)
REQUIRED, OPTIONAL, REPEATED = range(3)
TYPE, LENGTH, REPETITION, NAME, CHILDREN, CONVERTED, SCALE, PRECISION, _, LOGICAL = range(1, 11)


def leaf(name: str, physical: int, length: int | None = None, annotation: Struct | None = None) -> Struct:
    element: Struct = {TYPE: (I32, physical), REPETITION: (I32, REQUIRED), NAME: (BINARY, name.encode())}
    if length is not None:
        element[LENGTH] = (I32, length)
    return {**element, **(annotation or {})}


def group(name: str, children: int, repetition: int | None = REQUIRED) -> Struct:
    element: Struct = {NAME: (BINARY, name.encode()), CHILDREN: (I32, children)}
    return element if repetition is None else {**element, REPETITION: (I32, repetition)}


def file(
    elements: list[Struct], columns: list[tuple[int, str, list[bytes]]], edit: Any = lambda metadata: None
) -> bytes:
    """`columns`: physical type, path, and the PLAIN values of the only row group."""
    chunks = []
    for physical, path, values in columns:
        data = b"".join(values)
        size = (I32, len(data))
        part: Struct = {1: (I32, len(values)), 2: (I32, 0), 3: (I32, 3), 4: (I32, 3)}
        page = page_edit.Page({1: (I32, 0), 2: size, 3: size, page_edit.DATA: (STRUCT, part)}, data)
        chunks.append(page_edit.new_chunk(physical, path.split("."), page_edit.NONE, len(values), [page]))
    rows = len(columns[0][2])
    made = page_edit.new_file(elements, [(rows, chunks)])
    edit(made.metadata)
    return page_edit.write(made)


def column(physical: int, values: list[bytes], length: int | None = None, annotation: Any = None) -> bytes:
    elements = [group("root", 1, None), leaf("v", physical, length, annotation)]
    return file(elements, [(physical, "v", values)])


def texts(data: bytes, **options: Any) -> list[str]:
    """The text of the values of column `v`."""
    *lines, last = engine.convert(data, **options).decode().split("\n")
    assert last == ""
    assert all(line.startswith('{"v":') and line.endswith("}") for line in lines)
    return [line[5:-1] for line in lines]


def converted(code: int, precision: int | None = None, scale: int | None = None) -> Struct:
    annotation: Struct = {CONVERTED: (I32, code)}
    if precision is not None:
        annotation[PRECISION] = (I32, precision)
    if scale is not None:
        annotation[SCALE] = (I32, scale)
    return annotation


def logical(member: int, details: Struct | None = None) -> Struct:
    return {LOGICAL: (STRUCT, {member: (STRUCT, details or {})})}


def decimal(precision: int, scale: int) -> Struct:
    return logical(5, {1: (I32, scale), 2: (I32, precision)})


def integer(bits: int, signed: bool) -> Struct:
    return logical(10, {1: (I8, bits), 2: (TRUE if signed else FALSE, signed)})


def temporal(member: int, unit: int, utc: bool = True) -> Struct:
    return logical(member, {1: (TRUE if utc else FALSE, utc), 2: (STRUCT, {unit: (STRUCT, {})})})


def bytes_of(*values: bytes) -> list[bytes]:
    return [struct.pack("<I", len(value)) + value for value in values]


# Physical type, length, two values, and their text without an annotation.
PHYSICAL: dict[str, tuple[int, int | None, list[bytes], list[str]]] = {
    "BOOLEAN": (BOOLEAN, None, [b"\1"], ["true"]),
    "INT32": (INT32, None, [struct.pack("<i", value) for value in (1250, -1)], ["1250", "-1"]),
    "INT64": (INT64, None, [struct.pack("<q", value) for value in (3_600_001, -1)], ["3600001", "-1"]),
    "INT96": (INT96, None, [struct.pack("<qI", 0, 2_440_588)], ['"1970-01-01T00:00:00"']),
    "FLOAT": (FLOAT, None, [struct.pack("<f", 0.5)], ["0.5"]),
    "DOUBLE": (DOUBLE, None, [struct.pack("<d", 0.5)], ["0.5"]),
    "BYTE_ARRAY": (BYTE_ARRAY, None, bytes_of(b"abc", b""), ['"YWJj"', '""']),
    "FIXED 2": (FIXED, 2, [b"ab"], ['"YWI="']),
    "FIXED 3": (FIXED, 3, [b"abc"], ['"YWJj"']),
    "FIXED 12": (FIXED, 12, [b"\1\0\0\0\2\0\0\0\3\0\0\0"], ['"AQAAAAIAAAADAAAA"']),
    "FIXED 16": (FIXED, 16, [b"abcdefghijklmnop"], ['"YWJjZGVmZ2hpamtsbW5vcA=="']),
}

TEXT = {
    "BYTE_ARRAY": ['"abc"', '""'],
    "FIXED 2": ['"ab"'],
    "FIXED 3": ['"abc"'],
    "FIXED 12": [r'"\u0001\u0000\u0000\u0000\u0002\u0000\u0000\u0000\u0003\u0000\u0000\u0000"'],
    "FIXED 16": ['"abcdefghijklmnop"'],
}


def decimals(scale: int, *fitting: str) -> dict[str, list[str]]:
    """The values of these physical types as big-endian numbers with a point."""
    values = {"BYTE_ARRAY": [b"abc", b""], **{name: PHYSICAL[name][2] for name in fitting if "FIXED" in name}}
    numbers = {name: [int.from_bytes(value, "big") for value in values[name]] for name in fitting}
    return {
        name: [
            f"{number // 10**scale}.{number % 10**scale:0{scale}}" if scale else str(number)
            for number in found
        ]
        for name, found in numbers.items()
    }


EVERY_LENGTH = ("BYTE_ARRAY", "FIXED 2", "FIXED 3", "FIXED 12", "FIXED 16")
TIMESTAMPS = {
    "millis": ["1970-01-01T01:00:00.001", "1969-12-31T23:59:59.999"],
    "micros": ["1970-01-01T00:00:03.600001", "1969-12-31T23:59:59.999999"],
    "nanos": ["1970-01-01T00:00:00.003600001", "1969-12-31T23:59:59.999999999"],
}


def stamps(unit: str, zone: str) -> dict[str, list[str]]:
    return {"INT64": [f'"{text}{zone}"' for text in TIMESTAMPS[unit]]}


# Annotation, and the text of the physical types that it fits.
ANNOTATIONS: dict[str, tuple[Struct, dict[str, list[str]]]] = {
    "UTF8": (converted(0), TEXT),
    "MAP on a leaf": (converted(1), {}),
    "MAP_KEY_VALUE on a leaf": (converted(2), {}),
    "LIST on a leaf": (converted(3), {}),
    "converted ENUM": (converted(4), TEXT),
    "converted DECIMAL(4,2)": (
        converted(5, 4, 2),
        {"INT32": ["12.50", "-0.01"], "INT64": ["36000.01", "-0.01"], **decimals(2, *EVERY_LENGTH)},
    ),
    "converted DECIMAL without scale": (
        converted(5, 4),
        {"INT32": ["1250", "-1"], "INT64": ["3600001", "-1"], **decimals(0, *EVERY_LENGTH)},
    ),
    "converted DECIMAL without precision": (converted(5), {}),
    "converted DATE": (converted(6), {"INT32": ['"1973-06-04"', '"1969-12-31"']}),
    "TIME_MILLIS": (converted(7), {"INT32": ['"00:00:01.250"', '"-00:00:00.001"']}),
    "TIME_MICROS": (converted(8), {"INT64": ['"00:00:03.600001"', '"-00:00:00.000001"']}),
    "TIMESTAMP_MILLIS": (converted(9), stamps("millis", "Z")),
    "TIMESTAMP_MICROS": (converted(10), stamps("micros", "Z")),
    "UINT_8": (converted(11), {"INT32": ["1250", "255"]}),
    "UINT_16": (converted(12), {"INT32": ["1250", "65535"]}),
    "UINT_32": (converted(13), {"INT32": ["1250", "4294967295"]}),
    "UINT_64": (converted(14), {"INT64": ["3600001", "18446744073709551615"]}),
    "INT_8": (converted(15), {}),
    "INT_16": (converted(16), {}),
    "INT_32": (converted(17), {}),
    "INT_64": (converted(18), {}),
    "converted JSON": (converted(19), TEXT),
    "converted BSON": (converted(20), {}),
    "INTERVAL": (converted(21), {"FIXED 12": ['"P1M2DT0.003S"']}),
    # Old versions of pandas wrote 24 for columns with only nulls; the others have never been assigned.
    **{f"converted type {code}": (converted(code), {}) for code in (22, 23, 24, 25, 99, -1, 2**31 - 1)},
    "STRING": (logical(1), TEXT),
    "MAP": (logical(2), {}),
    "LIST": (logical(3), {}),
    "ENUM": (logical(4), TEXT),
    "DECIMAL(4,2)": (
        decimal(4, 2),
        {"INT32": ["12.50", "-0.01"], "INT64": ["36000.01", "-0.01"], **decimals(2, *EVERY_LENGTH)},
    ),
    "DECIMAL(9,0)": (
        decimal(9, 0),
        {
            "INT32": ["1250", "-1"],
            "INT64": ["3600001", "-1"],
            **decimals(0, "BYTE_ARRAY", "FIXED 12", "FIXED 16"),
        },
    ),
    "DECIMAL(10,2)": (
        decimal(10, 2),
        {"INT64": ["36000.01", "-0.01"], **decimals(2, "BYTE_ARRAY", "FIXED 12", "FIXED 16")},
    ),
    "DECIMAL(19,2)": (decimal(19, 2), decimals(2, "BYTE_ARRAY", "FIXED 12", "FIXED 16")),
    "DECIMAL(29,2)": (decimal(29, 2), decimals(2, "BYTE_ARRAY", "FIXED 16")),
    "DECIMAL(39,2)": (decimal(39, 2), decimals(2, "BYTE_ARRAY")),
    "DECIMAL(2,3)": (decimal(2, 3), {}),
    "DECIMAL(4,-1)": (decimal(4, -1), {}),
    "DECIMAL(0,0)": (decimal(0, 0), {}),
    "DECIMAL(-1,5)": (decimal(-1, 5), {}),
    "DECIMAL(38,2^30)": (decimal(38, 2**30), {}),
    "DECIMAL(5,2^31-1)": (decimal(5, 2**31 - 1), {}),
    "DATE": (logical(6), {"INT32": ['"1973-06-04"', '"1969-12-31"']}),
    "TIME(millis)": (temporal(7, 1), {"INT32": ['"00:00:01.250"', '"-00:00:00.001"']}),
    "TIME(micros)": (temporal(7, 2), {"INT64": ['"00:00:03.600001"', '"-00:00:00.000001"']}),
    "TIME(nanos)": (temporal(7, 3), {"INT64": ['"00:00:00.003600001"', '"-00:00:00.000000001"']}),
    "TIME of a future unit": (temporal(7, 4), {}),
    "TIMESTAMP(millis)": (temporal(8, 1), stamps("millis", "Z")),
    "TIMESTAMP(micros)": (temporal(8, 2), stamps("micros", "Z")),
    "TIMESTAMP(nanos)": (temporal(8, 3), stamps("nanos", "Z")),
    "TIMESTAMP(nanos, local)": (temporal(8, 3, False), stamps("nanos", "")),
    "TIMESTAMP of a future unit": (temporal(8, 4), {}),
    "TIMESTAMP without a unit": (logical(8), {}),
    "logical type 9": (logical(9), {}),
    "INT(8,false)": (integer(8, False), {"INT32": ["1250", "255"]}),
    "INT(16,false)": (integer(16, False), {"INT32": ["1250", "65535"]}),
    "INT(32,false)": (integer(32, False), {"INT32": ["1250", "4294967295"]}),
    "INT(64,false)": (integer(64, False), {"INT64": ["3600001", "18446744073709551615"]}),
    "INT(24,false)": (integer(24, False), {}),
    "INT(-8,false)": (integer(-8, False), {}),
    **{f"INT({bits},true)": (integer(bits, True), {}) for bits in (8, 16, 32, 64)},
    # UNKNOWN means only nulls, but the values are not null.
    "UNKNOWN": (logical(11), {}),
    "JSON": (logical(12), TEXT),
    "BSON": (logical(13), {}),
    "UUID": (logical(14), {"FIXED 16": ['"61626364-6566-6768-696a-6b6c6d6e6f70"']}),
    "FLOAT16": (logical(15), {"FIXED 2": ["816.5"]}),
    "VARIANT on a leaf": (logical(16), {}),
    "GEOMETRY": (logical(17), {}),
    "GEOGRAPHY": (logical(18), {}),
    "logical type 19": (logical(19), {}),
    "logical type 7777": (logical(7777), {}),
    "no logical type": ({LOGICAL: (STRUCT, {})}, {}),
    # The logical type takes precedence over the converted type, unless it is empty or unknown.
    "nanoseconds and TIMESTAMP_MICROS": ({**temporal(8, 3), **converted(10)}, stamps("nanos", "Z")),
    "a future unit and TIMESTAMP_MICROS": ({**temporal(8, 4), **converted(10)}, {}),
    "no logical type and DATE": (
        {LOGICAL: (STRUCT, {}), **converted(6)},
        {"INT32": ['"1973-06-04"', '"1969-12-31"']},
    ),
    "logical type 19 and DATE": (
        {**logical(19), **converted(6)},
        {"INT32": ['"1973-06-04"', '"1969-12-31"']},
    ),
}


@pytest.mark.parametrize("name", ANNOTATIONS)
def test_an_annotation_applies_to_the_physical_types_that_it_fits(name: str) -> None:
    annotation, fitting = ANNOTATIONS[name]
    for physical, (number, length, values, plain) in PHYSICAL.items():
        found = texts(column(number, values, length, annotation))
        assert found == fitting.get(physical, plain), physical


@pytest.mark.parametrize("bits", [8, 16])
def test_narrow_unsigned_integers_may_be_stored_sign_extended(bits: int) -> None:
    lowest = -(1 << (bits - 1))
    values = [0, (1 << bits) - 1, -1, lowest, lowest - 1, 1 << bits, -(2**31), 2**31 - 1]
    stored = [struct.pack("<i", value) for value in values]
    mask = (1 << bits) - 1
    expected = [value & mask if lowest <= value < 0 else value & 0xFFFFFFFF for value in values]
    assert texts(column(INT32, stored, None, integer(bits, False))) == [str(value) for value in expected]


@pytest.mark.parametrize("scale", [65_537, 2**31 - 1])
def test_a_too_large_scale_is_an_error_and_never_another_number(scale: int) -> None:
    for physical, length, values in ((BYTE_ARRAY, None, bytes_of(b"\7")), (FIXED, 70_000, [bytes(70_000)])):
        data = column(physical, values, length, decimal(scale, scale))
        if physical == FIXED and scale > 168_571:
            # More digits than the bytes can hold, so the annotation does not fit.
            assert texts(data)[0].startswith('"AAAA')
            continue
        with pytest.raises(ConversionError, match=f"limit_exceeded.*column v.*scale {scale}"):
            texts(data)


def test_the_largest_scale_is_written_with_all_its_digits() -> None:
    (text,) = texts(column(BYTE_ARRAY, bytes_of(b"\7"), None, decimal(65_536, 65_536)))
    assert text == "0." + "0" * 65_535 + "7"


# Unreadable columns beside readable ones


NUMBERS = [struct.pack("<i", value) for value in (1, 2)]


def beside(element: Struct, edit: Any = lambda metadata: None) -> bytes:
    """A file with a column `id` and a column `v` with an edited element and column chunk."""
    elements = [group("root", 2, None), leaf("id", INT32), element]
    return file(elements, [(INT32, "id", NUMBERS), (INT32, "v", NUMBERS)], edit)


def chunk_of_v(metadata: Struct) -> Struct:
    return metadata[4][1][1][0][1][1][1][1]


def set_codec(codec: int) -> Any:
    def edit(metadata: Struct) -> None:
        chunk_of_v(metadata)[3][1][4] = (I32, codec)

    return edit


def encrypt(with_metadata: bool) -> Any:
    def edit(metadata: Struct) -> None:
        # AesGcmV1, and ENCRYPTION_WITH_COLUMN_KEY of a path.
        metadata[8] = (STRUCT, {1: (STRUCT, {})})
        chunk = chunk_of_v(metadata)
        chunk[8] = (STRUCT, {2: (STRUCT, {1: (LIST, (BINARY, [b"v"]))})})
        chunk[9] = (BINARY, b"sealed")
        if not with_metadata:
            # `page_edit.write` wants to place the pages.
            chunk[3] = (STRUCT, {7: (I64, 0), 9: (I64, 0)})

    return edit


def elsewhere(metadata: Struct) -> None:
    chunk_of_v(metadata)[1] = (BINARY, b"part-2.parquet")


def list_encodings(metadata: Struct) -> None:
    chunk_of_v(metadata)[3][1][2] = (LIST, (I32, [0, 3, 11, 12, 99, -1, 2**31 - 1]))


UNREADABLE = {
    "a codec from the future": (
        leaf("v", INT32),
        set_codec(8),
        "unsupported_feature",
        "unsupported compression codec: unknown (8)",
    ),
    "LZO": (leaf("v", INT32), set_codec(3), "unsupported_feature", "unsupported compression codec: lzo"),
    "a codec that no version can have": (
        leaf("v", INT32),
        set_codec(-1),
        "corrupt_file",
        "unsupported compression codec: unknown (-1)",
    ),
    "a physical type from the future": (leaf("v", 8), None, "unsupported_feature", "unknown physical type 8"),
    "a physical type that no version can have": (
        leaf("v", -7),
        None,
        "corrupt_file",
        "unknown physical type -7",
    ),
    "bytes of a fixed length without one": (
        leaf("v", FIXED),
        None,
        "corrupt_file",
        "a FIXED_LEN_BYTE_ARRAY without a length",
    ),
    "encryption": (leaf("v", INT32), encrypt(True), "encrypted_file", "it is encrypted"),
    "encryption without plain metadata": (
        leaf("v", INT32),
        encrypt(False),
        "encrypted_file",
        "it is encrypted",
    ),
    "another file": (leaf("v", INT32), elsewhere, "unsupported_feature", "its data is in another file"),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_an_unreadable_column_fails_only_conversions_that_select_it(name: str) -> None:
    element, edit, code, message = UNREADABLE[name]
    data = beside(element, edit or (lambda metadata: None))
    assert engine.convert(data, columns=["id"]) == b'{"id":1}\n{"id":2}\n'
    for columns in (None, ["v"]):
        with pytest.raises(ConversionError) as raised:
            engine.convert(data, columns=columns)
        assert raised.value.code == code
        assert re.search('column "?v"?', str(raised.value)) and message in str(raised.value)

    source = engine._Source(data)
    id_, v = json.loads(_engine.inspect(source))["statistics"]
    assert "unreadable" not in id_
    assert v["unreadable"] == {"code": code, "message": message}
    assert _engine.sample(source, rows=1, bytes=100, columns=["id"]) == ['{"id":1}']
    assert _engine.predict(source, columns=["id"]) == (2, 18)
    for call in (_engine.predict, lambda source: _engine.sample(source, rows=1, bytes=100)):
        with pytest.raises(ConversionError, match=code):
            call(source)


def test_encodings_listed_only_in_the_footer_are_ignored() -> None:
    data = beside(leaf("v", INT32), list_encodings)
    assert engine.convert(data) == b'{"id":1,"v":1}\n{"id":2,"v":2}\n'
    v = json.loads(_engine.inspect(engine._Source(data)))["statistics"][1]
    assert v["encodings"] == ["PLAIN", "RLE", "unknown (11)", "unknown (12)"]


def test_an_element_without_a_repetition_is_required() -> None:
    element = leaf("v", INT32)
    del element[REPETITION]
    assert engine.convert(beside(element)) == b'{"id":1,"v":1}\n{"id":2,"v":2}\n'


def test_invalid_utf8_in_a_column_name_is_replaced() -> None:
    element = leaf("v", INT32)
    element[NAME] = (BINARY, b"caf\xe9")
    assert engine.convert(beside(element), limit=1).decode() == '{"id":1,"caf\ufffd":1}\n'
    assert engine.convert(beside(element), limit=1, columns=["caf\ufffd"]).decode() == '{"caf\ufffd":1}\n'


# Groups without fields


@pytest.mark.parametrize(("repetition", "text"), [(REQUIRED, "{}"), (OPTIONAL, "null"), (REPEATED, "[]")])
def test_a_group_without_fields_does_not_make_the_file_unreadable(repetition: int, text: str) -> None:
    elements = [
        group("root", 3, None),
        group("empty", 0, repetition),
        leaf("id", INT32),
        group("outer", 3),
        group("first", 1, repetition),
        group("inner", 0),
        leaf("x", INT32),
        group("last", 0, repetition),
    ]
    data = file(elements, [(INT32, "id", NUMBERS), (INT32, "outer.x", NUMBERS)])
    rows = [f'{{"empty":{text},"id":{n},"outer":{{"first":{text},"x":{n},"last":{text}}}}}\n' for n in (1, 2)]
    assert engine.convert(data).decode() == "".join(rows)
    assert engine.convert(data, columns=["empty"]).decode() == f'{{"empty":{text}}}\n' * 2
    assert (
        engine.convert(data, columns=["outer.x", "id"])
        == b'{"outer":{"x":1},"id":1}\n{"outer":{"x":2},"id":2}\n'
    )
    if text == "null":
        omitted = b'{"id":1,"outer":{"x":1}}\n{"id":2,"outer":{"x":2}}\n'
        assert engine.convert(data, nulls="omit") == omitted
    types = {
        item["name"]: item["type"] for item in json.loads(_engine.inspect(engine._Source(data)))["columns"]
    }
    assert types["empty"] == "struct<>"


def test_lists_and_maps_of_groups_without_fields_keep_their_lengths() -> None:
    """Two elements in one row: {} beside a number, and a map in which only the key has a column."""

    def levels(value: bytes) -> bytes:
        return struct.pack("<I", len(value)) + value

    element = {**group("list", 2, REPEATED)}
    elements = [
        group("root", 2, None),
        {**group("l", 1), CONVERTED: (I32, 3)},
        element,
        leaf("x", INT32),
        group("e", 0),
        {**group("m", 1), CONVERTED: (I32, 1)},
        group("key_value", 2, REPEATED),
        leaf("key", INT32),
        group("value", 0),
    ]
    # One row of two entries: repetition levels 0 and 1, definition level 1 twice.
    data = levels(b"\3\2") + levels(b"\4\1")
    page = [data + b"".join(NUMBERS)]

    def two_entries(metadata: Struct) -> None:
        for chunk in metadata[4][1][1][0][1][1][1]:
            chunk[3][1][5] = (I64, 2)

    made = file(elements, [(INT32, "l.list.x", page), (INT32, "m.key_value.key", page)], two_entries)
    # `file` writes page headers for one value.
    taken = page_edit.read(made)
    for chunk in taken.chunks:
        for stored in chunk.pages:
            stored.header[page_edit.DATA][1][1] = (I32, 2)
    assert engine.convert(page_edit.write(taken)).decode() == (
        '{"l":[{"x":1,"e":{}},{"x":2,"e":{}}],'
        '"m":{"key_value":[{"key":1,"value":{}},{"key":2,"value":{}}]}}\n'
    )


# The option `text`

INVALID = [
    b"a\xffb",
    b"\xe1\x80\xe2\xf0\x91\x92\xf1\xbfA",
    b"\xed\xa0\x80",
    b"fine \xc3\xa9",
    b"x" * 70 + b"\xc3",
]


@pytest.mark.parametrize("annotation", [converted(0), logical(1), logical(4), converted(19), logical(12)])
def test_invalid_utf8_is_written_as_the_option_text_says(annotation: Struct) -> None:
    data = column(BYTE_ARRAY, bytes_of(*INVALID), None, annotation)
    with pytest.raises(ConversionError, match="invalid_utf8"):
        texts(data)
    # Python also replaces maximal subparts.
    replaced = [json.loads(text) for text in texts(data, text="replace")]
    assert replaced == [value.decode(errors="replace") for value in INVALID]
    assert texts(data, text="binary", binary="hex") == [f'"{value.hex()}"' for value in INVALID]
    assert texts(data, text="binary")[0] == '"Yf9i"'
    with pytest.raises(ConversionError, match="invalid_utf8"):
        texts(data, text="binary", binary="utf8")


def test_the_option_text_applies_to_binary_values_written_as_text() -> None:
    data = column(BYTE_ARRAY, bytes_of(*INVALID))
    with pytest.raises(ConversionError, match="invalid_utf8"):
        texts(data, binary="utf8")
    replaced = [json.loads(text) for text in texts(data, binary="utf8", text="replace")]
    assert replaced == [value.decode(errors="replace") for value in INVALID]
    assert texts(data, text="replace")[0] == '"Yf9i"'


@pytest.mark.parametrize("text", ["strict", "replace"])
def test_valid_text_is_the_same_with_every_value_of_the_option_text(text: str) -> None:
    data = column(
        BYTE_ARRAY, bytes_of(b"plain", '"é"\n'.encode(), "漢\u2028".encode() * 30), None, logical(1)
    )
    assert texts(data, text=text) == texts(data)


def test_invalid_utf8_in_map_keys_is_written_as_the_option_text_says(tmp_path: Path) -> None:
    path = tmp_path / "map.parquet"
    maps = pa.array([[(b"fine", 1), (b"\xff", 2)]], pa.map_(pa.binary(), pa.int32()))
    generate.write(path, pa.table({"v": maps}))
    edit_footer(path, lambda metadata: annotate(find(metadata, "key"), 1, 0))
    with pytest.raises(ConversionError, match="invalid_utf8"):
        engine.convert(path)
    assert engine.convert(path, text="replace").decode() == '{"v":{"fine":1,"\ufffd":2}}\n'
    assert engine.convert(path, text="binary", binary="hex") == b'{"v":{"66696e65":1,"ff":2}}\n'
