"""Conversions by the Lambda function, with a real S3 server."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import generate
import memory
import pyarrow as pa
import pytest
from command import convert, run_job
from lambda_function import Function
from s3_proxy import Get, Proxy
from s3_server import Bucket

REPORTS = "reports/job_1/1"
STOPPED = {"code": "stopped", "message": "The run was stopped before it finished."}
TIMED_OUT = {"code": "timed_out", "message": "The conversion took too long."}


@pytest.fixture
def small(tmp_path: Path) -> Path:
    return generate.write(tmp_path / "small.parquet", generate.mixed())


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """A file over 64 KiB that becomes 33 MB of JSON."""
    numbers = pa.array(range(500_000), pa.int64())
    texts = pa.array([f"row {row}: " + "x" * 20 for row in range(500_000)])
    table = pa.table({"number": numbers, "text": texts})
    return generate.write(tmp_path / "large.parquet", table, row_group_size=50_000)


@pytest.fixture
def function(bucket: Bucket) -> Iterator[Function]:
    with Function() as function:
        yield function


@pytest.fixture
def behind(between: Proxy) -> Iterator[Function]:
    """A function that reaches the server through the proxy."""
    with Function() as function:
        yield function


def _event(bucket: Bucket, source: str, attempt: int = 1, **options: str) -> dict[str, Any]:
    return {
        "--job-id": "job_1",
        "--attempt": str(attempt),
        "--input": source,
        "--output": bucket.uri(f"jobs/job_1/{attempt}/a.ndjson"),
        "--reports": bucket.uri(f"reports/job_1/{attempt}"),
        "--max-bytes": "1000000000",
        **{f"--{name}": text for name, text in options.items()},
    }


def _stop(bucket: Bucket, attempt: int = 1) -> None:
    bucket.s3.put_object(Bucket=bucket.name, Key=f"reports/job_1/{attempt}/stop.json", Body=b"{}")


def _stall(get: Get) -> str | None:
    """A fault that stalls all reads but that of the file's end."""
    return "stuck" if get.start is not None else None


def _wait_for(bucket: Bucket, key: str) -> None:
    while key not in bucket.names():
        time.sleep(0.02)


def test_the_function_writes_the_same_output_and_manifest_as_glue(
    bucket: Bucket, function: Function, small: Path
) -> None:
    source = bucket.put("a.parquet", small)
    etag = bucket.s3.head_object(Bucket=bucket.name, Key="a.parquet")["ETag"]
    columns = '["string","int64"]'
    event = _event(bucket, source, **{"input-etag": etag, "columns": columns, "integers": "string"})
    invocation = function.invoke(event)
    assert invocation.error is None
    expected = convert(small, columns=json.loads(columns), integers="string").bytes
    assert bucket.get("jobs/job_1/1/a.ndjson") == expected

    options = ["--columns", columns, "--integers", "string"]
    run_job(source, bucket.uri("glue/a.ndjson"), bucket.uri("reports/glue"), *options)
    manifest, in_glue = (bucket.json(f"{folder}/manifest.json") for folder in (REPORTS, "reports/glue"))
    duration = manifest.pop("durationMs")
    assert in_glue.pop("durationMs") >= 0
    assert manifest == in_glue
    assert bucket.json(f"{REPORTS}/index.json") == bucket.json("reports/glue/index.json")
    assert json.loads(invocation.lines[-1]) == {
        "level": "INFO",
        "jobId": "job_1",
        "attempt": 1,
        "status": "SUCCEEDED",
        "rows": manifest["rows"],
        "bytes": len(expected),
        "durationMs": duration,
    }


def test_a_large_output_is_uploaded_in_parts(bucket: Bucket, function: Function, large: Path) -> None:
    assert function.invoke(_event(bucket, bucket.put("a.parquet", large))).error is None
    assert bucket.get("jobs/job_1/1/a.ndjson") == convert(large).bytes
    assert bucket.uploads() == []


