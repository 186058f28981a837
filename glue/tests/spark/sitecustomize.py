"""
Python loads this in the driver and the tasks of a Spark job under test. $SETTINGS replaces constants of `unparquet.ranges`, and
$FAULT names what goes wrong, once.
"""

from __future__ import annotations

import json
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from unparquet import ranges, spark
from unparquet.errors import ConversionError
from unparquet.s3 import MultipartUpload

FOLDER = Path(os.environ["FAULT_FOLDER"])
FAULT = os.environ["FAULT"]

for name, value in json.loads(os.environ["SETTINGS"]).items():
    assert hasattr(ranges, name)
    setattr(ranges, name, value)


def _once() -> bool:
    """Whether the fault still has to happen."""
    try:
        (FOLDER / "happened").touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


def _kill_executor() -> None:
    """Kills the Java process that started this task's Python, and so all of its tasks."""
    daemon = Path(f"/proc/{os.getppid()}/stat").read_text()
    os.kill(int(daemon.rpartition(")")[2].split()[1]), signal.SIGKILL)
    # The task never ends by itself.
    time.sleep(60)


put, complete_sizes = MultipartUpload.put, MultipartUpload.complete_sizes


def _put(self: MultipartUpload, number: int, body: object) -> dict[str, object]:
    if FAULT == "storage" and _once():
        raise ConversionError("internal", "the storage did not respond")
    if FAULT == "storage forever":
        raise ConversionError("internal", "the storage did not respond")
    part = put(self, number, body)
    if FAULT == "task" and _once():
        os.kill(os.getpid(), signal.SIGKILL)
    if FAULT == "executor" and _once():
        _kill_executor()
    if FAULT == "slow" and _once():
        time.sleep(60)
    return part


def _complete_sizes(self: MultipartUpload, sizes: list[tuple[int, int]]) -> None:
    (FOLDER / "parts").write_text(json.dumps(sizes))
    if FAULT == "driver before completion":
        os.kill(os.getpid(), signal.SIGKILL)
    complete_sizes(self, sizes)
    if FAULT == "driver after completion":
        os.kill(os.getpid(), signal.SIGKILL)


MultipartUpload.put, MultipartUpload.complete_sizes = _put, _complete_sizes


def _twins(*arguments: object) -> ranges.Converted:
    """Converts a range twice at once. Spark itself starts a second task only on another host."""
    _once()
    with ThreadPoolExecutor(2) as pool:
        one, other = pool.map(lambda _: ranges.convert_range(*arguments), range(2))
    assert one == other
    return one


if FAULT == "twin":
    spark.convert_range = _twins
