"""Runs the Lambda function as Lambda does: one process gets one event after another."""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from typing import Any

HANDLER = "unparquet.aws_lambda.handler"


@dataclass(frozen=True)
class Invocation:
    """What the handler raised, the lines that it printed, and the state that it left the process in."""

    error: str | None
    lines: list[str]
    threads: list[str]
    signals: list[str]
    files: int


class Function:
    """A process with the handler. Use as a context manager."""

    def __init__(self, memory: int = 3008) -> None:
        self._memory = memory

    def __enter__(self) -> Function:
        self._process = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate(timeout=60)

    def send(self, event: dict[str, Any], seconds: float = 900) -> None:
        """Sends an event to the idle function, which has so many seconds for it."""
        message = {"event": event, "deadline": time.time() + seconds, "memory": self._memory}
        self._process.stdin.write(f"{json.dumps(message)}\n")
        self._process.stdin.flush()

    def result(self) -> Invocation:
        """Waits until the handler returns."""
        line = self._process.stdout.readline()
        assert line, "the function has crashed"
        return Invocation(**json.loads(line))

    def invoke(self, event: dict[str, Any], seconds: float = 900) -> Invocation:
        self.send(event, seconds)
        return self.result()


class _Context:
    def __init__(self, deadline: float, memory: int) -> None:
        self._deadline = deadline
        # A string in Lambda's own context.
        self.memory_limit_in_mb = str(memory)

    def get_remaining_time_in_millis(self) -> int:
        return max(0, int((self._deadline - time.time()) * 1000))


def _serve() -> None:
    module, _, name = HANDLER.rpartition(".")
    handler = getattr(importlib.import_module(module), name)
    for line in sys.stdin:
        message = json.loads(line)
        error, printed = None, io.StringIO()
        with contextlib.redirect_stdout(printed):
            try:
                handler(message["event"], _Context(message["deadline"], message["memory"]))
            except Exception as raised:
                error = str(raised)
        state = {
            "error": error,
            "lines": printed.getvalue().splitlines(),
            "threads": [thread.name for thread in threading.enumerate()],
            "signals": [str(signal.getsignal(number)) for number in (signal.SIGTERM, signal.SIGINT)],
            "files": len(os.listdir("/dev/fd")),  # noqa: PTH208
        }
        print(json.dumps(state), flush=True)


if __name__ == "__main__":
    _serve()
