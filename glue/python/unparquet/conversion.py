"""One conversion, from URI to URI."""

from __future__ import annotations

from typing import Callable, NamedTuple, Protocol

from . import _engine
from .arguments import Request
from .local import open_output


class Result(NamedTuple):
    rows: int
    bytes: int
    columns: list[tuple[str, str]]


class Output(Protocol):
    """Where the JSON goes. It is there for others when it is complete, and not at all when aborted."""

    sink: object

    def complete(self) -> None: ...

    def abort(self) -> None: ...


def convert(request: Request, progress: Callable[[int, int, int], None] | None = None) -> Result:
    """Converts a file. Raises ConversionError, after which there is no output."""
    source = _source(request.input)
    output = _output(request.output)
    try:
        result = Result(*_engine.convert(source, output.sink, progress, **request.options))
        output.complete()
    except BaseException:  # a signal's SystemExit, too, must leave nothing behind
        output.abort()
        raise
    return result


def _source(uri: str) -> object:
    if not uri.startswith("s3://"):
        return uri
    from . import s3

    return s3.S3Source(uri)


def _output(uri: str) -> Output:
    if not uri.startswith("s3://"):
        return open_output(uri)
    from . import s3

    return s3.S3Output(uri)
