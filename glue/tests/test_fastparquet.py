"""Files of fastparquet, written with each of its options. The expected values are literal."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import engine
import pytest
import strict_json
from strict_json import Number

pytestmark = pytest.mark.filterwarnings("ignore")  # of pandas, caused by fastparquet

fastparquet = pytest.importorskip("fastparquet")
pd = pytest.importorskip("pandas")

ROWS = 30
START = datetime(2026, 5, 1, 8, 31, 7)


def _some(make: Any) -> list[Any]:
    return [None if row % 4 == 3 else make(row) for row in range(ROWS)]


def _text(row: int) -> str:
    return 'é"\n' * (row % 3) + str(row)


def _frame() -> Any:
    days = pd.Series([START + timedelta(days=row, microseconds=row) for row in range(ROWS)])
    return pd.DataFrame(
        {
            "id": range(ROWS),
            "small": pd.array([row - 15 for row in range(ROWS)], "int8"),
            "word": pd.array([65535 - row for row in range(ROWS)], "uint16"),
            "far": pd.array([2**64 - 1 - row for row in range(ROWS)], "uint64"),
            "maybe": pd.array(_some(lambda row: row * 10**12), "Int64"),
            "flag": [row % 3 == 0 for row in range(ROWS)],
            "unsure": pd.array(_some(lambda row: row % 2 == 0), "boolean"),
            "real": [row / 8 for row in range(ROWS)],
            "single": pd.array([row / 4 for row in range(ROWS)], "float32"),
            "text": pd.Series(_some(_text), dtype="object"),
            "bytes": pd.Series([bytes([row, 255]) for row in range(ROWS)], dtype="object"),
            "few": pd.Categorical([["one", "two"][row % 2] for row in range(ROWS)]),
            "at": days,
            "instant": days.dt.tz_localize("UTC"),
            "span": pd.to_timedelta([row * 1_000_001 for row in range(ROWS)], unit="us"),
        }
    )


def _timestamp(row: int) -> str:
    time = START + timedelta(days=row, microseconds=row)
    return f"{time:%Y-%m-%dT%H:%M:%S}" + (f".{row:06d}" if row else "")


def _wanted(row: int) -> dict[str, Any]:
    some = row % 4 != 3
    return {
        "id": Number(row),
        "small": Number(row - 15),
        "word": Number(65535 - row),
        "far": Number(2**64 - 1 - row),
        "maybe": Number(row * 10**12) if some else None,
        "flag": row % 3 == 0,
        "unsure": row % 2 == 0 if some else None,
        "real": Number(row / 8),
        "single": Number(row / 4),
        "text": _text(row) if some else None,
        "bytes": f"{bytes([row, 255]).hex()}",
        "few": ["one", "two"][row % 2],
        "at": _timestamp(row),
        "instant": _timestamp(row) + "Z",
        "span": f"00:00:{row:02d}" + (f".{row:06d}" if row else ""),
    }


def _write(path: Path, frame: Any, **options: Any) -> Path:
    fastparquet.write(str(path), frame, **options)
    return path


def _rows(path: Path, **options: Any) -> list[Any]:
    whole = engine.convert(path, **options)
    engine.assert_parts_agree(path, whole, [1, 17], **options)
    return strict_json.parse_lines(whole)


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"row_group_offsets": [0, 7, 8, 25]},
        {"compression": "SNAPPY"},
        {"compression": "GZIP"},
        {"compression": "ZSTD"},
        {"compression": "BROTLI"},
        {"compression": "LZ4"},
        {"compression": "LZ4_RAW"},
        {"compression": {"text": "GZIP", "_default": "SNAPPY", "id": None}},
        {"has_nulls": ["text", "maybe", "unsure"]},
        {"stats": True},
        {"stats": False},
        {"custom_metadata": {"key": "value"}},
    ],
    ids=str,
)
def test_files_are_read_with_every_option_of_the_writer(
    tmp_path: Path, monkeypatch: Any, version: int, options: dict[str, Any]
) -> None:
    monkeypatch.setattr(fastparquet.writer, "DATAPAGE_VERSION", version)
    path = _write(tmp_path / "input.parquet", _frame(), **options)
    assert _rows(path, binary="hex") == [_wanted(row) for row in range(ROWS)]


def test_several_pages_of_a_column_are_read(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(fastparquet.writer, "MAX_PAGE_SIZE", 60)
    path = _write(tmp_path / "input.parquet", _frame())
    assert _rows(path, binary="hex") == [_wanted(row) for row in range(ROWS)]


def test_appended_row_groups_are_read(tmp_path: Path) -> None:
    path = _write(tmp_path / "input.parquet", _frame())
    fastparquet.write(str(path), _frame(), append=True)
    assert _rows(path, binary="hex") == [_wanted(row % ROWS) for row in range(2 * ROWS)]


def test_int96_has_no_time_zone(tmp_path: Path) -> None:
    frame = _frame()[["at", "instant"]].astype({"at": "datetime64[ns]", "instant": "datetime64[ns, UTC]"})
    path = _write(tmp_path / "input.parquet", frame, times="int96")
    assert _rows(path) == [{"at": _timestamp(row), "instant": _timestamp(row)} for row in range(ROWS)]


def test_an_index_is_a_column(tmp_path: Path) -> None:
    frame = pd.DataFrame({"a": [1, 2]}, index=pd.Index(["x", "y"], name="key"))
    rows = _rows(_write(tmp_path / "input.parquet", frame, write_index=True))
    assert sorted(rows[0].items()) == [("a", Number(1)), ("key", "x")]


@pytest.mark.parametrize(
    ("encoding", "values", "wanted"),
    [
        ("utf8", ["a", None, "é"], ["a", None, "é"]),
        ("bytes", [b"a", None, b"\xff"], ["61", None, "ff"]),
        ("json", [{"a": [1]}, None, "x"], ['{"a":[1]}', None, '"x"']),
        ("bool", [True, None, False], [True, None, False]),
        ("int", [2**40, 5, -1], [Number(2**40), Number(5), Number(-1)]),
        ("int32", [7, 5, -1], [Number(7), Number(5), Number(-1)]),
        ("float", [0.5, 2.5, -1.5], [Number("0.5"), Number("2.5"), Number("-1.5")]),
        (
            "decimal",
            [Decimal("0.5"), Decimal(2), Decimal("-1.5")],
            [Number("0.5"), Number("2.0"), Number("-1.5")],
        ),
    ],
)
@pytest.mark.parametrize("version", [1, 2])
def test_every_object_encoding_is_read(
    tmp_path: Path, monkeypatch: Any, version: int, encoding: str, values: list[Any], wanted: list[Any]
) -> None:
    monkeypatch.setattr(fastparquet.writer, "DATAPAGE_VERSION", version)
    frame = pd.DataFrame({"a": pd.Series(values, dtype="object")})
    rows = _rows(_write(tmp_path / "input.parquet", frame, object_encoding=encoding), binary="hex")
    found = [row["a"] for row in rows]
    if encoding == "json":
        found, wanted = ([value and json.loads(value) for value in texts] for texts in (found, wanted))
    assert found == wanted


def test_missing_numbers_and_times_are_null(tmp_path: Path) -> None:
    """With nulls they are null; without nulls they are NaN, and pandas' sentinel for missing times."""
    frame = pd.DataFrame({"x": [0.5, float("nan")], "at": pd.to_datetime(["2026-05-01", None])})
    path = _write(tmp_path / "nulls.parquet", frame, has_nulls=True)
    assert _rows(path, non_finite="string")[1] == {"x": None, "at": None}
    path = _write(tmp_path / "none.parquet", frame, has_nulls=False)
    assert _rows(path, non_finite="string")[1]["x"] == "NaN"


