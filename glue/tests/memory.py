"""Counts and limits the memory of this process in bytes, on Linux."""

from __future__ import annotations

import os
import re
import resource
from pathlib import Path

from unparquet import _engine

ON_WASM = _engine.__file__.endswith(".py")


def spare(memory: int) -> None:
    """Limits the process to `memory` bytes of additional address space."""
    if ON_WASM:
        # wasmtime reserves address space for the module, which takes no memory.
        memory += 16 << 30
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + memory
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


class Peak:
    """Peak resident memory beyond that at the start; untouched memory does not count."""

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
