"""
The backward-compatibility rules for lists and maps of old writers, and repeated fields without annotation.

https://github.com/apache/parquet-format/blob/master/LogicalTypes.md#nested-types
Levels do not depend on names and annotations, so each file is a standard one with an edited schema.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Callable

import pyarrow as pa
import pytest
from strict_json import Number
from thrift_edit import I32, Struct, annotate, chunks, edit_footer, find, name, rename, schema, set_path

REPEATED = (I32, 2)
LIST, MAP, MAP_KEY_VALUE = 3, 1, 2
LOGICAL_MAP, LOGICAL_LIST = 2, 3

ONE, TWO, THREE = Number(1), Number(2), Number(3)


def _required(kind: pa.DataType) -> pa.Field:
    return pa.field("element", kind, nullable=False)


@pytest.fixture
def edited(written: Callable[..., Path]) -> Callable[..., Path]:
    """`edited(array, change, required=False)` writes a column `a`, and changes the metadata of the file."""

    def path(array: pa.Array, change: Callable[[Struct], None], required: bool = False) -> Path:
        def apply(metadata: Struct) -> None:
            change(metadata)
            _repath(metadata)

        field = pa.field("a", array.type, nullable=not required)
        return edit_footer(written(pa.table([array], schema=pa.schema([field]))), apply)

    return path


def _repath(metadata: Struct) -> None:
    """Updates the path of every column chunk to the edited schema."""
    elements = iter(schema(metadata))
    paths: list[str] = []

    def walk(prefix: list[str]) -> None:
        element = next(elements)
        here = [*prefix, name(element)]
        if 5 not in element:
            paths.append(".".join(here[1:]))
        for _ in range(element.get(5, (I32, 0))[1]):
            walk(here)

    walk([])
    for chunk, path in zip(chunks(metadata), paths):
        set_path(chunk, path)


def _without_middle(metadata: Struct, new_name: str) -> None:
    """Removes the `list` group: its only child becomes the repeated field."""
    elements = schema(metadata)
    elements.remove(find(metadata, "list"))
    element = find(metadata, "element")
    element[3] = REPEATED
    rename(element, new_name)


def _values(conversion: Any) -> list[Any]:
    return [row["a"] for row in conversion.rows]


NUMBERS = pa.array([[1, 2], [], None, [3]], pa.list_(_required(pa.int32())))


@pytest.mark.parametrize("new_name", ["element", "array", "a_tuple", "item", "bag"])
def test_a_repeated_primitive_is_the_element(convert: Any, edited: Any, new_name: str) -> None:
    """`optional group a (LIST) { repeated int32 element; }`."""
    path = edited(NUMBERS, lambda metadata: _without_middle(metadata, new_name))
    assert _values(convert(path)) == [[ONE, TWO], [], None, [THREE]]


PAIRS = pa.array(
    [[{"x": 1, "y": "u"}, {"x": 2, "y": None}], [], None],
    pa.list_(_required(pa.struct({"x": pa.int32(), "y": pa.string()}))),
)


@pytest.mark.parametrize("new_name", ["element", "array", "a_tuple", "list", "anything"])
def test_a_repeated_group_of_several_fields_is_the_element(convert: Any, edited: Any, new_name: str) -> None:
    path = edited(PAIRS, lambda metadata: _without_middle(metadata, new_name))
    assert _values(convert(path)) == [[{"x": ONE, "y": "u"}, {"x": TWO, "y": None}], [], None]


SINGLES = pa.array([[{"x": 1}, {"x": None}], [], None], pa.list_(_required(pa.struct({"x": pa.int32()}))))


@pytest.mark.parametrize(
    ("new_name", "in_structs"),
    [("array", True), ("a_tuple", True), ("list", False), ("bag", False), ("b_tuple", False)],
)
def test_a_repeated_group_of_one_field_is_the_element_only_by_its_name(
    convert: Any, edited: Any, new_name: str, in_structs: bool
) -> None:
    """Named `array` or `<list>_tuple` it is the element, otherwise the middle level of three."""
    path = edited(SINGLES, lambda metadata: _without_middle(metadata, new_name))
    expected = [[{"x": ONE}, {"x": None}], [], None] if in_structs else [[ONE, None], [], None]
    assert _values(convert(path)) == expected


LISTS = pa.array([[[1, 2], [3]], [], None, [[]]], pa.list_(_required(pa.list_(_required(pa.int32())))))


def _two_levels_in_two_levels(metadata: Struct, annotated: bool) -> None:
    _, outer, middle, inner, inner_middle, leaf = schema(metadata)
    inner[3] = leaf[3] = REPEATED
    rename(inner, "array")
    rename(leaf, "array")
    if not annotated:
        annotate(inner, None)
    schema(metadata)[:] = [schema(metadata)[0], outer, inner, leaf]
    assert (name(middle), name(inner_middle)) == ("list", "list")


@pytest.mark.parametrize("annotated", [True, False])
def test_a_repeated_group_with_a_repeated_field_is_a_list_of_lists(
    convert: Any, edited: Any, annotated: bool
) -> None:
    """`repeated group array (LIST) { repeated int32 array; }`, from old Avro writers."""
    path = edited(LISTS, lambda metadata: _two_levels_in_two_levels(metadata, annotated))
    wanted = [[[ONE, TWO], [THREE]], [], None, [[]]]
    if not annotated:  # a plain group named `array` with a repeated member
        wanted = [None if row is None else [{"array": item} for item in row] for row in wanted]
    assert _values(convert(path)) == wanted


@pytest.mark.parametrize(
    ("middle", "element"), [("bag", "array_element"), ("list", "item"), ("array", "element")]
)
def test_other_names_of_the_three_levels_make_no_difference(
    convert: Any, edited: Any, middle: str, element: str
) -> None:
    def change(metadata: Struct) -> None:
        rename(find(metadata, "list"), middle)
        rename(find(metadata, "element"), element)

    path = edited(pa.array([[1, None], [], None]), change)
    found = _values(convert(path))
    if middle == "array":  # a group of one field named `array` is the element
        assert found == [[{element: ONE}, {element: None}], [], None]
    else:
        assert found == [[ONE, None], [], None]


@pytest.mark.parametrize("legacy", [True, False])
def test_either_annotation_alone_is_enough(agrees: Any, edited: Any, legacy: bool) -> None:
    def change(metadata: Struct) -> None:
        if legacy:
            annotate(find(metadata, "a"), None, LIST)
        else:
            annotate(find(metadata, "a"), LOGICAL_LIST)

    path = edited(pa.array([[1, None], [], None]), change)
    assert _values(agrees(path)) == [[ONE, None], [], None]


def test_repeated_fields_without_annotation_are_lists(agrees: Any, edited: Any) -> None:
    """`repeated int32 a` at the top level is a required list of required values."""

    def change(metadata: Struct) -> None:
        root, _, _, leaf = schema(metadata)
        schema(metadata)[:] = [root, leaf]
        leaf[3] = REPEATED
        rename(leaf, "a")

    rows = pa.array([[1, 2], [], [3]], pa.list_(_required(pa.int32())))
    path = edited(rows, change, required=True)
    assert _values(agrees(path)) == [[ONE, TWO], [], [THREE]]


def test_repeated_groups_without_annotation_are_lists(agrees: Any, edited: Any) -> None:
    def change(metadata: Struct) -> None:
        root, _, _, group, *leaves = schema(metadata)
        schema(metadata)[:] = [root, group, *leaves]
        group[3] = REPEATED
        rename(group, "a")

    rows = pa.array(
        [[{"x": 1}, {"x": None}], [], [{"x": 3}]], pa.list_(_required(pa.struct({"x": pa.int32()})))
    )
    path = edited(rows, change, required=True)
    assert _values(agrees(path)) == [[{"x": ONE}, {"x": None}], [], [{"x": THREE}]]


def test_a_list_without_its_annotation_is_written_as_groups(agrees: Any, edited: Any) -> None:
    path = edited(pa.array([[1, None], [], None]), lambda m: annotate(find(m, "a"), None))
    assert _values(agrees(path)) == [{"list": [{"element": ONE}, {"element": None}]}, {"list": []}, None]


# Maps

ENTRIES = pa.array([[("k", 1), ("l", None)], [], None], pa.map_(pa.string(), pa.int32()))
OBJECTS = [{"k": ONE, "l": None}, {}, None]


@pytest.mark.parametrize("group", ["map", "key_value", "entries"])
@pytest.mark.parametrize(("key", "value"), [("key", "value"), ("k", "v"), ("value", "key")])
def test_names_inside_maps_make_no_difference(
    convert: Any, edited: Any, group: str, key: str, value: str
) -> None:
    """The first field is always the key, the second the value."""

    def change(metadata: Struct) -> None:
        for element, new in zip(schema(metadata)[2:], (group, key, value)):
            rename(element, new)

    path = edited(ENTRIES, change)
    assert _values(convert(path)) == OBJECTS


def test_map_key_value_in_place_of_map_is_a_map(convert: Any, edited: Any) -> None:
    path = edited(ENTRIES, lambda m: annotate(find(m, "a"), None, MAP_KEY_VALUE))
    assert _values(convert(path)) == OBJECTS


def test_map_key_value_on_the_inner_group_is_ignored(convert: Any, edited: Any) -> None:
    def change(metadata: Struct) -> None:
        annotate(find(metadata, "a"), None, MAP)
        annotate(find(metadata, "key_value"), None, MAP_KEY_VALUE)

    path = edited(ENTRIES, change)
    assert _values(convert(path)) == OBJECTS


def test_a_map_without_a_value_column_is_an_array_of_keys(convert: Any, edited: Any) -> None:
    """`optional group a (MAP) { repeated group key_value { required int32 key; } }`."""

    def change(metadata: Struct) -> None:
        annotate(find(metadata, "a"), LOGICAL_MAP)
        rename(find(metadata, "list"), "key_value")
        rename(find(metadata, "element"), "key")

    path = edited(NUMBERS, change)
    assert _values(convert(path)) == [[ONE, TWO], [], None, [THREE]]


def _optional_keys(edited: Any, keys: pa.DataType, rows: list[Any]) -> Path:
    """Writes a map with optional keys from `[(key, value)]`."""

    def change(metadata: Struct) -> None:
        annotate(find(metadata, "a"), LOGICAL_MAP)
        rename(find(metadata, "list"), "key_value")
        schema(metadata).remove(find(metadata, "element"))
        find(metadata, "key_value")[5] = (I32, 2)

    members = pa.struct([pa.field("k", keys), pa.field("v", pa.int32())])
    entries = [None if row is None else [{"k": key, "v": value} for key, value in row] for row in rows]
    return edited(pa.array(entries, pa.list_(_required(members))), change)


def test_a_map_with_optional_keys_is_an_object(convert: Any, edited: Any) -> None:
    """Presto and Athena wrote such maps, without null keys."""
    path = _optional_keys(edited, pa.string(), [[("k", 1), ("l", None)], [], None])
    assert _values(convert(path)) == OBJECTS


@pytest.mark.parametrize(
    ("keys", "key", "name", "in_pair", "binary"),
    [
        (pa.string(), "null", "null", "null", "base64"),
        (pa.binary(), b"null", "null", "null", "utf8"),
        (pa.binary(), b"\x9e\xe9\x65", "null", "null", "base64"),
        (pa.int64(), 2, "2", TWO, "base64"),
        (pa.bool_(), False, "false", False, "base64"),
        (pa.float64(), float("nan"), "NaN", "NaN", "base64"),
        (pa.date32(), 1, "1970-01-02", "1970-01-02", "base64"),
    ],
    ids=str,
)
def test_a_map_with_a_null_key_is_an_array_of_pairs(
    convert: Any, edited: Any, keys: pa.DataType, key: Any, name: str, in_pair: Any, binary: str
) -> None:
    """As an object it would look like a map with the key "null". Maps in other rows stay objects."""
    rows = [[(None, 1), (key, 2)], [(key, 3)], [(None, None)], []]
    path = _optional_keys(edited, keys, rows)
    assert _values(convert(path, binary=binary)) == [
        [[None, ONE], [in_pair, TWO]],
        {name: THREE},
        [[None, None]],
        {},
    ]


def test_the_last_of_equal_keys_counts_beside_a_null_key(convert: Any, edited: Any) -> None:
    rows = [[("a", 1), (None, 1), ("null", 1), ("a", 2), (None, 3), ("null", None)]]
    path = _optional_keys(edited, pa.string(), rows)
    assert _values(convert(path)) == [[["a", TWO], [None, THREE], ["null", None]]]
