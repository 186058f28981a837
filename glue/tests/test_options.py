"""Options for the whole output; options for values are tested with the types."""

from __future__ import annotations

import io
import json
from pathlib import Path
from random import Random
from typing import Any

import generate
import pyarrow as pa
import pytest
import strict_json
from strict_json import Number
from unparquet import _engine

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
def test_columns_are_written_in_the_requested_order(
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
def test_an_unknown_column_is_an_error(convert: Any, columns: Path, wanted: Any) -> None:
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
def test_a_limit_writes_the_first_rows(convert: Any, mixed: Path, limit: int, threads: int) -> None:
    whole = convert(mixed).bytes.split(b"\n")[:-1]
    lines = convert(mixed, limit=limit, threads=threads).bytes.split(b"\n")[:-1]
    assert lines == whole[:limit]


def test_a_limit_counts_nested_rows(convert: Any, nested: Path) -> None:
    whole = convert(nested).rows
    for limit in range(6):
        assert convert(nested, limit=limit).rows == whole[:limit]


# format


@pytest.mark.parametrize("limit", [0, 1, 2, 1000])
def test_the_format_json_writes_one_array(convert: Any, mixed: Path, limit: int) -> None:
    array = strict_json.parse(convert(mixed, format="json", limit=limit).bytes)
    assert array == convert(mixed, format="ndjson", limit=limit).rows


def test_an_array_without_rows_is_empty(convert: Any) -> None:
    empty = generate.mixed().slice(0, 0)
    assert convert(empty, format="json").bytes.strip() == b"[]"
    assert convert(empty, format="ndjson").bytes == b""


# nulls


def test_null_fields_are_omitted_at_every_depth(convert: Any, nested: Path) -> None:
    kept, rows = convert(nested).rows, convert(nested, nulls="omit").rows
    assert rows == [
        {name: _without_nulls(value, name) for name, value in row.items() if value is not None}
        for row in kept
    ]
    assert [row.get("struct") for row in rows] == [
        {"a": {"b": ONE}},
        {"a": {}},
        {},
        None,
        {"a": {"b": Number(5)}},
    ]


def _without_nulls(value: Any, name: str) -> Any:
    """Removes null fields from a value of a column of `generate.nested`."""
    if isinstance(value, dict):
        is_map = "map" in name
        kept = {key: item for key, item in value.items() if is_map or item is not None}
        return {key: _without_nulls(item, "" if is_map else key) for key, item in kept.items()}
    return [_without_nulls(item, name) for item in value] if isinstance(value, list) else value


def test_nulls_in_lists_and_maps_are_kept(convert: Any) -> None:
    table = pa.table(
        {
            "nan": [float("nan"), None],
            "list": [[None, 1], None],
            "map": pa.array([[("a", None)], None], pa.map_(pa.string(), pa.int32())),
            "lists": [[None, [None]], None],
            "structs": [[None, {"x": None}], None],
            "none": pa.nulls(2),
        }
    )
    expected = b'{"nan":null,"list":[null,1],"map":{"a":null},"lists":[null,[null]],"structs":[null,{}]}'
    assert convert(table, nulls="omit").bytes == expected + b"\n{}\n"
    assert convert(table, nulls="omit", format="json").bytes == b"[" + expected + b",\n{}]"
    assert convert(table, nulls="omit", columns="none").bytes == b"{}\n{}\n"


@pytest.mark.parametrize("reversed_order", [True, False])
@pytest.mark.parametrize("places", range(32))
def test_commas_are_right_wherever_nulls_are_omitted(agrees: Any, places: int, reversed_order: bool) -> None:
    """Columns, sparse columns, lists and groups, null or not, in rows and in groups of lists."""
    here = [places >> place & 1 for place in range(5)]
    fields: dict[str, Any] = {
        "a": 1 if here[0] else None,
        "list": [1] if here[1] else None,
        "group": {"x": 1 if here[2] else None, "y": None, "z": 2},
        "map": [("k", None)] if here[3] else None,
        "b": 2 if here[4] else None,
    }
    kind = pa.struct(
        {
            "a": pa.int32(),
            "list": pa.list_(pa.int32()),
            "group": pa.struct({"x": pa.int32(), "y": pa.int32(), "z": pa.int32()}),
            "map": pa.map_(pa.string(), pa.int32()),
            "b": pa.int32(),
        }
    )
    names = list(fields)[::-1] if reversed_order else list(fields)
    columns = {name: pa.array([fields[name], None], kind.field(name).type) for name in names}
    inner = pa.array(
        [{name: fields[name] for name in names}, None], pa.struct([kind.field(name) for name in names])
    )
    table = pa.table(
        {**columns, "inner": inner, "inners": pa.array([[inner[0]], [None]], pa.list_(inner.type))}
    )
    agrees(table, nulls="omit")


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_nulls_of_wide_sparse_rows_are_omitted(convert: Any, tmp_path: Path, threads: int) -> None:
    draw = Random(3)
    columns = {
        f"c{index}": pa.array([draw.randrange(10**6) if draw.random() < 0.03 else None for _ in range(2000)])
        for index in range(60)
    }
    columns["c30"] = pa.array([row % 7 == 0 for row in range(2000)])
    path = generate.write(tmp_path / "wide.parquet", pa.table(columns), row_group_size=700)
    lines = convert(path, nulls="omit", threads=threads).bytes.split(b"\n")[:-1]
    expected = pa.table(columns).to_pylist()
    present = [{name: value for name, value in row.items() if value is not None} for row in expected]
    assert [json.loads(line) for line in lines] == present
    assert lines == [json.dumps(row, separators=(",", ":")).encode() for row in present]


def test_samples_omit_null_fields_and_tables_keep_them(convert: Any, tmp_path: Path) -> None:
    columns = {
        "a": pa.array([None, 1] * 500),
        "b": pa.array([{"x": None}, None] * 500, pa.struct({"x": pa.int32()})),
    }
    path = generate.write(tmp_path / "input.parquet", pa.table(columns))
    whole = convert(path, nulls="omit").bytes
    assert _engine.sample(str(path), 3, 1000, nulls="omit") == ['{"b":{}}', '{"a":1}', '{"b":{}}']
    assert whole.startswith(b'{"b":{}}\n{"a":1}\n{"b":{}}\n')
    place = {"first_row": 0, "rows": 2, "first_column": 0, "columns": 2, "text": 100}
    cells = [["null", '{"x":null}'], ["1", "null"]]
    assert _engine.table(str(path), **place, nulls="omit") == cells
    rows, predicted = _engine.predict(str(path), nulls="omit")
    assert (rows, abs(predicted - len(whole)) < 0.05 * len(whole)) == (1000, True)


# compression


@pytest.mark.parametrize("output", ["ndjson", "json"])
@pytest.mark.parametrize("compression", ["gzip", "zstd"])
@pytest.mark.parametrize("rows", [0, 1, 1000])
def test_compressed_output_decompresses_to_the_same_rows(
    convert: Any, mixed: Path, compression: str, rows: int, output: str
) -> None:
    plain = convert(mixed, limit=rows, format=output).bytes
    packed = convert(mixed, limit=rows, format=output, compression=compression, threads=2).bytes
    assert packed.startswith({"gzip": b"\x1f\x8b", "zstd": b"\x28\xb5\x2f\xfd"}[compression])
    with pa.input_stream(io.BytesIO(packed), compression=compression) as stream:
        assert stream.read() == plain
    assert convert(mixed, limit=rows, format=output, compression="none").bytes == plain


# threads


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"format": "json"},
        {"compression": "gzip"},
        {"compression": "zstd"},
        {"nulls": "omit", "timestamps": "epoch-ms"},
        {"nulls": "omit", "format": "json", "compression": "zstd"},
    ],
    ids=str,
)
def test_any_number_of_threads_writes_the_same_bytes(
    convert: Any, tmp_path: Path, options: dict[str, str]
) -> None:
    table = pa.concat_tables([generate.mixed()] * 20)
    path = generate.write(tmp_path / "many.parquet", table, row_group_size=1700)
    first = convert(path, threads=1, **options).bytes
    assert all(convert(path, threads=threads, **options).bytes == first for threads in (2, 4, 4, 4))
