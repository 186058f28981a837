"""
The Glue job for Spark, which converts files that are too large for one machine.

The driver divides the rows into ranges; Spark distributes them and repeats those that fail. It never decodes Parquet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from typing import NamedTuple

from py4j.protocol import Py4JJavaError
from pyspark import Accumulator, AccumulatorParam, SparkConf, SparkContext, TaskContext

from . import _engine, cli
from .arguments import Request
from .conversion import Result
from .errors import ConversionError
from .ranges import Converted, Range, convert_range, large_enough, plan
from .s3 import MultipartUpload, S3Output, S3Source

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
    upload = MultipartUpload.create(request.output)
    try:
        context = SparkContext.getOrCreate(SparkConf().setAll(SETTINGS.items()))
        try:
            ranges = plan(source, predicted, context.defaultParallelism, options)
            task = Task(request.input, source.etag, upload, options)
            outputs = Conversion(context, task, rows, progress).run(ranges)
        finally:
            # Ends all tasks, which might upload parts again. A signal may have ended Java already.
            with suppress(Exception):
                context.stop()
        commit()
        size = sum(output.size for output in outputs)
        if size == 0:
            upload.abort()
            S3Output(request.output).complete()
        else:
            upload.complete_sizes([part for output in outputs for part in output.parts])
    except BaseException:  # includes a signal's SystemExit
        upload.abort()
        raise
    index = _engine.join_index([(output.rows, output.size, output.chunks) for output in outputs])
    return Result(rows, size, outputs[0].columns, outputs[0].columns_omitted, index)


class Task(NamedTuple):
    """What all tasks need."""

    uri: str
    etag: str
    upload: MultipartUpload
    options: dict[str, object]

    def run(
        self, ended: Accumulator[list[Ended]], ranges: Iterator[tuple[int, Range]]
    ) -> Iterator[Converted]:
        for index, range_ in ranges:
            try:
                output = convert_range(self.uri, self.etag, self.upload, range_, self.options)
            except ConversionError as error:
                if error.code in TEMPORARY and TaskContext.get().attemptNumber() + 1 < ATTEMPTS:
                    raise
                ended.add([Ended(index, 0, 0, (error.code, error.message))])
            else:
                ended.add([Ended(index, output.rows, output.size, None)])
                yield output


class Ended(NamedTuple):
    """How a task ended, for the driver while others run."""

    index: int
    rows: int
    size: int
    # Code and message.
    error: tuple[str, str] | None


class _Lists(AccumulatorParam):
    def zero(self, value: list[Ended]) -> list[Ended]:
        return []

    def addInPlace(self, value1: list[Ended], value2: list[Ended]) -> list[Ended]:
        value1 += value2
        return value1


class Conversion:
    """Runs the tasks of a conversion with `rows` rows."""

    def __init__(
        self, context: SparkContext, task: Task, rows: int, progress: Callable[[int, int, int], None]
    ) -> None:
        self._context = context
        self._task = task
        self._rows = rows
        self._progress = progress

    def run(self, ranges: list[Range]) -> list[Converted]:
        """Converts all ranges, joining those whose output is too small for a part. Raises ConversionError."""
        outputs = self._run(ranges, self._report)
        done = dict(zip(ranges, outputs))
        joined = large_enough(ranges, outputs)
        again = [range_ for range_ in joined if range_ not in done]
        if again:
            done.update(zip(again, self._run(again, lambda ended: None)))
        return [done[range_] for range_ in joined]

    def _run(self, ranges: list[Range], report: Callable[[list[Ended]], None]) -> list[Converted]:
        """Converts ranges, and calls `report` a few times a second. Its errors end all tasks."""
        # Spark adds what a task has added once it succeeds, and only once.
        ended = self._context.accumulator([], _Lists())
        task = self._task

        def work() -> list[Converted]:
            tasks = self._context.parallelize(list(enumerate(ranges)), len(ranges))
            return tasks.mapPartitions(lambda partition: task.run(ended, partition)).collect()

        # In a thread, so that signals are handled while Spark works.
        with ThreadPoolExecutor(1, thread_name_prefix="spark") as thread:
            job = thread.submit(work)
            try:
                while not wait([job], INTERVAL).done:
                    report(list(ended.value))
                report(list(ended.value))
            except BaseException:  # includes a signal's SystemExit
                with suppress(Exception):
                    self._context.cancelAllJobs()
                raise
            try:
                return job.result()
            except Py4JJavaError as error:
                # The first line names the task and how it failed.
                message = str(error.java_exception.getMessage()).partition("\n")[0]
                raise ConversionError("internal", message) from error

    def _report(self, ended: list[Ended]) -> None:
        """Reports progress. Raises the error that one machine would meet first, once all ranges before it are converted."""
        self._progress(sum(one.rows for one in ended), self._rows, sum(one.size for one in ended))
        max_bytes = self._task.options.get("max_bytes")
        size = 0
        for index, one in enumerate(sorted(ended)):
            if one.index != index:
                return
            if one.error is not None:
                raise ConversionError(*one.error)
            size += one.size
            if max_bytes is not None and size > max_bytes:
                message = f"the output would exceed the limit of {max_bytes} bytes"
                raise ConversionError("limit_exceeded", message)
