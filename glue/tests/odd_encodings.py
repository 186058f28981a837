"""
Parquet's encodings in every form that the format allows, including forms that common writers never produce.

https://github.com/apache/parquet-format/blob/master/Encodings.md
Each function chooses a form with `draw`; all forms must read back as the same values.
"""

from __future__ import annotations

import struct
from random import Random
from typing import Any

# Encoding
PLAIN, PLAIN_DICTIONARY, RLE, BIT_PACKED, DELTA_BINARY_PACKED = 0, 2, 3, 4, 5
DELTA_LENGTH_BYTE_ARRAY, DELTA_BYTE_ARRAY, RLE_DICTIONARY, BYTE_STREAM_SPLIT = 6, 7, 8, 9

# Type
BOOLEAN, INT32, INT64, INT96, FLOAT, DOUBLE, BYTE_ARRAY, FIXED_LEN_BYTE_ARRAY = range(8)

_FORMATS = {INT32: "<i", INT64: "<q", FLOAT: "<f", DOUBLE: "<d"}


def varint(number: int) -> bytes:
    result = bytearray()
    while number >= 0x80:
        result.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*result, number])


def zigzag(number: int) -> bytes:
    return varint(2 * number if number >= 0 else -2 * number - 1)


def pack(values: list[int], width: int) -> bytes:
    """Packs the least significant bit first; zeros fill the last byte."""
    result = bytearray()
    for start in range(0, len(values), 64):
        group = values[start : start + 64]
        bits = 0
        for index, value in enumerate(group):
            bits |= value << index * width
        result += bits.to_bytes((len(group) * width + 7) // 8, "little")
    return bytes(result)


def hybrid(values: list[int], width: int, draw: Random) -> bytes:
    """Runs and bit-packed groups in any order and length; random values fill the last group."""
    result = bytearray()
    position = 0
    taste = draw.random()
    while position < len(values):
        left = len(values) - position
        same = 1
        while same < left and values[position + same] == values[position]:
            same += 1
        if draw.random() < taste * (0.9 if same > 8 else 0.3):
            count = draw.choice([same, same, draw.randint(1, same)])
            result += varint(count << 1) + values[position].to_bytes((width + 7) // 8, "little")
        else:
            groups = draw.choice([1, 1, 2, draw.randint(1, 70), (left + 7) // 8])
            groups = min(groups, (left + 7) // 8)
            count = min(8 * groups, left)
            group = values[position : position + count]
            group += [draw.getrandbits(width) if width else 0 for _ in range(8 * groups - count)]
            result += varint(groups << 1 | 1) + pack(group, width)
        position += count
    return bytes(result)


def bit_packed(levels: list[int], width: int) -> bytes:
    """The deprecated BIT_PACKED encoding of levels: most significant bit first, no length."""
    bits = "".join(f"{level:0{width}b}" for level in levels)
    bits += "0" * (-len(bits) % 8)
    return int(bits or "0", 2).to_bytes(len(bits) // 8, "big")


def delta_binary_packed(values: list[int], bits: int, draw: Random) -> bytes:
    """Blocks of any allowed size, with widths larger than needed and random ones for missing miniblocks."""
    miniblocks = draw.choice([1, 2, 4, 4, 8])
    per_miniblock = draw.choice([32, 32, 64, 96])
    block = miniblocks * per_miniblock
    while block % 128:
        block, per_miniblock = 2 * block, 2 * per_miniblock
    result = bytearray(varint(block) + varint(miniblocks) + varint(len(values)))
    result += zigzag(values[0] if values else 0)
    generous = draw.random() < 0.3

    def wrapped(number: int) -> int:
        return (number + (1 << bits - 1)) % (1 << bits) - (1 << bits - 1)

    deltas = [wrapped(after - before) for before, after in zip(values, values[1:])]
    for start in range(0, len(deltas), block):
        part = deltas[start : start + block]
        least = min(part)
        result += zigzag(least)
        pieces = [part[at : at + per_miniblock] for at in range(0, len(part), per_miniblock)]
        needed = [max((delta - least).bit_length() for delta in piece) for piece in pieces]
        widths = [draw.randint(width, bits) if generous else width for width in needed]
        result += bytes(widths + [draw.choice([0, 0, 7, 255]) for _ in range(miniblocks - len(widths))])
        for piece, width in zip(pieces, widths):
            rubbish = [draw.getrandbits(width) if width else 0 for _ in range(per_miniblock - len(piece))]
            result += pack([delta - least for delta in piece] + rubbish, width)
    return bytes(result)


def delta_length_byte_array(values: list[bytes], draw: Random) -> bytes:
    return delta_binary_packed([len(value) for value in values], 32, draw) + b"".join(values)


def delta_byte_array(values: list[bytes], draw: Random) -> bytes:
    """Prefixes may be shorter than possible."""
    lazy = draw.random() < 0.3
    prefixes, suffixes = [], []
    for before, value in zip([b"", *values], values):
        shared = next(
            (at for at, (a, b) in enumerate(zip(before, value)) if a != b), min(len(before), len(value))
        )
        prefixes.append(draw.randint(0, shared) if lazy else shared)
        suffixes.append(value[prefixes[-1] :])
    return delta_binary_packed(prefixes, 32, draw) + delta_length_byte_array(suffixes, draw)


def plain(physical: int, values: list[Any]) -> bytes:
    if physical == BOOLEAN:
        return pack([int(value) for value in values], 1)
    if physical == BYTE_ARRAY:
        return b"".join(struct.pack("<I", len(value)) + value for value in values)
    if physical in _FORMATS:
        return b"".join(struct.pack(_FORMATS[physical], value) for value in values)
    return b"".join(values)


def byte_stream_split(physical: int, values: list[Any]) -> bytes:
    encoded = [plain(physical, [value]) for value in values]
    return b"".join(bytes(stream) for stream in zip(*encoded))


def encodings(physical: int) -> list[int]:
    """The encodings of a physical type, except dictionaries."""
    return {
        BOOLEAN: [PLAIN, RLE],
        INT32: [PLAIN, DELTA_BINARY_PACKED, BYTE_STREAM_SPLIT],
        INT64: [PLAIN, DELTA_BINARY_PACKED, BYTE_STREAM_SPLIT],
        INT96: [PLAIN],
        FLOAT: [PLAIN, BYTE_STREAM_SPLIT],
        DOUBLE: [PLAIN, BYTE_STREAM_SPLIT],
        BYTE_ARRAY: [PLAIN, DELTA_LENGTH_BYTE_ARRAY, DELTA_BYTE_ARRAY],
        FIXED_LEN_BYTE_ARRAY: [PLAIN, DELTA_BYTE_ARRAY, BYTE_STREAM_SPLIT],
    }[physical]


def encode(encoding: int, physical: int, values: list[Any], draw: Random) -> bytes:
    if encoding == PLAIN:
        return plain(physical, values)
    if encoding == RLE:
        runs = hybrid([int(value) for value in values], 1, draw)
        return struct.pack("<I", len(runs)) + runs
    if encoding == DELTA_BINARY_PACKED:
        return delta_binary_packed(values, 32 if physical == INT32 else 64, draw)
    if encoding == DELTA_LENGTH_BYTE_ARRAY:
        return delta_length_byte_array(values, draw)
    if encoding == DELTA_BYTE_ARRAY:
        return delta_byte_array(values, draw)
    return byte_stream_split(physical, values)


def dictionary_indices(indices: list[int], entries: int, draw: Random) -> bytes:
    """Indices whose width may be larger than needed."""
    width = max(entries - 1, 0).bit_length()
    if draw.random() < 0.15:
        width = draw.randint(width, 32)
    return bytes([width]) + hybrid(indices, width, draw)
