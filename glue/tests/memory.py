"""Counts and limits the memory of this process, in bytes and in Linux's way."""

from __future__ import annotations

import os
import re
import resource
from pathlib import Path

from unparquet import _engine

ON_WASM = _engine.__file__.endswith(".py")


def spare(memory: int) -> None:
    """From now on the process may have that much more address space, and no more."""
    if ON_WASM:
        # wasmtime reserves it for what the module may grow to, and takes no memory for it.
        memory += 16 << 30
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + memory
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


class Peak:
    """The most resident memory beyond that at the beginning: what is never touched does not count."""

    def __init__(self) -> None:
        self._status = os.open("/proc/self/status", os.O_RDONLY)
        self._forget = os.open("/proc/self/clear_refs", os.O_WRONLY)
        self._before = 0

    def begin(self) -> None:
        os.write(self._forget, b"5")
        self._before = self._most()

    def taken(self) -> int:
        return self._most() - self._before

    def _most(self) -> int:
        return int(re.search(rb"VmHWM:\s+(\d+) kB", os.pread(self._status, 8192, 0))[1]) * 1024
