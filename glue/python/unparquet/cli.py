"""The command `unparquet`, and the run of a job in Glue or Lambda.

Small files take a few milliseconds, so import time matters: modules are imported only where they are needed, and
dataclasses, pathlib, tempfile and typing never.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from types import FrameType

from .arguments import InspectRequest, glue_reports, parse_command, parse_glue
from .conversion import convert
from .errors import ConversionError

# True for type checkers; only runs in Glue and Lambda write reports.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from .arguments import Request
    from .conversion import Result
    from .reports import Reports

    Convert = Callable[[Request, Callable[[int, int, int], None], Callable[[], None]], Result]


def main() -> int:
    """Runs `unparquet convert` or `unparquet inspect`. Returns 0, or 1 after printing `unparquet: CODE: message` to stderr."""
    return _exit_code(lambda: _command(sys.argv[1:]))


def glue_main(arguments: list[str], convert: Convert = convert) -> int:
    """Runs the Glue job, which also writes run.json, progress.json, index.json and manifest.json to a folder for reports."""
    return _exit_code(lambda: _glue_run(arguments, convert))


def _command(arguments: list[str]) -> None:
    request = parse_command(arguments)
    if isinstance(request, InspectRequest):
        from .inspection import show

        show(request)
    else:
        convert(request)


def _glue_run(arguments: list[str], convert: Convert) -> None:
    from .reports import Reports

    reports = Reports(glue_reports(arguments))
    # A run that has not claimed the attempt must not report failures.
    if not reports.claim():
        raise ConversionError("stopped", "Another run has claimed this attempt.")
    run_attempt(arguments, reports, convert=convert)


def run_attempt(
    arguments: list[str],
    reports: Reports,
    find_stop: Callable[[], ConversionError | None] = lambda: None,
    convert: Convert = convert,
) -> None:
    """
    Converts, reports how that ended, and raises what ended it early. Leaves SIGTERM and SIGINT ignored.

    `find_stop` is called first and about every second, and returns the error that has to end the conversion, or None.
    """
    try:
        try:
            reports.start(find_stop)
            request = parse_glue(arguments)
            result = convert(request, reports.progress, _ignore_signals)
        finally:
            # From here on, a signal would end the report.
            _ignore_signals()
    except Exception as error:
        reports.failed(_as_conversion_error(error))
        raise
    except (SystemExit, KeyboardInterrupt):
        reports.stopped()
        raise
    reports.succeeded(request, result)


def _exit_code(run: Callable[[], None]) -> int:
    signal.signal(signal.SIGTERM, stop)
    try:
        run()
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    except Exception as error:
        failure = _as_conversion_error(error)
    else:
        return 0
    print(f"unparquet: {failure.code}: {' '.join(failure.message.split())}", file=sys.stderr)
    return 1


def _as_conversion_error(error: Exception) -> ConversionError:
    if isinstance(error, ConversionError):
        return error
    if isinstance(error, MemoryError):
        return ConversionError("out_of_memory", "not enough memory to convert the file")
    return ConversionError("internal", f"{type(error).__name__}: {error}")


def stop(signum: int, frame: FrameType | None) -> None:
    """The handler of SIGTERM: ends the conversion by an exception, so that it cleans up."""
    sys.exit(128 + signum)


def _ignore_signals() -> None:
    """Ignores signals from now on: the run is about to publish its output and report success."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)


if __name__ == "__main__":
    sys.exit(main())