def test_columns_with_only_nulls_are_read(tmp_path: Path) -> None:
    frame = pd.DataFrame({"a": pd.Series([None, None], dtype="object"), "b": [1, 2]})
    for encoding in ("utf8", "bytes", "json", "bool"):
        rows = _rows(_write(tmp_path / f"{encoding}.parquet", frame, object_encoding=encoding))
        assert rows == [{"a": None, "b": Number(1)}, {"a": None, "b": Number(2)}]


def test_a_file_without_rows_has_an_empty_output(tmp_path: Path) -> None:
    assert _rows(_write(tmp_path / "input.parquet", _frame()[:0])) == []


def test_columns_with_detected_nulls_are_read(tmp_path: Path) -> None:
    frame = _frame().drop(columns=["maybe", "unsure"])
    path = _write(tmp_path / "input.parquet", frame, has_nulls="infer")
    wanted = [_wanted(row) for row in range(ROWS)]
    assert _rows(path, binary="hex") == [
        {name: value for name, value in row.items() if name in frame.columns} for row in wanted
    ]


@pytest.mark.parametrize("version", [1, 2])
def test_fixed_length_strings_are_written_as_strings(tmp_path: Path, monkeypatch: Any, version: int) -> None:
    """UTF8 on FIXED_LEN_BYTE_ARRAY, which the format does not define. The writer pads with zeros."""
    monkeypatch.setattr(fastparquet.writer, "DATAPAGE_VERSION", version)
    frame = pd.DataFrame({"a": pd.Series(["abc", "é", None, "abcd"], dtype="object")})
    path = _write(tmp_path / "input.parquet", frame, fixed_text={"a": 4}, object_encoding="utf8")
    assert [row["a"] for row in _rows(path)] == ["abc\0", "é\0\0", None, "abcd"]
