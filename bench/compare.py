"""Compares unparquet with other converters and prints Markdown. Unless options restrict it to a part, it also
writes bench/results, and the headline figures to docs/performance.md."""

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
import spark
import tables
from rounds import Result, compare, measure
from shapes import BIG, SHAPES, SMALL, STRESS
from tools import FLOOR, OURS, TOOLS

HERE = Path(__file__).parent
# Short processes vary more than long ones, and are cheap to repeat.
SMALL_ROUNDS = 7
COMPRESSED, COMPRESSED_ROUNDS = "lineitem", 2
HEADLINES = "converters"
TITLES = {
    HEADLINES: "Comparison with other converters",
    "large-files": "Comparison on large files",
    "memory": "Comparison of memory",
}
RATIOS = (
    "Ratios are a converter's time divided by ours: above 1, ours is faster. The first table has the best of the other converters; "
    "in the others, the best is bold."
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
    parser.add_argument("--stress", action="store_true", help="memory: a row group of 2 GB, 5,000 columns")
    parser.add_argument(
        "--shapes", nargs="+", metavar="SHAPE", choices=list(SHAPES), help=f"any of {', '.join(SHAPES)}"
    )
    parser.add_argument(
        "--tools", nargs="+", metavar="TOOL", choices=list(TOOLS), help=f"any of {', '.join(TOOLS)}"
    )
    parser.add_argument("--only", choices=list(SECTIONS), help="one part of the report")
    return parser.parse_args()


def page(args: argparse.Namespace) -> str | None:
    """The results page to write, or None for a partial run."""
    if args.shapes or args.tools or args.only:
        return None
    if args.stress:
        return "memory"
    return "large-files" if args.scale == "full" else HEADLINES


def sections(args: argparse.Namespace) -> list[str]:
    """All sections, or only the comparison if shapes, tools or sizes are chosen."""
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
    return ["## Start-up", "Loads the converter and exits.", tables.start_up(found)]


def compression(args: argparse.Namespace, folder: Path) -> list[str]:
    source = files([COMPRESSED])[COMPRESSED]
    tools = [name for name in args.tools if TOOLS[name].compresses]
    found = {codec: compare(source, folder, COMPRESSED_ROUNDS, tools, codec) for codec in ("gzip", "zstd")}
    about = f"`{COMPRESSED}` again, at each converter's default compression level."
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
    return ["## Memory-hungry files", report.marked("memory", text)]


def conformance_page(args: argparse.Namespace, folder: Path) -> list[str]:
    rows = conformance.run(folder)
    conformance.write(rows)
    return ["## Conformance", conformance.summary(rows)]


def on_spark(args: argparse.Namespace, folder: Path) -> list[str]:
    text, model = spark.section(
        files(list(spark.SHAPES)), files([spark.TINY])[spark.TINY], folder, args.rounds
    )
    ours = report.environment(argparse.Namespace(tools=[OURS], rounds=args.rounds))
    report.write("spark", "Conversions on Spark", [ours, *text])
    report.publish("performance.md", "spark", model)
    return [*text, model]


SECTIONS = {
    "shapes": shapes,
    "small": small,
    "start-up": start_up,
    "compression": compression,
    "s3": from_s3_to_s3,
    "capacity": glue_capacity,
    "memory": memory_files,
    "conformance": conformance_page,
    "spark": on_spark,
}
# Run only on request.
APART = {"capacity", "memory", "conformance", "spark"}


def files(names: list[str], scale: str = "default") -> dict[str, Path]:
    """Runs in its own process, so that its memory is freed."""
    command = [sys.executable, str(HERE / "data.py"), str(HERE / ".data"), "--scale", scale, *names]
    printed = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return {name: Path(path) for name, path in (line.split("\t") for line in printed.splitlines())}


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder for outputs, in memory if possible, so that disk speed does not count."""
    memory = Path("/dev/shm")
    folder = Path(tempfile.mkdtemp(prefix="bench-", dir=memory if memory.is_dir() else None))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
