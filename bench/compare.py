"""Measures unparquet beside other converters and prints the figures as Markdown. Without other options than --rounds, --scale and
--stress it also writes them to bench/results, and the headline figures to docs/performance.md."""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import capacity
import conformance
import memory
import report
import s3
import tables
from rounds import Result, compare, measure
from shapes import BIG, SHAPES, SMALL, STRESS
from tools import FLOOR, OURS, TOOLS

HERE = Path(__file__).parent
# Processes of some tenths of a second vary more than those of seconds, and cost less to repeat.
SMALL_ROUNDS = 7
COMPRESSED, COMPRESSED_ROUNDS = "lineitem", 2
HEADLINES = "converters"
TITLES = {
    HEADLINES: "Side by side with other converters",
    "large-files": "Large files, side by side",
    "memory": "What takes memory, side by side",
}
RATIOS = (
    "In the first table, the time of the best other converter is divided by ours; in the others, each converter's: above 1 it takes "
    "longer. The best of the others is bold."
)


def main() -> None:
    args = arguments()
    args.page = page(args)
    names = [args.only] if args.only else sections(args)
    args.tools = list(dict.fromkeys([OURS, *(args.tools or TOOLS)]))
    parts = [report.environment(args)]
    with scratch() as folder:
        for name in names:
            parts += SECTIONS[name](args, folder)
    print("\n\n".join(parts))
    if args.page:
        report.write(args.page, TITLES[args.page], [RATIOS, *parts])


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="npm run bench --", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="3 unless given")
    parser.add_argument(
        "--scale", choices=["default", "full"], default="default", help="full: up to 3 GB of JSON"
    )
    parser.add_argument(
        "--stress", action="store_true", help="what takes memory: a row group of 2 GB, 5,000 columns"
    )
    parser.add_argument(
        "--shapes", nargs="+", metavar="SHAPE", choices=list(SHAPES), help=f"any of {', '.join(SHAPES)}"
    )
    parser.add_argument(
        "--tools", nargs="+", metavar="TOOL", choices=list(TOOLS), help=f"any of {', '.join(TOOLS)}"
    )
    parser.add_argument("--only", choices=list(SECTIONS), help="one part of the report")
    return parser.parse_args()


def page(args: argparse.Namespace) -> str | None:
    """The page of results to write: none for a part of it."""
    if args.shapes or args.tools or args.only:
        return None
    if args.stress:
        return "memory"
    return "large-files" if args.scale == "full" else HEADLINES


def sections(args: argparse.Namespace) -> list[str]:
    """All sections, or where some shapes or tools or sizes are asked for, only how they compare."""
    if args.stress and args.page:
        return ["shapes", "memory"]
    some = args.shapes or args.tools or args.stress or args.scale == "full"
    return ["shapes"] if some else [name for name in SECTIONS if name not in APART]


def shapes(args: argparse.Namespace, folder: Path) -> list[str]:
    names = args.shapes or list(STRESS if args.stress else BIG)
    tools = [*args.tools, FLOOR]
    found = {
        name: compare(source, folder, args.rounds, tools) for name, source in files(names, args.scale).items()
    }
    if args.page == HEADLINES:
        headlines = tables.headlines({SHAPES[name].about: comparison for name, comparison in found.items()})
        report.publish("performance.md", "headlines", f"{report.environment(args)}\n\n{headlines}")
    single = [
        f"## {name}\n\n{tables.shape(SHAPES[name].about, comparison)}" for name, comparison in found.items()
    ]
    return [tables.summary(found), *single]


def small(args: argparse.Namespace, folder: Path) -> list[str]:
    found = [compare(source, folder, SMALL_ROUNDS, args.tools) for source in files(list(SMALL)).values()]
    return [
        "## Small files",
        "Wall time of the whole process, start-up included, in milliseconds.",
        tables.small(found),
    ]


def start_up(args: argparse.Namespace, folder: Path) -> list[str]:
    found = {name: Result() for name in args.tools}
    for _ in range(SMALL_ROUNDS):
        for name, result in found.items():
            result.add(measure(TOOLS[name].start))
    return ["## Start-up", "Loading the converter, and nothing else.", tables.start_up(found)]


def compression(args: argparse.Namespace, folder: Path) -> list[str]:
    source = files([COMPRESSED])[COMPRESSED]
    tools = [name for name in args.tools if TOOLS[name].compresses]
    found = {codec: compare(source, folder, COMPRESSED_ROUNDS, tools, codec) for codec in ("gzip", "zstd")}
    about = f"`{COMPRESSED}` again, compressed at the level that each converter chooses."
    return ["## gzip and zstd", about, tables.compressed(found)]


def from_s3_to_s3(args: argparse.Namespace, folder: Path) -> list[str]:
    return ["## S3 to S3", *s3.section(files(list(s3.SHAPES)), folder, args.rounds)]


def glue_capacity(args: argparse.Namespace, folder: Path) -> list[str]:
    sources = [files([name], scale)[name] for name, scale in capacity.SHAPES]
    text = capacity.section(sources, folder, args.rounds)
    ours = report.environment(argparse.Namespace(tools=[OURS], rounds=args.rounds))
    report.write("capacity", "Conversions on the capacity of a Glue run", [ours, *text])
    *_, costs = text
    report.publish("cost.md", "capacity", costs)
    return text


def memory_files(args: argparse.Namespace, folder: Path) -> list[str]:
    found = memory.run()
    text = f"{report.environment(argparse.Namespace(tools=[OURS], rounds=1))}\n\n{memory.table(found)}"
    if args.only:
        report.publish("../bench/results/memory.md", "memory", text)
    report.publish("performance.md", "memory", memory.summary(found))
    return ["## Files that take memory", report.marked("memory", text)]


def conformance_page(args: argparse.Namespace, folder: Path) -> list[str]:
    rows = conformance.run(folder)
    conformance.write(rows)
    return ["## Conformance", conformance.summary(rows)]


SECTIONS = {
    "shapes": shapes,
    "small": small,
    "start-up": start_up,
    "compression": compression,
    "s3": from_s3_to_s3,
    "capacity": glue_capacity,
    "memory": memory_files,
    "conformance": conformance_page,
}
# What is measured only when it is asked for.
APART = {"capacity", "memory", "conformance"}


def files(names: list[str], scale: str = "default") -> dict[str, Path]:
    """Made by a process of its own, which takes memory that this one has better uses for."""
    command = [sys.executable, str(HERE / "data.py"), str(HERE / ".data"), "--scale", scale, *names]
    printed = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return {name: Path(path) for name, path in (line.split("\t") for line in printed.splitlines())}


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder for outputs, in memory where the system has that as a folder: no disk is to be measured."""
    memory = Path("/dev/shm")
    folder = Path(tempfile.mkdtemp(prefix="bench-", dir=memory if memory.is_dir() else None))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
