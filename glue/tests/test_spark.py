"""
Conversions on Spark, on two executors, each a process of its own, with a real S3 server. $SPARK_PYTHON names a Python that has
PySpark; Java must be installed.

The expected output is that of the Python Shell job. `spark/sitecustomize.py` makes the faults.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import time
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from command import JOB, run_job
from s3_server import Bucket

HERE = Path(__file__).parent
BENCH = HERE.parents[1] / "bench"
PYTHON = os.environ.get("SPARK_PYTHON", "")
MASTER = "local-cluster[2,1,1024]"
# The Java options make Java start twice as fast.
JAVA = "-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:-UsePerfData"
SUBMIT = " ".join(
    f"--conf '{setting}'"
    for setting in (
        *("spark.driver.bindAddress=127.0.0.1", "spark.driver.host=127.0.0.1", "spark.ui.enabled=false"),
        *(f"spark.driver.extraJavaOptions={JAVA}", f"spark.executor.extraJavaOptions={JAVA}"),
        *("spark.executor.memory=1024m", "spark.ui.showConsoleProgress=false"),
    )
)

# For small outputs. The server does not enforce the minimum size of a part.
SMALL = {
    "RANGE": 3 << 20,
    "COMPRESSED_RANGE": 3 << 20,
    "MIN_RANGE": 3 << 20,
    "PART": 1 << 20,
    "MIN_PART": 1 << 16,
}
STOPPED = {"code": "stopped", "message": "The run was stopped before it finished."}

pytestmark = pytest.mark.skipif(not PYTHON, reason="$SPARK_PYTHON does not name a Python with PySpark")


@dataclass
class Spark:
    """Runs of the job on Spark, which convert `in.parquet` of the bucket."""

    bucket: Bucket
    folder: Path
    home: Path
    settings: dict[str, int] = field(default_factory=lambda: SMALL)

    def start(self, name: str, *options: str, fault: str = "") -> subprocess.Popen[str]:
        faults = self.folder / name
        faults.mkdir()
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(HERE / "spark"), os.environ["PYTHONPATH"]]),
            "PYSPARK_PYTHON": PYTHON,
            "PYSPARK_SUBMIT_ARGS": f"--master {MASTER} {SUBMIT} pyspark-shell",
            "SPARK_HOME": str(self.home),
            "SPARK_LOCAL_DIRS": str(faults),
            "SPARK_LOCAL_IP": "127.0.0.1",
            "FAULT": fault,
            "FAULT_FOLDER": str(faults),
            "SETTINGS": json.dumps(self.settings),
        }
        command = [PYTHON, str(JOB.with_name("spark_job.py")), *_arguments(self.bucket, name), *options]
        return subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def run(self, name: str, *options: str, fault: str = "") -> tuple[int, str]:
        """Returns the exit code and the printed text."""
        with self.start(name, *options, fault=fault) as process:
            printed = process.communicate(timeout=240)[0]
        if fault not in ("", "driver before completion", "driver after completion", "storage forever"):
            assert (self.folder / name / "happened").exists(), printed
        return process.returncode, printed

    def parts(self, name: str) -> list[tuple[int, int]]:
        """The numbers and sizes of the parts of an output."""
        return [tuple(part) for part in json.loads((self.folder / name / "parts").read_text())]

    def manifest(self, name: str) -> dict[str, Any]:
        return self.bucket.json(f"reports/{name}/manifest.json")

    def check(self, name: str, *options: str, fault: str = "") -> None:
        """Checks that Spark writes the same output, index and manifest as the Python Shell job."""
        shell = self.shell(f"{name} in the shell", *options)
        code, printed = self.run(name, *options, fault=fault)
        assert code == 0, printed
        assert self.bucket.uploads() == []
        output, expected = (self.bucket.get(f"jobs/{one}/out") for one in (name, f"{name} in the shell"))
        assert hashlib.sha256(output).hexdigest() == hashlib.sha256(expected).hexdigest()
        index, shell_index = (
            self.bucket.json(f"reports/{one}/index.json") for one in (name, f"{name} in the shell")
        )
        assert index == shell_index
        manifest = self.manifest(name)
        assert {**manifest, "durationMs": 0} == {**shell, "durationMs": 0}
        progress = self.bucket.json(f"reports/{name}/progress.json")
        assert 0 <= progress.get("rows", 0) <= progress.get("totalRows", 0) <= manifest["rows"]

    def shell(self, name: str, *options: str) -> dict[str, Any]:
        """The manifest of the Python Shell job."""
        bucket = self.bucket
        run_job(
            bucket.uri("in.parquet"), bucket.uri(f"jobs/{name}/out"), bucket.uri(f"reports/{name}"), *options
        )
        return self.manifest(name)


def _arguments(bucket: Bucket, name: str) -> list[str]:
    return [
        *("--JOB_NAME", "converter-spark", "--job-id", "job_1", "--attempt", "1"),
        *("--input", bucket.uri("in.parquet"), "--output", bucket.uri(f"jobs/{name}/out")),
        *("--reports", bucket.uri(f"reports/{name}")),
    ]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SPARK_HOME with links to PySpark's files, because executors work in its folder `work`."""
    find = "import pyspark; print(*pyspark.__path__)"
    pyspark = subprocess.run([PYTHON, "-c", find], check=True, capture_output=True, text=True).stdout.strip()
    folder = tmp_path_factory.mktemp("spark")
    for path in Path(pyspark).iterdir():
        if path.name != "work":
            (folder / path.name).symlink_to(path)
    return folder


