"""Calls the engine directly on bytes or a path, for many small conversions."""

from __future__ import annotations

import sys
from pathlib import Path
from random import Random
from typing import Any

from unparquet import _engine
from unparquet.conversion import Result
from unparquet.errors import ConversionError

__all__ = [
    "ConversionError",
    "Sink",
    "TooLong",
    "assert_parts_agree",
    "assert_same",
    "convert",
    "convert_into",
    "convert_ranges",
    "convert_with_index",
]


class _Source:
    def __init__(self, file: bytes) -> None:
        self._file = file
        self.size = len(file)

    def read(self, offset: int, length: int) -> bytes:
        return self._file[offset : offset + length]


class TooLong(Exception):
    """The output is cut off, because a few bytes can stand for millions of rows."""


class Sink(bytearray):
    longest = sys.maxsize

    def write(self, data: bytes) -> None:
        self += data
        if len(self) > self.longest:
            raise TooLong


def convert_into(sink: Any, file: bytes | Path, **options: Any) -> Result:
    """Converts a path, or bytes as over a network. Raises ConversionError, and exceptions of the sink."""
    source = _Source(file) if isinstance(file, bytes) else str(file)
    return Result(*_engine.convert(source, sink, **options))


def convert(file: bytes | Path, **options: Any) -> bytes:
    """The JSON of a file. Raises ConversionError."""
    return convert_with_index(file, **options)[0]


def convert_with_index(file: bytes | Path, **options: Any) -> tuple[bytes, list[tuple[int, int]]]:
    sink = Sink()
    result = convert_into(sink, file, **options)
    assert result.size == len(sink), f"{result.size} bytes reported, {len(sink)} written"
    if options.get("format", "ndjson") == "ndjson" and options.get("compression", "none") == "none":
        assert result.rows == sink.count(b"\n"), f"{result.rows} rows reported, {sink.count(10)} written"
    return bytes(sink), result.index


def convert_ranges(file: bytes | Path, size: int, **options: Any) -> tuple[int, bytes, list[tuple[int, int]]]:
    """Converts ranges of about `size` bytes each. Returns their number, and the joined output and index."""
    source = _Source(file) if isinstance(file, bytes) else str(file)
    _, predicted = _engine.predict(source, **options)
    joined, outputs = bytearray(), []
    ranges = _engine.ranges(source, predicted, size, **options)
    for first, count, _ in ranges:
        sink = Sink()
        rows, written, _, _, chunks = _engine.convert_range(source, sink, first, count, **options)
        assert (rows, written) == (count, len(sink))
        joined += sink
        outputs.append((rows, written, chunks))
    return len(ranges), bytes(joined), _engine.join_index(outputs)


def assert_parts_agree(
    file: bytes | Path, whole: bytes, limits: list[int], draw: Random | None = None, **options: Any
) -> None:
    """Any number of threads gives `whole`, and a limit its first lines. With `draw`, only some are tried."""
    lines = whole.splitlines(keepends=True)
    for threads in (1, 2, 5):
        if draw is None or draw.random() < 0.5:
            assert_same(whole, convert(file, threads=threads, **options), f"{threads} threads")
    for limit in limits:
        threads = 1 + limit % 3
        if draw is None or draw.random() < 0.5:
            wanted = b"".join(lines[:limit])
            found = convert(file, threads=threads, limit=limit, **options)
            assert_same(wanted, found, f"limit {limit}, {threads} threads")


def assert_same(wanted: bytes, found: bytes, what: str) -> None:
    """Asserts equality and names the first different line; pytest's comparison of long texts takes minutes."""
    if wanted == found:
        return
    wanted_lines, found_lines = wanted.splitlines(), found.splitlines()
    for number, (line, other) in enumerate(zip(wanted_lines, found_lines)):
        if line != other:
            at = next(
                (at for at, (a, b) in enumerate(zip(line, other)) if a != b), min(len(line), len(other))
            )
            start = max(at - 40, 0)
            raise AssertionError(
                f"{what}: line {number} at {at}: {other[start : at + 60]!r}, not {line[start : at + 60]!r}"
            )
    raise AssertionError(f"{what}: {len(found_lines)} lines, not {len(wanted_lines)}")
