"""
Truncated files, flipped bits, and bytes copied to other places.

Each conversion ends soon, as JSON or with an error about the file, and leaves nothing behind.
"""

from __future__ import annotations

import random
from typing import Any

import pytest
from hostile import ORIGINALS
from thrift_edit import split


@pytest.mark.parametrize("name", ORIGINALS)
def test_truncated_files_are_rejected(outcomes: Any, originals: dict[str, bytes], name: str) -> None:
    file = originals[name]
    draw = random.Random(name)
    lengths = [
        *range(16),
        *(len(file) - cut for cut in range(1, 16)),
        *(draw.randrange(len(file)) for _ in range(40)),
    ]
    assert "" not in outcomes([file[:length] for length in lengths])
    # Only the end, so that the footer is intact but pages are moved or missing.
    without = [b"PAR1" + file[start:] for start in (5, len(file) // 2, len(split(file)[0]))]
    outcomes(without)


def _footer(file: bytes) -> range:
    return range(len(split(file)[0]), len(file) - 8)


def _flipped(file: bytes, where: range, count: int, draw: random.Random) -> list[bytes]:
    found = []
    for _ in range(count):
        changed = bytearray(file)
        for _ in range(draw.choice([1, 1, 1, 2, 5])):
            changed[draw.choice(where)] ^= 1 << draw.randrange(8)
        found.append(bytes(changed))
    return found


def _overwritten(file: bytes, where: range, count: int, draw: random.Random) -> list[bytes]:
    found = []
    for _ in range(count):
        changed = bytearray(file)
        at = draw.choice(where)
        piece = draw.choice(
            [b"\0", b"\xff", b"\x7f", b"\x80", b"\xff" * 4, b"\0" * 4, b"\xff\xff\xff\xff\x07", b"\x80" * 12]
        )
        changed[at : at + len(piece)] = piece
        found.append(bytes(changed))
    return found


@pytest.mark.parametrize("part", ["footer", "pages"])
@pytest.mark.parametrize("name", ORIGINALS)
def test_flipped_bits_and_overwritten_bytes_convert_or_fail_cleanly(
    outcomes: Any, originals: dict[str, bytes], name: str, part: str
) -> None:
    file = originals[name]
    draw = random.Random(f"{name} {part}")
    where = _footer(file) if part == "footer" else range(4, _footer(file).start)
    outcomes(_flipped(file, where, 150, draw) + _overwritten(file, where, 100, draw))


def test_swapped_pages_convert_or_fail_cleanly(outcomes: Any, originals: dict[str, bytes]) -> None:
    files = []
    draw = random.Random(0)
    for file in originals.values():
        end = _footer(file).start
        for _ in range(20):
            first, second, length = draw.randrange(4, end), draw.randrange(4, end), draw.randrange(1, 200)
            changed = bytearray(file)
            changed[first : first + length] = file[second : second + length]
            files.append(bytes(changed))
    outcomes(files)
