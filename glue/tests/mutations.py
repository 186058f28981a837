"""
Mutates valid files: single bytes, Thrift fields, pages and their contents.

Everything around a change stays valid, including checksums and compression, so that it reaches the decoders.
"""

from __future__ import annotations

from random import Random
from typing import Any

import page_edit
from page_edit import DATA, DATA_V2, DICTIONARY, File, Page
from thrift_edit import BINARY, DOUBLE, FALSE, I8, I32, LIST, STRUCT, TRUE, encode, split

INTERESTING = [
    *(0, 1, 2, 3, 7, 8, 9, 15, 16, 31, 32, 33, 63, 64, 65, 127, 128, 129, 255, 256),
    *(2**16 - 1, 2**16, 2**24, 2**30, 2**31 - 1, 2**31, 2**32 - 1, 2**32, 2**40, 2**62, 2**63 - 1),
    *(-1, -2, -128, -(2**31), -(2**63)),
]
_PIECES = [
    *(b"\0", b"\xff", b"\x7f", b"\x80", b"\x01", b"\xff" * 4),
    *(b"\0" * 4, b"\xff\xff\xff\xff\x07", b"\x80" * 12),
]


def mutated(draw: Random, file: bytes) -> bytes:
    for _ in range(draw.choice([1, 1, 1, 2, 4])):
        kind = draw.choice([_bytes, _footer, _page_header, _content, _content, _content, _pages])
        try:
            file = kind(draw, file)
        except Exception:  # an earlier change has made it unreadable
            file = _bytes(draw, file)
    return file


def changed(draw: Random, data: bytes) -> bytes:
    """Flips, sets, removes, duplicates or moves some bytes."""
    result = bytearray(data)
    if not result:
        return draw.choice(_PIECES)
    for _ in range(draw.choice([1, 1, 1, 2, 3, 8])):
        # Levels, widths and block headers are at the start.
        at = draw.randrange(min(len(result), draw.choice([4, 16, 64, 10**9])))
        kind = draw.randrange(7)
        if kind < 2:
            result[at] ^= 1 << draw.randrange(8)
        elif kind == 2:
            result[at] = draw.choice([0, 1, 2, 3, 31, 32, 33, 64, 65, 127, 128, 255, draw.randrange(256)])
        elif kind == 3:
            piece = draw.choice(_PIECES)
            result[at : at + len(piece)] = piece
        elif kind == 4:
            other = draw.randrange(len(result))
            result[at : at + 8] = result[other : other + 8]
        elif kind == 5:
            result[at:at] = bytes(result[at : at + draw.choice([1, 4, 40])])
        else:
            del result[at : at + draw.choice([1, 1, 4, 40, len(result)])]
            if not result:
                break
    return bytes(result)


def _bytes(draw: Random, file: bytes) -> bytes:
    return changed(draw, file) if draw.random() < 0.3 else _at_random(draw, file)


def _at_random(draw: Random, file: bytes) -> bytes:
    at = draw.randrange(len(file) or 1)
    end = at + draw.randrange(1, 100)
    return file[:at] + changed(draw, file[at:end]) + file[end:]


# Thrift


def _fields(value: Any, found: list[tuple[dict[int, Any], int]]) -> list[tuple[dict[int, Any], int]]:
    """Every field of every struct, as struct and field id."""
    for field, (kind, inner) in value.items():
        found.append((value, field))
        if kind == STRUCT:
            _fields(inner, found)
        elif kind == LIST and inner[0] == STRUCT:
            for item in inner[1]:
                _fields(item, found)
    return found


def _change_field(draw: Random, struct: dict[int, Any]) -> None:
    parent, field = draw.choice(_fields(struct, []))
    kind, value = parent[field]
    if draw.random() < 0.1:
        del parent[field]
    elif draw.random() < 0.05:
        parent[draw.choice([*range(1, 15), 127, 300])] = parent.pop(field)
    elif kind in (TRUE, FALSE):
        parent[field] = (kind, not value)
    elif kind == BINARY:
        parent[field] = (kind, changed(draw, value))
    elif kind == LIST and value[1]:
        items = value[1]
        at = draw.randrange(len(items))
        draw.choice(
            [lambda: items.pop(at), lambda: items.insert(at, items[-1]), lambda: draw.shuffle(items)]
        )()
    elif kind not in (STRUCT, LIST, DOUBLE):
        number = draw.choice(
            [draw.choice(INTERESTING), value + draw.choice([-1, 1, 8]), draw.randrange(12), -value]
        )
        parent[field] = (kind, number if kind != I8 else number % 128)


def _footer(draw: Random, file: bytes) -> bytes:
    body, metadata = split(file)
    if draw.random() < 0.2:
        footer = changed(draw, encode(metadata))
        return body + footer + len(footer).to_bytes(4, "little") + b"PAR1"
    _change_field(draw, metadata)
    footer = encode(metadata)
    return body + footer + len(footer).to_bytes(4, "little") + b"PAR1"


# Pages


def _page_header(draw: Random, file: bytes) -> bytes:
    taken = page_edit.read(file)
    header = _page(draw, taken)[1].header
    _change_field(draw, header)
    return page_edit.write(taken, sizes=False)


def _content(draw: Random, file: bytes) -> bytes:
    taken = page_edit.read(file)
    codec, page = _page(draw, taken)
    if draw.random() < 0.1:
        page.stored = changed(draw, page.stored)
    else:
        page_edit.edit_content(page, codec, lambda content: changed(draw, content))
    return page_edit.write(taken)


def _pages(draw: Random, file: bytes) -> bytes:
    """Swaps, duplicates or removes pages, or changes their codec or encoding."""
    taken = page_edit.read(file)
    first, second = draw.choice(taken.chunks), draw.choice(taken.chunks)
    page = draw.choice(first.pages)
    kind = draw.randrange(6)
    if kind == 0:
        first.pages.remove(page)
    elif kind == 1:
        first.pages.append(page)
    elif kind == 2:
        second.pages.insert(draw.randint(0, len(second.pages)), page)
    elif kind == 3:
        first.pages, second.pages = second.pages, first.pages
    elif kind == 4:
        first.metadata[4] = (I32, draw.randrange(9))
    else:
        for part, field in ((DATA, 2), (DATA_V2, 4), (DICTIONARY, 2)):
            if part in page.header:
                page.header[part][1][field] = (I32, draw.randrange(11))
    return page_edit.write(taken)


def _page(draw: Random, taken: File) -> tuple[int, Page]:
    chunk = draw.choice([chunk for chunk in taken.chunks if chunk.pages])
    return chunk.codec, draw.choice(chunk.pages)
