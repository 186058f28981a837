"""
Random Parquet schemas: how the values of each column are drawn, stored with levels, and written as JSON.

https://github.com/apache/parquet-format/blob/master/LogicalTypes.md
A value is drawn as it is stored: None, a list for a repeated field, a tuple for a group, a physical value for a leaf.
"""

from __future__ import annotations

import base64
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, Callable

import generate
import numpy as np
import oracle
from odd_encodings import BOOLEAN, BYTE_ARRAY, DOUBLE, FIXED_LEN_BYTE_ARRAY, FLOAT, INT32, INT64, INT96
from strict_json import Number
from thrift_edit import BINARY, I8, I32, STRUCT, TRUE, Struct
from tolerant import Duration, Float

REQUIRED, OPTIONAL, REPEATED = range(3)


@dataclass(frozen=True)
class Leaf:
    """A physical type with its annotation. `annotation`: more fields of SchemaElement."""

    physical: int
    make: Callable[[Random], Any]
    json: Callable[[Any], Any]
    annotation: Struct = field(default_factory=dict)
    length: int | None = None


@dataclass
class Node:
    """A field of the schema. `json` turns a stored value, never None, into its JSON."""

    name: str
    repetition: int
    json: Callable[[Any], Any]
    leaf: Leaf | None = None
    children: list[Node] = field(default_factory=list)
    annotation: Struct = field(default_factory=dict)

    def elements(self) -> list[Struct]:
        """SchemaElements, depth first."""
        own: Struct = {3: (I32, self.repetition), 4: (BINARY, self.name.encode()), **self.annotation}
        if self.leaf:
            own[1] = (I32, self.leaf.physical)
            if self.leaf.length is not None:
                own[2] = (I32, self.leaf.length)
            return [{**own, **self.leaf.annotation}]
        own[5] = (I32, len(self.children))
        return [own, *(element for child in self.children for element in child.elements())]

    def tree(self, value: Any) -> Any:
        if value is None:
            return None
        return [self.json(item) for item in value] if self.repetition == REPEATED else self.json(value)

    def draw(self, draw: Random, nulls: float) -> Any:
        if self.repetition == OPTIONAL and draw.random() < nulls:
            return None
        if self.repetition == REPEATED:
            most = draw.choice([0, 1, 2, 3, 3, 3, 40]) if draw.random() < 0.5 else 2
            return [self._one(draw, nulls) for _ in range(draw.randint(0, most))]
        return self._one(draw, nulls)

    def _one(self, draw: Random, nulls: float) -> Any:
        if self.leaf:
            return self.leaf.make(draw)
        return tuple(child.draw(draw, nulls) for child in self.children)

    def columns(self, path: tuple[str, ...] = (), repetition: int = 0, definition: int = 0) -> list[Column]:
        path = (*path, self.name)
        repetition += self.repetition == REPEATED
        definition += self.repetition != REQUIRED
        if self.leaf:
            return [Column(list(path), self.leaf, repetition, definition)]
        return [column for child in self.children for column in child.columns(path, repetition, definition)]


@dataclass
class Column:
    """A leaf's position in the schema, and the levels and values of the added rows."""

    path: list[str]
    leaf: Leaf
    max_repetition: int
    max_definition: int
    levels: list[tuple[int, int]] = field(default_factory=list)
    values: list[Any] = field(default_factory=list)


def add(
    node: Node, value: Any, columns: list[Column], repetition: int = 0, definition: int = 0, repeated: int = 0
) -> None:
    """
    Appends one value of `node` to the `columns` below it.

    https://github.com/apache/parquet-format#nested-encoding
    """
    if node.repetition == REPEATED:
        repeated += 1
        for index, item in enumerate(value):
            _add_one(node, item, columns, repeated if index else repetition, definition + 1, repeated)
    elif value is not None:
        _add_one(node, value, columns, repetition, definition + (node.repetition == OPTIONAL), repeated)
    if value is None or (node.repetition == REPEATED and not value):
        for column in columns:
            column.levels.append((repetition, definition))


