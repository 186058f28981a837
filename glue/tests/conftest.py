from __future__ import annotations

import dataclasses
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Callable

import boto3
import command
import hostile
import oracle
import pyarrow as pa
import pytest
import s3_server
from generate import mixed, write
from hypothesis import settings
from s3_proxy import Proxy, proxy

# The same examples on every run, so that failures are reproducible.
settings.register_profile("repeatable", derandomize=True, deadline=None, database=None, print_blob=False)
settings.load_profile("repeatable")

_VALUE_OPTIONS = [field.name for field in dataclasses.fields(oracle.Options)]


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Path]:
    """`written(table, **options)` writes a table with pyarrow's writer options; a path is returned as it is."""

    def path(source: pa.Table | Path, **options: Any) -> Path:
        is_table = isinstance(source, pa.Table)
        return write(tmp_path / "input.parquet", source, **options) if is_table else source

    return path


@pytest.fixture
def small(tmp_path: Path) -> Path:
    return write(tmp_path / "small.parquet", mixed())


@pytest.fixture
def convert(written: Callable[..., Path]) -> Callable[..., command.Conversion]:
    """`convert(table_or_path, format="json", …)` runs the command in this process."""
    return lambda source, **options: command.convert(written(source), **options)


@pytest.fixture
def agrees(written: Callable[..., Path]) -> Callable[..., command.Conversion]:
    """`agrees(table_or_path, writer={…}, **options)` converts and compares every value with pyarrow's reading."""

    def check(
        source: pa.Table | Path, writer: dict[str, Any] | None = None, **options: Any
    ) -> command.Conversion:
        path = written(source, **(writer or {}))
        conversion = command.convert(path, **options)
        expected = oracle.expected_rows(
            path, **{name: options[name] for name in _VALUE_OPTIONS if name in options}
        )
        oracle.assert_rows(expected, conversion.rows)
        return conversion

    return check


@pytest.fixture(scope="session")
def corpus() -> Path:
    """A checkout of apache/parquet-testing."""
    folder = os.environ.get("PARQUET_TESTING")
    if not folder:
        pytest.skip("$PARQUET_TESTING names no checkout of apache/parquet-testing")
    return Path(folder)


@pytest.fixture(scope="session")
def poor_process() -> Iterator[hostile.PoorProcess]:
    if sys.platform != "linux":
        pytest.skip("limits and counts memory as on Linux")
    with hostile.PoorProcess() as process:
        yield process


@pytest.fixture
def outcomes(poor_process: hostile.PoorProcess, tmp_path: Path) -> Callable[[list[bytes]], list[str]]:
    """Returns the error code of each file, `""` for success. Unexpected ends fail the test."""
    return lambda files: poor_process.outcomes(tmp_path / "hostile.parquet", files)


@pytest.fixture(scope="session")
def originals(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    files = hostile.originals(tmp_path_factory.mktemp("originals"))
    assert list(files) == hostile.ORIGINALS
    return files


@pytest.fixture(scope="session")
def server() -> Iterator[dict[str, str]]:
    """Environment variables with which the SDK finds the server."""
    with s3_server.endpoint() as url:
        if url is None:
            pytest.skip("ministack needs Python 3.10, and $MINISTACK_PYTHON names no Python with it")
        yield {
            "AWS_ENDPOINT_URL": url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
        }


@pytest.fixture
def s3(server: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Any:
    for name, value in server.items():
        monkeypatch.setenv(name, value)
    return boto3.client("s3", endpoint_url=server["AWS_ENDPOINT_URL"])


@pytest.fixture
def bucket(s3: Any) -> s3_server.Bucket:
    return s3_server.Bucket(s3)


@pytest.fixture
def between(
    server: dict[str, str], bucket: s3_server.Bucket, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Proxy]:
    """The proxy between the S3 server and converters."""
    with proxy(server["AWS_ENDPOINT_URL"]) as state:
        monkeypatch.setenv("AWS_ENDPOINT_URL", state.url)
        yield state
