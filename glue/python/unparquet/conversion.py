"""Runs one conversion."""

from __future__ import annotations

import signal
from collections.abc import Callable

from . import _engine
from .arguments import Request
from .errors import ConversionError
from .local import FileOutput, StreamOutput, open_output

# True for type checkers; importing it from typing is slow.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from .s3 import S3Output, S3Source


class Result:
    """The result of a conversion."""

    def __init__(
        self,
        rows: int,
        size: int,
        columns: list[tuple[str, str]],
        columns_omitted: int,
        index: list[tuple[int, int]],
    ) -> None:
        self.rows = rows
        self.size = size
        # Name and type of the first columns, and number of further columns.
        self.columns = columns
        self.columns_omitted = columns_omitted
        # Rows and the bytes at which they start.
        self.index = index


def convert(
    request: Request,
    progress: Callable[[int, int, int], None] | None = None,
    commit: Callable[[], None] | None = None,
) -> Result:
    """
    Converts a file, and calls `commit` just before the output appears. Raises ConversionError, leaving no output.

    The index, if requested, appears before the output.
    """
    source = open_source(request.input, request.input_etag)
    # Signals are held back until the outputs can be cleaned up.
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM))
    outputs: list[FileOutput | StreamOutput | S3Output] = []
    try:
        try:
            outputs.append(_output(request.output))
            if request.index is not None:
                outputs.append(_output(request.index))
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        result = Result(*_engine.convert(source, outputs[0].sink, progress, **request.options))
        for index in outputs[1:]:
            _write(index.sink, to_json(index_of(request, result)))
        for output in outputs:
            output.flush()
        if commit is not None:
            commit()
        while outputs:
            outputs[-1].complete()
            outputs.pop()
    except BaseException:  # includes a signal's SystemExit
        for output in outputs:
            output.abort()
        raise
    return result


def index_of(request: Request, result: Result) -> dict[str, object]:
    """The index from rows to bytes of an output, as described in docs/json.md."""
    return {
        "rows": result.rows,
        "bytes": result.size,
        "format": request.choice("format"),
        "compression": request.choice("compression"),
        "entries": result.index,
    }


def to_json(content: dict[str, object]) -> bytes:
    import json

    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def _write(sink: int | S3Output, data: bytes) -> None:
    if not isinstance(sink, int):
        sink.write(data)
        return
    with open(sink, "wb", closefd=False) as file:
        file.write(data)


def open_source(uri: str, etag: str | None = None) -> str | S3Source:
    """The source for the engine."""
    if not uri.startswith("s3://"):
        if etag is not None:
            raise ConversionError("invalid_request", "--input-etag needs an s3:// input")
        return uri
    from . import s3

    return s3.S3Source(uri, etag)


def _output(uri: str) -> FileOutput | StreamOutput | S3Output:
    """The destination of the JSON, which becomes visible only once it is complete."""
    if not uri.startswith("s3://"):
        return open_output(uri)
    from . import s3

    return s3.S3Output(uri)
