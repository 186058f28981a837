"""A real S3 server for a test session."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

START_SECONDS = 60


@contextlib.contextmanager
def endpoint() -> Iterator[str | None]:
    """The server's URL, or None if neither this Python nor $MINISTACK_PYTHON has ministack."""
    python = os.environ.get("MINISTACK_PYTHON")
    if python is None and importlib.util.find_spec("ministack"):
        python = sys.executable
    if python is None:
        yield None
    else:
        with tempfile.TemporaryDirectory() as folder:
            yield from _ministack(python, Path(folder))


def _free_port() -> int:
    """Below 32768: systems give those above to outgoing connections."""
    while True:
        port = random.randrange(11_000, 32_768)
        with socket.socket() as free, contextlib.suppress(OSError):
            free.bind(("127.0.0.1", port))
            return port


def _ministack(python: str, folder: Path) -> Iterator[str]:
    port = _free_port()
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
            # -E: another Python must not use the packages of this one.
            [python, "-E", "-c", script],
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


class Bucket:
    def __init__(self, s3: Any) -> None:
        self.s3 = s3
        self.name = f"test-{uuid.uuid4()}"
        s3.create_bucket(Bucket=self.name)

    def uri(self, key: str) -> str:
        return f"s3://{self.name}/{key}"

    def put(self, key: str, source: Path) -> str:
        self.s3.upload_file(str(source), self.name, key)
        return self.uri(key)

    def get(self, key: str) -> bytes:
        return self.s3.get_object(Bucket=self.name, Key=key)["Body"].read()

    def json(self, key: str) -> Any:
        return json.loads(self.get(key))

    def names(self) -> set[str]:
        return {item["Key"] for item in self.s3.list_objects_v2(Bucket=self.name).get("Contents", [])}

    def uploads(self) -> list[Any]:
        return self.s3.list_multipart_uploads(Bucket=self.name).get("Uploads", [])