def _add_one(
    node: Node, value: Any, columns: list[Column], repetition: int, definition: int, repeated: int
) -> None:
    if node.leaf:
        columns[0].levels.append((repetition, definition))
        columns[0].values.append(value)
        return
    start = 0
    for child, part in zip(node.children, value):
        width = len(child.columns())
        add(child, part, columns[start : start + width], repetition, definition, repeated)
        start += width


# Leaves


def _logical(member: int, details: Struct | None = None) -> Struct:
    return {10: (STRUCT, {member: (STRUCT, details or {})})}


def _integer(bits: int, signed: bool, physical: int) -> Leaf:
    low = -(2 ** (bits - 1)) if signed else 0
    span = 2**bits
    stored = 32 if physical == INT32 else 64

    def make(draw: Random) -> int:
        near = draw.choice([0, 10 ** draw.randrange(19), 2**53, -(2**53), low, low + span - 1])
        number = draw.randrange(low, low + span) if draw.random() < 0.4 else near + draw.randint(-2, 2)
        number = min(max(number, low), low + span - 1)
        return (number + 2 ** (stored - 1)) % 2**stored - 2 ** (stored - 1)

    annotation = _logical(10, {1: (I8, bits), 2: (TRUE, signed)}) if (bits, signed) != (stored, True) else {}
    return Leaf(physical, make, lambda value: Number(value % 2**bits if not signed else value), annotation)


