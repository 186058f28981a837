"""run.json, progress.json, index.json and manifest.json, by which a run claims its attempt and reports on it."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timezone
from pathlib import Path

from .arguments import Request
from .conversion import Result, index_of, to_json
from .errors import ConversionError
from .headers import content_type

INTERVAL = 1.0  # seconds between two versions of progress.json
STOP_SECONDS = 5.0  # for the manifest of a stopped run, which may be killed afterwards


class Reports:
    """Writes reports to `folder`, a path or an s3:// URI."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._id = os.urandom(16).hex()
        self._progress: dict[str, object] = {}
        self._stop: ConversionError | None = None
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self._started = time.monotonic()
        # None until it is written.
        self.manifest: dict[str, object] | None = None

    def claim(self) -> bool:
        """Claims the attempt for this run. False if another run has; raises ConversionError if it may have failed."""
        return self._create("run.json", {"id": self._id, "startedAt": _now()})

    def start(self, find_stop: Callable[[], ConversionError | None]) -> None:
        """
        Starts a thread that writes progress.json about every second, so that the conversion never waits.

        Raises the error that `find_stop` returns now. If it returns one later, the thread sends SIGTERM to the main thread.
        """
        if error := find_stop():
            raise error
        self._thread = threading.Thread(target=self._report, args=(find_stop,), daemon=True)
        self._thread.start()

    def progress(self, rows: int, total_rows: int, output_bytes: int) -> None:
        """Records the progress for the next progress.json."""
        self._progress = {"rows": rows, "totalRows": total_rows, "outputBytes": output_bytes}

    def succeeded(self, request: Request, result: Result) -> None:
        """Reports success. The manifest says whether the index could be written."""
        self._end()
        indexed = self._try_put("index.json", index_of(request, result))
        filename = request.output.rpartition("/")[2]
        manifest = {
            "status": "SUCCEEDED",
            "rows": result.rows,
            "bytes": result.size,
            "filename": filename,
            "contentType": content_type(filename),
            "durationMs": round((time.monotonic() - self._started) * 1000),
            "columns": [{"name": name, "type": type_} for name, type_ in result.columns],
            "columnsOmitted": result.columns_omitted,
            "indexed": indexed,
        }
        self._put("manifest.json", manifest)
        self.manifest = manifest

    def failed(self, error: ConversionError) -> None:
        """Reports `error`. A failure to do so is ignored, so that it does not hide `error`."""
        self._end()
        manifest = {"status": "FAILED", "error": {"code": error.code, "message": error.message}}
        if self._try_put("manifest.json", manifest):
            self.manifest = manifest

    def stopped(self) -> None:
        """Reports that the run was stopped, giving up after a few seconds."""
        error = self._stop or stop_error()
        thread = threading.Thread(target=self.failed, args=(error,), daemon=True)
        thread.start()
        thread.join(STOP_SECONDS)

    def _report(self, find_stop: Callable[[], ConversionError | None]) -> None:
        while not self._ended.wait(INTERVAL):
            with suppress(ConversionError):
                self._stop = find_stop()
            if self._stop is not None:
                signal.pthread_kill(threading.main_thread().ident, signal.SIGTERM)
                return
            # Before the first rows it is only a sign of life.
            self._try_put("progress.json", {**self._progress, "updatedAt": _now()})

    def _end(self) -> None:
        """Waits for a report that is being written: the manifest must be the last one."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join()

    def _try_put(self, name: str, content: dict[str, object]) -> bool:
        try:
            self._put(name, content)
            return True
        except Exception as error:  # the conversion continues, or has failed already
            print(f"writing {name} failed: {error}", flush=True)
            return False

    def _put(self, name: str, content: dict[str, object]) -> None:
        data = to_json(content)
        if self._folder.startswith("s3://"):
            from . import s3

            s3.put(f"{self._folder}/{name}", data)
        else:
            path = Path(self._folder, name)
            temporary = path.with_name(f".{name}.tmp")
            temporary.write_bytes(data)
            temporary.replace(path)

    def _create(self, name: str, content: dict[str, object]) -> bool:
        """Writes a report unless it exists. Returns False if it does."""
        data = to_json(content)
        if self._folder.startswith("s3://"):
            from . import s3

            return s3.create(f"{self._folder}/{name}", data)
        Path(self._folder).mkdir(parents=True, exist_ok=True)
        try:
            with Path(self._folder, name).open("xb") as file:
                file.write(data)
        except FileExistsError:
            return False
        return True


def stop_error() -> ConversionError:
    return ConversionError("stopped", "The run was stopped before it finished.")


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
