"""The converter as a Lambda function. Lambda cannot stop a run, so the run looks for a request to stop, `stop.json`."""

from __future__ import annotations

import json
import signal
import time

from . import s3
from .arguments import glue_reports
from .cli import run_attempt, stop
from .errors import ConversionError
from .reports import Reports, stop_error

# True for type checkers; importing it from typing is slow.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# A conversion that takes too long ends this many seconds before the timeout, to clean up and write its manifest.
RESERVE = 20

# During initialization, because this takes longer than converting a small file.
s3.client()


def handler(event: dict[str, Any], context: Any) -> None:
    """
    Converts with the same arguments as a run in Glue, as an object. `{"warm": true}` only initializes the function.

    Raises an exception only if it could not write a manifest.
    """
    if event.get("warm"):
        return
    deadline = time.monotonic() + context.get_remaining_time_in_millis() / 1000 - RESERVE
    run = {"jobId": event["--job-id"], "attempt": int(event["--attempt"])}
    # More than the engine's default, so that fewer pages spill to /tmp, which has only 512 MB.
    memory = int(context.memory_limit_in_mb) * 3 // 4
    arguments = [f"--memory={memory}M", *(f"{name}={value}" for name, value in event.items())]
    folder = glue_reports(arguments)
    reports = Reports(folder)
    # Lambda may deliver an event twice.
    if not reports.claim():
        _log(**run, message="Another run has claimed this attempt.")
        return

    def find_stop() -> ConversionError | None:
        if time.monotonic() > deadline:
            return ConversionError("timed_out", "The conversion took too long.")
        return stop_error() if s3.get_small(f"{folder}/stop.json") is not None else None

    actions = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    signal.signal(signal.SIGTERM, stop)
    try:
        run_attempt(arguments, reports, find_stop)
    except (Exception, SystemExit) as error:
        if reports.manifest is None:
            raise ConversionError("internal", "writing manifest.json failed") from error
    finally:
        for number, action in actions.items():
            signal.signal(number, action)
    manifest = reports.manifest
    result = {name: manifest[name] for name in ("rows", "bytes", "durationMs") if name in manifest}
    _log(**run, status=manifest["status"], **result, **manifest.get("error", {}))


def _log(**fields: object) -> None:
    """Prints a line of JSON for the saved queries of CloudWatch."""
    print(json.dumps({"level": "INFO", **fields}, ensure_ascii=False), flush=True)
