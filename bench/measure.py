"""`measure.py SECONDS COMMAND ...`: runs a command to its end and prints what it took as JSON.

A program of its own, because a process begins with the peak memory of whoever started it: this one has some 10 MB.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time

KILOBYTE = 1 if sys.platform == "darwin" else 1024


def main() -> None:
    seconds, command = int(sys.argv[1]), sys.argv[2:]
    with tempfile.TemporaryFile() as said:
        started = time.perf_counter()
        try:
            process = subprocess.Popen(command, stdout=said, stderr=said)
        except OSError as error:
            print(json.dumps({"failed": f"could not be started: {error.strerror}"}))
            return
        signal.signal(signal.SIGALRM, lambda *_: process.kill())
        signal.alarm(seconds)
        # With the processor time of the children that it waited for.
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        said.seek(max(0, said.tell() - 2_000))
        failed = {"failed": reason(status, wall >= seconds, said.read())} if status else {}
    cpu = usage.ru_utime + usage.ru_stime
    print(json.dumps({"wall": wall, "cpu": cpu, "peak_mb": usage.ru_maxrss * KILOBYTE / 1e6, **failed}))


def reason(status: int, late: bool, said: bytes) -> str:
    if late:
        return "ran out of time"
    if os.WIFSIGNALED(status):
        return f"killed by {signal.Signals(os.WTERMSIG(status)).name}"
    lines = said.decode(errors="replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), f"exit code {status >> 8}")


if __name__ == "__main__":
    main()
