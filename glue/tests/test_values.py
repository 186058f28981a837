"""Every type with its extremes, compared with pyarrow's reading and with literal texts."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import generate
import numpy as np
import pyarrow as pa
import pytest
import strict_json
import thrift_edit
from strict_json import Number

SAMPLES = generate.samples()


@pytest.mark.parametrize("name", SAMPLES)
def test_every_type_is_converted_with_its_extremes(agrees: Any, name: str) -> None:
    agrees(pa.table({"value": SAMPLES[name]}))


@pytest.mark.parametrize("name", [name for name in SAMPLES if name != "null"])
def test_required_columns_and_columns_with_only_nulls_are_converted(agrees: Any, name: str) -> None:
    values = generate.without_nulls(SAMPLES[name])
    required = pa.field("value", values.type, nullable=False)
    agrees(pa.table([values], schema=pa.schema([required])))
    agrees(pa.table({"value": pa.nulls(5, values.type)}))


@pytest.mark.parametrize(
    "name", [name for name in SAMPLES if name.startswith("decimal") and SAMPLES[name].type.bit_width == 128]
)
def test_decimals_stored_as_integers_are_exact(agrees: Any, name: str) -> None:
    agrees(pa.table({"value": SAMPLES[name]}), writer={"store_decimal_as_integer": True})


def test_arrow_types_unknown_to_parquet_are_written_by_their_parquet_type(agrees: Any) -> None:
    """Arrow adds its own schema to the metadata; JSON follows Parquet's schema."""
    words = pa.array(["a", "b", None, "a"])
    table = pa.table(
        {
            "dictionary": words.dictionary_encode(),
            "large": words.cast(pa.large_string()),
            "duration": pa.array([1, -1, None, 2**62], pa.duration("us")),
            "zoned": pa.array([0, 1, None, -1], pa.timestamp("us", "Europe/Paris")),
            "day_in_ms": pa.array([0, 86_400_000, None, -86_400_000], pa.date64()),
            "pairs": pa.array([[1, 2], [3, 4], [None, 5], [6, 7]], pa.list_(pa.int8(), 2)),
        }
    )
    agrees(table, writer={"store_schema": True})


# Literal texts, which also check the oracle


def _column(convert: Any, array: pa.Array, **options: str) -> list[Any]:
    return [row["value"] for row in convert(pa.table({"value": array}), **options).rows]


def test_dates_around_calendar_boundaries_are_right(convert: Any) -> None:
    days = {
        0: "1970-01-01",
        -1: "1969-12-31",
        11_016: "2000-02-29",
        -719_162: "0001-01-01",
        -719_163: "0000-12-31",
        -719_528: "0000-01-01",
        -719_529: "-0001-12-31",
        2_932_896: "9999-12-31",
        2_932_897: "+10000-01-01",
        2**31 - 1: "+5881580-07-11",
        -(2**31): "-5877641-06-23",
    }
    assert _column(convert, pa.array(list(days), pa.int32()).cast(pa.date32())) == list(days.values())


@pytest.mark.parametrize("integers", ["number", "string"])
@pytest.mark.parametrize("timestamps", ["epoch-ms", "epoch-us", "epoch-ns"])
def test_timestamps_can_be_written_as_numbers(agrees: Any, timestamps: str, integers: str) -> None:
    """Every unit, in columns, lists and keys; dates and times stay text."""
    for unit in ("ms", "us", "ns"):
        local = generate.timestamps(pa.timestamp(unit)).drop_null()
        each = pa.array(range(len(local) + 1), pa.int32())
        table = pa.table(
            {
                "local": local,
                "utc": local.cast(pa.timestamp(unit, "UTC")),
                "list": pa.ListArray.from_arrays(each, local),
                "map": pa.MapArray.from_arrays(each, local, local),
                "date": pa.array([1] * len(local), pa.int32()).cast(pa.date32()),
                "time": pa.array([1] * len(local), pa.int64()).cast(pa.time64("us")),
            }
        )
        agrees(table, timestamps=timestamps, integers=integers)


def test_timestamps_as_numbers_have_no_trailing_zeros(convert: Any) -> None:
    counts = pa.array([0, 1, -1, 1_500_000, -2_000_000, 1_700_000_000_123_456_789], pa.timestamp("ns"))
    found = {unit: _column(convert, counts, timestamps=f"epoch-{unit}") for unit in ("ms", "us", "ns")}
    assert found == {
        "ms": [*map(Number, ["0", "0.000001", "-0.000001", "1.5", "-2", "1700000000123.456789"])],
        "us": [*map(Number, ["0", "0.001", "-0.001", "1500", "-2000", "1700000000123456.789"])],
        "ns": [*map(Number, ["0", "1", "-1", "1500000", "-2000000", "1700000000123456789"])],
    }


