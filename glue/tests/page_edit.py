"""
Splits a Parquet file into its pages, and reassembles it with matching offsets, sizes and checksums.

https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift
"""

from __future__ import annotations

import gzip
import struct
import zlib
from dataclasses import dataclass
from typing import Callable

import pyarrow as pa
from thrift_edit import I32, I64, LIST, STRUCT, Struct, chunks, decode, encode, join, split

# PageHeader: common fields, and the field of the page type.
TYPE, UNCOMPRESSED_SIZE, COMPRESSED_SIZE, CRC = 1, 2, 3, 4
DATA, DICTIONARY, DATA_V2 = 5, 7, 8

# CompressionCodec
NONE, SNAPPY, GZIP, LZO, BROTLI, LZ4, ZSTD, LZ4_RAW = range(8)


@dataclass
class Page:
    header: Struct
    stored: bytes


@dataclass
class Chunk:
    """A ColumnMetaData and its pages, in file order."""

    metadata: Struct
    pages: list[Page]

    @property
    def codec(self) -> int:
        return self.metadata[4][1]


@dataclass
class File:
    metadata: Struct
    chunks: list[Chunk]


def read(file: bytes) -> File:
    _, metadata = split(file)
    return File(metadata, [Chunk(chunk, _pages(file, chunk)) for chunk in chunks(metadata)])


def _pages(file: bytes, chunk: Struct) -> list[Page]:
    position = min(chunk[field][1] for field in (9, 11) if field in chunk)
    end = position + chunk[7][1]
    pages = []
    while position < end:
        header, data = decode(file, position)
        if not 0 <= header[COMPRESSED_SIZE][1] <= end - data:
            raise ValueError(f"a page of {header[COMPRESSED_SIZE][1]} bytes")
        position = data + header[COMPRESSED_SIZE][1]
        pages.append(Page(header, file[data:position]))
    return pages


def write(file: File, sizes: bool = True) -> bytes:
    """Reassembles the file. Without `sizes`, page headers stay unchanged and only the footer is updated."""
    body = bytearray(b"PAR1")
    for chunk in file.chunks:
        start = len(body)
        first_data = None
        for page in chunk.pages:
            if DICTIONARY not in page.header and first_data is None:
                first_data = len(body)
            header = dict(page.header)
            if sizes:
                header[COMPRESSED_SIZE] = (I32, len(page.stored))
            if CRC in header:
                header[CRC] = (I32, checksum(page.stored))
            body += encode(header) + page.stored
        if 11 in chunk.metadata:
            chunk.metadata[11] = (I64, start)
        chunk.metadata[9] = (I64, start if first_data is None else first_data)
        chunk.metadata[7] = (I64, len(body) - start)
    return join(bytes(body), file.metadata)


def checksum(stored: bytes) -> int:
    """CRC-32 as a signed number, as in Thrift."""
    return struct.unpack("<i", zlib.crc32(stored).to_bytes(4, "little"))[0]


def compress(codec: int, data: bytes) -> bytes:
    if codec == NONE:
        return data
    if codec == GZIP:
        return gzip.compress(data, 1, mtime=0)
    if codec == LZ4:
        # Hadoop's framing: both lengths, big-endian, before a block.
        block = _arrow("lz4_raw", data)
        return struct.pack(">II", len(data), len(block)) + block
    return _arrow({SNAPPY: "snappy", BROTLI: "brotli", ZSTD: "zstd", LZ4_RAW: "lz4_raw"}[codec], data)


def _arrow(codec: str, data: bytes) -> bytes:
    return pa.Codec(codec).compress(data, asbytes=True)


def decompress(codec: int, stored: bytes, size: int) -> bytes:
    if codec == NONE or size == 0:
        return stored
    name = {SNAPPY: "snappy", GZIP: "gzip", BROTLI: "brotli", ZSTD: "zstd", LZ4_RAW: "lz4_raw"}[codec]
    return pa.Codec(name).decompress(stored, decompressed_size=size, asbytes=True)


def edit_content(page: Page, codec: int, change: Callable[[bytes], bytes]) -> None:
    """Changes the decompressed content: levels and values, or the values of a dictionary."""
    size = page.header[UNCOMPRESSED_SIZE][1]
    plain = b""
    stored = page.stored
    if DATA_V2 in page.header:
        details = page.header[DATA_V2][1]
        levels = details[5][1] + details[6][1]
        plain, stored, size = stored[:levels], stored[levels:], size - levels
        if details.get(7, (0, True))[1] is False:
            codec = NONE
    # Levels precede the compressed part.
    content = change(plain + decompress(codec, stored, size))
    page.header[UNCOMPRESSED_SIZE] = (I32, len(content))
    page.stored = content[: len(plain)] + (
        compress(codec, content[len(plain) :]) if size else content[len(plain) :]
    )


def new_chunk(physical: int, path: list[str], codec: int, values: int, pages: list[Page]) -> Chunk:
    encodings = sorted(
        {
            page.header[kind][1][4 if kind == DATA_V2 else 2][1]
            for page in pages
            for kind in page.header
            if kind in (DATA, DATA_V2)
        }
    )
    size = sum(page.header[UNCOMPRESSED_SIZE][1] for page in pages)
    metadata: Struct = {
        1: (I32, physical),
        2: (LIST, (I32, encodings)),
        3: (LIST, (8, [part.encode() for part in path])),
        4: (I32, codec),
        5: (I64, values),
        6: (I64, size),
        7: (I64, 0),
        9: (I64, 0),
    }
    if pages and DICTIONARY in pages[0].header:
        metadata[11] = (I64, 0)
    return Chunk(metadata, pages)


def new_file(elements: list[Struct], groups: list[tuple[int, list[Chunk]]]) -> File:
    """`groups`: the rows of each row group, and its chunks."""

    def row_group(rows: int, columns: list[Chunk]) -> Struct:
        size = sum(chunk.metadata[6][1] for chunk in columns)
        listed: list[Struct] = [{2: (I64, 0), 3: (STRUCT, chunk.metadata)} for chunk in columns]
        return {1: (LIST, (STRUCT, listed)), 2: (I64, size), 3: (I64, rows)}

    metadata: Struct = {
        1: (I32, 2),
        2: (LIST, (STRUCT, elements)),
        3: (I64, sum(rows for rows, _ in groups)),
        4: (LIST, (STRUCT, [row_group(*group) for group in groups])),
    }
    return File(metadata, [chunk for _, columns in groups for chunk in columns])
