"""The readers: each is a process that reads one file after another, within a time and a memory limit."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

from .values import parse, untag

HERE = Path(__file__).parent
NPM = HERE.parent.parent / ".local/bench-conformance"
SECONDS = 120
START_SECONDS = 120
MEMORY_MB = 8_000
POLL = 0.05
# In longer outputs, long runs of one letter are replaced by their length.
LARGE = 64 << 20
BLOCK = 1 << 24


@dataclass(frozen=True)
class Reader:
    title: str
    script: str
    # The package whose version is shown, and a suffix.
    package: str
    detail: str = ""
    # Whether its output must be valid JSON.
    writes_json: bool = False

    @property
    def command(self) -> list[str]:
        runtime = "node" if self.script.endswith(".mjs") else sys.executable
        return [runtime, str(HERE / "readers" / self.script)]

    @property
    def version(self) -> str:
        if self.script.endswith(".mjs"):
            found = json.loads((HERE / "package.json").read_text(encoding="utf-8"))
            return found["dependencies"][self.package]
        return metadata.version(self.package)


READERS = {
    "unparquet": Reader("unparquet", "unparquet_command.py", "unparquet", writes_json=True),
    "duckdb": Reader("DuckDB", "duckdb_copy.py", "duckdb", ", `COPY … (FORMAT json)`", writes_json=True),
    "polars": Reader("Polars", "polars_ndjson.py", "polars", ", `sink_ndjson`", writes_json=True),
    "clickhouse": Reader(
        "ClickHouse", "clickhouse_outfile.py", "chdb-core", " (chdb), `FORMAT JSONEachRow`", writes_json=True
    ),
    "datafusion": Reader(
        "DataFusion", "datafusion_json.py", "datafusion", ", `COPY … STORED AS JSON`", writes_json=True
    ),
    "pyarrow": Reader("pyarrow", "pyarrow_table.py", "pyarrow", ", `ParquetFile.read`"),
    "spark": Reader("Spark", "spark_arrow.py", "pyspark", ", `DataFrame.toArrow`"),
    "hyparquet": Reader("hyparquet", "hyparquet.mjs", "hyparquet", ", `parquetReadObjects`"),
}


@dataclass(frozen=True)
class Answer:
    """`outcome`: rows, refused, invalid JSON, crashed, hangs or too much memory. `said`: the reason if there are no rows."""

    outcome: str
    rows: list[Any] = field(default_factory=list)
    said: str = ""


class Asked:
    """One reader, started on first use and restarted after a crash."""

    def __init__(self, reader: Reader, folder: Path) -> None:
        self.reader = reader
        self.output = folder / "output.json"
        self.process: subprocess.Popen[bytes] | None = None

    def __call__(self, path: Path, columns: list[str] | None) -> Answer:
        answer = self._once(path, columns)
        if answer.outcome in ("crashed", "hangs", "too much memory"):
            # Retried in a fresh process: earlier files may be the cause.
            answer = self._once(path, columns)
        return answer

    def _once(self, path: Path, columns: list[str] | None) -> Answer:
        output = self.output
        output.unlink(missing_ok=True)
        started = self.process is None
        process = self.process = self.process or self._start()
        request = {"path": str(path), "columns": columns, "output": str(output)}
        assert process.stdin is not None
        with suppress(BrokenPipeError):
            process.stdin.write(json.dumps(request).encode() + b"\n")
            process.stdin.flush()
        line, ended = self._answer(process, SECONDS + START_SECONDS * started)
        if ended:
            self.close()
            return Answer(ended)
        said = json.loads(line)
        if "error" in said:
            return Answer("refused", said=said["error"])
        return rows(output, self.reader.writes_json) if output.exists() else Answer("rows")

    def _start(self) -> subprocess.Popen[bytes]:
        environment = {**os.environ, "TZ": "UTC", "CONFORMANCE_NPM": str(NPM), "PYTHONWARNINGS": "ignore"}
        return subprocess.Popen(
            self.reader.command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            start_new_session=True,
        )

    def _answer(self, process: subprocess.Popen[bytes], seconds: float) -> tuple[bytes, str]:
        """The response line, or how the process ended."""
        assert process.stdout is not None
        pipe, line, deadline = process.stdout.fileno(), b"", time.monotonic() + seconds
        while not line.endswith(b"\n"):
            if select.select([pipe], [], [], POLL)[0]:
                part = os.read(pipe, 1 << 16)
                if not part:
                    return b"", "crashed"
                line += part
            elif time.monotonic() > deadline:
                return b"", "hangs"
            elif resident_mb(process.pid) > MEMORY_MB:
                return b"", "too much memory"
        return line, ""

    def close(self) -> None:
        if self.process is not None:
            # Includes its child processes, such as Spark's.
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, 9)
            self.process.wait()
        self.process = None


def resident_mb(pid: int) -> float:
    """Memory of a process and its children, if /proc is available."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return 0
    return pages * 4096 / 1e6 + sum(resident_mb(int(child)) for child in children)


def rows(output: Path, writes_json: bool) -> Answer:
    found = []
    for number, line in enumerate(squeezed(output).split(b"\n")):
        if not line:
            continue
        try:
            found.append(untag(parse(line)))
        except ValueError as error:
            if not writes_json:
                raise
            return Answer("invalid JSON", said=f"line {number + 1}: {error}"[:300])
    return Answer("rows", found)


def squeezed(output: Path) -> bytes:
    """The text, with runs of a MiB or more of one letter replaced by the letter and its count."""
    if output.stat().st_size <= LARGE:
        return output.read_bytes()
    text, run, letter = bytearray(), 0, -1
    with output.open("rb") as file:
        while block := file.read(BLOCK):
            if run and block.count(letter) == len(block):
                run += len(block)
                continue
            for byte in _runs(block):
                if byte[0] == letter:
                    run += byte[1]
                    continue
                text += _written(letter, run)
                letter, run = byte
    return bytes(text + _written(letter, run))


def _runs(block: bytes) -> list[tuple[int, int]]:
    found, position = [], 0
    while position < len(block):
        rest = len(block) - position
        same = rest - len(block[position:].lstrip(block[position : position + 1]))
        found.append((block[position], same))
        position += same
    return found


def _written(letter: int, run: int) -> bytes:
    if run >= 1 << 20:
        return f"{chr(letter)} * {run}".encode()
    return bytes([letter]) * run if run else b""
