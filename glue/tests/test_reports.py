"""The reports of a run: its claim, its progress, the index, and finally the manifest."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import generate
import memory
import pyarrow as pa
import pytest
from command import convert, convert_in_glue, job_line, run_job
from s3_proxy import Proxy
from s3_server import Bucket

REPORTS = "reports/job_1/1"
CLAIMED = "unparquet: stopped: Another run has claimed this attempt.\n"


def _large(folder: Path) -> Path:
    """A file that becomes 102 MB of JSON, too much for a pipe."""
    texts = pa.DictionaryArray.from_arrays(pa.array([0] * 1_000_000, pa.int32()), ["x" * 90])
    return generate.write(folder / "a.parquet", pa.table({"text": texts}))


# The folder


@pytest.mark.parametrize("report", ["run", "progress", "index", "manifest"])
def test_an_output_with_the_name_of_a_report_is_kept(bucket: Bucket, small: Path, report: str) -> None:
    key = f"jobs/job_1/1/{report}.json"
    convert_in_glue(small, bucket.uri(key), bucket.uri(REPORTS), "--format", "json")
    assert bucket.get(key) == convert(small, format="json").bytes
    assert bucket.json(f"{REPORTS}/manifest.json")["filename"] == f"{report}.json"
    reports = {f"{REPORTS}/{name}.json" for name in ("run", "index", "manifest")}
    assert bucket.names() == {key, *reports}


def test_an_output_in_the_folder_for_reports_is_rejected(bucket: Bucket, small: Path) -> None:
    process = run_job(small, bucket.uri(f"{REPORTS}/manifest.json"), bucket.uri(REPORTS))
    assert process.returncode == 1
    assert bucket.json(f"{REPORTS}/manifest.json")["error"]["code"] == "invalid_request"
    assert bucket.names() == {f"{REPORTS}/run.json", f"{REPORTS}/manifest.json"}


def test_an_output_in_a_local_folder_for_reports_is_rejected(small: Path, tmp_path: Path) -> None:
    reports = tmp_path / "reports"
    process = run_job(small, reports / ".." / "reports" / "run.json", reports)
    assert process.stderr.startswith("unparquet: invalid_request: ")
    assert {path.name for path in reports.iterdir()} == {"run.json", "manifest.json"}


def test_a_run_without_a_folder_for_reports_writes_nothing(bucket: Bucket, small: Path) -> None:
    command = [
        word for word in job_line(small, bucket.uri("out/a.ndjson"), "") if word not in ("--reports", "")
    ]
    process = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert process.returncode == 1
    assert process.stderr.startswith("unparquet: invalid_request: ")
    assert bucket.names() == set()


def test_reports_can_be_written_to_a_local_folder(small: Path, tmp_path: Path) -> None:
    reports = tmp_path / "some" / "reports"
    convert_in_glue(small, tmp_path / "out.ndjson", reports)
    assert json.loads((reports / "manifest.json").read_text())["status"] == "SUCCEEDED"
    names = {"run.json", "index.json", "manifest.json"}
    assert {path.name for path in reports.iterdir()} == names
    assert {path.name for path in tmp_path.iterdir()} == {"small.parquet", "out.ndjson", "some"}

    second = run_job(small, tmp_path / "second.ndjson", reports)
    assert (second.returncode, second.stderr) == (1, CLAIMED)
    assert not (tmp_path / "second.ndjson").exists()


# The claim


def _objects(bucket: Bucket) -> dict[str, tuple[Any, str]]:
    listed = bucket.s3.list_objects_v2(Bucket=bucket.name)["Contents"]
    return {item["Key"]: (item["LastModified"], item["ETag"]) for item in listed}


@pytest.mark.parametrize("options", [[], ["--limit", "many"]], ids=["valid", "invalid"])
def test_a_second_run_of_an_attempt_reads_and_writes_nothing(
    bucket: Bucket, between: Proxy, small: Path, options: list[str]
) -> None:
    source = bucket.put("uploads/job_1/small.parquet", small)
    convert_in_glue(source, bucket.uri("jobs/job_1/1/small.ndjson"), bucket.uri(REPORTS))
    claim = bucket.json(f"{REPORTS}/run.json")
    assert set(claim) == {"id", "startedAt"}
    assert re.fullmatch("[0-9a-f]{32}", claim["id"])

    before, gets = _objects(bucket), len(between.gets)
    second = run_job(source, bucket.uri("jobs/job_1/1/small.ndjson"), bucket.uri(REPORTS), *options)
    assert (second.returncode, second.stderr) == (1, CLAIMED)
    assert _objects(bucket) == before
    assert len(between.gets) == gets


def test_only_one_of_concurrent_runs_of_an_attempt_writes(bucket: Bucket, small: Path) -> None:
    commands = [job_line(small, bucket.uri(f"out/{name}.ndjson"), bucket.uri(REPORTS)) for name in "abcd"]
    runs = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for command in commands]
    ends = [(run.communicate(timeout=120)[1], run.returncode) for run in runs]
    assert sorted(ends) == [("", 0), *[(CLAIMED, 1)] * 3]
    (output,) = {name for name in bucket.names() if name.startswith("out/")}
    manifest = bucket.json(f"{REPORTS}/manifest.json")
    assert (manifest["status"], f"out/{manifest['filename']}") == ("SUCCEEDED", output)


@pytest.mark.parametrize("fault", ["lost", "conflict"])
def test_a_claim_is_repeated_after_a_lost_response(
    bucket: Bucket, between: Proxy, small: Path, fault: str
) -> None:
    puts = []

    def twice(path: str) -> str | None:
        puts.append(path)
        return fault if path.endswith("/run.json") and len(puts) <= 2 else None

    between.put_fault = twice
    convert_in_glue(small, bucket.uri("out/a.ndjson"), bucket.uri(REPORTS))
    assert [path.rpartition("/")[2] for path in puts[:3]] == ["run.json"] * 3
    assert bucket.get("out/a.ndjson") == convert(small).bytes
    assert bucket.json(f"{REPORTS}/manifest.json")["status"] == "SUCCEEDED"


def test_a_run_that_cannot_claim_its_attempt_writes_nothing(
    bucket: Bucket, between: Proxy, small: Path
) -> None:
    between.put_fault = lambda path: "conflict" if path.endswith("/run.json") else None
    process = run_job(small, bucket.uri("out/a.ndjson"), bucket.uri(REPORTS))
    assert process.returncode == 1
    assert process.stderr.startswith(f"unparquet: internal: writing {bucket.uri(REPORTS)}/run.json failed: ")
    assert bucket.names() == set()


# The progress


def test_a_run_gives_a_sign_of_life_before_the_first_rows(
    bucket: Bucket, between: Proxy, small: Path
) -> None:
    source = bucket.put("a.parquet", small)
    between.fault = lambda get: time.sleep(1.5)
    process = run_job(source, bucket.uri("out/a.ndjson"), bucket.uri(REPORTS))
    assert (process.returncode, process.stderr) == (0, "")
    assert set(bucket.json(f"{REPORTS}/progress.json")) == {"updatedAt"}


def test_progress_is_written_about_every_second(tmp_path: Path) -> None:
    pipe, progress = tmp_path / "pipe", tmp_path / "reports" / "progress.json"
    os.mkfifo(pipe)
    source = _large(tmp_path)
    with subprocess.Popen(job_line(source, pipe, progress.parent)) as process, pipe.open("rb") as reader:
        reader.read(1)
        seen = []
        while len(seen) < 3:
            time.sleep(0.02)
            if progress.exists() and (text := progress.read_text()) not in seen:
                seen.append(text)
        while reader.read(1 << 20):
            pass
    assert process.returncode == 0
    first, second, third = map(json.loads, seen)
    assert set(first) == {"rows", "totalRows", "outputBytes", "updatedAt"}
    assert first["totalRows"] == 1_000_000
    assert first["updatedAt"] < second["updatedAt"] < third["updatedAt"]


# The manifest


def _manifest(reports: Path) -> Any:
    return json.loads((reports / "manifest.json").read_text(encoding="utf-8"))


MOST = 128 << 10
LONG = {
    "many columns": {f'"column" {number}: {"n" * 2000}': [1] for number in range(200)},
    "names beyond the basic plane": {f"{number}{'😀' * 500}": [1] for number in range(200)},
    "control characters": {f"{number}{chr(1) * 500}": [1] for number in range(200)},
    "a type of many members": {
        "a": [1],
        "b": [{f"member {number}": 1 for number in range(20_000)}],
        "c": [1],
    },
    "one name that is too long": {"n" * MOST: [1]},
}


@pytest.mark.parametrize("name", LONG)
def test_a_manifest_names_the_first_columns_that_fit(tmp_path: Path, name: str) -> None:
    table = pa.table(LONG[name])
    source = generate.write(tmp_path / "a.parquet", table)
    convert_in_glue(source, tmp_path / "a.ndjson", tmp_path / "reports")
    manifest = _manifest(tmp_path / "reports")
    columns = manifest["columns"]
    assert [column["name"] for column in columns] == table.column_names[: len(columns)]
    assert manifest["columnsOmitted"] == table.num_columns - len(columns) > 0

    def length(columns: list[dict[str, str]]) -> int:
        return len(json.dumps(columns, ensure_ascii=False, separators=(",", ":")).encode())

    following = {"name": table.column_names[len(columns)], "type": "int64"}
    assert length(columns) <= MOST
    assert length([*columns, following]) > MOST or following["name"] == "b"
    assert (tmp_path / "reports" / "manifest.json").stat().st_size < MOST + 1000


def test_a_manifest_names_all_columns_of_most_files(small: Path, tmp_path: Path) -> None:
    run_job(small, tmp_path / "a.ndjson", tmp_path / "reports")
    manifest = _manifest(tmp_path / "reports")
    assert [column["name"] for column in manifest["columns"]] == generate.mixed().column_names
    assert manifest["columnsOmitted"] == 0


@pytest.mark.parametrize("offset", range(4))
def test_a_message_is_truncated_between_characters(small: Path, tmp_path: Path, offset: int) -> None:
    name = "x" * offset + "😀" * 5000
    process = run_job(small, tmp_path / "a.ndjson", tmp_path / "reports", "--columns", json.dumps([name]))
    error = _manifest(tmp_path / "reports")["error"]
    assert error["code"] == "unknown_column"
    assert 4096 - 4 < len(error["message"].encode()) <= 4096
    assert re.fullmatch('there is no column "x*😀+…', error["message"])
    assert process.stderr == f"unparquet: unknown_column: {error['message']}\n"


def test_a_long_name_does_not_hide_the_error(tmp_path: Path) -> None:
    source = generate.write(tmp_path / "a.parquet", pa.table({"n" * 10_000: [b"\xff"]}))
    run_job(source, tmp_path / "a.ndjson", tmp_path / "reports", "--binary", "utf8")
    error = _manifest(tmp_path / "reports")["error"]
    assert error["code"] == "invalid_utf8"
    assert re.fullmatch(
        '(row group 0: )?column "n+…: a string is not valid UTF-8 at its byte 0', error["message"]
    )


def test_an_argument_that_is_not_utf8_is_reported(small: Path, tmp_path: Path) -> None:
    process = run_job(small, tmp_path / "a.ndjson", tmp_path / "reports", "--limit", os.fsdecode(b"\xff"))
    assert process.returncode == 1
    assert _manifest(tmp_path / "reports")["error"]["code"] == "invalid_request"


# Failures unrelated to the file

GLUE = "import sys; from unparquet.cli import glue_main; sys.exit(glue_main(sys.argv[1:]))"


def _run_script(script: str, source: Path, folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Runs Python code with the arguments of a job and access to the test modules."""
    _, _, *arguments = job_line(source, folder / "a.ndjson", folder / "reports", *options)
    return subprocess.run(
        [sys.executable, "-c", script, *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=Path(__file__).parent,
    )


def test_a_stop_while_the_output_is_published_is_too_late(
    bucket: Bucket, between: Proxy, small: Path
) -> None:
    def stop(path: str) -> None:
        if path.endswith("/a.ndjson"):
            process.send_signal(signal.SIGTERM)

    between.put_fault = stop
    command = job_line(small, bucket.uri("out/a.ndjson"), bucket.uri(REPORTS))
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    _, stderr = process.communicate(timeout=60)
    assert (process.returncode, stderr) == (0, "")
    assert bucket.json(f"{REPORTS}/manifest.json")["status"] == "SUCCEEDED"
    assert bucket.get("out/a.ndjson") == convert(small).bytes


def test_a_stopped_run_with_a_local_output_leaves_only_reports(tmp_path: Path) -> None:
    pipe, reports = tmp_path / "pipe", tmp_path / "reports"
    os.mkfifo(pipe)
    source = _large(tmp_path)
    process = subprocess.Popen(job_line(source, pipe, reports), stderr=subprocess.PIPE)
    # The run cannot finish, because nothing reads further.
    with pipe.open("rb", buffering=0) as reader:
        reader.read(1)
        process.send_signal(signal.SIGTERM)
        while reader.read(1 << 20):
            pass
    _, stderr = process.communicate(timeout=60)
    assert (process.returncode, stderr) == (128 + signal.SIGTERM, b"")
    assert _manifest(reports)["error"]["code"] == "stopped"


@pytest.mark.skipif(sys.platform != "linux", reason="limits memory as on Linux")
@pytest.mark.skipif(memory.ON_WASM, reason="the limit on this process does not limit the module's memory")
def test_a_page_beyond_the_memory_of_the_process_is_out_of_memory(tmp_path: Path) -> None:
    texts = pa.table({"a": ["x" * (60 << 20)]})
    source = generate.write(tmp_path / "a.parquet", texts, compression="zstd", use_dictionary=False)
    script = "import sys, memory; memory.spare(48 << 20)\n" + GLUE
    process = _run_script(script, source, tmp_path, "--threads", "1")
    assert process.returncode == 1, process.stderr[-1000:]
    assert process.stderr.startswith("unparquet: out_of_memory: ")
    assert _manifest(tmp_path / "reports")["error"]["code"] == "out_of_memory"
    assert not (tmp_path / "a.ndjson").exists()


def test_a_memory_error_is_out_of_memory(small: Path, tmp_path: Path) -> None:
    # Raised on purpose, because a real one occurs at a different place on each machine.
    script = (
        "from unparquet import local\n"
        "def complete(self): raise MemoryError\n"
        "local.FileOutput.complete = complete\n"
    )
    process = _run_script(script + GLUE, small, tmp_path)
    message = "not enough memory to convert the file"
    assert (process.returncode, process.stderr) == (1, f"unparquet: out_of_memory: {message}\n")
    error = {"code": "out_of_memory", "message": message}
    assert _manifest(tmp_path / "reports") == {"status": "FAILED", "error": error}
