"""
VARIANT as JSON, plain and shredded.

The binary encoding is written by hand after
https://github.com/apache/parquet-format/blob/master/VariantEncoding.md, the shredded columns after
https://github.com/apache/parquet-format/blob/master/VariantShredding.md.
"""

from __future__ import annotations

import struct
import uuid
from pathlib import Path
from typing import Any

import generate
import numpy as np
import pyarrow as pa
import pytest
from strict_json import Number
from thrift_edit import I8, Struct, annotate, edit_footer, find
from tolerant import Float, difference

VARIANT = 16

(NULL, TRUE, FALSE, INT8, INT16, INT32, INT64, DOUBLE, DECIMAL4, DECIMAL8, DECIMAL16, DATE) = range(12)
(TIMESTAMP, TIMESTAMP_NTZ, FLOAT, BINARY, STRING, TIME, TIMESTAMP_NANOS, TIMESTAMP_NTZ_NANOS, UUID) = range(
    12, 21
)


def metadata(names: list[str], width: int = 1) -> bytes:
    """The dictionary of field names, with offsets of `width` bytes."""
    texts = [name.encode() for name in names]
    ends = [sum(map(len, texts[:count])) for count in range(len(texts) + 1)]
    is_sorted = int(names == sorted(names))
    header = bytes([1 | is_sorted << 4 | (width - 1) << 6]) + len(names).to_bytes(width, "little")
    return header + b"".join(end.to_bytes(width, "little") for end in ends) + b"".join(texts)


def primitive(kind: int, data: bytes = b"") -> bytes:
    return bytes([kind << 2]) + data


def short(text: str) -> bytes:
    return bytes([len(text.encode()) << 2 | 1]) + text.encode()


def sized(kind: int, data: bytes) -> bytes:
    return primitive(kind, struct.pack("<I", len(data)) + data)


def _container(header: int, large: bool, width: int, ids: bytes, values: list[bytes]) -> bytes:
    ends = [sum(map(len, values[:count])) for count in range(len(values) + 1)]
    count = len(values).to_bytes(4 if large else 1, "little")
    return (
        bytes([header])
        + count
        + ids
        + b"".join(end.to_bytes(width, "little") for end in ends)
        + b"".join(values)
    )


def array(*values: bytes, large: bool = False, width: int = 1) -> bytes:
    return _container((large << 2 | (width - 1)) << 2 | 3, large, width, b"", list(values))


def object_(*fields: tuple[int, bytes], large: bool = False, width: int = 1, id_width: int = 1) -> bytes:
    """An object from fields by index in the dictionary, in the order of their names."""
    header = (large << 4 | (id_width - 1) << 2 | (width - 1)) << 2 | 2
    ids = b"".join(index.to_bytes(id_width, "little") for index, _ in fields)
    return _container(header, large, width, ids, [value for _, value in fields])


def variants(path: Path, rows: list[tuple[bytes, bytes] | None], **typed: pa.Array) -> Path:
    """Writes a file with a VARIANT column `v`; `typed` adds the columns of a shredded one."""
    fields = [
        pa.field("metadata", pa.binary(), nullable=False),
        pa.field("value", pa.binary(), nullable=bool(typed)),
        *(pa.field(name, values.type) for name, values in typed.items()),
    ]
    columns = [
        pa.array([(row and row[0]) or b"" for row in rows], pa.binary()),
        pa.array([row[1] if row else b"" for row in rows], pa.binary()),
        *typed.values(),
    ]
    nulls = pa.array([row is None for row in rows])
    generate.write(path, pa.table({"v": pa.StructArray.from_arrays(columns, fields=fields, mask=nulls)}))

    def change(file: Struct) -> None:
        annotate(find(file, "v"), VARIANT, details={1: (I8, 1)})

    return edit_footer(path, change)


def _check(expected: list[Any], conversion: Any) -> None:
    found = difference(expected, [row["v"] for row in conversion.rows], "rows")
    assert found is None, found


