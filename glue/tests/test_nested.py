"""Nested lists, structs and maps, with nulls and empty values at every level."""

from __future__ import annotations

from datetime import date, datetime, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import command
import generate
import oracle
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strict_json import Number


@pytest.mark.parametrize("nulls", [True, False])
def test_nulls_and_empty_values_at_every_level_are_written(agrees: Any, nulls: bool) -> None:
    table = generate.nested()
    agrees(table if nulls else table.slice(4))


def test_lists_match_expected_json(convert: Any) -> None:
    rows = [[[1, None], [], None], [], None, [[2]]]
    table = pa.table({"l": pa.array(rows, pa.list_(pa.list_(pa.int32())))})
    one, two = Number(1), Number(2)
    assert [row["l"] for row in convert(table).rows] == [[[one, None], [], None], [], None, [[two]]]


@pytest.mark.parametrize("depth", [1, 2, 5, 30])
def test_deep_nesting_is_written(agrees: Any, depth: int) -> None:
    kind: pa.DataType = pa.int32()
    full: Any = 7
    part: Any = None
    for level in range(depth):
        if level % 2:
            kind, full, part = pa.struct({"s": kind}), {"s": full}, {"s": part}
        else:
            kind, full, part = pa.list_(kind), [full, full] if level < 6 else [full], [part]
    agrees(pa.table({"value": pa.array([full, part, None, full], kind)}))


def test_a_null_struct_of_required_members_is_null(agrees: Any) -> None:
    """The struct can be null, its members cannot."""
    members = [pa.field("a", pa.int32(), nullable=False), pa.field("b", pa.string(), nullable=False)]
    agrees(pa.table({"value": pa.array([{"a": 1, "b": "x"}, None, {"a": 2, "b": ""}], pa.struct(members))}))


def test_values_required_at_every_level_are_written(agrees: Any) -> None:
    element = pa.field("element", pa.struct([pa.field("x", pa.int64(), nullable=False)]), nullable=False)
    field = pa.field("value", pa.list_(element), nullable=False)
    rows = pa.array([[{"x": 1}, {"x": 2}], [], [{"x": 3}]], field.type)
    agrees(pa.table([rows], schema=pa.schema([field])))


# Maps


def _map(convert: Any, kind: pa.MapType, rows: list[Any], **options: str) -> list[Any]:
    return [row["m"] for row in convert(pa.table({"m": pa.array(rows, kind)}), **options).rows]


def test_the_last_of_equal_keys_counts(convert: Any) -> None:
    rows = [[("a", 1), ("b", 2), ("a", 3)], [("a", None), ("a", 4), ("a", None)], [("", 1), ("", 2)]]
    found = _map(convert, pa.map_(pa.string(), pa.int32()), rows)
    assert found == [{"a": Number(3), "b": Number(2)}, {"a": None}, {"": Number(2)}]


def test_the_last_of_equal_keys_counts_for_nested_values(convert: Any) -> None:
    rows = [[(1, ["x"]), (2, ["y"]), (1, ["z", None])]]
    assert _map(convert, pa.map_(pa.int8(), pa.list_(pa.string())), rows) == [{"1": ["z", None], "2": ["y"]}]


def test_many_equal_keys_are_merged_quickly(convert: Any) -> None:
    """So many that comparing all pairs would be too slow."""
    rows = [[(index % 1000, index) for index in range(100_000)]]
    (found,) = _map(convert, pa.map_(pa.int32(), pa.int32()), rows)
    assert found == {str(index % 1000): Number(index) for index in range(99_000, 100_000)}


