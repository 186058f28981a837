"""Runs the converter as users do: `unparquet convert INPUT OUTPUT [--option value]`."""

from __future__ import annotations

import contextlib
import io
import json
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from importlib.metadata import distribution
from pathlib import Path
from typing import Any, Union
from unittest.mock import patch

import strict_json

# Error codes of conversions; `invalid_request` is for invalid command lines.
CODES = {
    *("not_parquet", "corrupt_file", "encrypted_file", "unsupported_feature"),
    *("unknown_column", "invalid_utf8", "limit_exceeded", "timed_out", "input_missing"),
    *("out_of_memory", "stopped", "internal", "invalid_request"),
}

JOB = Path(__file__).parents[1] / "job.py"

Option = Union[str, int, list]


@dataclass(frozen=True)
class Conversion:
    """The result of a command: exit code, standard error, and the output, if any."""

    exit_code: int
    stderr: str
    output: bytes | None

    @property
    def error(self) -> str | None:
        """The code of the line `unparquet: CODE: message`, or None after success."""
        if self.exit_code == 0:
            return None
        found = re.fullmatch(r"unparquet: ([a-z0-9_]+): [^\n]+\n", self.stderr)
        assert found, f"not one line `unparquet: CODE: message`: {self.stderr!r}"
        assert found[1] in CODES, f"an unknown code: {self.stderr!r}"
        assert self.exit_code == 1, f"exit code {self.exit_code}"
        return found[1]

    @property
    def bytes(self) -> bytes:
        assert self.exit_code == 0, self.stderr
        assert self.output is not None, "success, but no output"
        return self.output

    @property
    def rows(self) -> list[Any]:
        return strict_json.parse_lines(self.bytes)


def arguments(source: str | Path, target: str | Path, options: dict[str, Option]) -> list[str]:
    """The command line; `non_finite="string"` becomes `--non-finite string`, a list of columns a JSON array."""
    argv = ["convert", str(source), str(target)]
    for name, value in options.items():
        text = json.dumps(value) if isinstance(value, list) else str(value)
        argv += [f"--{name.replace('_', '-')}", text]
    return argv


def _entry_point() -> Any:
    scripts = distribution("unparquet").entry_points
    return next(
        script for script in scripts if script.group == "console_scripts" and script.name == "unparquet"
    )


def run(argv: list[str]) -> tuple[int, str]:
    """Runs the command in this process, for speed. Returns the exit code and standard error."""
    main = _entry_point().load()
    stderr = io.StringIO()
    with patch.object(sys, "argv", ["unparquet", *argv]), contextlib.redirect_stderr(stderr):
        try:
            exit_code = main()
        except SystemExit as end:
            exit_code = end.code
    return (exit_code or 0), stderr.getvalue()


def convert(source: str | Path, **options: Option) -> Conversion:
    """Converts into a new folder, in which only a successful output may remain."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "output"
        exit_code, stderr = run(arguments(source, target, options))
        left = {path.name for path in Path(folder).iterdir()}
        assert left == ({"output"} if exit_code == 0 else set()), f"left behind: {left} ({stderr!r})"
        return Conversion(exit_code, stderr, target.read_bytes() if exit_code == 0 else None)


def command_line(*argv: str) -> list[str]:
    """Runs the installed command in a new process, like the script that pip generates."""
    module, function = _entry_point().value.split(":")
    return [
        sys.executable,
        "-c",
        f"import sys; from {module} import {function}; sys.exit({function}())",
        *argv,
    ]


def run_command(*argv: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(command_line(*argv), capture_output=True, timeout=120, check=False)


def job_line(source: str | Path, output: str | Path, reports: str | Path, *options: str) -> list[str]:
    """The job's script as Glue runs it, with Glue's own arguments."""
    glue = {"JOB_NAME": "converter", "extra-py-files": "s3://assets/unparquet.whl", "enable-metrics": "true"}
    ours = {"job-id": "job_1", "attempt": 1, "input": source, "output": output, "reports": reports}
    named = [word for name, value in {**glue, **ours}.items() for word in (f"--{name}", str(value))]
    return [sys.executable, str(JOB), *named, *options]


def run_job(
    source: str | Path, output: str | Path, reports: str | Path, *options: str
) -> subprocess.CompletedProcess[str]:
    command = job_line(source, output, reports, *options)
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def convert_in_glue(
    source: str | Path, output: str | Path, reports: str | Path, *options: str
) -> subprocess.CompletedProcess[str]:
    """A run of the job that has to succeed, without a message."""
    process = run_job(source, output, reports, *options)
    assert (process.returncode, process.stderr) == (0, "")
    return process
