"""Files with one column, `c`, and handwritten pages."""

from __future__ import annotations

import odd_encodings as encodings
import odd_schema as schema
import page_edit
from odd_encodings import varint, zigzag
from odd_schema import REQUIRED, Node
from page_edit import NONE, Page
from thrift_edit import BINARY, I32, I64, LIST, STRUCT, Struct


def column(physical: int, length: int | None = None, repetition: int = REQUIRED) -> Node:
    return Node("c", repetition, str, leaf=schema.Leaf(physical, bytes, str, length=length))


def data(
    values: int,
    content: bytes,
    encoding: int = encodings.PLAIN,
    codec: int = NONE,
    stored: bytes | None = None,
    kind: int = 0,
) -> Page:
    """A data page; `content` has the levels, each kind after its length, and the values."""
    stored = page_edit.compress(codec, content) if stored is None else stored
    details: Struct = {1: (I32, values), 2: (I32, encoding), 3: (I32, encodings.RLE), 4: (I32, encodings.RLE)}
    sizes: Struct = {1: (I32, kind), 2: (I32, len(content)), 3: (I32, len(stored))}
    return Page({**sizes, page_edit.DATA: (STRUCT, details)}, stored)


def dictionary(values: int, content: bytes) -> Page:
    sizes: Struct = {1: (I32, 2), 2: (I32, len(content)), 3: (I32, len(content))}
    details: Struct = {1: (I32, values), 2: (I32, encodings.PLAIN)}
    return Page({**sizes, page_edit.DICTIONARY: (STRUCT, details)}, content)


def file(
    node: Node, rows: int, *pages: Page, values: int | None = None, codec: int = NONE, groups: int = 1
) -> bytes:
    """A file; several row groups share the same bytes."""
    (leaf,) = node.columns()
    values = rows if values is None else values
    chunk = page_edit.new_chunk(leaf.leaf.physical, leaf.path, codec, values, list(pages))
    root: Struct = {4: (BINARY, b"root"), 5: (I32, 1)}
    # Readers do not need the footer's list of encodings.
    chunk.metadata[2] = (LIST, (I32, [encodings.PLAIN]))
    file = page_edit.new_file([root, *node.elements()], [(rows, [chunk])])
    file.metadata[3] = (I64, rows * groups)
    file.metadata[4] = (LIST, (STRUCT, file.metadata[4][1][1] * groups))
    return page_edit.write(file)


def run(count: int, value: int, width: int) -> bytes:
    return varint(count << 1) + value.to_bytes((width + 7) // 8, "little")


def levels(*runs: bytes) -> bytes:
    joined = b"".join(runs)
    return len(joined).to_bytes(4, "little") + joined


def delta(block: int, miniblocks: int, total: int, first: int, rest: bytes = b"") -> bytes:
    return varint(block) + varint(miniblocks) + varint(total) + zigzag(first) + rest
