"""Times unparquet and other converters on the same files, whole processes, one after the other in turn.

Prints a Markdown table: wall and CPU seconds (median over the rounds), peak memory of the process, and each of the
others' wall time as a multiple of ours. Exits with 1 when outputs disagree.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

TOOLS = {
    "unparquet": [
        str(Path(sys.executable).with_name("unparquet")),
        "convert",
        "{input}",
        "{output}",
    ],
    "Polars": [
        sys.executable,
        "-c",
        "import sys, polars as pl; pl.scan_parquet(sys.argv[1]).sink_ndjson(sys.argv[2])",
        "{input}",
        "{output}",
    ],
    "DuckDB": [
        sys.executable,
        "-c",
        "import sys, duckdb; duckdb.sql(\"COPY '%s' TO '%s' (FORMAT json)\" % tuple(sys.argv[1:]))",
        "{input}",
        "{output}",
    ],
}


@dataclass
class Run:
    wall: float
    cpu: float
    peak_mb: float


def run(command: list[str]) -> Run:
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    if status != 0:
        sys.exit(f"failed: {' '.join(command)}")
    kilobyte = 1 if sys.platform == "darwin" else 1024
    return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * kilobyte / 1e6)


def sample(path: Path) -> tuple[int, dict, dict]:
    """The number of lines, and the first and the last of them as Python values."""
    rows, first, last = 0, b"", b""
    with path.open("rb") as lines:
        for last in lines:
            first = first or last
            rows += 1
    return rows, json.loads(first), json.loads(last)


def same(ours: object, theirs: object) -> bool:
    """Equal values; text of dates and times is compared up to the second, as each tool has a notation of its own."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return ours.keys() == theirs.keys() and all(same(ours[key], theirs[key]) for key in ours)
    if isinstance(ours, list) and isinstance(theirs, list):
        return len(ours) == len(theirs) and all(map(same, ours, theirs))
    if isinstance(ours, str) and isinstance(theirs, str):
        return ours.replace("T", " ")[:19] == theirs.replace("T", " ")[:19]
    return ours == theirs


def make_data(shapes: list[str]) -> dict[str, Path]:
    """
    The files, made in a process of their own: a child starts with the peak memory of whoever started it, so this process has
    to stay small.
    """
    here = Path(__file__).parent
    command = [sys.executable, str(here / "data.py"), str(here / ".data"), *shapes]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return {name: Path(path) for name, path in (line.split("\t") for line in printed.splitlines())}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--shapes", nargs="*", default=[], help="lineitem, sensors, nested; all unless given")
    args = parser.parse_args()
    files = make_data(args.shapes)

    memory = Path("/dev/shm")
    scratch = Path(tempfile.mkdtemp(prefix="bench-", dir=memory if memory.is_dir() else None))
    print("| data | converter | wall s | CPU s | peak MB | wall, ours = 1 |\n|---|---|--:|--:|--:|--:|")
    try:
        for shape, source in files.items():
            compare(shape, source, scratch, args.rounds)
    finally:
        shutil.rmtree(scratch)


def compare(shape: str, source: Path, scratch: Path, rounds: int) -> None:
    runs: dict[str, list[Run]] = {tool: [] for tool in TOOLS}
    samples = {}
    for _ in range(rounds):
        for tool, command in TOOLS.items():
            output = scratch / f"{tool}.ndjson"
            runs[tool].append(run([part.format(input=source, output=output) for part in command]))
            samples.setdefault(tool, sample(output))
            output.unlink()
    ours = statistics.median(r.wall for r in runs["unparquet"])
    for tool, results in runs.items():
        if not all(map(same, samples["unparquet"], samples[tool])):
            sys.exit(f"{tool} and unparquet disagree on {shape}: {samples[tool]} {samples['unparquet']}")
        wall = statistics.median(r.wall for r in results)
        cpu = statistics.median(r.cpu for r in results)
        peak = max(r.peak_mb for r in results)
        print(
            f"| {shape} | {tool} | {wall:.2f} | {cpu:.2f} | {peak:.0f} | {wall / ours:.2f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
