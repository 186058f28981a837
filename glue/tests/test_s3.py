"""Conversions from and to S3, by the command and in Glue, with a real server."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path

import generate
import memory
import numpy as np
import pyarrow as pa
import pytest
from command import command_line, convert, convert_in_glue, job_line, run_command, run_job
from s3_proxy import Get, Proxy
from s3_server import Bucket

REPORTS = "reports/job_1/1"


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """50 row groups with over 64 KiB of Parquet and 33 MB of JSON."""
    numbers = pa.array(range(500_000), pa.int64())
    texts = pa.array([f"row {row}: " + "x" * 20 for row in range(500_000)])
    return generate.write(
        tmp_path / "large.parquet", pa.table({"number": numbers, "text": texts}), row_group_size=10_000
    )


def test_a_run_in_glue_writes_output_and_reports(bucket: Bucket, small: Path) -> None:
    source = bucket.put("uploads/job_1/small.parquet", small)
    convert_in_glue(source, bucket.uri("jobs/job_1/1/small.ndjson"), bucket.uri(REPORTS), "--binary", "hex")

    expected = convert(small, binary="hex")
    assert bucket.get("jobs/job_1/1/small.ndjson") == expected.bytes
    manifest = bucket.json(f"{REPORTS}/manifest.json")
    assert manifest.pop("durationMs") >= 0
    assert all(set(column) == {"name", "type"} for column in manifest.pop("columns"))
    assert manifest == {
        "status": "SUCCEEDED",
        "rows": len(expected.rows),
        "bytes": len(expected.bytes),
        "filename": "small.ndjson",
        "contentType": "application/x-ndjson",
        "columnsOmitted": 0,
        "indexed": True,
    }


@pytest.mark.parametrize(
    ("name", "options", "content_type"),
    [
        ("a.ndjson", [], "application/x-ndjson"),
        ("a.json", ["--format", "json"], "application/json"),
        ("a.ndjson.gz", ["--compression", "gzip"], "application/gzip"),
        ("a.json.zst", ["--format", "json", "--compression", "zstd"], "application/zstd"),
    ],
)
def test_the_output_has_headers_for_browsers(
    bucket: Bucket, small: Path, name: str, options: list[str], content_type: str
) -> None:
    process = run_command("convert", str(small), bucket.uri(f"out/{name}"), *options)
    assert process.returncode == 0, process.stderr
    head = bucket.s3.head_object(Bucket=bucket.name, Key=f"out/{name}")
    assert head["ContentType"] == content_type
    assert head["ContentDisposition"] == f"attachment; filename=\"{name}\"; filename*=UTF-8''{name}"


def test_non_ascii_names_are_in_the_headers(bucket: Bucket, small: Path) -> None:
    source = bucket.put('in/Zürich "1" % + ü.parquet', small)
    key = 'out/Zürich "1" % + ü.ndjson'
    assert run_command("convert", source, bucket.uri(key)).returncode == 0
    assert bucket.get(key) == convert(small).bytes
    disposition = bucket.s3.head_object(Bucket=bucket.name, Key=key)["ContentDisposition"]
    assert 'filename="Z_rich _1_ _ + _.ndjson"' in disposition
    assert "filename*=UTF-8''Z%C3%BCrich%20%221%22%20%25%20%2B%20%C3%BC.ndjson" in disposition


def test_files_are_converted_between_s3_and_local_paths(bucket: Bucket, small: Path, tmp_path: Path) -> None:
    source = bucket.put("small.parquet", small)
    expected = convert(small).bytes
    assert run_command("convert", source, "-").stdout == expected
    assert run_command("convert", source, str(tmp_path / "out")).returncode == 0
    assert (tmp_path / "out").read_bytes() == expected
    # Only runs in Glue write reports.
    assert bucket.names() == {"small.parquet"}


def test_a_large_output_is_uploaded_in_parts(bucket: Bucket, large: Path) -> None:
    source = bucket.put("large.parquet", large)
    process = run_command("convert", source, bucket.uri("large.ndjson"), "--threads", "3")
    assert process.returncode == 0, process.stderr
    assert bucket.get("large.ndjson") == convert(large).bytes
    head = bucket.s3.head_object(Bucket=bucket.name, Key="large.ndjson")
    parts = int(head["ETag"].strip('"').rpartition("-")[2])
    assert 3 <= parts <= head["ContentLength"] / (5 << 20) + 1
    assert head["ContentType"] == "application/x-ndjson"
    assert bucket.uploads() == []


def test_a_failure_after_the_first_parts_leaves_only_reports(bucket: Bucket, large: Path) -> None:
    content = bytearray(large.read_bytes())
    # Zeros in pages of the last row groups, so that neither headers nor checksums are right.
    end = len(content) - 60_000
    content[end - 2_000 : end] = bytes(2_000)
    large.write_bytes(content)
    source = bucket.put("in/large.parquet", large)
    process = run_job(source, bucket.uri("out/large.ndjson"), bucket.uri(REPORTS), "--threads", "2")
    assert process.returncode == 1
    assert process.stderr.startswith("unparquet: corrupt_file: ")
    manifest = bucket.json(f"{REPORTS}/manifest.json")
    assert (manifest["status"], manifest["error"]["code"]) == ("FAILED", "corrupt_file")
    assert manifest["error"]["message"] in process.stderr
    assert "out/large.ndjson" not in bucket.names()
    assert bucket.uploads() == []


def test_a_stopped_run_ends_its_upload_and_reports_that_it_was_stopped(
    bucket: Bucket, tmp_path: Path
) -> None:
    texts = pa.DictionaryArray.from_arrays(pa.array([0] * 3_000_000, pa.int32()), ["x" * 90])
    source = generate.write(tmp_path / "huge.parquet", pa.table({"text": texts}), row_group_size=100_000)
    command = job_line(source, bucket.uri("out/huge.ndjson"), bucket.uri(REPORTS))
    process = subprocess.Popen(command, stderr=subprocess.PIPE)
    while process.poll() is None and not bucket.uploads():
        time.sleep(0.02)
    process.send_signal(signal.SIGTERM)
    _, stderr = process.communicate(timeout=60)
    assert (process.returncode, stderr) == (128 + signal.SIGTERM, b"")
    assert bucket.uploads() == []
    reports = {f"{REPORTS}/{name}.json" for name in ("run", "progress", "manifest")}
    assert bucket.names() | {f"{REPORTS}/progress.json"} == reports
    error = {"code": "stopped", "message": "The run was stopped before it finished."}
    assert bucket.json(f"{REPORTS}/manifest.json") == {"status": "FAILED", "error": error}


@pytest.mark.parametrize("uri", ["s3://no-such-bucket-{}/a.parquet", "{}/no/such/key.parquet"])
def test_a_missing_object_or_bucket_is_reported(bucket: Bucket, uri: str) -> None:
    source = uri.format(uuid.uuid4() if uri.startswith("s3:") else bucket.uri("")[:-1])
    process = run_job(source, bucket.uri("out/a.ndjson"), bucket.uri(REPORTS))
    assert process.returncode == 1
    assert process.stderr.startswith(f"unparquet: input_missing: {source} ")
    assert bucket.json(f"{REPORTS}/manifest.json")["error"]["code"] == "input_missing"
    assert bucket.names() == {f"{REPORTS}/run.json", f"{REPORTS}/manifest.json"}


def test_an_empty_object_is_not_parquet(bucket: Bucket) -> None:
    bucket.s3.put_object(Bucket=bucket.name, Key="empty.parquet", Body=b"")
    process = run_command("convert", bucket.uri("empty.parquet"), "-")
    assert (process.returncode, process.stderr) == (1, b"unparquet: not_parquet: the file is empty\n")


def test_an_output_that_cannot_be_written_is_reported(small: Path, bucket: Bucket) -> None:
    process = run_job(small, f"s3://no-such-bucket-{uuid.uuid4()}/a.ndjson", bucket.uri(REPORTS))
    assert process.returncode == 1
    assert process.stderr.startswith("unparquet: internal: ")
    assert process.stderr.count("\n") == 1


@pytest.mark.parametrize("uri", ["s3://", "s3://bucket", "s3://bucket/", "s3:///key"])
def test_an_invalid_uri_is_reported(uri: str, small: Path) -> None:
    for argv in ((uri, "-"), (str(small), uri)):
        process = run_command("convert", *argv)
        assert process.stderr == f"unparquet: invalid_request: {uri} is not an s3://bucket/key URI\n".encode()


def test_a_read_of_a_replaced_object_fails(bucket: Bucket, large: Path, small: Path) -> None:
    from unparquet import s3
    from unparquet.errors import ConversionError

    s3.client.cache_clear()
    source = s3.S3Source(bucket.put("a.parquet", large))
    assert source.read(0, 4) == b"PAR1"
    bucket.put("a.parquet", small)
    with pytest.raises(ConversionError, match=r"^input_missing: .* changed while it was read$"):
        source.read(0, 4)


def numbers(rows: int, columns: int) -> pa.Table:
    """Small numbers that take four bytes each, without dictionary and compression."""
    draw = np.random.default_rng(0)
    return pa.table({f"c{index}": draw.integers(0, 10, rows, np.int32) for index in range(columns)})


PLAIN = {"compression": "none", "use_dictionary": False}


@pytest.mark.skipif(memory.ON_WASM, reason="reads blocks of 1 MiB, regardless of columns")
@pytest.mark.parametrize("row_group_size", [100_000, 1_000_000])
def test_selected_columns_and_a_limit_fetch_a_fraction_of_the_file(
    bucket: Bucket, between: Proxy, tmp_path: Path, row_group_size: int
) -> None:
    file = generate.write(
        tmp_path / "a.parquet", numbers(1_000_000, 10), row_group_size=row_group_size, **PLAIN
    )
    source = bucket.put("a.parquet", file)
    column, size = 4_000_000, file.stat().st_size

    def fetched(**options: str) -> int:
        between.fetched = 0
        argv = [text for name, value in options.items() for text in (f"--{name}", value)]
        process = run_command("convert", source, "-", *argv)
        assert process.stdout == convert(file, **options).bytes
        return between.fetched

    some = 300_000
    # A thread far behind the other reads a range again.
    again = 1 << 20
    assert size <= fetched() <= size + some + again
    assert 2 * column <= fetched(columns="c3,c7") <= 2 * column + some + again
    assert fetched(limit="0") <= some
    # One page of each column, at most a MiB.
    assert fetched(limit="10", columns="c3,c7") <= 2 * (1 << 20) + some
    assert 2 * column / 4 <= fetched(limit="250000", columns="c3,c7") <= 2 * (column / 4 + (1 << 20)) + some


def test_small_row_groups_share_requests(bucket: Bucket, between: Proxy, tmp_path: Path) -> None:
    file = generate.write(tmp_path / "a.parquet", numbers(50_000, 10), row_group_size=1000, **PLAIN)
    process = run_command("convert", bucket.put("a.parquet", file), "-")
    assert process.stdout == convert(file).bytes
    # On WebAssembly each request is a block of 1 MiB.
    assert len(between.gets) <= (8 if memory.ON_WASM else 5)


def test_a_response_that_breaks_off_is_requested_again(bucket: Bucket, between: Proxy, large: Path) -> None:
    source = bucket.put("large.parquet", large)
    broken = []

    def once(get: Get) -> str | None:
        if get.start is None or broken:
            return None
        broken.append(get)
        return "cut"

    between.fault = once
    assert run_command("convert", source, "-").stdout == convert(large).bytes
    assert between.gets.count(broken[0]) == 2


def test_a_failed_read_in_the_middle_of_the_file_leaves_no_output(
    bucket: Bucket, between: Proxy, tmp_path: Path
) -> None:
    file = generate.write(tmp_path / "a.parquet", numbers(1_000_000, 8), row_group_size=100_000, **PLAIN)
    source = bucket.put("a.parquet", file)
    middle = file.stat().st_size // 2
    between.fault = lambda get: "denied" if get.start and get.start <= middle < get.end else None
    process = run_command("convert", source, bucket.uri("a.ndjson"))
    assert process.returncode == 1
    assert process.stderr.startswith(f"unparquet: internal: reading {source} failed: ".encode())
    assert bucket.names() == {"a.parquet"}
    assert bucket.uploads() == []


def test_an_object_replaced_during_the_conversion_is_reported(
    bucket: Bucket, between: Proxy, tmp_path: Path, small: Path
) -> None:
    file = generate.write(tmp_path / "a.parquet", numbers(1_000_000, 8), row_group_size=100_000, **PLAIN)
    source = bucket.put("a.parquet", file)
    middle = file.stat().st_size // 2

    def replace(get: Get) -> None:
        if get.start and get.start <= middle < get.end:
            bucket.put("a.parquet", small)

    between.fault = replace
    process = run_command("convert", source, bucket.uri("a.ndjson"))
    assert process.returncode == 1
    expected = f"unparquet: input_missing: {source} changed while it was read\n"
    assert process.stderr == expected.encode()
    assert bucket.names() == {"a.parquet"}


def test_a_stopped_run_does_not_wait_for_the_network(
    bucket: Bucket, between: Proxy, large: Path, tmp_path: Path
) -> None:
    source = bucket.put("large.parquet", large)
    between.fault = lambda get: "stuck" if get.start else None
    command = command_line("convert", source, str(tmp_path / "out"))
    process = subprocess.Popen(command, stderr=subprocess.PIPE)
    assert between.stuck.wait(60)
    process.send_signal(signal.SIGTERM)
    # The SDK's timeout is a minute.
    _, stderr = process.communicate(timeout=40)
    assert (process.returncode, stderr) == (128 + signal.SIGTERM, b"")
    assert not (tmp_path / "out").exists()


def test_a_row_group_of_many_large_columns_goes_through_a_temporary_file(
    bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Two row groups of 90 columns of 280 kB: too much for memory, and too many for windows.
    file = generate.write(tmp_path / "a.parquet", numbers(140_000, 90), row_group_size=70_000, **PLAIN)
    source = bucket.put("a.parquet", file)
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    process = run_command("convert", source, "-", "--threads", "3")
    assert process.stdout == convert(file).bytes
    assert list(folder.iterdir()) == []

    if memory.ON_WASM:  # which has no temporary files
        return
    monkeypatch.setenv("TMPDIR", str(tmp_path / "missing"))
    process = run_command("convert", source, "-")
    assert process.returncode == 1
    assert process.stderr.startswith(b"unparquet: internal: ")
    assert b": a temporary file in " in process.stderr
    # Other conversions need no temporary file.
    assert run_command("convert", source, os.devnull, "--columns", "c1,c2,c3").returncode == 0


@pytest.mark.skipif(sys.platform != "linux", reason="counts memory as on Linux")
@pytest.mark.parametrize(
    ("row_group_size", "parts_per_size"),
    # Parts of the largest size, which only outputs over 36 GiB have.
    [(100_000, 1000), (3_000_000, 1000), (100_000, 1)],
)
def test_memory_does_not_grow_with_the_file(
    bucket: Bucket, tmp_path: Path, row_group_size: int, parts_per_size: int
) -> None:
    # 120 MB in, 250 MB out.
    table = numbers(3_000_000, 10)
    file = generate.write(tmp_path / "a.parquet", table, row_group_size=row_group_size, **PLAIN)
    source = bucket.put("a.parquet", file)
    # The process reports it itself: the system's peak of a child includes the parent it was forked from.
    script = (
        f"import sys; from unparquet import s3; s3.PARTS_PER_SIZE = {parts_per_size}; "
        "from unparquet.cli import main; code = main(); "
        "print(open('/proc/self/status').read()); sys.exit(code)"
    )
    argv = ["convert", source, bucket.uri("a.ndjson"), "--threads", "2"]
    status = subprocess.run(
        [sys.executable, "-c", script, *argv], capture_output=True, text=True, timeout=120, check=True
    ).stdout
    kibibytes = int(re.search(r"VmHWM:\s*(\d+) kB", status)[1])
    assert kibibytes < 256 << 10


def test_the_maximum_output_size_is_the_sum_of_all_parts() -> None:
    from unparquet import s3

    parts = [s3.part_size(index) for index in range(10_000)]
    assert sum(parts) == s3.MAX_OBJECT
    assert round(s3.MAX_OBJECT / 2**30) == 323
    # The part being filled and the parts in flight, of the 256 MB of the whole process.
    assert max(parts) + max(max(parts), s3.MAX_IN_FLIGHT) < 90 * 2**20
    assert min(parts) >= 5 * 2**20


def test_an_output_beyond_the_largest_is_rejected(
    bucket: Bucket, large: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from unparquet import cli, s3

    s3.client.cache_clear()
    # The real limit would take hundreds of gigabytes.
    monkeypatch.setattr(s3, "MAX_OBJECT", 20 << 20)
    monkeypatch.setattr(sys, "argv", ["unparquet", "convert", str(large), bucket.uri("a.ndjson")])
    assert cli.main() == 1
    assert bucket.names() == set()
    assert bucket.uploads() == []


def test_boto3_is_imported_only_for_s3(small: Path) -> None:
    script = (
        "import sys; from unparquet.cli import glue_main; "
        f"glue_main(['--input', {str(small)!r}, '--output', {os.devnull!r}, '--reports', 'reports']); "
        "assert not {'boto3', 'botocore'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script], check=True, cwd=small.parent)


ETAG = {"right": lambda etag: etag, "without quotes": lambda etag: etag.strip('"')}


@pytest.mark.parametrize("form", ETAG)
def test_the_version_that_was_checked_is_converted(bucket: Bucket, small: Path, form: str) -> None:
    source = bucket.put("a.parquet", small)
    etag = ETAG[form](bucket.s3.head_object(Bucket=bucket.name, Key="a.parquet")["ETag"])
    convert_in_glue(source, bucket.uri("a.ndjson"), bucket.uri(REPORTS), "--input-etag", etag)
    assert bucket.get("a.ndjson") == convert(small).bytes


@pytest.mark.parametrize("content", [b"", b"PAR1 and much that is different"], ids=["empty", "another"])
def test_an_input_replaced_after_its_check_is_not_converted(
    bucket: Bucket, small: Path, content: bytes
) -> None:
    source = bucket.put("a.parquet", small)
    etag = bucket.s3.head_object(Bucket=bucket.name, Key="a.parquet")["ETag"]
    bucket.s3.put_object(Bucket=bucket.name, Key="a.parquet", Body=content)
    process = run_job(source, bucket.uri("a.ndjson"), bucket.uri(REPORTS), "--input-etag", etag)
    message = "The file was replaced after it was checked. Upload it again."
    assert (process.returncode, process.stderr) == (1, f"unparquet: input_missing: {message}\n")
    error = {"code": "input_missing", "message": message}
    assert bucket.json(f"{REPORTS}/manifest.json") == {"status": "FAILED", "error": error}
    assert bucket.names() == {"a.parquet", f"{REPORTS}/run.json", f"{REPORTS}/manifest.json"}
