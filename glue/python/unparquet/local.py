"""Writes to local files and standard output."""

from __future__ import annotations

import os
import sys

from .errors import ConversionError

# pathlib takes longer to import than this package.
# ruff: noqa: PTH105, PTH108, PTH110, PTH112, PTH113, PTH118


class FileOutput:
    """A file that appears under its name only when complete."""

    def __init__(self, path: str) -> None:
        # Replaces the target of a link, not the link.
        self._path = os.path.realpath(path)
        folder, name = os.path.split(self._path)
        # Names have at most 255 bytes, and characters up to four.
        self._temporary = os.path.join(folder, f".{name[:40]}.{os.urandom(6).hex()}")
        try:
            self.sink = os.open(self._temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        except OSError as error:
            raise ConversionError("internal", f"writing {path} failed: {error.strerror}") from error

    def flush(self) -> None:
        pass

    def complete(self) -> None:
        try:
            os.replace(self._temporary, self._path)
        except OSError as error:
            raise ConversionError("internal", f"writing {self._path} failed: {error.strerror}") from error
        os.close(self.sink)

    def abort(self) -> None:
        os.close(self.sink)
        if os.path.exists(self._temporary):
            os.unlink(self._temporary)


class StreamOutput:
    """Standard output, a pipe or a device, where a failure leaves partial output."""

    def __init__(self, sink: int) -> None:
        self.sink = sink

    def flush(self) -> None:
        pass

    def complete(self) -> None:
        pass

    def abort(self) -> None:
        pass


def open_output(path: str) -> FileOutput | StreamOutput:
    """The output for a path, or for `-` standard output. Pipes and devices are written to, not replaced."""
    if path == "-":
        return StreamOutput(sys.stdout.fileno())
    if not os.path.exists(path) or os.path.isfile(path) or os.path.isdir(path):
        return FileOutput(path)
    try:
        return StreamOutput(os.open(path, os.O_WRONLY))
    except OSError as error:
        raise ConversionError("internal", f"writing {path} failed: {error.strerror}") from error
