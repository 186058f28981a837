"""Conversions on Spark beside one machine and beside Spark's own writer, on the same cores; and a model of large files on AWS.

$SPARK_PYTHON names a Python with PySpark, $WHEEL the converter.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import lane_costs
import prices
import s3
import tables
from rounds import Result, measure, say
from tools import OURS_COMMAND
from unparquet import ranges

HERE = Path(__file__).parent
SHAPES = ("taxi", "nested")
TINY = "small-10kB"
# Beside the product's ranges: the difference shows what a task takes besides its work.
SMALL_RANGE = 16 << 20
ONE_MACHINE, SPARK = "unparquet, one machine", "unparquet on Spark"
SMALL_RANGES, WRITE_JSON = f"{SPARK}, ranges of 16 MiB", "Spark's `write.json`"
CORES = (1, 2)

# Assumptions about AWS: docs/performance.md has the reasons.
START = 60  # seconds until a run of Glue 5 begins; not billed
NETWORK = 150e6  # bytes a second between a worker and S3, in each direction
COMPLETION = 0.006  # seconds for each part when S3 completes the object
BALANCE = 1.25  # work of the busiest core, as a multiple of the mean: glue/tests/test_ranges.py
WORKER_CORES = 4  # of a G.1X worker, which is one DPU; one worker more is the driver
SHELL_MAX, SPARK_MAX = 7200, 3600  # seconds of a run
JSON_SIZES, WORKERS = (1e10, 1e11, 1e12, 1e13), (10, 50, 100)


def section(files: dict[str, Path], tiny: Path, folder: Path, rounds: int) -> tuple[list[str], str]:
    """Paragraphs of the results page, and the model for the docs."""
    site = folder / "site"
    pip = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        "--target",
        str(site),
    ]
    subprocess.run([*pip, os.environ["WHEEL"]], check=True)
    os.environ.update({"PYTHONPATH": str(site), "SPARK_LOCAL_IP": "127.0.0.1"})
    with s3.server():
        found = {name: compare(source, folder, rounds) for name, source in files.items()}
        s3.put(tiny, f"{s3.BUCKET}/{tiny.name}")
        run = Result()
        for n in range(rounds):
            run.add(on_spark(1, convert(ranges.RANGE, tiny)))
            say(tiny, n, SPARK, run)
    task = max(0.0, sum(task_overhead(results) for results in found.values()) / len(found))
    headings = ["data", "JSON", "converter", *(f"{cores} core{'s' * (cores > 1)}: s" for cores in CORES)]
    lines = [
        [name, tables.size(results[ONE_MACHINE, 1].output_bytes), what, *cells(results, what)]
        for name, results in found.items()
        for what in (ONE_MACHINE, SPARK, SMALL_RANGES, WRITE_JSON)
    ]
    return [
        "Wall seconds of the whole process. unparquet converts from S3 to S3, to one object; the emulated S3 runs on the same "
        "machine. Spark's own writer converts a local file to a local folder of parts. Executors have one core each.",
        tables.table(headings, lines, 3),
        f"A run on Spark that converts 10 kB takes {run.wall:.1f} s: Spark starts. A task takes {task:.2f} s besides its work.",
    ], model(run.wall, task)


def cells(results: dict[tuple[str, int], Result], what: str) -> list[str]:
    found = (results[what, cores] for cores in CORES)
    return [f"n/a: {result.failed}" if result.failed else f"{result.wall:.1f}" for result in found]


def compare(source: Path, folder: Path, rounds: int) -> dict[tuple[str, int], Result]:
    """Measures each converter on each number of cores."""
    s3.put(source, f"{s3.BUCKET}/{source.name}")
    encoded, parts = folder / "encoded", folder / "parts"
    size = encode(source, encoded)
    found = {
        (what, cores): Result(output_bytes=size)
        for what in (ONE_MACHINE, SPARK, SMALL_RANGES, WRITE_JSON)
        for cores in CORES
    }
    for n in range(rounds):
        for (what, cores), result in found.items():
            if what == ONE_MACHINE:
                remote = [f"{s3.BUCKET}/{source.name}", f"{s3.BUCKET}/output"]
                result.add(measure([OURS_COMMAND, "convert", *remote, "--threads", str(cores)]))
            elif what == WRITE_JSON:
                shutil.rmtree(parts, ignore_errors=True)
                result.add(on_spark(cores, [str(HERE / "peers/spark_json.py"), str(source), str(parts)]))
            else:
                result.add(on_spark(cores, convert(ranges.RANGE if what == SPARK else SMALL_RANGE, source)))
            say(source, n, f"{what}, {cores}", result)
    shutil.rmtree(parts, ignore_errors=True)
    return found


def encode(source: Path, target: Path) -> int:
    """Size of the JSON."""
    measure([OURS_COMMAND, "convert", str(source), str(target)])
    size = target.stat().st_size
    target.unlink()
    return size


def convert(range_bytes: int, source: Path) -> list[str]:
    remote = [f"{s3.BUCKET}/{source.name}", f"{s3.BUCKET}/output"]
    return [str(HERE / "peers/spark_convert.py"), str(range_bytes), *remote]


def on_spark(cores: int, script: list[str]) -> dict[str, float]:
    """Runs a script with so many executors of one core."""
    python = os.environ["SPARK_PYTHON"]
    settings = [
        "--driver-memory",
        "2g",
        "--conf",
        "spark.executor.memory=2g",
        "--conf",
        "spark.ui.enabled=false",
    ]
    master = ["--master", f"local-cluster[{cores},1,2048]"]
    os.environ["PYSPARK_SUBMIT_ARGS"] = " ".join([*master, *settings, "pyspark-shell"])
    os.environ["PYSPARK_PYTHON"] = python
    return measure([python, *script])


def task_overhead(results: dict[tuple[str, int], Result]) -> float:
    """Seconds that a task takes besides its work, from the same work in more tasks on one core."""
    large, small = results[SPARK, 1], results[SMALL_RANGES, 1]
    more = large.output_bytes / SMALL_RANGE - large.output_bytes / ranges.RANGE
    return (small.wall - large.wall) / more


def model(run: float, task: float) -> str:
    """Time and cost of taxi trips on AWS, as a table."""
    headings = [
        "JSON",
        "Parquet",
        "1 DPU, `shell`: s",
        "$",
        *(f"{n} workers: s | $" for n in WORKERS),
        "limited by",
    ]
    headings = [part for heading in headings for part in heading.split(" | ")]
    lines = []
    for size in JSON_SIZES:
        shell = lane_costs.in_shell(size)
        line = [
            lane_costs.size(size),
            lane_costs.size(size * lane_costs.PARQUET),
            *([seconds(shell[0]), dollars(shell[1])] if shell[0] < SHELL_MAX else ["too long", ""]),
        ]
        for workers in WORKERS:
            busy, _ = on_aws(size, workers, run, task)
            cost = dollars((workers + 1) * busy / 3600 * prices.DPU_HOUR)
            line += [seconds(START + busy), cost] if busy < SPARK_MAX else ["too long", ""]
        lines.append([*line, on_aws(size, WORKERS[-1], run, task)[1]])
    return tables.table(headings, lines)


def on_aws(size: float, workers: int, run: float, task: float) -> tuple[float, str]:
    """Billed seconds, and what takes the most of them with this many workers."""
    tasks = min(ranges.MAX_RANGES, size / ranges.RANGE)
    cores = min(workers * WORKER_CORES, tasks)
    processors = BALANCE * size * lane_costs.CPU / cores
    network = BALANCE * size / min(workers, tasks) / NETWORK
    parts = {
        "start-up": run,
        "tasks": tasks * task / cores,
        "completion": min(ranges.MAX_PARTS, size / ranges.PART) * COMPLETION,
        # A worker computes while it uploads.
        **({"network": network} if network > processors else {"processors": processors}),
    }
    return sum(parts.values()), max(parts, key=parts.get)


def seconds(value: float) -> str:
    return f"{value:,.0f}"


def dollars(value: float) -> str:
    return f"{value:.2f}" if value >= 0.01 else f"{value:.4f}"
