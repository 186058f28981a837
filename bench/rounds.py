"""Runs all converters on one file, in rounds, and compares their output with ours."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import checks
import pyarrow.parquet as pq
from tools import FLOORS, OURS, TOOLS, Job

HERE = Path(__file__).parent
SECONDS = 300
ALL = {**TOOLS, **FLOORS}


@dataclass
class Result:
    """Measurements of one converter on one file. `failed` is the reason if there are none."""

    runs: list[dict[str, float]] = field(default_factory=list)
    failed: str = ""
    output_bytes: int = 0
    notes: list[str] = field(default_factory=list)

    def add(self, run: dict) -> None:
        self.failed = self.failed or run.get("failed", "")
        if self.failed:
            self.runs.clear()
        else:
            self.runs.append(run)

    @property
    def wall(self) -> float:
        return statistics.median(run["wall"] for run in self.runs)

    @property
    def cpu(self) -> float:
        return statistics.median(run["cpu"] for run in self.runs)

    @property
    def peak_mb(self) -> float:
        return max(run["peak_mb"] for run in self.runs)


@dataclass(frozen=True)
class Comparison:
    source: Path
    rows: int
    codec: str
    results: dict[str, Result]

    @property
    def ours(self) -> Result:
        return self.results[OURS]

    def peers(self) -> dict[str, Result]:
        """The other converters, except those whose output is a tenth smaller than ours, which leave out data."""
        return {
            name: result
            for name, result in self.results.items()
            if name in TOOLS
            and name != OURS
            and result.runs
            and result.output_bytes >= 0.9 * self.ours.output_bytes
        }


def measure(command: list[str]) -> dict[str, float]:
    runner = [sys.executable, "-I", "-S", str(HERE / "measure.py"), str(SECONDS), *command]
    return json.loads(subprocess.run(runner, check=True, capture_output=True, text=True).stdout)


def compare(
    source: Path, scratch: Path, rounds: int, tools: list[str], compression: str = "none"
) -> Comparison:
    """Runs each tool once per round. Ours is first; the others' output is compared with it."""
    metadata = pq.read_metadata(source)
    found = {name: Result() for name in tools}
    ours: list[bytes] = []
    source.read_bytes()  # into the page cache
    for n in range(rounds):
        for name, result in found.items():
            if result.failed:
                continue
            output = scratch / "output.ndjson"
            job = Job(source, output, compression, found[OURS].output_bytes)
            result.add(measure(ALL[name].command(job)))
            say(source, n, name, result)
            if n == 0 and result.runs:
                result.output_bytes = output.stat().st_size
                if compression == "none" and name in TOOLS:
                    lines = look(result, output, metadata.num_rows)
                    ours = ours or lines
                    result.notes = checks.compare(pq.read_schema(source), ours, lines)
            output.unlink(missing_ok=True)
        if found[OURS].failed:
            sys.exit(f"unparquet failed on {source.name}: {found[OURS].failed}")
    return Comparison(source, metadata.num_rows, metadata.row_group(0).column(0).compression.lower(), found)


def look(result: Result, output: Path, rows: int) -> list[bytes]:
    """The sampled lines of an output. Fails if the number of rows differs."""
    count, lines = checks.sample(output, rows)
    if count != rows:
        result.add({"failed": f"wrote {count:,} of {rows:,} rows"})
    return lines


def say(source: Path, n: int, name: str, result: Result) -> None:
    figures = result.failed or "{wall:.2f} s, CPU {cpu:.2f} s, {peak_mb:.0f} MB".format(**result.runs[-1])
    print(f"  {source.stem}, round {n + 1}, {name}: {figures}", file=sys.stderr, flush=True)
