"""The converters and their commands."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Callable

HERE = Path(__file__).parent
ARROW_RS = HERE.parent / ".local/bench-arrow-rs/release/arrow-rs-bench"
OURS = "unparquet"
OURS_COMMAND = str(Path(sys.executable).with_name("unparquet"))
# Single-threaded, so its CPU time has no threading overhead.
SINGLE = "arrow-rs"
FLOOR = "decode and write"


@dataclass(frozen=True)
class Job:
    """A file to convert. `json_bytes` is the size of our uncompressed output."""

    source: Path | str
    output: Path | str
    compression: str = "none"
    json_bytes: int = 0


@dataclass(frozen=True)
class Tool:
    title: str
    command: Callable[[Job], list[str]]
    # Only loads the converter.
    start: list[str]
    # The package whose version is shown, and a suffix.
    package: str
    detail: str = ""
    compresses: bool = True


def script(name: str) -> Callable[[Job], list[str]]:
    command = [sys.executable, str(HERE / "peers" / name)]
    return lambda job: [*command, str(job.source), str(job.output), job.compression]


def importing(module: str) -> list[str]:
    return [sys.executable, "-c", f"import {module}"]


def unparquet(job: Job) -> list[str]:
    return [OURS_COMMAND, "convert", str(job.source), str(job.output), "--compression", job.compression]


def arrow_rs(job: Job) -> list[str]:
    return [str(ARROW_RS), "write", str(job.source), str(job.output)]


def decode(job: Job) -> list[str]:
    return [str(ARROW_RS), "decode", str(job.source), str(job.output), str(job.json_bytes)]


TOOLS = {
    OURS: Tool(OURS, unparquet, importing("unparquet.cli"), OURS),
    "polars": Tool("Polars", script("polars_ndjson.py"), importing("polars"), "polars"),
    "chdb": Tool("ClickHouse", script("chdb_outfile.py"), importing("chdb"), "chdb-core", " (chdb)"),
    "datafusion": Tool("DataFusion", script("datafusion_json.py"), importing("datafusion"), "datafusion"),
    "duckdb": Tool("DuckDB", script("duckdb_copy.py"), importing("duckdb"), "duckdb"),
    SINGLE: Tool("arrow-rs", arrow_rs, [str(ARROW_RS), "version"], "", ", 1 thread", compresses=False),
}
FLOORS = {FLOOR: Tool("arrow-rs, decode only, then write the bytes", decode, [], "", compresses=False)}


def label(name: str) -> str:
    """The converter's title and version."""
    if name in FLOORS:
        return FLOORS[name].title
    return f"{TOOLS[name].title} {version(TOOLS[name].package)}{TOOLS[name].detail}"


@cache
def version(package: str) -> str:
    if package:
        return metadata.version(package)
    if not ARROW_RS.exists():
        return "(not built)"
    return subprocess.run([ARROW_RS, "version"], capture_output=True, text=True, check=True).stdout.strip()
