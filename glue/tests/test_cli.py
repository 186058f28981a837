"""The installed command in its own process: exit codes, standard streams, remaining files."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import generate
import pyarrow as pa
import pytest
import strict_json
from command import arguments, command_line, convert, run_command


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return generate.write(tmp_path / "some trips é.parquet", generate.mixed())


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """A small file with two million rows, about 200 MB of JSON."""
    text = pa.DictionaryArray.from_arrays(
        pa.array([row % 2 for row in range(2_000_000)], pa.int32()), ["a" * 90, "b" * 90]
    )
    return generate.write(tmp_path / "large.parquet", pa.table({"text": text}), row_group_size=100_000)


def test_success_prints_nothing_and_leaves_the_output(source: Path, tmp_path: Path) -> None:
    target = tmp_path / "output.ndjson"
    process = run_command("convert", str(source), str(target))
    assert (process.returncode, process.stdout, process.stderr) == (0, b"", b"")
    assert target.read_bytes() == convert(source).bytes


def test_a_dash_writes_to_standard_output(source: Path) -> None:
    process = run_command("convert", str(source), "-")
    assert (process.returncode, process.stderr) == (0, b"")
    assert process.stdout == convert(source).bytes


def test_an_array_can_be_written_to_standard_output(source: Path) -> None:
    process = run_command(
        "convert", str(source), "-", "--format", "json", "--limit", "2", "--columns", "string,int32"
    )
    rows = strict_json.parse(process.stdout)
    assert [list(row) for row in rows] == [["string", "int32"]] * 2


def test_options_can_be_given_with_an_equals_sign(source: Path) -> None:
    process = run_command("convert", "--limit=1", "--columns=int64", str(source), "-")
    assert len(strict_json.parse_lines(process.stdout)) == 1


def test_an_existing_output_is_replaced(source: Path, tmp_path: Path) -> None:
    target = tmp_path / "output.ndjson"
    target.write_bytes(b"old" * 1_000_000)
    assert run_command("convert", str(source), str(target)).returncode == 0
    assert target.read_bytes() == convert(source).bytes


def test_the_target_of_a_link_is_replaced(source: Path, tmp_path: Path) -> None:
    target, link = tmp_path / "output.ndjson", tmp_path / "latest.ndjson"
    target.write_bytes(b"old")
    link.symlink_to(target)
    assert run_command("convert", str(source), str(link)).returncode == 0
    assert link.is_symlink()
    assert target.read_bytes() == convert(source).bytes


def test_a_pipe_is_written_to_and_not_replaced(source: Path, tmp_path: Path) -> None:
    """The same for devices: `unparquet convert … /dev/null` as root must not replace /dev/null."""
    pipe, copy = tmp_path / "pipe", tmp_path / "copy"
    os.mkfifo(pipe)
    with copy.open("wb") as file, subprocess.Popen(["cat", str(pipe)], stdout=file):
        assert run_command("convert", str(source), str(pipe)).returncode == 0
    assert copy.read_bytes() == convert(source).bytes
    assert pipe.is_fifo()


def test_a_failure_leaves_no_output(source: Path, tmp_path: Path) -> None:
    """Even if it occurs late, in the last row group."""
    table = pa.table({"text": pa.array([b"fine"] * 5000 + [b"\xff"])})
    path = generate.write(tmp_path / "late.parquet", table, row_group_size=100)
    folder = tmp_path / "outputs"
    folder.mkdir()
    process = run_command("convert", str(path), str(folder / "output.ndjson"), "--binary", "utf8")
    assert process.returncode == 1
    assert process.stderr.startswith(b"unparquet: invalid_utf8: ")
    assert list(folder.iterdir()) == []


def _one_line(process: subprocess.CompletedProcess[bytes], *codes: str) -> None:
    stderr = process.stderr.decode()
    assert process.returncode == 1, stderr
    assert stderr.endswith("\n")
    assert len(stderr.splitlines()) == 1, stderr
    assert stderr.split(": ")[0] == "unparquet"
    assert stderr.split(": ")[1] in codes, stderr


def test_a_missing_input_is_reported(tmp_path: Path) -> None:
    _one_line(
        run_command("convert", str(tmp_path / "nothing.parquet"), str(tmp_path / "output")), "input_missing"
    )
    assert list(tmp_path.iterdir()) == []


def test_a_folder_as_input_is_reported(tmp_path: Path) -> None:
    _one_line(run_command("convert", str(tmp_path), "-"), "input_missing", "not_parquet", "invalid_request")


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"PAR1", b"PAR1PAR1", b"PAR1\0\0\0\0", b"hello, world\n" * 100),
        *(b"PAR1" + b"x" * 100, b"\0" * 12 + b"PAR1"),
    ],
    ids=repr,
)
def test_an_input_that_is_not_parquet_is_reported(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "input.parquet"
    path.write_bytes(content)
    assert convert(path).error == "not_parquet"


def test_a_file_with_only_magic_bytes_is_rejected(tmp_path: Path) -> None:
    path = tmp_path / "input.parquet"
    path.write_bytes(b"PAR1" + (0).to_bytes(4, "little") + b"PAR1")
    assert convert(path).error in {"not_parquet", "corrupt_file"}


@pytest.mark.parametrize(
    "argv",
    [
        [],
        ["convert"],
        ["convert", "only-one"],
        ["invert", "a", "b"],
        ["convert", "INPUT", "-", "--format", "xml"],
        ["convert", "INPUT", "-", "--compression", "rar"],
        ["convert", "INPUT", "-", "--limit", "-1"],
        ["convert", "INPUT", "-", "--limit", "some"],
        ["convert", "INPUT", "-", "--limit", "1.5"],
        ["convert", "INPUT", "-", "--threads", "0"],
        ["convert", "INPUT", "-", "--integers", "float"],
        ["convert", "INPUT", "-", "--nulls", "drop"],
        ["convert", "INPUT", "-", "--timestamps", "epoch"],
        ["convert", "INPUT", "-", "--columns", "[1]"],
        ["convert", "INPUT", "-", "--columns", '["a"'],
        ["convert", "INPUT", "-", "--no-such-option", "1"],
        ["convert", "INPUT", "-", "--format"],
    ],
    ids=" ".join,
)
def test_an_invalid_command_line_is_reported(source: Path, argv: list[str]) -> None:
    process = run_command(*[str(source) if word == "INPUT" else word for word in argv])
    # A bracket may also start the name of a column, which is then unknown.
    _one_line(process, "invalid_request", *(["unknown_column"] if "--columns" in argv else []))
    assert process.stdout == b""


def test_messages_are_one_line_even_if_a_column_name_has_line_feeds(source: Path, tmp_path: Path) -> None:
    _one_line(run_command("convert", str(source), "-", "--columns", "no\nsuch\rcolumn"), "unknown_column")
    path = generate.write(tmp_path / "input.parquet", pa.table({"new\nline": [b"\xff"]}))
    _one_line(run_command("convert", str(path), "-", "--binary", "utf8"), "invalid_utf8")


def test_an_output_that_cannot_be_written_is_reported(source: Path, tmp_path: Path) -> None:
    process = run_command("convert", str(source), str(tmp_path / "no" / "such" / "folder" / "output"))
    assert process.returncode == 1
    assert len(process.stderr.splitlines()) == 1, process.stderr
    assert not (tmp_path / "no").exists()


def test_a_reader_that_exits_ends_the_conversion(large: Path) -> None:
    """As in `unparquet convert … - | head -1`."""
    process = subprocess.Popen(
        command_line("convert", str(large), "-"), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None and process.stderr is not None
    assert process.stdout.readline().startswith(b'{"text":"')
    process.stdout.close()
    stderr = process.stderr.read()
    process.stderr.close()
    assert process.wait(timeout=60) != 0
    assert b"Traceback" not in stderr
    assert len(stderr.splitlines()) <= 1, stderr


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_a_stopped_conversion_leaves_nothing(large: Path, tmp_path: Path, stop: signal.Signals) -> None:
    folder = tmp_path / "outputs"
    folder.mkdir()
    process = subprocess.Popen(
        command_line(*arguments(large, folder / "output", {"threads": 1})), stderr=subprocess.PIPE
    )
    while process.poll() is None and not any(folder.iterdir()):
        time.sleep(0.005)
    process.send_signal(stop)
    _, stderr = process.communicate(timeout=60)
    finished = [folder / "output"] if process.returncode == 0 else []
    assert list(folder.iterdir()) == finished, stderr


@pytest.mark.skipif(sys.platform != "linux", reason="peak memory is read from /proc")
def test_neither_the_file_nor_the_output_is_held_in_memory(large: Path) -> None:
    """Peak memory for 200 MB of JSON is well below that."""
    python, option, script, *argv = command_line("convert", str(large), os.devnull, "--threads", "2")
    # The process reports it itself: the system's peak of a child includes the parent it was forked from.
    script = f"import atexit; atexit.register(lambda: print(open('/proc/self/status').read())); {script}"
    process = subprocess.run([python, option, script, *argv], capture_output=True, text=True, check=True)
    (peak,) = re.findall(r"VmHWM:\s*(\d+) kB", process.stdout)
    assert int(peak) < 120 * 1024, f"{peak} kB"


def test_help_is_printed_on_request(source: Path) -> None:
    process: Any = run_command("--help")
    assert process.returncode == 0
    assert b"convert" in process.stdout
