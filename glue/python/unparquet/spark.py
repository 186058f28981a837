"""
The Glue job for Spark, which converts files that are too large for one machine.

The driver divides the rows into ranges. Spark distributes the ranges and repeats those that fail; each task converts a
range with the engine and uploads it as parts of one object. Spark never decodes Parquet.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from functools import partial
from typing import IO, NamedTuple

from pyspark import Accumulator, AccumulatorParam, SparkConf, SparkContext, TaskContext

from . import _engine, cli
from .arguments import Request
from .conversion import Result
from .errors import ConversionError
from .s3 import MAX_OBJECT_SIZE, MAX_PART_SIZE, MAX_PARTS, SDK, MultipartUpload, S3Output, S3Source

# Predicted bytes of a range before compression, which take a few seconds. Compressed, they should still fill a part.
RANGE = 128 << 20
COMPRESSED_RANGE = 512 << 20
# Ranges are smaller if there would be fewer than this for each core.
RANGES_PER_CORE = 4
MIN_RANGE = 16 << 20
# Four part numbers for each range. Two adjacent ranges always have more bytes than 1.5 ranges should have.
MAX_RANGES = MAX_PARTS // 4

# S3 accepts a smaller part only as the last one.
MIN_PART = 5 << 20
PART = 16 << 20
# Parts of a task that are being uploaded.
UPLOADS = 4

# How often Spark runs a task before the conversion fails.
ATTEMPTS = 4
# Failures that need not happen again.
TEMPORARY = ("internal", "out_of_memory")
SETTINGS = {
    "spark.task.maxFailures": str(ATTEMPTS),
    # A task that is much slower than the others runs on a second machine, too. Both write the same parts.
    "spark.speculation": "true",
    "spark.speculation.quantile": "0.9",
    "spark.speculation.multiplier": "2",
}
INTERVAL = 0.25  # seconds between two reports of progress


class PartNumbers(NamedTuple):
    """Consecutive part numbers. The parts grow, so that they have room for over seven times the predicted bytes."""

    first: int
    count: int
    # Bytes of the first parts.
    size: int

    def part_size(self, index: int) -> int:
        # Another part that is too small may join it.
        return min(self.size << (4 * index // self.count), MAX_PART_SIZE - MIN_PART)


class Range(NamedTuple):
    """Consecutive rows that one task converts."""

    first_row: int
    rows: int
    numbers: PartNumbers
    # The last part of the object may have any size.
    is_last: bool


class Task(NamedTuple):
    """What the tasks of a conversion have in common."""

    uri: str
    etag: str
    upload: MultipartUpload
    options: dict[str, object]


class Converted(NamedTuple):
    """The result of a task. There are no parts if the output is too small for one."""

    rows: int
    size: int
    # Numbers and sizes.
    parts: list[tuple[int, int]]
    columns: list[tuple[str, str]]
    columns_omitted: int
    # For the index; packed by the engine.
    chunks: bytes


class Ended(NamedTuple):
    """A task that has ended, for the driver while others run."""

    index: int
    rows: int
    size: int
    # Code and message.
    error: tuple[str, str] | None


def glue_main(arguments: list[str]) -> int:
    """Runs the job with the same arguments and reports as `cli.glue_main`."""
    return cli.glue_main(arguments, convert)


def convert(
    request: Request, progress: Callable[[int, int, int], None], commit: Callable[[], None]
) -> Result:
    """Converts like `conversion.convert`, on the executors of the Spark context."""
    source = S3Source(request.input, request.input_etag)
    options = {**request.options, "threads": 1}
    rows, predicted = _engine.predict(source, **options)
    is_compressed = request.choice("compression") != "none"
    if predicted > MAX_OBJECT_SIZE and not is_compressed:
        message = (
            f"the output would have about {predicted} bytes; an object in S3 has up to {MAX_OBJECT_SIZE}"
        )
        raise ConversionError("limit_exceeded", message)
    upload = MultipartUpload.create(request.output)
    try:
        # The end of the context is the end of all tasks, which might upload parts again.
        with SparkContext.getOrCreate(SparkConf().setAll(SETTINGS.items())) as context:
            largest = COMPRESSED_RANGE if is_compressed else RANGE
            size = _range_size(predicted, largest, context.defaultParallelism)
            ranges = number_parts(_engine.ranges(source, predicted, size, **options))
            task = Task(request.input, source.etag, upload, options)
            report = partial(_report, progress, rows, request.options.get("max_bytes"))
            results = _merge_small(context, task, ranges, _run(context, task, ranges, report))
        commit()
        total = sum(result.size for result in results)
        if total == 0:
            upload.abort()
            S3Output(request.output).complete()
        else:
            upload.complete_sizes([part for result in results for part in result.parts])
    except BaseException:  # includes a signal's SystemExit
        upload.abort()
        raise
    index = _engine.join_index([(result.rows, result.size, result.chunks) for result in results])
    return Result(rows, total, results[0].columns, results[0].columns_omitted, index)


def _range_size(predicted: int, largest: int, cores: int) -> int:
    """The desired bytes of a range."""
    for_all_cores = max(MIN_RANGE, min(predicted // (RANGES_PER_CORE * cores), largest))
    return max(for_all_cores, 4 * predicted // (3 * (MAX_RANGES - 1)) + 1)


def number_parts(ranges: list[tuple[int, int, int]]) -> list[Range]:
    """Gives all part numbers of an object to ranges of first row, rows and predicted bytes."""
    count = MAX_PARTS // len(ranges)
    size = max(PART, 2 * max(predicted for _, _, predicted in ranges) // count)
    return [
        Range(first, rows, PartNumbers(1 + index * count, count, size), index + 1 == len(ranges))
        for index, (first, rows, _) in enumerate(ranges)
    ]


def _merge_small(
    context: SparkContext, task: Task, ranges: list[Range], results: list[Converted]
) -> list[Converted]:
    """Converts ranges whose output is too small for a part again, each as one range with those after it."""
    groups, first, size = [], 0, 0
    for index, result in enumerate(results):
        size += result.size
        if size >= MIN_PART or index + 1 == len(results):
            groups.append((first, index + 1))
            first, size = index + 1, 0
    merged = [
        # Only the first range's numbers: a task that Spark gave up may still be uploading under the others.
        ranges[first]._replace(
            rows=sum(range_.rows for range_ in ranges[first:end]), is_last=end == len(results)
        )
        for first, end in groups
        if end - first > 1
    ]
    again = iter(_run(context, task, merged, _ignore) if merged else [])
    return [results[first] if end - first == 1 else next(again) for first, end in groups]


def _report(
    progress: Callable[[int, int, int], None], rows: int, max_bytes: int | None, ended: list[Ended]
) -> None:
    """Reports the progress. Raises the error that one machine would raise, once all ranges before it have been converted."""
    progress(sum(task.rows for task in ended), rows, sum(task.size for task in ended))
    size = 0
    for index, task in enumerate(sorted(ended)):
        if task.index != index:
            return
        if task.error is not None:
            raise ConversionError(*task.error)
        size += task.size
        if max_bytes is not None and size > max_bytes:
            raise ConversionError("limit_exceeded", f"the output would exceed the limit of {max_bytes} bytes")


def _ignore(ended: list[Ended]) -> None:
    pass


class _ListParam(AccumulatorParam):
    def zero(self, value: list[Ended]) -> list[Ended]:
        return []

    def addInPlace(self, value1: list[Ended], value2: list[Ended]) -> list[Ended]:
        value1 += value2
        return value1


def _run(
    context: SparkContext, task: Task, ranges: list[Range], report: Callable[[list[Ended]], None]
) -> list[Converted]:
    """Converts ranges, calling `report` a few times a second, whose errors end all tasks."""
    # Spark adds what a task has added once it succeeds, and only once.
    ended = context.accumulator([], _ListParam())

    def work() -> list[Converted]:
        partitions = context.parallelize(list(enumerate(ranges)), len(ranges))
        return partitions.mapPartitions(partial(_convert_ranges, task, ended)).collect()

    # In a thread, so that signals are handled while Spark works.
    with ThreadPoolExecutor(1, thread_name_prefix="spark") as thread:
        job = thread.submit(work)
        try:
            while not wait([job], INTERVAL).done:
                report(list(ended.value))
            report(list(ended.value))
        except BaseException:  # includes a signal's SystemExit
            context.cancelAllJobs()
            raise
        return job.result()


def _convert_ranges(
    task: Task, ended: Accumulator[list[Ended]], ranges: Iterator[tuple[int, Range]]
) -> Iterator[Converted]:
    for index, range_ in ranges:
        try:
            converted = _convert_range(task, range_)
        except ConversionError as error:
            if error.code in TEMPORARY and TaskContext.get().attemptNumber() + 1 < ATTEMPTS:
                raise
            ended.add([Ended(index, 0, 0, (error.code, error.message))])
        else:
            ended.add([Ended(index, converted.rows, converted.size, None)])
            yield converted


def _convert_range(task: Task, range_: Range) -> Converted:
    source = S3Source(task.uri, task.etag)
    with RangeOutput(task.upload, range_) as output:
        rows, size, columns, omitted, chunks = _engine.convert_range(
            source, output, range_.first_row, range_.rows, **task.options
        )
        parts = output.finish()
    # The driver needs the columns once.
    return Converted(rows, size, parts, columns if range_.first_row == 0 else [], omitted, chunks)


class RangeOutput:
    """
    The parts of a range, cut after the same bytes whenever the range is converted. Use as a context manager.

    Parts wait in temporary files: they can have gigabytes.
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
        """Uploads the rest. Returns the numbers and sizes of all parts: none if the output is too small for a part."""
        size = self._part.tell()
        if self._full is not None and size < MIN_PART:
            self._part.seek(0)
            self._full.write(self._part.read())
            self._send(self._full, self._index - 1)
        else:
            if self._full is not None:
                self._send(self._full, self._index - 1)
            if size >= MIN_PART or (self._is_last and size > 0):
                self._send(self._part, self._index)
        return [part.result() for part in self._sent]

    def _next_part(self) -> None:
        if self._full is not None:
            self._send(self._full, self._index - 1)
        self._full, self._part = self._part, tempfile.TemporaryFile()  # noqa: SIM115
        self._index += 1
        if self._index == self._numbers.count:
            message = "the output is so much larger than predicted that it would have too many parts"
            raise ConversionError("limit_exceeded", message)

    def _send(self, part: IO[bytes], index: int) -> None:
        while sum(not sent.done() for sent in self._sent) >= UPLOADS:
            if self._interrupted:
                raise ConversionError("internal", "the upload was interrupted")
            wait([sent for sent in self._sent if not sent.done()], 0.1, FIRST_COMPLETED)
        self._sent.append(self._pool.submit(self._put, part, self._numbers.first + index))

    def _put(self, part: IO[bytes], number: int) -> tuple[int, int]:
        size = part.seek(0, os.SEEK_END)
        part.seek(0)
        with part:
            self._upload.put(number, part)
        return number, size