NO_NAMES = metadata([])


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (primitive(NULL), None),
        (primitive(TRUE), True),
        (primitive(FALSE), False),
        (primitive(INT8, b"\x80"), Number(-128)),
        (primitive(INT16, struct.pack("<h", -32768)), Number(-32768)),
        (primitive(INT32, struct.pack("<i", 2**31 - 1)), Number(2**31 - 1)),
        (primitive(INT64, struct.pack("<q", -(2**63))), Number(-(2**63))),
        (primitive(DOUBLE, struct.pack("<d", 0.1)), Float(np.float64(0.1))),
        (primitive(FLOAT, struct.pack("<f", 0.1)), Float(np.float32(0.1))),
        (primitive(DOUBLE, struct.pack("<d", float("nan"))), None),
        (primitive(DECIMAL4, b"\2" + struct.pack("<i", -12345)), Number("-123.45")),
        (primitive(DECIMAL8, b"\0" + struct.pack("<q", 10**17)), Number(10**17)),
        (primitive(DECIMAL16, b"\x25" + (10**37 + 1).to_bytes(16, "little")), Number("1." + "0" * 36 + "1")),
        (primitive(DATE, struct.pack("<i", -719529)), "-0001-12-31"),
        (primitive(TIMESTAMP, struct.pack("<q", 1)), "1970-01-01T00:00:00.000001Z"),
        (primitive(TIMESTAMP_NTZ, struct.pack("<q", -1)), "1969-12-31T23:59:59.999999"),
        (primitive(TIMESTAMP_NANOS, struct.pack("<q", 10**9)), "1970-01-01T00:00:01Z"),
        (primitive(TIMESTAMP_NTZ_NANOS, struct.pack("<q", 1)), "1970-01-01T00:00:00.000000001"),
        (primitive(TIME, struct.pack("<q", 3_600_500_000)), "01:00:00.500"),
        (sized(BINARY, b"\xff\0"), "/wA="),
        (sized(STRING, 'é "\n'.encode() * 100), 'é "\n' * 100),
        (short(""), ""),
        (short("é\x01"), "é\x01"),
        (primitive(UUID, bytes(range(16))), str(uuid.UUID(bytes=bytes(range(16))))),
        (array(), []),
        (array(primitive(NULL), short("a"), array(primitive(TRUE))), [None, "a", [True]]),
        (array(*[primitive(INT8, b"\1")] * 300, large=True, width=4), [Number(1)] * 300),
        (array(short("a"), width=3), ["a"]),
        (object_(), {}),
    ],
    ids=lambda value: None if isinstance(value, bytes) else repr(value)[:30],
)
def test_every_type_of_value_is_written(convert: Any, tmp_path: Path, value: bytes, expected: Any) -> None:
    path = variants(tmp_path / "input.parquet", [(NO_NAMES, value), None, (NO_NAMES, primitive(TRUE))])
    _check([expected, None, True], convert(path))


@pytest.mark.parametrize("width", [1, 2, 3, 4])
def test_objects_are_written(convert: Any, tmp_path: Path, width: int) -> None:
    names = metadata(["b", "a", 'q"\n', "unused"], width)
    inner = object_((1, primitive(NULL)), width=width, id_width=width)
    value = object_((1, short("x")), (0, inner), (2, array()), large=width == 4, width=width, id_width=width)
    path = variants(tmp_path / "input.parquet", [(names, value)])
    _check([{"a": "x", "b": {"a": None}, 'q"\n': []}], convert(path))


def test_options_apply_inside_variants(convert: Any, tmp_path: Path) -> None:
    value = array(
        primitive(INT64, struct.pack("<q", 2**53 + 1)),
        primitive(DECIMAL4, b"\1" + struct.pack("<i", 10)),
        sized(BINARY, b"\xff"),
        primitive(DOUBLE, struct.pack("<d", float("-inf"))),
    )
    path = variants(tmp_path / "input.parquet", [(NO_NAMES, value)])
    _check([[Number(2**53 + 1), Number("1.0"), "/w==", None]], convert(path))
    options = {"integers": "string", "decimals": "string", "binary": "hex", "non_finite": "string"}
    _check([[str(2**53 + 1), "1.0", "ff", "-Infinity"]], convert(path, **options))


def test_timestamps_in_variants_can_be_numbers(convert: Any, tmp_path: Path) -> None:
    kinds = (TIMESTAMP, TIMESTAMP_NTZ, TIMESTAMP_NANOS, TIMESTAMP_NTZ_NANOS)
    value = array(
        *(primitive(kind, struct.pack("<q", count)) for kind in kinds for count in (-1, 1_500_000)),
        primitive(DATE, struct.pack("<i", 1)),
    )
    path = variants(tmp_path / "input.parquet", [(NO_NAMES, value)])
    micros, nanos = ["-0.001", "1500"] * 2, ["-0.000001", "1.5"] * 2
    _check([[*map(Number, micros + nanos), "1970-01-02"]], convert(path, timestamps="epoch-ms"))
    typed = pa.array([1, None, 10**16], pa.timestamp("us", "UTC"))
    rows = [(NO_NAMES, None), (NO_NAMES, primitive(TIMESTAMP_NANOS, struct.pack("<q", 1))), (NO_NAMES, None)]
    path = variants(tmp_path / "input.parquet", rows, typed_value=typed)
    texts = [Number("1"), Number("0.001"), str(10**16)]
    _check(texts, convert(path, timestamps="epoch-us", integers="string"))


