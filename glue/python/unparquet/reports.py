"""run.json, progress.json, index.json and manifest.json, by which a run in Glue claims its attempt and reports on it."""

from __future__ import annotations

import os
import threading
import time
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
        self._latest = (0, 0, 0)
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self._started = time.monotonic()

    def claim(self) -> None:
        """Claims the attempt for this run. Raises ConversionError if that may have failed."""
        if not self._create("run.json", {"id": self._id, "startedAt": _now()}):
            raise ConversionError("stopped", "Another run has claimed this attempt.")

    def progress(self, rows: int, total_rows: int, output_bytes: int) -> None:
        """Records the progress; a thread writes it about every second, so that the conversion never waits."""
        self._latest = (rows, total_rows, output_bytes)
        if self._thread is None:
            self._thread = threading.Thread(target=self._report, daemon=True)
            self._thread.start()

    def succeeded(self, request: Request, result: Result) -> None:
        """Reports success. The manifest says whether the index could be written."""
        self._end()
        indexed = self._try_put("index.json", index_of(request, result))
        filename = request.output.rpartition("/")[2]
        self._put(
            "manifest.json",
            {
                "status": "SUCCEEDED",
                "rows": result.rows,
                "bytes": result.size,
                "filename": filename,
                "contentType": content_type(filename),
                "durationMs": round((time.monotonic() - self._started) * 1000),
                "columns": [{"name": name, "type": type_} for name, type_ in result.columns],
                "columnsOmitted": result.columns_omitted,
                "indexed": indexed,
            },
        )

    def failed(self, error: ConversionError) -> None:
        """Reports `error`. A failure to do so is ignored, so that it does not hide `error`."""
        self._end()
        manifest = {"status": "FAILED", "error": {"code": error.code, "message": error.message}}
        self._try_put("manifest.json", manifest)

    def stopped(self) -> None:
        """Reports that the run was stopped, giving up after a few seconds."""
        error = ConversionError("stopped", "The run was stopped before it finished.")
        thread = threading.Thread(target=self.failed, args=(error,), daemon=True)
        thread.start()
        thread.join(STOP_SECONDS)

    def _report(self) -> None:
        ended = False
        while not ended:
            rows, total_rows, output_bytes = self._latest
            self._try_put(
                "progress.json",
                {"rows": rows, "totalRows": total_rows, "outputBytes": output_bytes, "updatedAt": _now()},
            )
            ended = self._ended.wait(INTERVAL)

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


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
