"""The converter on WebAssembly: callbacks, exceptions, and the same bytes as the native one."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import engine
import memory
import pytest
from generate import mixed, nested, write
from test_corpus import TOO_LARGE_TO_HOLD
from unparquet import _engine
from unparquet.errors import ConversionError

pytestmark = pytest.mark.skipif(not memory.ON_WASM, reason="this is the native converter")

COMPRESSIONS = ("none", "gzip", "zstd")


def outcomes(files: list[str]) -> dict[str, str]:
    """A hash of each file's output, or its error code."""
    found = {}
    for file in files:
        for compression in COMPRESSIONS:
            try:
                outcome = hashlib.sha256(engine.convert(Path(file), compression=compression)).hexdigest()
            except ConversionError as error:
                outcome = error.code
            found[f"{Path(file).name}, {compression}"] = outcome
    return found


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write(tmp_path / "mixed.parquet", mixed(1000))


class Source:
    """A file over a slow network."""

    def __init__(self, path: Path) -> None:
        self._data = path.read_bytes()
        self.size = len(self._data)
        self.interrupted = threading.Event()

    def read(self, offset: int, length: int) -> bytes:
        return self._data[offset : offset + length]

    def interrupt(self) -> None:
        self.interrupted.set()


def test_a_limit_of_memory_does_not_change_the_output(file: Path) -> None:
    assert engine.convert(file, memory=1 << 30) == engine.convert(file)


def test_the_native_converter_gives_the_same_bytes_and_error_codes(tmp_path: Path, corpus: Path) -> None:
    site = os.environ.get("NATIVE_CONVERTER")
    if not site:
        pytest.skip("$NATIVE_CONVERTER names no folder with the native converter")
    files = [
        str(path)
        for folder in ("data", "bad_data")
        for path in sorted((corpus / folder).glob("*.parquet"))
        if path.name != TOO_LARGE_TO_HOLD
    ]
    # Several members and frames, and rows that end in the middle of a batch.
    files += [
        str(write(tmp_path / "mixed.parquet", mixed(20_000), row_group_size=7000)),
        str(write(tmp_path / "nested.parquet", nested())),
    ]
    program = "import json, sys, test_wasm; json.dump(test_wasm.outcomes(sys.argv[1:]), sys.stdout)"
    native = subprocess.run(
        [sys.executable, "-c", program, *files],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([site, str(Path(__file__).parent)])},
        stdout=subprocess.PIPE,
        check=True,
    )
    assert outcomes(files) == json.loads(native.stdout)


def test_the_choices_are_those_of_the_engine() -> None:
    choices = dict(_engine.CHOICES)
    assert choices["format"] == ["ndjson", "json"]
    assert choices["compression"] == list(COMPRESSIONS)
    with pytest.raises(AttributeError):
        _engine.NOTHING  # noqa: B018


def test_an_unknown_choice_is_rejected(file: Path) -> None:
    with pytest.raises(ConversionError, match="invalid_request: format must be one of ndjson, json"):
        engine.convert(file, format="xml")


def test_an_exception_of_the_source_is_passed_through(file: Path) -> None:
    source, error = Source(file), RuntimeError("no network")

    def read(offset: int, length: int) -> bytes:
        raise error

    source.read = read
    with pytest.raises(RuntimeError) as caught:
        _engine.convert(source, engine.Sink())
    assert caught.value is error


def test_a_source_that_returns_too_little_is_an_internal_error(file: Path) -> None:
    source = Source(file)
    source.read = lambda offset, length: b""
    with pytest.raises(ConversionError, match=r"^internal: asked for \d+ bytes at byte \d+, got 0$"):
        _engine.convert(source, engine.Sink())


def test_an_exception_of_progress_ends_the_conversion(file: Path) -> None:
    def progress(rows: int, total_rows: int, written: int) -> None:
        assert total_rows == 1000
        raise KeyError("enough")

    source = Source(file)
    with pytest.raises(KeyError, match="enough"):
        _engine.convert(source, engine.Sink(), progress)
    assert source.interrupted.is_set()


@pytest.fixture
def alarm() -> Iterator[None]:
    def ring(signum: int, frame: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, ring)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def test_a_signal_ends_a_blocked_read(file: Path, alarm: None) -> None:
    source = Source(file)

    def read(offset: int, length: int) -> bytes:
        source.interrupted.wait()
        raise OSError("interrupted")

    source.read = read
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    with pytest.raises(TimeoutError):
        _engine.convert(source, engine.Sink())


def test_inspect_sample_table_and_predict_work(file: Path) -> None:
    lines = engine.convert(file).decode().splitlines()
    assert json.loads(_engine.inspect(file))
    assert _engine.sample(str(file), rows=3, bytes=1 << 20) == lines[:3]
    table = _engine.table(file, first_row=1, rows=2, first_column=0, columns=1, text=100)
    assert table == [[json.dumps(next(iter(json.loads(line).values())))] for line in lines[1:3]]
    rows, written = _engine.predict(file)
    assert rows == len(lines)
    assert written > 0
