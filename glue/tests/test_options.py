"""What the options about the whole output do; those about single values are with their types."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import generate
import pyarrow as pa
import pytest
import strict_json
from strict_json import Number

ONE, TWO, THREE = Number(1), Number(2), Number(3)


@pytest.fixture
def nested(tmp_path: Path) -> Path:
    return generate.write(tmp_path / "nested.parquet", generate.nested())


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    return generate.write(tmp_path / "mixed.parquet", generate.mixed(), row_group_size=150)


# columns


@pytest.fixture
def columns(tmp_path: Path) -> Path:
    table = pa.table(
        {
            "a": [{"b": 1, "c": {"d": 2, "e": 3}}],
            "b": [4],
            "x.y": [5],
            "x": [{"y": 6, "z": 7}],
            "with,comma": [8],
            '["json"]': [9],
            "é": [10],
            "list": [[{"p": 11, "q": 12}]],
        }
    )
    return generate.write(tmp_path / "columns.parquet", table)


@pytest.mark.parametrize(
    ("wanted", "row"),
    [
        ("b", {"b": 4}),
        ("b,a", {"b": 4, "a": {"b": 1, "c": {"d": 2, "e": 3}}}),
        ("a.b", {"a": {"b": 1}}),
        ("a.c.e,b,a.c.d", {"a": {"c": {"e": 3, "d": 2}}, "b": 4}),
        ("a.c", {"a": {"c": {"d": 2, "e": 3}}}),
        ("é", {"é": 10}),
        ("x.z", {"x": {"z": 7}}),
        # An exact name of a column wins over a path into one.
        ("x.y", {"x.y": 5}),
        (["x.y", "x"], {"x.y": 5, "x": {"y": 6, "z": 7}}),
        (["with,comma", "b"], {"with,comma": 8, "b": 4}),
        (['["json"]'], {'["json"]': 9}),
        ("list.q", {"list": [{"q": 12}]}),
        ("b,b", {"b": 4}),
    ],
    ids=str,
)
def test_columns_in_the_order_asked_for(
    convert: Any, columns: Path, wanted: Any, row: dict[str, Any]
) -> None:
    def numbers(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: numbers(member) for name, member in value.items()}
        return [numbers(item) for item in value] if isinstance(value, list) else Number(value)

    (found,) = convert(columns, columns=wanted).rows
    assert found == numbers(row)
    assert list(found) == list(row)


@pytest.mark.parametrize(
    "wanted", ["nope", "b,nope", "a.nope", "b.c", "a.", ".a", "B", ["b", "with"], ["b,a"], [""]]
)
def test_a_column_that_is_not_there(convert: Any, columns: Path, wanted: Any) -> None:
    conversion = convert(columns, columns=wanted)
    assert conversion.error == "unknown_column"
    missing = wanted[-1] if isinstance(wanted, list) else wanted.split(",")[-1]
    assert missing in conversion.stderr


def test_parts_of_nested_columns_keep_nulls_and_empties(convert: Any, nested: Path) -> None:
    rows = convert(nested, columns="list_of_structs.x,struct.a.b").rows
    assert [row["list_of_structs"] for row in rows] == [
        [{"x": ONE}, {"x": None}, None],
        [],
        None,
        [{"x": TWO}],
        [None],
    ]
    assert [row["struct"] for row in rows] == [
        {"a": {"b": ONE}},
        {"a": {"b": None}},
        {"a": None},
        None,
        {"a": {"b": Number(5)}},
    ]


# limit


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("limit", [0, 1, 149, 150, 151, 999, 1000, 1001, 2**62])
def test_limit(convert: Any, mixed: Path, limit: int, threads: int) -> None:
    whole = convert(mixed).bytes.split(b"\n")[:-1]
    lines = convert(mixed, limit=limit, threads=threads).bytes.split(b"\n")[:-1]
    assert lines == whole[:limit]


def test_limit_of_nested_rows(convert: Any, nested: Path) -> None:
    whole = convert(nested).rows
    for limit in range(6):
        assert convert(nested, limit=limit).rows == whole[:limit]


# format


@pytest.mark.parametrize("limit", [0, 1, 2, 1000])
def test_one_array(convert: Any, mixed: Path, limit: int) -> None:
    array = strict_json.parse(convert(mixed, format="json", limit=limit).bytes)
    assert array == convert(mixed, format="ndjson", limit=limit).rows


def test_an_array_of_nothing(convert: Any, tmp_path: Path) -> None:
    path = generate.write(tmp_path / "empty.parquet", generate.mixed().slice(0, 0))
    assert convert(path, format="json").bytes.strip() == b"[]"
    assert convert(path, format="ndjson").bytes == b""


# compression


@pytest.mark.parametrize("output", ["ndjson", "json"])
@pytest.mark.parametrize("compression", ["gzip", "zstd"])
@pytest.mark.parametrize("rows", [0, 1, 1000])
def test_compression(convert: Any, mixed: Path, compression: str, rows: int, output: str) -> None:
    plain = convert(mixed, limit=rows, format=output).bytes
    packed = convert(mixed, limit=rows, format=output, compression=compression, threads=2).bytes
    assert packed.startswith({"gzip": b"\x1f\x8b", "zstd": b"\x28\xb5\x2f\xfd"}[compression])
    with pa.input_stream(io.BytesIO(packed), compression=compression) as stream:
        assert stream.read() == plain
    assert convert(mixed, limit=rows, format=output, compression="none").bytes == plain


# threads


@pytest.mark.parametrize(
    "options", [{}, {"format": "json"}, {"compression": "gzip"}, {"compression": "zstd"}], ids=str
)
def test_as_many_threads_as_you_like_write_the_same_bytes(
    convert: Any, tmp_path: Path, options: dict[str, str]
) -> None:
    table = pa.concat_tables([generate.mixed()] * 20)
    path = generate.write(tmp_path / "many.parquet", table, row_group_size=1700)
    first = convert(path, threads=1, **options).bytes
    assert all(convert(path, threads=threads, **options).bytes == first for threads in (2, 4, 4, 4))
