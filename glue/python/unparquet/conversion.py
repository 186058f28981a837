"""One conversion, from URI to URI."""

from __future__ import annotations

import signal
from collections.abc import Callable

from . import _engine
from .arguments import Request
from .errors import ConversionError
from .local import FileOutput, StreamOutput, open_output

# Type checkers take it for true; typing's own is slow to import.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from .s3 import S3Output, S3Source

# Rows, bytes, name and type of the first columns, and how many more columns there are.
Result = tuple[int, int, list[tuple[str, str]], int]


def convert(
    request: Request,
    progress: Callable[[int, int, int], None] | None = None,
    commit: Callable[[], None] | None = None,
) -> Result:
    """Converts a file; calls `commit` just before the output appears. Raises ConversionError, leaving no output."""
    source = open_source(request.input, request.input_etag)
    # A signal waits until there is someone to clean up after it.
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM))
    try:
        output = _output(request.output)
    except BaseException:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        raise
    try:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        result = _engine.convert(source, output.sink, progress, **request.options)
        output.flush()
        if commit is not None:
            commit()
        output.complete()
    except BaseException:  # a signal's SystemExit, too, must leave nothing behind
        output.abort()
        raise
    return result


def open_source(uri: str, etag: str | None = None) -> str | S3Source:
    """What the engine reads."""
    if not uri.startswith("s3://"):
        if etag is not None:
            raise ConversionError("invalid_request", "only an s3:// input has an ETag")
        return uri
    from . import s3

    return s3.S3Source(uri, etag)


def _output(uri: str) -> FileOutput | StreamOutput | S3Output:
    """Where the JSON goes. It is there for others when it is complete, and not at all when aborted."""
    if not uri.startswith("s3://"):
        return open_output(uri)
    from . import s3

    return s3.S3Output(uri)