def test_a_failed_conversion_is_reported_in_the_manifest_and_the_log(
    bucket: Bucket, function: Function, small: Path
) -> None:
    bucket.s3.put_object(Bucket=bucket.name, Key="a.parquet", Body=small.read_bytes()[:-1])
    invocation = function.invoke(_event(bucket, bucket.uri("a.parquet")))
    assert invocation.error is None
    manifest = bucket.json(f"{REPORTS}/manifest.json")
    assert (manifest["status"], manifest["error"]["code"]) == ("FAILED", "not_parquet")
    run = {"level": "INFO", "jobId": "job_1", "attempt": 1, "status": "FAILED"}
    assert json.loads(invocation.lines[-1]) == {**run, **manifest["error"]}
    assert bucket.names() == {"a.parquet", f"{REPORTS}/run.json", f"{REPORTS}/manifest.json"}


def test_an_invalid_option_is_reported_in_the_manifest(
    bucket: Bucket, function: Function, small: Path
) -> None:
    event = _event(bucket, bucket.put("a.parquet", small), format="xml")
    assert function.invoke(event).error is None
    assert bucket.json(f"{REPORTS}/manifest.json")["error"]["code"] == "invalid_request"


@pytest.mark.skipif(memory.ON_WASM, reason="the module plans its memory itself")
def test_a_conversion_gets_three_quarters_of_the_memory_of_the_function(bucket: Bucket, small: Path) -> None:
    with Function(memory=64) as function:
        function.invoke(_event(bucket, bucket.put("a.parquet", small)))
    error = bucket.json(f"{REPORTS}/manifest.json")["error"]
    assert error["code"] == "limit_exceeded"
    assert error["message"].endswith("; the limit is 50 MB")


# Deliveries


def test_an_event_that_is_delivered_twice_is_converted_once(
    bucket: Bucket, function: Function, small: Path
) -> None:
    event = _event(bucket, bucket.put("a.parquet", small))
    with Function() as another:
        function.send(event)
        another.send(event)
        ends = [function.result(), another.result()]
    assert [end.error for end in ends] == [None, None]
    logs = [json.loads(end.lines[-1]) for end in ends]
    assert sorted(log.get("status", "") for log in logs) == ["", "SUCCEEDED"]
    assert bucket.get("jobs/job_1/1/a.ndjson") == convert(small).bytes

    before = {name: bucket.get(name) for name in bucket.names()}
    again = function.invoke({**event, "--format": "json"})
    assert again.error is None
    assert "Another run has claimed this attempt." in again.lines[-1]
    assert {name: bucket.get(name) for name in bucket.names()} == before


def test_a_warm_event_leaves_the_function_ready(bucket: Bucket, behind: Function, small: Path) -> None:
    invocation = behind.invoke({"warm": True})
    assert (invocation.error, invocation.lines) == (None, [])
    assert bucket.names() == set()
    assert behind.invoke(_event(bucket, bucket.put("a.parquet", small))).error is None
    assert bucket.get("jobs/job_1/1/a.ndjson") == convert(small).bytes


def test_a_run_that_cannot_claim_its_attempt_fails_without_a_manifest(
    bucket: Bucket, between: Proxy, behind: Function, small: Path
) -> None:
    between.put_fault = lambda path: "conflict" if path.endswith("/run.json") else None
    invocation = behind.invoke(_event(bucket, bucket.put("a.parquet", small)))
    assert "run.json failed" in invocation.error
    assert bucket.names() == {"a.parquet"}


@pytest.mark.parametrize("option", [{}, {"format": "xml"}], ids=["success", "failure"])
def test_the_function_fails_if_it_cannot_write_its_manifest(
    bucket: Bucket, between: Proxy, behind: Function, small: Path, option: dict[str, str]
) -> None:
    between.put_fault = lambda path: "conflict" if path.endswith("/manifest.json") else None
    invocation = behind.invoke(_event(bucket, bucket.put("a.parquet", small), **option))
    assert invocation.error == "internal: writing manifest.json failed"
    assert invocation.threads == ["MainThread"]


