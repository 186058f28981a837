"""Measures the converter's memory on memory-hungry files, with and without a limit of 1 GB."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import cgroup
import tables
from bombs import BOMBS
from tools import OURS_COMMAND

HERE = Path(__file__).parent
THREADS = 2
# Decimal megabytes: the documented maximum, and the limit at which the bench stops a process.
PROMISED_MB, CEILING_MB = 256, 6_000
SMALL_MACHINE = 10**9
# Some of the files would become petabytes of JSON.
MOST_BYTES = 4_000_000_000
SECONDS = 120
# For the docs.
SHORT = [
    *("skewed-texts", "text-16m", "text-40m", "texts-40m-apart", "lists-of-texts", "doubles-5000"),
    *("doubles-60000", "page-512m", "dictionaries-5000", "lists-8m-columns", "delta-equal"),
    *("columns-1m", "row-groups-4m", "schema-20m"),
]


@dataclass(frozen=True)
class Found:
    """`failed`: the converter's last line or exit status."""

    wall: float
    peak_mb: float
    output: int
    failed: str

    @property
    def code(self) -> str:
        match = re.match(r"unparquet: (\w+): ", self.failed)
        return match[1] if match else ""

    @property
    def capped(self) -> bool:
        return self.code == "limit_exceeded" and str(MOST_BYTES) in self.failed

    @property
    def clean(self) -> bool:
        """Converted up to the limit, or refused with `limit_exceeded`."""
        return not self.failed or self.code == "limit_exceeded"

    def result(self) -> str:
        if not self.failed:
            return tables.size(self.output)
        if self.capped:
            return f"over {tables.size(MOST_BYTES)}"
        if self.code:
            return f"`{self.code}`" if self.clean else f"**`{self.code}`**"
        if self.failed == "exceeded the ceiling":
            return "**stopped**"
        return f"**{self.failed}**"

    def peak(self) -> str:
        if self.failed == "exceeded the ceiling":
            return f"**over {CEILING_MB:,}**"
        text = f"{self.peak_mb:,.0f}"
        return text if self.peak_mb < PROMISED_MB else f"**{text}**"

    def same(self, other: Found) -> bool:
        return (self.output == other.output or self.capped) and self.result() == other.result()


@dataclass(frozen=True)
class Row:
    """`small`: the run limited to 1 GB, if control groups are available."""

    name: str
    parquet_bytes: int
    alone: Found
    small: Found | None

    def cells(self) -> list[str]:
        small = self.small and ("the same" if self.small.same(self.alone) else self.small.result())
        return [
            self.name,
            BOMBS[self.name].about,
            tables.size(self.parquet_bytes),
            self.alone.result(),
            f"{self.alone.wall:.1f}",
            self.alone.peak(),
            small or "",
        ]


def run(names: list[str] | None = None) -> list[Row]:
    rows = []
    with cgroup.memory(SMALL_MACHINE) as limited:
        for name, path in files(names or list(BOMBS)).items():
            path.read_bytes()  # into the page cache
            rows.append(
                Row(name, path.stat().st_size, measure(path, []), measure(path, limited) if limited else None)
            )
            print(" ", *rows[-1].cells(), sep="  ", file=sys.stderr, flush=True)
    return rows


def table(rows: list[Row]) -> str:
    """All measurements, and the messages of refused files."""
    headings = ["file", "contents", "Parquet", "JSON", "wall s", "peak MB", "in 1 GB"]
    notes = [
        f"- {row.name}: {row.alone.failed.removeprefix('unparquet: ')}"
        for row in rows
        if row.alone.code and not row.alone.capped
    ]
    missing = "" if any(row.small for row in rows) else " A control group of 1 GB was not available."
    return "\n\n".join(
        [
            f"`unparquet convert FILE - --threads {THREADS}`, at most {tables.size(MOST_BYTES)} of JSON (`--max-bytes`), which is "
            f"discarded. Bold: {PROMISED_MB} MB or more, or neither a result nor `limit_exceeded`; "
            f"stopped: by the bench, at {tables.size(CEILING_MB * 1e6)}.{missing}",
            tables.table(headings, [row.cells() for row in rows], texts=2),
            *(["Refused files:", "\n".join(notes)] if notes else []),
        ]
    )


def summary(rows: list[Row]) -> str:
    """One file of each kind."""
    headings = ["file", "Parquet", "JSON", "wall s", "peak MB", "in 1 GB"]
    return tables.table(headings, [row.cells()[1:] for row in rows if row.name in SHORT])


def measure(path: Path, before: list[str]) -> Found:
    options = ["--threads", str(THREADS), "--max-bytes", str(MOST_BYTES)]
    runner = [sys.executable, "-I", "-S", str(HERE / "measure.py"), str(SECONDS)]
    watched = ["--sink", "--ceiling", str(CEILING_MB)]
    command = [*runner, *watched, *before, OURS_COMMAND, "convert", str(path), "-", *options]
    found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return Found(found["wall"], found["peak_mb"], found["output"], found.get("failed", ""))


def files(names: list[str]) -> dict[str, Path]:
    command = [sys.executable, str(HERE / "bombs.py"), str(HERE / ".data/memory"), *names]
    printed = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return {name: Path(path) for name, path in (line.split("\t") for line in printed.splitlines())}


if __name__ == "__main__":
    print(table(run(sys.argv[1:])))