@pytest.fixture
def spark(bucket: Bucket, tmp_path: Path, home: Path) -> Spark:
    return Spark(bucket, tmp_path, home)


def _put(bucket: Bucket, path: Path, table: pa.Table, **writer: Any) -> None:
    pq.write_table(table, path / "in.parquet", **writer)
    bucket.put("in.parquet", path / "in.parquet")


@pytest.fixture
def numbers(bucket: Bucket, tmp_path: Path) -> None:
    """A file that becomes 13 MB of JSON, in several row groups."""
    rows = 300_000
    table = pa.table({"id": np.arange(rows) * 7919, "text": [f"row {row % 1000}" for row in range(rows)]})
    _put(bucket, tmp_path, table, row_group_size=70_001)


FORMS = [(form, codec) for form in ("ndjson", "json") for codec in ("none", "gzip", "zstd")]
SHAPES = ["lineitem", "taxi", "nested", "wide", "text", "keys", "sparse", "numbers"]
# Each shape in one form; with $ALL_FORMS, in all.
CASES = [
    (shape, *form)
    for number, shape in enumerate(SHAPES)
    for form in (FORMS if os.environ.get("ALL_FORMS") else [FORMS[number % 6]])
]


@pytest.mark.parametrize(("shape", "form", "codec"), CASES)
def test_the_output_is_that_of_one_machine_although_a_task_is_killed(
    spark: Spark, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shape: str, form: str, codec: str
) -> None:
    monkeypatch.syspath_prepend(str(BENCH))
    from shapes import SHAPES as all_shapes

    rows = {"wide": 1500, "text": 15_000}.get(shape, 40_000)
    generator = np.random.default_rng([1, zlib.crc32(shape.encode())])
    table = all_shapes[shape].make(generator, 0, rows)
    _put(spark.bucket, tmp_path, table, row_group_size=rows // 3, **all_shapes[shape].writer)
    spark.check("spark", "--format", form, "--compression", codec, fault="task")
    assert len(spark.parts("spark")) > 3


@pytest.mark.usefixtures("numbers")
@pytest.mark.parametrize("fault", ["executor", "twin", "storage"])
def test_a_lost_executor_twin_tasks_and_a_failed_request_change_nothing(spark: Spark, fault: str) -> None:
    spark.check("spark", fault=fault)


@pytest.mark.usefixtures("numbers")
def test_parts_are_large_enough_for_s3_and_their_numbers_ascend(spark: Spark) -> None:
    spark.settings = {"RANGE": 3 << 20, "MIN_RANGE": 3 << 20}
    spark.check("spark", "--format", "json")
    numbers, sizes = zip(*spark.parts("spark"))
    assert list(numbers) == sorted(numbers)
    assert 1 < len(sizes) < 4
    assert all(size >= 5 << 20 for size in sizes[:-1])


def test_ranges_that_compress_too_well_for_a_part_join_the_next(spark: Spark, tmp_path: Path) -> None:
    def rows(text: str, random: bool) -> pa.Table:
        numbers = np.random.default_rng(1).integers(0, 2**62, 40_000) if random else np.zeros(40_000, "i8")
        return pa.table({"number": numbers, "text": [text] * 40_000})

    with pq.ParquetWriter(tmp_path / "in.parquet", rows("", True).schema) as writer:
        for random in (False, True, True, False, False, False, True, False, False):
            writer.write_table(rows("same", random))
    spark.bucket.put("in.parquet", tmp_path / "in.parquet")
    spark.settings = {
        **SMALL,
        "RANGE": 1 << 20,
        "COMPRESSED_RANGE": 1 << 20,
        "MIN_RANGE": 1 << 20,
        "MIN_PART": 1 << 18,
    }
    spark.check("spark", "--compression", "zstd")
    assert all(size >= 1 << 18 for _, size in spark.parts("spark")[:-1])


def test_files_without_rows_and_with_few_rows_are_converted(spark: Spark, tmp_path: Path) -> None:
    for name, count, form in [("none", 0, "ndjson"), ("array", 0, "json"), ("few", 3, "json")]:
        _put(spark.bucket, tmp_path, pa.table({"a": pa.array(range(count), pa.int64())}))
        spark.check(name, "--format", form)


@pytest.mark.usefixtures("numbers")
def test_errors_are_those_of_one_machine(spark: Spark, tmp_path: Path) -> None:
    def check(name: str, *options: str) -> None:
        expected = spark.shell(f"{name} in the shell", *options)
        code, printed = spark.run(name, *options)
        assert code == 1, printed
        assert spark.manifest(name) == expected
        assert f"jobs/{name}/out" not in spark.bucket.names()
        assert spark.bucket.uploads() == []

    check("bytes", "--max-bytes", "9000000")
    check("rows", "--max-rows", "1000")
    check("column", "--columns", "nothing")
    check("version", "--input-etag", '"00000000000000000000000000000000"')
    # The first of two errors is reported, whichever task meets its own first.
    texts = [b"\xff" if row in (210_000, 299_999) else b"text" for row in range(300_000)]
    _put(spark.bucket, tmp_path, pa.table({"text": pa.array(texts, pa.binary()).view(pa.string())}))
    check("text")


@pytest.mark.usefixtures("numbers")
def test_a_task_that_fails_four_times_fails_the_conversion(spark: Spark) -> None:
    code, printed = spark.run("spark", fault="storage forever")
    assert code == 1, printed
    error = {"code": "internal", "message": "the storage did not respond"}
    assert spark.manifest("spark") == {"status": "FAILED", "error": error}
    assert spark.bucket.uploads() == []


@pytest.mark.usefixtures("numbers")
def test_a_stopped_run_leaves_nothing(spark: Spark) -> None:
    # A task that sleeps keeps the run from ending.
    process = spark.start("spark", fault="slow")
    while not (spark.folder / "spark" / "happened").exists():
        assert process.poll() is None, process.communicate()[0]
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGTERM
    assert spark.manifest("spark") == {"status": "FAILED", "error": STOPPED}
    assert "jobs/spark/out" not in spark.bucket.names()
    assert spark.bucket.uploads() == []


@pytest.mark.usefixtures("numbers")
def test_a_driver_killed_before_completion_leaves_no_output(spark: Spark) -> None:
    code, _ = spark.run("spark", fault="driver before completion")
    assert code == -signal.SIGKILL
    assert spark.bucket.names() == {"in.parquet", "reports/spark/run.json", "reports/spark/progress.json"}
    # The function that ends the attempt aborts it: packages/testing/test/spark.
    assert len(spark.bucket.uploads()) == 1


@pytest.mark.usefixtures("numbers")
def test_a_driver_killed_after_completion_leaves_a_whole_output_and_no_manifest(spark: Spark) -> None:
    code, _ = spark.run("spark", fault="driver after completion")
    assert code == -signal.SIGKILL
    spark.shell("shell")
    assert spark.bucket.get("jobs/spark/out") == spark.bucket.get("jobs/shell/out")
    assert "reports/spark/manifest.json" not in spark.bucket.names()
    assert spark.bucket.uploads() == []


@pytest.mark.usefixtures("numbers")
def test_a_second_run_of_an_attempt_does_nothing(spark: Spark) -> None:
    spark.bucket.s3.put_object(Bucket=spark.bucket.name, Key="reports/spark/run.json", Body=b"{}")
    code, printed = spark.run("spark")
    assert code == 1
    assert "unparquet: stopped: Another run has claimed this attempt." in printed
    assert spark.bucket.names() == {"in.parquet", "reports/spark/run.json"}
