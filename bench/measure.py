"""`measure.py SECONDS [--sink] [--ceiling MB] COMMAND ...`: runs a command and prints its time and memory as JSON.

--sink: counts and discards its standard output. --ceiling, with --sink: kills it beyond that much resident memory (Linux).

A separate program, because a process inherits the peak memory of its parent; this one has about 10 MB.
"""

from __future__ import annotations

import json
import os
import re
import select
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

KILOBYTE = 1 if sys.platform == "darwin" else 1024
POLL = 0.02
PIPE = 1 << 20


def main() -> None:
    seconds, *command = sys.argv[1:]
    seconds, sink, ceiling = int(seconds), command[0] == "--sink", None
    if sink:
        command = command[1:]
    if command[0] == "--ceiling":
        ceiling, command = int(command[1]), command[2:]
    with tempfile.TemporaryFile() as said:
        started = time.perf_counter()
        try:
            process = subprocess.Popen(command, stdout=subprocess.PIPE if sink else said, stderr=said)
        except OSError as error:
            print(json.dumps({"failed": f"could not be started: {error.strerror}"}))
            return
        signal.signal(signal.SIGALRM, lambda *_: process.kill())
        signal.alarm(seconds)
        output, exceeded = drain(process, ceiling) if sink else (0, False)
        # Includes the CPU time of its children.
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        said.seek(max(0, said.tell() - 2_000))
        failed = {"failed": reason(status, wall >= seconds, said.read())} if status else {}
        if exceeded:
            failed = {"failed": "exceeded the ceiling"}
    cpu = usage.ru_utime + usage.ru_stime
    peak_mb = usage.ru_maxrss * KILOBYTE / 1e6
    counted = {"output": output} if sink else {}
    print(json.dumps({"wall": wall, "cpu": cpu, "peak_mb": peak_mb, **counted, **failed}))


def drain(process: subprocess.Popen, ceiling: int | None) -> tuple[int, bool]:
    """Reads the whole output. Returns its size, and whether the process was killed for its memory."""
    pipe, total, looked = process.stdout.fileno(), 0, 0.0
    widen(pipe)
    while True:
        if select.select([pipe], [], [], POLL)[0]:
            part = os.read(pipe, PIPE)
            if not part:
                return total, False
            total += len(part)
        if ceiling and time.monotonic() - looked > POLL:
            looked = time.monotonic()
            if resident_mb(process.pid) > ceiling:
                process.kill()
                return total, True


def widen(pipe: int) -> None:
    """Enlarges the pipe: with 64 kB the command would wait for its reader."""
    if sys.platform == "linux":
        import fcntl

        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE)


def resident_mb(pid: int) -> float:
    try:
        found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    except OSError:
        return 0
    return int(found[1]) * 1024 / 1e6 if found else 0


def reason(status: int, late: bool, said: bytes) -> str:
    if late:
        return "ran out of time"
    if os.WIFSIGNALED(status):
        return f"killed by {signal.Signals(os.WTERMSIG(status)).name}"
    lines = said.decode(errors="replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), f"exit code {status >> 8}")


if __name__ == "__main__":
    main()
