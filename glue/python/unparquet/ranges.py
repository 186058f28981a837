"""Converts ranges of rows on several machines, each to its own parts of one object in S3."""

from __future__ import annotations

import os
import tempfile
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import IO, NamedTuple

from . import _engine
from .errors import ConversionError
from .s3 import MAX_PARTS, SDK, MultipartUpload, S3Source

# Predicted bytes of a range before compression, which take a few seconds. Compressed, they should still fill a part.
RANGE = 128 << 20
COMPRESSED_RANGE = 512 << 20
# Ranges are smaller if there would be fewer than this for each core.
RANGES_PER_CORE = 4
MIN_RANGE = 16 << 20
# Leaves at least four part numbers to each.
MAX_RANGES = MAX_PARTS // 4

# S3 accepts a smaller part only as the last one.
MIN_PART = 5 << 20
PART = 16 << 20
MAX_PART = 5 << 30
MAX_OBJECT = MAX_PARTS * MAX_PART
# Parts of a range that are being uploaded.
UPLOADS = 4


class PartNumbers(NamedTuple):
    """Consecutive part numbers. The parts grow, so that they have room for six times the predicted bytes."""

    first: int
    count: int
    # Bytes of the first parts.
    size: int

    def part_size(self, index: int) -> int:
        # Another part that is too small may join it.
        return min(self.size << (4 * index // self.count), MAX_PART - MIN_PART)


class Range(NamedTuple):
    """Consecutive rows that are converted at once."""

    first_row: int
    rows: int
    numbers: PartNumbers
    # The last part of the object may have any size.
    is_last: bool


class Converted(NamedTuple):
    """The output of a range. There are no parts if it is too small for one."""

    rows: int
    size: int
    # Numbers and sizes.
    parts: list[tuple[int, int]]
    # Name and type of the first columns, and number of further columns.
    columns: list[tuple[str, str]]
    columns_omitted: int
    # For the index; packed by the engine.
    chunks: bytes


def plan(source: S3Source, predicted: int, cores: int, options: dict[str, object]) -> list[Range]:
    """Divides a conversion into ranges. `predicted`: bytes of the output before compression. Raises ConversionError."""
    is_compressed = options.get("compression", "none") != "none"
    if predicted > MAX_OBJECT and not is_compressed:
        message = f"the output would have about {predicted} bytes; an object in S3 has at most {MAX_OBJECT}"
        raise ConversionError("limit_exceeded", message)
    largest = COMPRESSED_RANGE if is_compressed else RANGE
    size = max(MIN_RANGE, min(predicted // (RANGES_PER_CORE * cores), largest))
    # Two adjacent ranges together have more than 1.5 times this size.
    size = max(size, 4 * predicted // (3 * (MAX_RANGES - 1)) + 1)
    ranges = _engine.ranges(source, predicted, size, **options)
    count = MAX_PARTS // len(ranges)
    part = max(PART, 2 * max(bytes_ for _, _, bytes_ in ranges) // count)
    return [
        Range(first, rows, PartNumbers(1 + index * count, count, part), index + 1 == len(ranges))
        for index, (first, rows, _) in enumerate(ranges)
    ]


def large_enough(ranges: list[Range], outputs: list[Converted]) -> list[Range]:
    """
    The ranges that have parts, and in place of others ranges that will: each joined with those after it.

    A joined range has only the numbers of its first range: an old task may still be uploading parts with the others.
    """
    groups, first, size = [], 0, 0
    for index, output in enumerate(outputs):
        size += output.size
        if size >= MIN_PART or index + 1 == len(outputs):
            rows = sum(range_.rows for range_ in ranges[first : index + 1])
            groups.append(ranges[first]._replace(rows=rows, is_last=index + 1 == len(outputs)))
            first, size = index + 1, 0
    return groups


def convert_range(
    uri: str, etag: str, upload: MultipartUpload, range_: Range, options: dict[str, object]
) -> Converted:
    """Converts a range of one version of a file. Raises ConversionError."""
    source = S3Source(uri, etag)
    with RangeOutput(upload, range_) as output:
        rows, size, columns, omitted, chunks = _engine.convert_range(
            source, output, range_.first_row, range_.rows, **options
        )
        return Converted(rows, size, output.finish(), columns, omitted, chunks)


class RangeOutput:
    """
    The parts of a range. Repeating the range makes the same parts. Use as a context manager.

    Parts wait in temporary files, because they may have gigabytes.
    """

    memory = SDK

    def __init__(self, upload: MultipartUpload, range_: Range) -> None:
        self._upload = upload
        self._numbers = range_.numbers
        self._is_last = range_.is_last
        # The part being filled, and the one before, which it joins if it stays too small.
        self._part: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115
        self._full: IO[bytes] | None = None
        self._index = 0
        self._sent: list[Future[tuple[int, int]]] = []
        self._pool = ThreadPoolExecutor(UPLOADS, thread_name_prefix="upload")
        self._interrupted = False

    def __enter__(self) -> RangeOutput:
        return self

    def __exit__(self, *_: object) -> None:
        for part in self._sent:
            part.cancel()
        self._pool.shutdown()

    def write(self, data: bytes) -> None:
        """Appends to the output. Blocks while too many parts are being uploaded."""
        rest = memoryview(data)
        while rest:
            room = self._numbers.part_size(self._index) - self._part.tell()
            if room == 0:
                self._next_part()
                continue
            self._part.write(rest[:room])
            rest = rest[room:]

    def interrupt(self) -> None:
        """Makes a blocked write fail soon."""
        self._interrupted = True

    def finish(self) -> list[tuple[int, int]]:
        """Uploads the rest. Returns the numbers and sizes of all parts."""
        size = self._part.tell()
        if self._full is not None and size < MIN_PART:
            self._part.seek(0)
            self._full.write(self._part.read())
            size = 0
        self._send_full()
        if size >= MIN_PART or (self._is_last and size > 0):
            self._send(self._part, self._index)
        return [part.result() for part in self._sent]

    def _next_part(self) -> None:
        self._send_full()
        self._full, self._part = self._part, tempfile.TemporaryFile()  # noqa: SIM115
        self._index += 1
        if self._index == self._numbers.count:
            message = "the output is so much larger than predicted that it would have too many parts"
            raise ConversionError("limit_exceeded", message)

    def _send_full(self) -> None:
        if self._full is not None:
            self._send(self._full, self._index - 1)

    def _send(self, part: IO[bytes], index: int) -> None:
        while len(unfinished := [sent for sent in self._sent if not sent.done()]) >= UPLOADS:
            if self._interrupted:
                raise ConversionError("internal", "the upload was interrupted")
            wait(unfinished, 0.1, FIRST_COMPLETED)
        self._sent.append(self._pool.submit(self._put, part, self._numbers.first + index))

    def _put(self, part: IO[bytes], number: int) -> tuple[int, int]:
        size = part.seek(0, os.SEEK_END)
        part.seek(0)
        with part:
            self._upload.put(number, part)
        return number, size