@pytest.mark.parametrize("timestamps", ["epoch-ms", "epoch-us", "epoch-ns"])
def test_a_float_holds_every_timestamp_written_as_a_number(convert: Any, timestamps: str) -> None:
    draw = Random(5)
    counts = [draw.getrandbits(63) >> draw.randrange(63) for _ in range(20_000)]
    counts += [2**52 + draw.randrange(-5000, 5000) for _ in range(5000)]
    for unit in ("ms", "us", "ns"):
        array = pa.array(counts, pa.timestamp(unit))
        values = _column(convert, array, timestamps=timestamps, integers="string")
        numbers = [value for value in values if isinstance(value, Number)]
        assert 1000 < len(numbers) < len(values)
        assert all(Decimal(repr(float(number))) == Decimal(number) for number in numbers)


def test_fractions_of_a_second_have_the_fewest_digits(convert: Any) -> None:
    cases = {
        ("ns", 0): "1970-01-01T00:00:00",
        ("ns", 1): "1970-01-01T00:00:00.000000001",
        ("ns", -1): "1969-12-31T23:59:59.999999999",
        ("ns", 1_000): "1970-01-01T00:00:00.000001",
        ("ns", 1_500_000_000): "1970-01-01T00:00:01.500",
        ("ns", 2**63 - 1): "2262-04-11T23:47:16.854775807",
        ("ns", -(2**63)): "1677-09-21T00:12:43.145224192",
        ("us", -1): "1969-12-31T23:59:59.999999",
        ("us", 2**63 - 1): "+294247-01-10T04:00:54.775807",
        ("ms", 1): "1970-01-01T00:00:00.001",
        ("ms", -62_167_219_200_001): "-0001-12-31T23:59:59.999",
        ("ms", 253_402_300_800_000): "+10000-01-01T00:00:00",
        ("ms", -(2**63)): "-292275055-05-16T16:47:04.192",
    }
    for (unit, count), text in cases.items():
        assert _column(convert, pa.array([count], pa.timestamp(unit))) == [text]
        assert _column(convert, pa.array([count], pa.timestamp(unit, "UTC"))) == [text + "Z"]
    clock = {
        0: "00:00:00",
        1: "00:00:00.000001",
        86_399_999_999: "23:59:59.999999",
        43_200_500_000: "12:00:00.500",
    }
    assert _column(convert, pa.array(list(clock), pa.time64("us"))) == list(clock.values())


def test_decimals_keep_their_scale(convert: Any) -> None:
    texts = ["0.00", "0.01", "-0.01", "1.10", "-99999999.99", "12345678.90"]
    array = pa.array([Decimal(text) for text in texts], pa.decimal128(10, 2))
    assert _column(convert, array) == [Number(text) for text in texts]
    assert _column(convert, array, decimals="string") == texts


def test_integers_beyond_the_exact_range_of_doubles_can_be_strings(convert: Any) -> None:
    beyond = [2**53 + 1, -(2**53) - 1, 2**63 - 1, -(2**63)]
    within = [2**53, -(2**53), 2**53 - 1, 0, -1]
    array = pa.array(beyond + within, pa.int64())
    assert _column(convert, array) == [Number(value) for value in beyond + within]
    mixed = [str(value) for value in beyond] + [Number(value) for value in within]
    assert _column(convert, array, integers="string") == mixed
    unsigned = pa.array([2**64 - 1, 2**53], pa.uint64())
    assert _column(convert, unsigned, integers="string") == [str(2**64 - 1), Number(2**53)]


def test_nan_and_infinities_are_null_or_strings(convert: Any) -> None:
    for kind in (pa.float16(), pa.float32(), pa.float64()):
        array = generate.floats(kind, finite=False)
        *non_finite, last = _column(convert, array)
        assert non_finite == [None, None, None]
        assert float(last) == 1.5
        *strings, last = _column(convert, array, non_finite="string")
        assert strings == ["NaN", "Infinity", "-Infinity"]
        assert float(last) == 1.5


def test_negative_zero_stays_negative(convert: Any) -> None:
    for width in (np.float16, np.float32, np.float64):
        (text,) = _column(convert, pa.array(np.array([-0.0], width)))
        assert text.startswith("-")
        assert float(text) == 0


def test_bytes_are_written_as_the_option_binary_says(agrees: Any, convert: Any) -> None:
    array = pa.array([b"\xfb\xff\xfe", b"", b"a", None])
    assert _column(convert, array) == ["+//+", "", "YQ==", None]
    assert _column(convert, array, binary="hex") == ["fbfffe", "", "61", None]
    text = pa.table(
        {
            "bytes": pa.array(["é\n".encode(), b"", None]),
            "fixed": pa.array([b"ab", None, b"\0\x7f"], pa.binary(2)),
        }
    )
    agrees(text, binary="utf8")


def test_strings_are_escaped_only_where_json_requires_it(convert: Any) -> None:
    text = "/ \x7f \u2028 é 漢 👩‍🚀 ' < > &"
    lines = convert(pa.table({"value": [text, '"\\']})).bytes.decode().split("\n")
    assert f'"{text}"' in lines[0]
    assert r'"\"\\"' in lines[1]


def test_column_names_are_escaped_too(agrees: Any) -> None:
    names = ['"quoted"', "back\\slash", "new\nline", "", " ", "a.b", "a,b", "é👩‍🚀", "\x01", "__proto__"]
    agrees(pa.table([pa.array([index]) for index in range(len(names))], names=names))