@pytest.mark.parametrize(
    ("kind", "keys", "texts"),
    [
        (pa.bool_(), [True, False], ["true", "false"]),
        (pa.int8(), [-128, 127], ["-128", "127"]),
        (pa.int64(), [2**63 - 1, -(2**63)], [str(2**63 - 1), str(-(2**63))]),
        (pa.uint64(), [2**64 - 1, 0], [str(2**64 - 1), "0"]),
        (pa.decimal128(5, 2), [Decimal("1.10"), Decimal("-0.05")], ["1.10", "-0.05"]),
        (pa.date32(), [date(2024, 2, 29)], ["2024-02-29"]),
        (pa.time32("ms"), [pa.scalar(1, pa.time32("ms")).as_py()], ["00:00:00.001"]),
        (pa.timestamp("us"), [datetime(2024, 1, 2, 3, 4, 5, 6)], ["2024-01-02T03:04:05.000006"]),
        (pa.timestamp("ms", "UTC"), [datetime(1969, 12, 31, tzinfo=timezone.utc)], ["1969-12-31T00:00:00Z"]),
        (pa.string(), ['"q"\n', "", "é\\"], ['"q"\n', "", "é\\"]),
        (pa.binary(), [b"\xff", b""], ["/w==", ""]),
        (pa.binary(2), [b"ab"], ["YWI="]),
    ],
    ids=str,
)
def test_scalar_keys_are_written_as_text(
    convert: Any, kind: pa.DataType, keys: list[Any], texts: list[str]
) -> None:
    rows = [[(key, index) for index, key in enumerate(keys)]]
    wanted = {text: Number(index) for index, text in enumerate(texts)}
    assert _map(convert, pa.map_(kind, pa.int32()), rows) == [wanted]
    # Options for numbers do not apply to keys, which are text.
    assert _map(convert, pa.map_(kind, pa.int32()), rows, integers="string", decimals="string") == [wanted]


def test_the_option_binary_applies_to_keys(convert: Any) -> None:
    found = _map(convert, pa.map_(pa.binary(), pa.int32()), [[(b"\xc3\xa9", 1)]], binary="hex")
    assert found == [{"c3a9": Number(1)}]
    found = _map(convert, pa.map_(pa.binary(), pa.int32()), [[(b"\xc3\xa9", 1)]], binary="utf8")
    assert found == [{"é": Number(1)}]


def test_floats_as_keys_are_written_as_text(agrees: Any) -> None:
    rows = [[(0.1, 1), (1e300, 2), (-2.5, 3)], []]
    agrees(pa.table({"m": pa.array(rows, pa.map_(pa.float64(), pa.int32()))}))
    agrees(pa.table({"m": pa.array([[(0.1, 1), (1e30, 2)]], pa.map_(pa.float32(), pa.int32()))}))


def test_a_map_with_nested_keys_is_an_array_of_pairs(agrees: Any) -> None:
    by_struct = pa.map_(pa.struct({"x": pa.int32(), "y": pa.string()}), pa.list_(pa.int32()))
    by_list = pa.map_(pa.list_(pa.int32()), pa.string())
    rows = [[({"x": 1, "y": "a"}, [1, None]), ({"x": None, "y": None}, None)], [], None]
    lists = [[([1, 2], "a"), ([], None)], None, []]
    conversion = agrees(
        pa.table({"by_struct": pa.array(rows, by_struct), "by_list": pa.array(lists, by_list)})
    )
    assert conversion.rows[0]["by_list"] == [[[Number(1), Number(2)], "a"], [[], None]]


def test_maps_in_maps_are_written(agrees: Any) -> None:
    kind = pa.map_(pa.string(), pa.map_(pa.int32(), pa.list_(pa.map_(pa.string(), pa.bool_()))))
    rows = [[("a", [(1, [[("x", True)], [], None]), (2, None)]), ("b", []), ("c", None)], None, []]
    agrees(pa.table({"m": pa.array(rows, kind)}))


# Names


def test_columns_of_the_same_name_are_renamed(agrees: Any, convert: Any, tmp_path: Path) -> None:
    arrays = [pa.array([number]) for number in range(4)]
    rows = agrees(pa.table(arrays, names=["a", "b", "a", "a"])).rows
    assert rows == [{"a": Number(0), "b": Number(1), "a_1": Number(2), "a_2": Number(3)}]
    path = tmp_path / "input.parquet"
    assert convert(path, columns="a_1").rows == [{"a_1": Number(2)}]


def test_a_renamed_column_never_takes_the_name_of_another(agrees: Any) -> None:
    arrays = [pa.array([number]) for number in range(3)]
    for names in (["a", "a", "a_1"], ["a", "a_1", "a"]):
        (row,) = agrees(pa.table(arrays, names=names)).rows
        assert len(row) == 3
        assert row["a"] == Number(0)
        assert row["a_1"] == Number(names.index("a_1"))