def _temporal(annotation: Struct, physical: int, most: int, json: Callable[[int], str]) -> Leaf:
    least = -most if most > 10**15 or annotation in (_logical(6), {6: (I32, 6)}) else 0
    return Leaf(
        physical,
        lambda draw: draw.choice(
            [0, least, most - 1, draw.randrange(least, most), draw.randrange(most // 1000) * 1000]
        ),
        json,
        annotation,
    )


def _unit(unit: str, utc: bool, member: int) -> Struct:
    return _logical(member, {1: (TRUE, utc), 2: (STRUCT, {["ms", "us", "ns"].index(unit) + 1: (STRUCT, {})})})


def _time(unit: str) -> Leaf:
    most = 86_400 * {"ms": 10**3, "us": 10**6, "ns": 10**9}[unit]
    return _temporal(
        _unit(unit, True, 7),
        INT32 if unit == "ms" else INT64,
        most,
        lambda count: oracle.time_text(count, unit),
    )


def _timestamp(unit: str, utc: bool) -> Leaf:
    return _temporal(_unit(unit, utc, 8), INT64, 2**62, lambda count: oracle.timestamp_text(count, unit, utc))


def _decimal(physical: int, precision: int, scale: int, length: int | None = None) -> Leaf:
    largest = 10**precision - 1

    def make(draw: Random) -> Any:
        number = draw.choice(
            [0, 1, -1, largest, -largest, draw.randint(-largest, largest), draw.randint(-1000, 1000)]
        )
        number = min(max(number, -largest), largest)
        if physical in (INT32, INT64):
            return number
        least = (number.bit_length() + 8) // 8
        return number.to_bytes(length or least + draw.choice([0, 0, 3]), "big", signed=True)

    def json(value: Any) -> Number:
        number = int.from_bytes(value, "big", signed=True) if isinstance(value, bytes) else value
        digits = f"{abs(number):0{scale + 1}d}"
        text = f"{digits[:-scale]}.{digits[-scale:]}" if scale else digits
        return Number(f"-{text}" if number < 0 else text)

    annotation = {
        **_logical(5, {1: (I32, scale), 2: (I32, precision)}),
        6: (I32, 5),
        7: (I32, scale),
        8: (I32, precision),
    }
    return Leaf(physical, make, json, annotation, length)


def _float(width: str) -> Leaf:
    kind = np.dtype(width).type
    size = np.dtype(width).itemsize

    def make(draw: Random) -> Any:
        shape = draw.random()
        if shape < 0.3:
            raw = kind(round(draw.uniform(-1000, 1000), draw.randrange(3)))
        elif shape < 0.4:
            info = np.finfo(kind)
            edges = [0.0, -0.0, info.max, info.smallest_subnormal, np.nan, np.inf, -np.inf]
            raw = kind(draw.choice(edges))
        else:
            raw = np.frombuffer(draw.randbytes(size), width)[0]
        # FLOAT16 is stored as bytes; the others as Python's floats, which hold them exactly.
        return raw.tobytes() if size == 2 else float(raw)

    def json(value: Any) -> Float | None:
        number = np.frombuffer(value, width)[0] if size == 2 else kind(value)
        return Float(number) if np.isfinite(number) else None

    if size == 2:
        return Leaf(FIXED_LEN_BYTE_ARRAY, make, json, _logical(15), 2)
    return Leaf(FLOAT if size == 4 else DOUBLE, make, json)


_ALPHABET = 'ab"\\\n\t\x00\x1f\x7f/é\u2028漢🏳\U0010ffff'


def _text(draw: Random) -> bytes:
    if draw.random() < 0.1:
        return draw.choice(generate.STRINGS[:10]).encode()
    shared = "https://example.com/" if draw.random() < 0.3 else ""
    plain = "x" * draw.choice([0, 7, 8, 15, 16, 31, 32, 33, 64])
    return (shared + plain + "".join(draw.choices(_ALPHABET, k=draw.randrange(6)))).encode()


def _bytes(draw: Random) -> bytes:
    return draw.randbytes(draw.choice([0, 1, 2, 3, 4, 8, 31, 32, draw.randrange(100)]))


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _uuid(value: bytes) -> str:
    text = value.hex()
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def _fixed(length: int) -> Leaf:
    return Leaf(FIXED_LEN_BYTE_ARRAY, lambda draw: draw.randbytes(length), _base64, length=length)


def _int96(draw: Random) -> bytes:
    return struct.pack("<qI", draw.randrange(86_400 * 10**9), 2_440_588 + draw.randint(-100_000, 100_000))


def _int96_text(value: bytes) -> str:
    nanoseconds, day = struct.unpack("<qI", value)
    return oracle.timestamp_text((day - 2_440_588) * 86_400 * 10**9 + nanoseconds, "ns", utc=False)


def _interval_tree(value: bytes) -> Duration:
    return Duration(*struct.unpack("<III", value))


def _string(annotation: Struct) -> Leaf:
    return Leaf(BYTE_ARRAY, _text, lambda value: value.decode(), annotation)


LEAVES: dict[str, Leaf] = {
    "boolean": Leaf(BOOLEAN, lambda draw: draw.random() < 0.8, bool),
    **{f"int{bits}": _integer(bits, True, INT32) for bits in (8, 16, 32)},
    **{f"uint{bits}": _integer(bits, False, INT32) for bits in (8, 16, 32)},
    "int64": _integer(64, True, INT64),
    "uint64": _integer(64, False, INT64),
    "float16": _float("<f2"),
    "float": _float("<f4"),
    "double": _float("<f8"),
    "string": _string(_logical(1)),
    "legacy string": _string({6: (I32, 0)}),
    "enum": _string(_logical(4)),
    "json": _string(_logical(12)),
    "bytes": Leaf(BYTE_ARRAY, _bytes, _base64),
    "fixed 1": _fixed(1),
    "fixed 5": _fixed(5),
    "fixed 24": _fixed(24),
    "uuid": Leaf(FIXED_LEN_BYTE_ARRAY, lambda draw: draw.randbytes(16), _uuid, _logical(14), 16),
    "interval": Leaf(
        FIXED_LEN_BYTE_ARRAY, lambda draw: draw.randbytes(12), _interval_tree, {6: (I32, 21)}, 12
    ),
    "int96": Leaf(INT96, _int96, _int96_text),
    "date": _temporal(_logical(6), INT32, 2**31, oracle.date_text),
    "legacy date": _temporal({6: (I32, 6)}, INT32, 2**20, oracle.date_text),
    **{f"time {unit}": _time(unit) for unit in ("ms", "us", "ns")},
    **{
        f"timestamp {unit} {utc}": _timestamp(unit, utc)
        for unit in ("ms", "us", "ns")
        for utc in (True, False)
    },
    "decimal 9": _decimal(INT32, 9, 2),
    "decimal 18": _decimal(INT64, 18, 9),
    "decimal 18 of scale 0": _decimal(INT64, 18, 0),
    "decimal 38": _decimal(FIXED_LEN_BYTE_ARRAY, 38, 10, 16),
    "decimal 20 of scale 20": _decimal(FIXED_LEN_BYTE_ARRAY, 20, 20, 9),
    "decimal 60": _decimal(FIXED_LEN_BYTE_ARRAY, 60, 3, 26),
    "decimal of any length": _decimal(BYTE_ARRAY, 30, 5),
}

_KEYS = ["int16", "string", "boolean", "uint64", "date", "uuid", "decimal 9"]


# Schemas


def leaf(name: str, kind: str, repetition: int) -> Node:
    found = LEAVES[kind]
    return Node(name, repetition, found.json, leaf=found)


class Group(dict):
    """The object of a group, which may have null fields, unlike that of a map."""

    def __init__(self, nodes: list[Node], values: Sequence[Any]) -> None:
        super().__init__({node.name: node.tree(value) for node, value in zip(nodes, values)})
        self.nulls = {node.name for node, value in zip(nodes, values) if value is None}


def without_null_fields(tree: Any) -> Any:
    if isinstance(tree, dict):
        left_out = tree.nulls if isinstance(tree, Group) else ()
        return {name: without_null_fields(value) for name, value in tree.items() if name not in left_out}
    return [without_null_fields(item) for item in tree] if isinstance(tree, list) else tree


def group(name: str, repetition: int, children: list[Node]) -> Node:
    return Node(name, repetition, lambda value: Group(children, value), children=children)


def list_of(name: str, repetition: int, element: Node) -> Node:
    middle = group("list", REPEATED, [element])
    annotation = {**_logical(3), 6: (I32, 3)}
    return Node(
        name,
        repetition,
        lambda value: [element.tree(item[0]) for item in value[0]],
        children=[middle],
        annotation=annotation,
    )


def old_list_of(name: str, repetition: int, element: Node) -> Node:
    """A list of two levels: the repeated field is the element."""
    element.repetition, element.name = REPEATED, "array"
    return Node(
        name, repetition, lambda value: element.tree(value[0]), children=[element], annotation={6: (I32, 3)}
    )


def map_of(name: str, repetition: int, key: Node, value: Node) -> Node:
    def json(entries: tuple[list[tuple[Any, Any]]]) -> dict[str, Any]:
        return {oracle.key_text(key.tree(name)): value.tree(item) for name, item in entries[0]}

    middle = group("key_value", REPEATED, [key, value])
    return Node(name, repetition, json, children=[middle], annotation={**_logical(2), 6: (I32, 1)})


def random_node(draw: Random, name: str, depth: int) -> Node:
    """A field that may be repeated without a list around it."""
    node = _random_node(draw, name, depth)
    if not node.annotation and draw.random() < 0.12:
        node.repetition = REPEATED
    return node


def _random_node(draw: Random, name: str, depth: int) -> Node:
    repetition = draw.choice([REQUIRED, OPTIONAL, OPTIONAL])
    shape = draw.random()
    if depth == 0 or shape < 0.35:
        return leaf(name, draw.choice(list(LEAVES)), repetition)
    if shape < 0.6:
        return list_of(name, repetition, _random_node(draw, "element", depth - 1))
    if shape < 0.7:
        return old_list_of(name, repetition, _random_old_element(draw, depth - 1))
    if shape < 0.8:
        key = leaf("key", draw.choice(_KEYS), REQUIRED)
        return map_of(name, repetition, key, _random_node(draw, "value", depth - 1))
    members = [random_node(draw, f"m{index}", depth - 1) for index in range(draw.randint(1, 3))]
    return group(name, repetition, members)


def _random_old_element(draw: Random, depth: int) -> Node:
    if depth > 0 and draw.random() < 0.3:
        return old_list_of("array", REPEATED, _random_old_element(draw, depth - 1))
    if depth > 0 and draw.random() < 0.6:
        members = [random_node(draw, f"m{index}", depth - 1) for index in range(draw.randint(1, 3))]
        return group("array", REPEATED, members)
    return leaf("array", draw.choice(list(LEAVES)), REPEATED)
