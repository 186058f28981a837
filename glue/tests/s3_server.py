"""A real S3 server on this machine for the time of a test session."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

START_SECONDS = 60


@contextlib.contextmanager
def endpoint() -> Iterator[str | None]:
    """Its URL: of the server that $UNPARQUET_TEST_S3 names, or of a ministack; None where there is neither."""
    given = os.environ.get("UNPARQUET_TEST_S3")
    if given:
        yield given
    elif importlib.util.find_spec("ministack") is None:
        yield None
    else:
        with tempfile.TemporaryDirectory() as folder:
            yield from _ministack(Path(folder))


def _ministack(folder: Path) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        **os.environ,
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "SERVICES": "s3",
        "S3_DATA_DIR": str(folder / "s3"),
        "TMPDIR": str(folder),
    }
    script = "from ministack.app import main; main()"
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-c", script],
            env=environment,
            stdout=log,
            stderr=log,
            cwd=folder,
        )
    try:
        url = f"http://127.0.0.1:{port}"
        _wait(url, server, folder / "log")
        yield url
    finally:
        server.terminate()
        server.wait()


def _wait(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        with contextlib.suppress(urllib.error.URLError, ConnectionError, TimeoutError):
            urllib.request.urlopen(f"{url}/health", timeout=5).close()
            return
        time.sleep(0.1)
    raise RuntimeError(f"ministack did not start:\n{log.read_text()}")
