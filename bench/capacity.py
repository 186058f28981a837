"""What a conversion costs on Glue: from S3 to S3 on a quarter of a core, as in a sixteenth of a DPU, and on all cores of this machine, with the
prices of both.

The quarter is a CPU quota (cgroups), which needs root on Linux; elsewhere it is four times the CPU time.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import cgroup
import prices
import s3
import tables
from rounds import Result, measure, say
from tools import Job, unparquet

SIXTEENTH, WHOLE = 0.0625, 1
CORE_SHARE = 0.25
JOBS_A_MONTH = 1000
SHAPES = (("small-10MB", "default"), ("taxi", "full"), ("keys", "full"))


@dataclass(frozen=True)
class Found:
    source: Path
    quarter: Result
    all_cores: Result
    json_bytes: int

    def on(self, capacity: float) -> prices.Run:
        result = self.quarter if capacity == SIXTEENTH else self.all_cores
        return prices.Run(self.source.stat().st_size, self.json_bytes, result.wall, capacity)

    def sizes(self) -> list[str]:
        name = self.source.name.rsplit("-", 1)[0]
        return [name, tables.size(self.source.stat().st_size), tables.size(self.json_bytes)]


def section(files: list[Path], folder: Path, rounds: int) -> list[str]:
    """Paragraphs of the section."""
    with s3.server(), cgroup.processor(CORE_SHARE) as limited:
        found = [run(source, folder, rounds, limited) for source in files]
    how = "a CPU quota" if limited else "estimated as four times the CPU time"
    return [
        f"From S3 to S3 on a quarter of a core ({how}), as with 0.0625 DPU, and on {os.cpu_count()} cores. A whole DPU has four, so "
        "its seconds are an upper bound. S3 is emulated on the same machine, and slow.",
        times(found),
        "Cost of each of these jobs in dollars, on its default capacity (0.0625 DPU):",
        costs(found),
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


def times(found: list[Found]) -> str:
    headings = ["data", "Parquet", "JSON", "CPU s", "0.0625 DPU: s", "MB/s", "Glue $", "1 DPU: s", "Glue $"]
    lines = []
    for one in found:
        slow, fast = one.on(SIXTEENTH), one.on(WHOLE)
        rate = slow.input_bytes / slow.seconds / 1e6
        on_slow = [f"{slow.seconds:.1f}", f"{rate:.1f}", f"{prices.glue(slow):.5f}"]
        on_fast = [f"{fast.seconds:.1f}", f"{prices.glue(fast):.5f}"]
        lines.append([*one.sizes(), f"{one.all_cores.cpu:.2f}", *on_slow, *on_fast])
    return tables.table(headings, lines)


def costs(found: list[Found]) -> str:
    a_month = [f"{JOBS_A_MONTH:,} such jobs a month", "each downloaded once, on top"]
    headings = ["data", "Parquet", "JSON", "Glue", "requests", "storage, a month", *a_month]
    lines = []
    for one in found:
        run = one.on(SIXTEENTH)
        parts = [prices.glue(run), prices.requests(run), prices.month_of_storage(run)]
        monthly = [f"{cost * JOBS_A_MONTH:,.2f}" for cost in (sum(parts), prices.download(run))]
        lines.append([*one.sizes(), *(f"{part:.5f}" for part in parts), *monthly])
    return tables.table(headings, lines)