def test_members_of_the_same_name_are_renamed(agrees: Any) -> None:
    members = pa.StructArray.from_arrays([pa.array([1]), pa.array(["x"])], names=["m", "m"])
    (row,) = agrees(pa.table({"s": members})).rows
    assert row == {"s": {"m": Number(1), "m_1": "x"}}


# Random schemas and data

_NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=4)

_LEAVES = st.sampled_from(
    [
        (pa.int32(), st.integers(-(2**31), 2**31 - 1)),
        (pa.uint64(), st.integers(0, 2**64 - 1)),
        (pa.float32(), st.floats(width=32)),
        (pa.float64(), st.floats()),
        (pa.bool_(), st.booleans()),
        (pa.string(), st.text(max_size=8)),
        (pa.binary(), st.binary(max_size=8)),
        (pa.decimal128(20, 3), st.decimals(-(10**16), 10**16, places=3)),
        (pa.date32(), st.dates()),
        (pa.timestamp("us", "UTC"), st.integers(-(2**62), 2**62)),
    ]
)

_KEYS = st.sampled_from([(pa.string(), st.text(max_size=3)), (pa.int16(), st.integers(-(2**15), 2**15 - 1))])


def _lists(inner: tuple[pa.DataType, Any]) -> tuple[pa.DataType, Any]:
    kind, values = inner
    return pa.list_(kind), st.lists(st.none() | values, max_size=4)


def _structs(fields: list[tuple[str, tuple[pa.DataType, Any]]]) -> tuple[pa.DataType, Any]:
    kind = pa.struct([(name, inner) for name, (inner, _) in fields])
    return kind, st.fixed_dictionaries({name: st.none() | values for name, (_, values) in fields})


def _maps(key: tuple[pa.DataType, Any], inner: tuple[pa.DataType, Any]) -> tuple[pa.DataType, Any]:
    return pa.map_(key[0], inner[0]), st.lists(st.tuples(key[1], st.none() | inner[1]), max_size=4)


_TYPES = st.recursive(
    _LEAVES,
    lambda inner: (
        inner.map(_lists)
        | st.lists(st.tuples(_NAMES, inner), min_size=1, max_size=3, unique_by=lambda field: field[0]).map(
            _structs
        )
        | st.builds(_maps, _KEYS, inner)
    ),
    max_leaves=6,
)


@st.composite
def _tables(draw: Any) -> pa.Table:
    columns = draw(st.lists(st.tuples(_NAMES, _TYPES), min_size=1, max_size=3))
    rows = draw(st.integers(0, 12))
    arrays = [
        pa.array(draw(st.lists(st.none() | values, min_size=rows, max_size=rows)), kind)
        for _, (kind, values) in columns
    ]
    return pa.table(arrays, names=[name for name, _ in columns])


_WRITERS = st.fixed_dictionaries(
    {
        "data_page_version": st.sampled_from(["1.0", "2.0"]),
        "compression": st.sampled_from(["none", "snappy", "zstd"]),
        "use_dictionary": st.booleans(),
        "row_group_size": st.integers(1, 12),
        "data_page_size": st.sampled_from([1, 64, 2**20]),
        "write_batch_size": st.sampled_from([1, 3, 1024]),
        "store_schema": st.booleans(),
    }
)


_OPTIONS = st.fixed_dictionaries(
    {
        "nulls": st.sampled_from(["keep", "omit"]),
        "timestamps": st.sampled_from(["iso", "epoch-ms", "epoch-us", "epoch-ns"]),
        "integers": st.sampled_from(["number", "string"]),
    }
)


@settings(max_examples=300)
@given(table=_tables(), writer=_WRITERS, options=_OPTIONS, threads=st.integers(1, 3))
def test_random_schemas_and_data_match_pyarrow(
    tmp_path_factory: Any, table: pa.Table, writer: dict[str, Any], options: dict[str, str], threads: int
) -> None:
    path = generate.write(tmp_path_factory.mktemp("random") / "input.parquet", table, **writer)
    rows = command.convert(path, threads=threads, **options).rows
    oracle.assert_rows(oracle.expected_rows(path, table, **options), rows)
