"""The command `unparquet`, and the Glue job.

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


def main() -> int:
    """Runs `unparquet convert` or `unparquet inspect`. Returns 0, or 1 after printing `unparquet: CODE: message` to stderr."""
    return _exit_code(lambda: _command(sys.argv[1:]))


def glue_main(arguments: list[str]) -> int:
    """Runs the Glue job, which also writes run.json, progress.json, index.json and manifest.json to a folder for reports."""
    return _exit_code(lambda: _glue_run(arguments))


def _command(arguments: list[str]) -> None:
    request = parse_command(arguments)
    if isinstance(request, InspectRequest):
        from .inspection import show

        show(request)
    else:
        convert(request)


def _glue_run(arguments: list[str]) -> None:
    from .reports import Reports

    reports = Reports(glue_reports(arguments))
    # A run that has not claimed the attempt must not report failures.
    reports.claim()
    try:
        request = parse_glue(arguments)
        result = convert(request, reports.progress, _ignore_signals)
    except ConversionError as error:
        reports.failed(error)
        raise
    except Exception as error:
        reports.failed(_unexpected(error))
        raise
    except (SystemExit, KeyboardInterrupt):
        reports.stopped()
        raise
    reports.succeeded(request, result)


def _exit_code(run: Callable[[], None]) -> int:
    signal.signal(signal.SIGTERM, _stop)
    try:
        run()
    except ConversionError as error:
        failure = error
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    except Exception as error:  # the only place where unexpected errors become a code
        failure = _unexpected(error)
    else:
        return 0
    print(f"unparquet: {failure.code}: {' '.join(failure.message.split())}", file=sys.stderr)
    return 1


def _unexpected(error: Exception) -> ConversionError:
    if isinstance(error, MemoryError):
        return ConversionError("out_of_memory", "not enough memory to convert the file")
    return ConversionError("internal", f"{type(error).__name__}: {error}")


def _stop(signum: int, frame: FrameType | None) -> None:
    """Ends the conversion by an exception, so that it cleans up."""
    sys.exit(128 + signum)


def _ignore_signals() -> None:
    """Ignores signals from now on: the run is about to publish its output and report success."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)


if __name__ == "__main__":
    sys.exit(main())
