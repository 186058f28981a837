"""
Rewrites the metadata of a Parquet file: legacy schemas, annotations, false claims.

Thrift's compact protocol read without an IDL:
https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
A struct is a dict from field id to (type, value); field ids are those of parquet-format's parquet.thrift.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any, Callable

from odd_encodings import varint, zigzag

TRUE, FALSE, I8, I16, I32, I64, DOUBLE, BINARY, LIST, SET, MAP, STRUCT = range(1, 13)

Struct = dict[int, tuple[int, Any]]


class _Reader:
    def __init__(self, data: bytes, position: int = 0) -> None:
        self.data = data
        self.position = position

    def take(self, count: int) -> bytes:
        self.position += count
        return self.data[self.position - count : self.position]

    def varint(self) -> int:
        result = shift = 0
        while True:
            byte = self.take(1)[0]
            result |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return result

    def zigzag(self) -> int:
        number = self.varint()
        return (number >> 1) ^ -(number & 1)

    def value(self, kind: int) -> Any:
        if kind in (TRUE, FALSE):
            return kind == TRUE
        if kind == I8:
            return struct.unpack("b", self.take(1))[0]
        if kind in (I16, I32, I64):
            return self.zigzag()
        if kind == DOUBLE:
            return struct.unpack("<d", self.take(8))[0]
        if kind == BINARY:
            return self.take(self.varint())
        if kind in (LIST, SET):
            return self.list()
        if kind == STRUCT:
            return self.struct()
        raise ValueError(f"Parquet's metadata has no Thrift type {kind}")

    def list(self) -> tuple[int, list[Any]]:
        header = self.take(1)[0]
        size, kind = header >> 4, header & 0x0F
        if size == 15:
            size = self.varint()
        if kind in (TRUE, FALSE):
            return kind, [self.take(1)[0] == TRUE for _ in range(size)]
        return kind, [self.value(kind) for _ in range(size)]

    def struct(self) -> Struct:
        fields: Struct = {}
        field = 0
        while header := self.take(1)[0]:
            delta, kind = header >> 4, header & 0x0F
            field = field + delta if delta else self.zigzag()
            fields[field] = (kind, self.value(kind))
        return fields


def _encode_value(kind: int, value: Any) -> bytes:
    if kind in (TRUE, FALSE):
        return b""
    if kind == I8:
        return struct.pack("b", value)
    if kind in (I16, I32, I64):
        return zigzag(value)
    if kind == DOUBLE:
        return struct.pack("<d", value)
    if kind == BINARY:
        return varint(len(value)) + value
    if kind in (LIST, SET):
        return _encode_list(*value)
    return encode(value)


def _encode_list(kind: int, values: list[Any]) -> bytes:
    header = (
        bytes([len(values) << 4 | kind]) if len(values) < 15 else bytes([0xF0 | kind]) + varint(len(values))
    )
    if kind in (TRUE, FALSE):
        return header + bytes(TRUE if value else FALSE for value in values)
    return header + b"".join(_encode_value(kind, value) for value in values)


def encode(fields: Struct) -> bytes:
    result = bytearray()
    last = 0
    for field, (kind, value) in sorted(fields.items()):
        if kind in (TRUE, FALSE):
            kind = TRUE if value else FALSE
        delta = field - last
        result += bytes([delta << 4 | kind]) if 0 < delta < 16 else bytes([kind]) + zigzag(field)
        result += _encode_value(kind, value)
        last = field
    return bytes(result) + b"\0"


def decode(data: bytes, position: int = 0) -> tuple[Struct, int]:
    """A struct and the position after it."""
    reader = _Reader(data, position)
    return reader.struct(), reader.position


def split(file: bytes) -> tuple[bytes, Struct]:
    """The bytes before the footer, and FileMetaData."""
    length = int.from_bytes(file[-8:-4], "little")
    return file[: -8 - length], decode(file[-8 - length : -8])[0]


def join(body: bytes, metadata: Struct) -> bytes:
    footer = encode(metadata)
    return body + footer + len(footer).to_bytes(4, "little") + b"PAR1"


def edit_footer(path: Path, change: Callable[[Struct], None]) -> Path:
    """Applies `change` to FileMetaData, in place."""
    body, metadata = split(path.read_bytes())
    change(metadata)
    path.write_bytes(join(body, metadata))
    return path


def schema(metadata: Struct) -> list[Struct]:
    """The SchemaElements, depth first, the root at 0."""
    return metadata[2][1][1]


def name(element: Struct) -> str:
    return element[4][1].decode()


def rename(element: Struct, new: str) -> None:
    element[4] = (BINARY, new.encode())


def find(metadata: Struct, wanted: str) -> Struct:
    """The first SchemaElement of that name."""
    return next(element for element in schema(metadata) if name(element) == wanted)


def annotate(
    element: Struct, logical: int | None, converted: int | None = None, details: Struct | None = None
) -> None:
    """Replaces an element's annotations: member `logical` of LogicalType, and a legacy ConvertedType."""
    element.pop(6, None)
    element.pop(10, None)
    if converted is not None:
        element[6] = (I32, converted)
    if logical is not None:
        element[10] = (STRUCT, {logical: (STRUCT, details or {})})


def chunks(metadata: Struct) -> list[Struct]:
    """The ColumnMetaData of every column chunk, row group by row group."""
    return [chunk[3][1] for group in metadata[4][1][1] for chunk in group[1][1][1]]


def set_path(chunk: Struct, path: str) -> None:
    chunk[3] = (LIST, (BINARY, [part.encode() for part in path.split(".")]))


def edit_first_page(path: Path, change: Callable[[Struct], None]) -> Path:
    """
    Applies `change` to the first PageHeader of a file's only column chunk, in place.

    The header may change in length: later pages move, and the chunk's size and offsets with them.
    """
    body, metadata = split(path.read_bytes())
    (chunk,) = chunks(metadata)
    start = min(chunk[field][1] for field in (9, 11) if field in chunk)
    header, end = decode(body, start)
    change(header)
    encoded = encode(header)
    moved = len(encoded) - (end - start)
    if chunk[9][1] > start:
        chunk[9] = (I64, chunk[9][1] + moved)
    chunk[7] = (I64, chunk[7][1] + moved)
    path.write_bytes(join(body[:start] + encoded + body[end:], metadata))
    return path
