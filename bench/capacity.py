"""What a conversion costs on Glue: from S3 to S3 on a quarter of a core, which is what a sixteenth of a DPU has, and on all cores of this
machine, beside the prices of both capacities.

The quarter is a CPU quota of the kernel (cgroups), which takes root on Linux; elsewhere it is four times the processor time.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import s3
import tables
from rounds import Result, measure, say
from tools import Job, unparquet

SIXTEENTH, WHOLE = 0.0625, 1
CORE_SHARE = 0.25
PERIOD = 100_000
# https://aws.amazon.com/glue/pricing/, us-east-1: dollars a DPU-hour of a Python Shell job, billed by the second.
DPU_HOUR = 0.44
BILLED_AT_LEAST = 60
SHAPES = (("small-10MB", "default"), ("taxi", "full"), ("keys", "full"))


@dataclass(frozen=True)
class Found:
    source: Path
    quarter: Result
    all_cores: Result
    json_bytes: int


def section(files: list[Path], folder: Path, rounds: int) -> list[str]:
    """The section's paragraphs."""
    with s3.server(), quarter_of_a_core() as limited:
        found = [run(source, folder, rounds, limited) for source in files]
    how = "a CPU quota of the kernel" if limited else "reckoned as four times the processor time"
    return [
        f"From S3 to S3 on a quarter of a core ({how}) and on {os.cpu_count()} cores. Dollars are those of {DPU_HOUR} a DPU-hour, and of a "
        "minute at least; a whole DPU has four cores, so its column is an upper bound.",
        table(found),
    ]


def run(source: Path, folder: Path, rounds: int, limited: list[str]) -> Found:
    remote, output = f"{s3.BUCKET}/{source.name}", f"{s3.BUCKET}/output.ndjson"
    s3.put(source, remote)
    command = unparquet(Job(remote, output))
    quarter, all_cores = Result(), Result()
    for n in range(rounds):
        all_cores.add(measure(command))
        say(source, n, "all cores", all_cores)
        quarter.add(measure([*limited, *command]) if limited else reckoned(all_cores))
        say(source, n, "a quarter of a core", quarter)
    local = folder / "encoded"
    measure(unparquet(Job(source, local)))
    return Found(source, quarter, all_cores, local.stat().st_size)


def reckoned(all_cores: Result) -> dict:
    return {**all_cores.runs[-1], "wall": all_cores.cpu / CORE_SHARE}


def dollars(seconds: float, capacity: float) -> float:
    return max(BILLED_AT_LEAST, seconds) * capacity * DPU_HOUR / 3600


def table(found: list[Found]) -> str:
    headings = [
        "data",
        "Parquet",
        "JSON",
        "CPU s",
        "0.0625 DPU: s",
        "$",
        "MB of Parquet a second",
        "1 DPU: s",
        "$",
    ]
    return tables.table(headings, [line(one) for one in found])


def line(found: Found) -> list[str]:
    size = found.source.stat().st_size
    slow, fast = found.quarter.wall, found.all_cores.wall
    return [
        found.source.name.rsplit("-", 1)[0],
        tables.size(size),
        tables.size(found.json_bytes),
        f"{found.all_cores.cpu:.2f}",
        f"{slow:.1f}",
        f"{dollars(slow, SIXTEENTH):.5f}",
        f"{size / slow / 1e6:.1f}",
        f"{fast:.1f}",
        f"{dollars(fast, WHOLE):.5f}",
    ]


@contextmanager
def quarter_of_a_core() -> Iterator[list[str]]:
    """What to put before a command so that it gets a quarter of a core; nothing where that cannot be had."""
    v2 = Path("/sys/fs/cgroup/cgroup.controllers").exists()
    group = Path("/sys/fs/cgroup" if v2 else "/sys/fs/cgroup/cpu") / "unparquet-bench"
    try:
        group.mkdir(exist_ok=True)
        quota = int(CORE_SHARE * PERIOD)
        if v2:
            (group / "cpu.max").write_text(f"{quota} {PERIOD}")
        else:
            (group / "cpu.cfs_period_us").write_text(str(PERIOD))
            (group / "cpu.cfs_quota_us").write_text(str(quota))
    except OSError:
        yield []
        return
    try:
        yield ["sh", "-c", f'echo $$ > {group}/cgroup.procs; exec "$@"', "sh"]
    finally:
        group.rmdir()