# Invalid UTF-8


def _invalid(kind: pa.DataType) -> pa.Array:
    offsets = pa.array([0, 2, 5], pa.int32()).buffers()[1]
    return pa.Array.from_buffers(kind, 2, [None, offsets, pa.py_buffer(b"ok\xffno")])


def test_invalid_utf8_ends_the_conversion(convert: Any) -> None:
    table = pa.table({"fine": [1, 2], "greeting": _invalid(pa.string())})
    conversion = convert(table)
    assert conversion.error == "invalid_utf8"
    assert "greeting" in conversion.stderr
    # Other columns of the file are readable.
    assert convert(table, columns="fine").rows == [{"fine": Number(1)}, {"fine": Number(2)}]


@pytest.mark.parametrize(
    "bad", [b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82", b"\x80", b"a" * 70 + b"\xff"]
)
def test_overlong_surrogate_and_truncated_utf8_is_rejected(convert: Any, bad: bytes) -> None:
    table = pa.table({"value": [b"fine", bad]})
    assert convert(table, binary="utf8").error == "invalid_utf8"
    assert convert(table, binary="hex").rows[1] == {"value": bad.hex()}


# Annotations that pyarrow does not write, made by editing the schema; test_annotations.py has the others

DECIMAL, CONVERTED_DECIMAL, INTERVAL = 5, 5, 21


def test_intervals_are_durations(agrees: Any, tmp_path: Path) -> None:
    def change(metadata: thrift_edit.Struct) -> None:
        thrift_edit.annotate(thrift_edit.find(metadata, "value"), None, INTERVAL)

    values = pa.array([*generate.intervals(), None], pa.binary(12))
    path = generate.write(tmp_path / "input.parquet", pa.table({"value": values}))
    agrees(thrift_edit.edit_footer(path, change))


def _decimal_bytes(tmp_path: Path, values: list[bytes | None], precision: int, scale: int) -> Path:
    def change(metadata: thrift_edit.Struct) -> None:
        element = thrift_edit.find(metadata, "value")
        details = {1: (thrift_edit.I32, scale), 2: (thrift_edit.I32, precision)}
        thrift_edit.annotate(element, DECIMAL, CONVERTED_DECIMAL, details)
        element[7], element[8] = (thrift_edit.I32, scale), (thrift_edit.I32, precision)

    path = generate.write(tmp_path / "input.parquet", pa.table({"value": values}))
    return thrift_edit.edit_footer(path, change)


def test_decimals_of_any_number_of_bytes_are_exact(agrees: Any, tmp_path: Path) -> None:
    numbers = [0, 1, -1, 127, 128, -128, -129, 10**18, -(10**18), 10**37]
    minimal = [number.to_bytes((number.bit_length() // 8) + 1, "big", signed=True) for number in numbers]
    padded = [number.to_bytes(16, "big", signed=True) for number in numbers]
    path = _decimal_bytes(tmp_path, [*minimal, *padded, None], 38, 5)
    texts = [f"{Decimal(number).scaleb(-5):.5f}" for number in numbers]
    assert [row["value"] for row in agrees(path).rows] == [*map(Number, texts), *map(Number, texts), None]


def test_decimals_of_any_precision_are_exact(convert: Any, tmp_path: Path) -> None:
    """Precisions beyond Arrow's types."""
    numbers = [sign * (10**199 + 7) for sign in (1, -1)]
    path = _decimal_bytes(tmp_path, [number.to_bytes(84, "big", signed=True) for number in numbers], 200, 150)
    digits = "1" + "0" * 49 + "." + "0" * 149 + "7"
    assert [row["value"] for row in convert(path).rows] == [Number(digits), Number("-" + digits)]


def test_int96_is_written_as_local_time(agrees: Any) -> None:
    """Julian day and nanoseconds; the corpus has far dates."""
    counts = [0, 1, -1, 1_700_000_000_123_456_789, 1_700_000_000_000_000_000, 2**62, -(2**62), None]
    writer = {"use_deprecated_int96_timestamps": True}
    rows = agrees(pa.table({"value": pa.array(counts, pa.timestamp("ns"))}), writer=writer).rows
    assert [row["value"] for row in rows[:4]] == [
        "1970-01-01T00:00:00",
        "1970-01-01T00:00:00.000000001",
        "1969-12-31T23:59:59.999999999",
        "2023-11-14T22:13:20.123456789",
    ]
    agrees(pa.table({"value": pa.array(counts, pa.timestamp("ns"))}), writer=writer, timestamps="epoch-us")


def test_a_json_parser_reads_back_the_values(convert: Any) -> None:
    """With an ordinary JSON parser, as users do."""
    table = pa.table(
        {"n": [1, None], "x": [0.1, -2.5e-300], "s": ["é\n", None], "d": [date(2024, 2, 29), None]}
    )
    document = convert(table).bytes
    assert [json.loads(line) for line in document.splitlines()] == [
        {"n": 1, "x": 0.1, "s": "é\n", "d": "2024-02-29"},
        {"n": None, "x": -2.5e-300, "s": None, "d": None},
    ]
    assert strict_json.parse_lines(document)
