"""
Writes column chunks, row groups and footers byte by byte, for tiny files with huge claims and files that no writer makes.

https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift
"""

from __future__ import annotations

import one_column
from odd_encodings import PLAIN, RLE, varint, zigzag
from page_edit import COMPRESSED_SIZE, NONE, Page, compress
from thrift_edit import BINARY, I32, I64, LIST, STRUCT, Struct, encode


def dictionary_page(values: int, content: bytes, codec: int = NONE) -> Page:
    page = one_column.dictionary(values, content)
    page.stored = compress(codec, content)
    page.header[COMPRESSED_SIZE] = (I32, len(page.stored))
    return page


def arithmetic(count: int, first: int, step: int) -> bytes:
    """DELTA_BINARY_PACKED of `first`, `first + step` and so on: blocks of 128 deltas in miniblocks of no bits."""
    blocks = (count - 1 + 127) // 128
    return one_column.delta(128, 4, count, first, (zigzag(step) + bytes(4)) * blocks)


def schema_element(
    name: str, physical: int | None = None, repetition: int | None = None, **more: int
) -> bytes:
    """A SchemaElement. `more`: `length`, `children`, `converted`, `scale`, `precision`."""
    fields: Struct = {4: (BINARY, name.encode())}
    if physical is not None:
        fields[1] = (I32, physical)
    if repetition is not None:
        fields[3] = (I32, repetition)
    places = {"length": 2, "children": 5, "converted": 6, "scale": 7, "precision": 8}
    fields.update({places[key]: (I32, value) for key, value in more.items()})
    return encode(fields)


def list_elements(name: str, item: bytes) -> list[bytes]:
    """An optional LIST of three levels around the SchemaElements of its item."""
    return [
        schema_element(name, repetition=1, children=1, converted=3),
        schema_element("list", repetition=2, children=1),
        item,
    ]


def column_chunk(
    physical: int,
    path: list[str],
    codec: int,
    values: int,
    offsets: tuple[int, int | None],
    sizes: tuple[int, int],
) -> bytes:
    """A ColumnChunk. `offsets`: of its first data page and its dictionary; `sizes`: uncompressed and compressed."""
    first, dictionary = offsets
    metadata: Struct = {
        1: (I32, physical),
        2: (LIST, (I32, [PLAIN, RLE])),
        3: (LIST, (BINARY, [part.encode() for part in path])),
        4: (I32, codec),
        5: (I64, values),
        6: (I64, sizes[0]),
        7: (I64, sizes[1]),
        9: (I64, first),
    }
    if dictionary is not None:
        metadata[11] = (I64, dictionary)
    return encode({2: (I64, 0), 3: (STRUCT, metadata)})


def listed(structs: list[bytes]) -> bytes:
    """A Thrift list of encoded structs."""
    return b"\xfc" + varint(len(structs)) + b"".join(structs)


def row_group(chunks: list[bytes], rows: int) -> bytes:
    return b"\x19" + listed(chunks) + b"\x16" + zigzag(0) + b"\x16" + zigzag(rows) + b"\0"


def footer(elements: list[bytes], groups: list[bytes], rows: int, metadata: Struct | None = None) -> bytes:
    """Everything after the pages: FileMetaData of encoded SchemaElements and RowGroups, its length, and the magic."""
    text = b"\x15\x02\x19" + listed(elements) + b"\x16" + zigzag(rows) + b"\x19" + listed(groups)
    if metadata:  # key_value_metadata
        text += b"\x19" + listed(
            [encode({1: (BINARY, key), 2: (BINARY, value)}) for key, value in metadata.items()]
        )
    text += b"\0"
    return text + len(text).to_bytes(4, "little") + b"PAR1"
