"""Limits of the output are exact, and an output beyond them leaves nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import engine
import generate
import pyarrow as pa
import pytest
from command import convert, run_command, run_job
from s3_server import Bucket

FORMS = [(form, codec) for form in ("ndjson", "json") for codec in ("none", "gzip", "zstd")]


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """20 MB of JSON, so that a limit is exceeded in the middle of a conversion."""
    table = pa.table({"number": range(500_000), "text": [f"row {row}" for row in range(500_000)]})
    path = tmp_path_factory.mktemp("large") / "large.parquet"
    return generate.write(path, table, row_group_size=50_000)


def _too_large(path: Path, most: int, **options: Any) -> None:
    conversion = convert(path, max_bytes=most, **options)
    assert conversion.error == "limit_exceeded"
    assert conversion.stderr.endswith(f"the output would exceed the limit of {most} bytes\n")


# Bytes


@pytest.mark.parametrize(("form", "codec"), FORMS)
def test_an_output_may_have_exactly_as_many_bytes_as_the_limit(small: Path, form: str, codec: str) -> None:
    options = {"format": form, "compression": codec}
    expected = convert(small, **options).bytes
    assert convert(small, max_bytes=len(expected), **options).bytes == expected
    for most in (len(expected) - 1, len(expected) // 2, 1, 0):
        _too_large(small, most, **options)


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize(("form", "codec"), FORMS)
def test_a_limit_in_bytes_is_exact_with_any_number_of_threads(
    large: Path, form: str, codec: str, threads: int
) -> None:
    options = {"format": form, "compression": codec, "threads": threads}
    expected = convert(large, **options).bytes
    assert convert(large, max_bytes=len(expected), **options).bytes == expected
    _too_large(large, len(expected) - 1, **options)


@pytest.mark.parametrize(("form", "codec"), FORMS)
def test_a_limit_in_bytes_applies_to_an_output_without_rows(small: Path, form: str, codec: str) -> None:
    options = {"format": form, "compression": codec, "limit": 0}
    expected = convert(small, **options).bytes
    assert convert(small, max_bytes=len(expected), **options).bytes == expected
    if expected:
        _too_large(small, len(expected) - 1, **options)


SHAPES: dict[str, Any] = {
    "columns": {f"c{number}": ["x" * 100] for number in range(1000)},
    "a list": {"a": [["x" * 100] * 1000]},
    "a list of lists": {"a": [[["x" * 100] * 10] * 100]},
    "a map": {"a": pa.array([[(f"{key}", "x" * 100) for key in range(1000)]], pa.map_("string", "string"))},
    # Most of its text is written and then removed.
    "a map of equal keys": {"a": pa.array([[("key", "x" * 100)] * 1000], pa.map_("string", "string"))},
    "lists in a map of equal keys": {
        "a": pa.array([[("key", ["x" * 100] * 10)] * 100], pa.map_("string", pa.list_(pa.string())))
    },
    "a map of groups": {
        "a": pa.array(
            [[({"k": key}, "x" * 100) for key in range(1000)]], pa.map_(pa.struct({"k": "int64"}), "string")
        )
    },
}


@pytest.mark.parametrize("form", ["ndjson", "json"])
@pytest.mark.parametrize("shape", SHAPES)
def test_a_limit_in_bytes_is_exact_for_one_row(tmp_path: Path, shape: str, form: str) -> None:
    path = generate.write(tmp_path / "row.parquet", pa.table(SHAPES[shape]))
    expected = convert(path, format=form).bytes
    assert convert(path, format=form, max_bytes=len(expected)).bytes == expected
    for most in (len(expected) - 1, len(expected) // 2):
        _too_large(path, most, format=form)


def test_nothing_beyond_the_limit_is_written(large: Path) -> None:
    sink = engine.Sink()
    with pytest.raises(engine.ConversionError, match=r"^limit_exceeded: "):
        engine.convert_into(sink, large, max_bytes=18_000_000)
    assert 0 < len(sink) <= 18_000_000


def test_standard_output_ends_before_the_limit(large: Path) -> None:
    process = run_command("convert", str(large), "-", "--max-bytes", "18000000")
    assert process.returncode == 1
    assert process.stderr.startswith(b"unparquet: limit_exceeded: ")
    assert 0 < len(process.stdout) <= 18_000_000


def test_an_output_beyond_the_limit_leaves_nothing_in_s3(bucket: Bucket, large: Path) -> None:
    source = bucket.put("large.parquet", large)
    # By then several parts have been uploaded.
    process = run_command("convert", source, bucket.uri("out/large.ndjson"), "--max-bytes", "18000000")
    assert process.returncode == 1
    assert process.stderr.startswith(b"unparquet: limit_exceeded: ")
    assert bucket.names() == {"large.parquet"}
    assert bucket.uploads() == []


def test_an_exceeded_limit_is_reported_in_the_manifest(bucket: Bucket, small: Path) -> None:
    most = len(convert(small).bytes)
    output, reports = bucket.uri("out/a.ndjson"), bucket.uri("reports/job_1/1")
    assert run_job(small, output, reports, "--max-bytes", str(most)).returncode == 0
    reports = bucket.uri("reports/job_1/2")
    assert run_job(small, bucket.uri("out/b.ndjson"), reports, "--max-bytes", str(most - 1)).returncode == 1
    assert bucket.json("reports/job_1/2/manifest.json")["error"] == {
        "code": "limit_exceeded",
        "message": f"the output would exceed the limit of {most - 1} bytes",
    }
    assert "out/b.ndjson" not in bucket.names()


# Rows


def _too_many(path: Path, rows: int, most: int, **options: Any) -> None:
    conversion = convert(path, max_rows=most, **options)
    message = f"the output would have {rows} rows, over the limit of {most}"
    assert conversion.stderr == f"unparquet: limit_exceeded: {message}\n"


def test_an_output_may_have_exactly_as_many_rows_as_the_limit(small: Path) -> None:
    expected = convert(small).bytes
    rows = expected.count(b"\n")
    assert convert(small, max_rows=rows).bytes == expected
    _too_many(small, rows, rows - 1)
    _too_many(small, rows, 0)


def test_a_limit_in_rows_applies_to_the_selected_rows(small: Path) -> None:
    assert len(convert(small, limit=2, max_rows=2).rows) == 2
    _too_many(small, 2, 1, limit=2)
    assert convert(small, limit=0, max_rows=0).bytes == b""


def test_too_many_rows_are_detected_before_any_is_written(large: Path) -> None:
    sink = engine.Sink()
    with pytest.raises(engine.ConversionError, match=r"^limit_exceeded: "):
        engine.convert_into(sink, large, max_rows=499_999)
    assert not sink


@pytest.mark.parametrize("option", ["--max-bytes", "--max-rows"])
@pytest.mark.parametrize("value", ["-1", "1.5", "many", ""])
def test_a_limit_that_is_not_a_number_is_an_invalid_request(small: Path, option: str, value: str) -> None:
    process = run_command("convert", str(small), "-", f"{option}={value}")
    assert process.returncode == 1
    assert process.stderr.startswith(b"unparquet: invalid_request: ")
    assert process.stdout == b""
