"""Control groups (Linux, with permission to create them)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")
UNIFIED = (ROOT / "cgroup.controllers").exists()
PERIOD = 100_000


@contextmanager
def processor(cores: float) -> Iterator[list[str]]:
    """A command prefix that limits CPU to this share of a core; empty if unavailable."""
    quota = int(cores * PERIOD)
    limits = (
        {"cpu.max": f"{quota} {PERIOD}"}
        if UNIFIED
        else {"cpu.cfs_period_us": str(PERIOD), "cpu.cfs_quota_us": str(quota)}
    )
    with _group("cpu", limits) as command:
        yield command


@contextmanager
def memory(size: int) -> Iterator[list[str]]:
    """A command prefix that limits memory to this many bytes; empty if unavailable."""
    limits = (
        {"memory.max": str(size), "memory.swap.max": "0"} if UNIFIED else {"memory.limit_in_bytes": str(size)}
    )
    with _group("memory", limits) as command:
        yield command


@contextmanager
def _group(controller: str, limits: dict[str, str]) -> Iterator[list[str]]:
    group = (ROOT if UNIFIED else ROOT / controller) / f"unparquet-bench-{controller}-{os.getpid()}"
    try:
        group.mkdir(exist_ok=True)
        for name, value in limits.items():
            (group / name).write_text(value)
    except OSError:
        with suppress(OSError):
            group.rmdir()
        yield []
        return
    try:
        yield ["sh", "-c", f'echo $$ > {group}/cgroup.procs; exec "$@"', "sh"]
    finally:
        group.rmdir()