# Stops


def test_a_run_that_was_stopped_before_it_began_reads_no_input(
    bucket: Bucket, between: Proxy, behind: Function, small: Path
) -> None:
    event = _event(bucket, bucket.put("a.parquet", small))
    _stop(bucket)
    assert behind.invoke(event).error is None
    assert between.gets == []
    reports = {f"{REPORTS}/{name}.json" for name in ("stop", "run", "manifest")}
    assert bucket.names() == {"a.parquet", *reports}
    assert bucket.json(f"{REPORTS}/manifest.json") == {"status": "FAILED", "error": STOPPED}


def test_a_stopped_run_ends_its_upload(bucket: Bucket, between: Proxy, behind: Function, large: Path) -> None:
    event = _event(bucket, bucket.put("a.parquet", large))
    between.put_fault = lambda path: time.sleep(1 if "partNumber=" in path else 0)
    behind.send(event)
    while not bucket.uploads():
        time.sleep(0.02)
    _stop(bucket)
    invocation = behind.result()
    assert invocation.error is None
    assert bucket.uploads() == []
    assert "jobs/job_1/1/a.ndjson" not in bucket.names()
    assert bucket.json(f"{REPORTS}/manifest.json") == {"status": "FAILED", "error": STOPPED}
    assert json.loads(invocation.lines[-1])["code"] == "stopped"


def test_a_stop_while_the_output_is_published_is_too_late(
    bucket: Bucket, between: Proxy, behind: Function, small: Path
) -> None:
    def stop(path: str) -> None:
        if path.endswith("/a.ndjson"):
            _stop(bucket)
            time.sleep(2.5)

    between.put_fault = stop
    invocation = behind.invoke(_event(bucket, bucket.put("a.parquet", small)))
    assert invocation.error is None
    assert bucket.json(f"{REPORTS}/manifest.json")["status"] == "SUCCEEDED"
    assert bucket.get("jobs/job_1/1/a.ndjson") == convert(small).bytes


def test_a_run_out_of_time_ends_before_the_function_does(
    bucket: Bucket, between: Proxy, behind: Function, large: Path
) -> None:
    between.fault = _stall
    started = time.monotonic()
    invocation = behind.invoke(_event(bucket, bucket.put("a.parquet", large)), seconds=22)
    assert invocation.error is None
    assert 2 < time.monotonic() - started < 22
    assert bucket.json(f"{REPORTS}/manifest.json") == {"status": "FAILED", "error": TIMED_OUT}
    assert "jobs/job_1/1/a.ndjson" not in bucket.names()


def test_one_process_converts_again_after_failed_and_stopped_runs(
    bucket: Bucket, between: Proxy, behind: Function, small: Path, large: Path
) -> None:
    good, slow = bucket.put("good.parquet", small), bucket.put("slow.parquet", large)
    between.fault = lambda get: _stall(get) if "slow" in get.path else None
    idle = behind.invoke({"warm": True})
    assert idle.threads == ["MainThread"]

    codes = []
    for attempt in range(1, 8):
        stalls = attempt in (2, 3, 5)
        missing = bucket.uri("no.parquet") if attempt == 6 else good
        behind.send(_event(bucket, slow if stalls else missing, attempt), 22 if attempt == 5 else 900)
        if stalls and attempt != 5:
            _wait_for(bucket, f"reports/job_1/{attempt}/progress.json")
            _stop(bucket, attempt)
        invocation = behind.result()
        assert invocation.error is None
        assert (invocation.threads, invocation.signals) == (idle.threads, idle.signals)
        # The client keeps a few connections open.
        assert invocation.files <= idle.files + 12
        manifest = bucket.json(f"reports/job_1/{attempt}/manifest.json")
        codes.append(manifest.get("error", {}).get("code"))
    assert codes == [None, "stopped", "stopped", None, "timed_out", "input_missing", None]
    for attempt in (1, 4, 7):
        assert bucket.get(f"jobs/job_1/{attempt}/a.ndjson") == convert(small).bytes
