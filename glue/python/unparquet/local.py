"""Output to the machine the conversion runs on."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from .errors import ConversionError


class FileOutput:
    """A file that gets its name only when it is complete."""

    def __init__(self, path: str) -> None:
        # A link stays a link: it is what it names that is replaced.
        self._path = Path(path).resolve()
        try:
            self.sink, name = tempfile.mkstemp(prefix=f".{self._path.name[:64]}.", dir=self._path.parent)
        except OSError as error:
            raise ConversionError("internal", f"{path} cannot be written: {error.strerror}") from error
        self._temporary = Path(name)

    def complete(self) -> None:
        try:
            # What open() would have given the file; mkstemp keeps it from everyone else.
            os.fchmod(self.sink, 0o666 & ~_umask())
            self._temporary.replace(self._path)
        except OSError as error:
            raise ConversionError("internal", f"{self._path} cannot be written: {error.strerror}") from error
        os.close(self.sink)

    def abort(self) -> None:
        os.close(self.sink)
        self._temporary.unlink(missing_ok=True)


class StreamOutput:
    """Standard output, a pipe or a device: what has been written before a failure stays written."""

    def __init__(self, sink: int) -> None:
        self.sink = sink

    def complete(self) -> None:
        pass

    def abort(self) -> None:
        pass


def open_output(path: str) -> FileOutput | StreamOutput:
    """The output for a path; `-` is standard output. Pipes and devices are written to, never replaced."""
    if path == "-":
        return StreamOutput(sys.stdout.fileno())
    if not Path(path).exists() or Path(path).is_file() or Path(path).is_dir():
        return FileOutput(path)
    try:
        return StreamOutput(os.open(path, os.O_WRONLY))
    except OSError as error:
        raise ConversionError("internal", f"{path} cannot be written: {error.strerror}") from error


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
