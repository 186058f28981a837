"""The converter as its user calls it: `unparquet convert INPUT OUTPUT [--option value]`."""

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

# A conversion ends with one of these; `invalid_request` is for a command line that makes no sense.
CODES = {
    "not_parquet",
    "corrupt_file",
    "encrypted_file",
    "unsupported_feature",
    "unknown_column",
    "invalid_utf8",
    "limit_exceeded",
    "timed_out",
    "input_missing",
    "out_of_memory",
    "stopped",
    "internal",
    "invalid_request",
}

JOB = Path(__file__).parents[1] / "job.py"

Option = Union[str, int, list]


@dataclass(frozen=True)
class Conversion:
    """What a user has after the command ended: exit code, standard error, and the output if there is any."""

    exit_code: int
    stderr: str
    output: bytes | None

    @property
    def error(self) -> str | None:
        """The code of the one line `unparquet: CODE: message`, None after success."""
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
    """`non_finite="string"` becomes `--non-finite string`; a list of columns becomes a JSON array."""
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
    """The command inside this process, for speed: its exit code and what it wrote to standard error."""
    main = _entry_point().load()
    stderr = io.StringIO()
    with patch.object(sys, "argv", ["unparquet", *argv]), contextlib.redirect_stderr(stderr):
        try:
            exit_code = main()
        except SystemExit as end:
            exit_code = end.code
    return (exit_code or 0), stderr.getvalue()


def convert(source: str | Path, **options: Option) -> Conversion:
    """Converts into a fresh folder, in which nothing but the output of a success may be left."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "output"
        exit_code, stderr = run(arguments(source, target, options))
        left = {path.name for path in Path(folder).iterdir()}
        assert left == ({"output"} if exit_code == 0 else set()), f"left behind: {left} ({stderr!r})"
        return Conversion(exit_code, stderr, target.read_bytes() if exit_code == 0 else None)


def command_line(*argv: str) -> list[str]:
    """The installed command for a process of its own, by what pip's generated script does."""
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
    """The script as Glue runs it, among arguments that are Glue's own."""
    glue = [
        "--JOB_NAME",
        "converter",
        "--extra-py-files",
        "s3://assets/unparquet.whl",
        "--enable-metrics",
        "true",
    ]
    ours = [
        "--job-id",
        "job_1",
        "--attempt",
        "1",
        "--input",
        source,
        "--output",
        output,
        "--reports",
        reports,
    ]
    return [sys.executable, str(JOB), *glue, *map(str, ours), *options]


def run_job(
    source: str | Path, output: str | Path, reports: str | Path, *options: str
) -> subprocess.CompletedProcess[str]:
    command = job_line(source, output, reports, *options)
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