def test_nulls_in_variants_are_kept_when_null_fields_are_omitted(convert: Any, tmp_path: Path) -> None:
    names = metadata(["a", "b"])
    inner = object_((0, primitive(NULL)), (1, array(primitive(NULL))))
    rows = [(names, inner), None, (names, primitive(NULL)), (names, object_())]
    path = variants(tmp_path / "input.parquet", rows)
    expected = b'{"v":{"a":null,"b":[null]}}\n{}\n{"v":null}\n{"v":{}}\n'
    assert convert(path, nulls="omit").bytes == expected


def test_shredded_scalars_are_merged(convert: Any, tmp_path: Path) -> None:
    """Values of the shredded type are in `typed_value`, others in `value`."""
    typed = pa.array([1, None, 3, None], pa.int64())
    rows = [(NO_NAMES, None), (NO_NAMES, short("text")), (NO_NAMES, None), (NO_NAMES, primitive(NULL))]
    path = variants(tmp_path / "input.parquet", rows, typed_value=typed)
    _check([Number(1), "text", Number(3), None], convert(path))


def _part(kind: pa.DataType) -> pa.DataType:
    return pa.struct([pa.field("value", pa.binary()), pa.field("typed_value", kind)])


def _required(name: str, kind: pa.DataType) -> pa.Field:
    return pa.field(name, kind, nullable=False)


def test_shredded_objects_are_merged(convert: Any, tmp_path: Path) -> None:
    """Some fields have columns, others are in `value`, and fields in neither are missing."""
    kind = pa.struct([_required("a", _part(pa.int64())), _required("b", _part(pa.string()))])
    both = {"a": {"value": None, "typed_value": 1}, "b": {"value": None, "typed_value": "x"}}
    other = {
        "a": {"value": short("no number"), "typed_value": None},
        "b": {"value": None, "typed_value": None},
    }
    none = {"a": {"value": None, "typed_value": None}, "b": {"value": primitive(NULL), "typed_value": None}}
    names = metadata(["a", "b", "c"])
    rest = object_((2, primitive(TRUE)))
    rows = [(names, None), (names, rest), (names, None), (names, short("no object")), None]
    typed = pa.array([both, other, none, None, None], kind)
    path = variants(tmp_path / "input.parquet", rows, typed_value=typed)
    expected = [{"a": Number(1), "b": "x"}, {"a": "no number", "c": True}, {"b": None}, "no object", None]
    _check(expected, convert(path))


def test_shredded_arrays_are_merged(convert: Any, tmp_path: Path) -> None:
    typed = pa.array(
        [
            [{"value": None, "typed_value": "a"}, {"value": primitive(INT8, b"\7"), "typed_value": None}],
            [],
            None,
        ],
        pa.list_(_required("element", _part(pa.string()))),
    )
    rows = [(NO_NAMES, None), (NO_NAMES, None), (NO_NAMES, array(primitive(TRUE)))]
    path = variants(tmp_path / "input.parquet", rows, typed_value=typed)
    _check([["a", Number(7)], [], [True]], convert(path))


@pytest.mark.parametrize(
    "value",
    [
        b"",
        primitive(INT64, b"\0"),
        primitive(63),
        sized(STRING, b"abc")[:-1],
        short("abc")[:-1],
        array(short("a"))[:-1],
        b"\x0f\xff\xff\xff\xff\x7f",
        object_((9, primitive(TRUE))),
        bytes([3, 1, 200, 255]),
    ],
    ids=repr,
)
def test_malformed_values_are_corrupt(convert: Any, tmp_path: Path, value: bytes) -> None:
    path = variants(tmp_path / "input.parquet", [(metadata(["a"]), value)])
    assert convert(path).error in {"corrupt_file", "unsupported_feature"}


def test_values_nested_too_deep_exceed_the_limit(convert: Any, tmp_path: Path) -> None:
    value = primitive(TRUE)
    for _ in range(20_000):
        value = array(value, width=4)
    path = variants(tmp_path / "input.parquet", [(NO_NAMES, value)])
    assert convert(path).error in {"limit_exceeded", "corrupt_file", "unsupported_feature"}


def test_invalid_utf8_in_a_variant_ends_the_conversion(convert: Any, tmp_path: Path) -> None:
    path = variants(tmp_path / "input.parquet", [(NO_NAMES, sized(STRING, b"\xff"))])
    assert convert(path).error == "invalid_utf8"


def test_invalid_utf8_in_a_variant_is_written_as_the_option_text_says(convert: Any, tmp_path: Path) -> None:
    values = [sized(STRING, b"a\xff"), bytes([2 << 2 | 1]) + b"\xff\xfe"]
    path = variants(tmp_path / "input.parquet", [(NO_NAMES, value) for value in values])
    assert convert(path, text="replace").rows == [{"v": "a\ufffd"}, {"v": "\ufffd\ufffd"}]
    assert convert(path, text="binary", binary="hex").rows == [{"v": "61ff"}, {"v": "fffe"}]
    assert convert(path, text="binary").rows == [{"v": "Yf8="}, {"v": "//4="}]
