"""
Converts mutated files in one process until the time is up, and checks every outcome.

    python glue/tests/fuzzing.py SEED SECONDS [FOLDER]

It stops at the first harmful file (one with a wrong outcome, or that crashes or hangs the process), and leaves it in
FOLDER (by default a temporary one) as `harmful.parquet`.
"""

from __future__ import annotations

import functools
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from random import Random
from typing import Any

import engine
import hostile
import memory
import mutations
import odd_schema
import odd_writer
import strict_json
import thrift_edit

# Additional address space for the process, and memory for one small file.
ADDRESS_SPACE = 2 * 2**30
MEMORY = 300 * 2**20
LONGEST = 16 * 2**20  # bytes of output
ENDLESS = 10**12  # files
HANGS = 60  # seconds


@functools.lru_cache(maxsize=1)
def originals(of_gigabytes: bool = not memory.ON_WASM) -> list[bytes]:
    """
    Small files: of Arrow, with one column of each type, nested ones, and the corpus.

    `of_gigabytes`: including a file of 4 kB with 2 GiB of text, which takes minutes in instrumented code; on WebAssembly the
    limit on this process does not apply to the module's memory.
    """
    with tempfile.TemporaryDirectory() as folder:
        found = list(hostile.originals(Path(folder)).values())
    draw = Random(0)
    for number in range(3 * len(odd_schema.LEAVES)):
        kind = list(odd_schema.LEAVES)[number % len(odd_schema.LEAVES)]
        node = odd_schema.leaf("c", kind, number // len(odd_schema.LEAVES))
        table = odd_writer.Table([node], [[node.draw(draw, 0.2)] for _ in range(30)])
        found.append(odd_writer.file(table, draw))
    for _ in range(120):
        found.append(odd_writer.file(odd_writer.random_table(draw, draw.choice([2, 10, 40])), draw))
    corpus = Path(os.environ.get("PARQUET_TESTING", "")) / "data"
    others = sorted([*corpus.glob("*.parquet"), *(Path(__file__).parent / "foreign").glob("*.parquet")])
    if not of_gigabytes:
        others = [path for path in others if path.name != "large_string_map.brotli.parquet"]
    return found + [path.read_bytes() for path in others if path.stat().st_size < 20_000]


def _claimed_rows(file: bytes) -> int | None:
    try:
        _, metadata = thrift_edit.split(file)
        return sum(group[3][1] for group in metadata[4][1][1])
    except Exception:  # the tests' own reader does not read its footer
        return None


def outcome(file: bytes, **options: Any) -> tuple[str, bytes]:
    """The file's error code, or `""` and its JSON. Raises AssertionError for other outcomes."""
    sink = engine.Sink()
    sink.longest = LONGEST
    try:
        rows = engine.convert_into(sink, file, **options).rows
    except engine.TooLong:
        return "too long", b""
    except engine.ConversionError as error:
        assert error.code in hostile.BLAMES, str(error)
        # A caught panic must not look like any other error.
        panic = re.search("malformed data: (.*)", error.message)
        return (f"caught: {re.sub('[0-9]+', '#', panic[1])}" if panic else error.code), b""
    found = strict_json.parse_lines(bytes(sink))
    assert rows == len(found), f"{rows} rows reported, {len(found)} lines"
    claimed = _claimed_rows(file)
    wanted = rows if claimed is None else min(claimed, options.get("limit", claimed))
    assert rows == wanted, f"{rows} rows, not {wanted}"
    return "", bytes(sink)


def _check(file: bytes, draw: Random, peak: memory.Peak) -> str:
    peak.begin()
    found, text = outcome(file, threads=1)
    taken = peak.taken()
    assert taken < MEMORY, f"{taken >> 20} MiB"
    if draw.random() < 0.15:
        again, other = outcome(file, threads=draw.choice([2, 3]))
        assert (again, other) == (found, text), f"{found!r}, then with more threads {again!r}"
    return found


def _work(seed: int, seconds: float, count: int, folder: Path) -> None:
    """Converts files in a process of its own, keeping the current one in `folder`."""
    memory.spare(ADDRESS_SPACE)
    # A file of gigabytes takes seconds each time, so only long runs include it.
    files = originals(of_gigabytes=count == ENDLESS and not memory.ON_WASM)
    draw, peak = Random(seed), memory.Peak()
    outcomes: dict[str, int] = {}
    end = time.monotonic() + seconds
    path = folder / "harmful.parquet"
    with path.open("wb", buffering=0) as at_work:
        while count > 0 and time.monotonic() < end:
            file = mutations.mutated(draw, draw.choice(files))
            os.pwrite(at_work.fileno(), file, 0)
            at_work.truncate(len(file))
            signal.alarm(HANGS)
            found = _check(file, draw, peak)
            signal.alarm(0)
            outcomes[found] = outcomes.get(found, 0) + 1
            count -= 1
    path.unlink()
    print(json.dumps(outcomes))


def run(folder: Path, seed: int, seconds: float = 10**6, count: int = ENDLESS) -> dict[str, int]:
    """Number of files by outcome. Raises AssertionError for a harmful file."""
    arguments = [sys.executable, __file__, "work", str(seed), str(seconds), str(count), str(folder)]
    process = subprocess.run(arguments, capture_output=True, text=True, check=False)
    report = f"exit code {process.returncode}, see {folder / 'harmful.parquet'}\n{process.stderr[-3000:]}"
    assert process.returncode == 0, report
    assert not process.stderr, report
    return json.loads(process.stdout)


if __name__ == "__main__":
    if sys.argv[1] == "work":
        _work(int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4]), Path(sys.argv[5]))
    else:
        target = Path(sys.argv[3] if len(sys.argv) > 3 else tempfile.mkdtemp())
        print(run(target, int(sys.argv[1]), float(sys.argv[2])))
