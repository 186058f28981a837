"""
The index from rows to bytes: a reader that starts at an entry finds its row, in every format and compression.

The same file and options give the same bytes and index, with any threads and source.
"""

from __future__ import annotations

import gzip
import io
import json
import re
import subprocess
import sys
from itertools import islice
from pathlib import Path
from typing import Any

import engine
import generate
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from command import convert, convert_in_glue, run_command
from s3_proxy import Proxy
from s3_server import Bucket
from test_corpus import FOLDER, TOO_LARGE_TO_HOLD
from unparquet import _engine

FORMS = [(form, codec) for form in ("ndjson", "json") for codec in ("none", "gzip", "zstd")]
MAX_ENTRIES = 1000
# On WebAssembly the engine converts only whole files.
needs_ranges = pytest.mark.skipif(not hasattr(_engine, "ranges"), reason="no ranges on WebAssembly")
MEMBER = {"gzip": b"\x1f\x8b", "zstd": b"\x28\xb5\x2f\xfd"}
REPORTS = "reports/job_1/1"


def _text(data: bytes, codec: str) -> io.BufferedReader:
    """The decompressed text of `data` as a stream."""
    if codec == "gzip":
        return io.BufferedReader(gzip.GzipFile(fileobj=io.BytesIO(data)))
    if codec == "zstd":
        return io.BufferedReader(pa.CompressedInputStream(pa.BufferReader(data), "zstd"))
    return io.BufferedReader(io.BytesIO(data))


def _index(entries: list[tuple[int, int]], size: int, form: str, codec: str, rows: int) -> dict[str, Any]:
    """The index as JSON."""
    listed = [list(entry) for entry in entries]
    return {"rows": rows, "bytes": size, "format": form, "compression": codec, "entries": listed}


def _lines(path: Path, form: str, **options: Any) -> list[bytes]:
    """The line of each row in `form`, from an uncompressed output."""
    lines = engine.convert(path, **options).splitlines()
    if form == "ndjson":
        return [line + b"\n" for line in lines]
    return b"".join([b"[", b",\n".join(lines), b"]"]).splitlines(keepends=True)


def _check(path: Path, form: str, codec: str, **options: Any) -> list[tuple[int, int]]:
    """Checks that the lines after each entry are right, and returns the entries."""
    lines = _lines(path, form, **options)
    data, entries = engine.convert_with_index(path, format=form, compression=codec, **options)
    rows, starts = [row for row, _ in entries], [byte for _, byte in entries]
    assert entries[:1] == ([] if lines in ([], [b"[]"]) else [(0, 0)])
    assert rows == sorted(set(rows))
    assert starts == sorted(set(starts))
    assert len(entries) <= MAX_ENTRIES
    for row, byte in entries:
        assert data.startswith(MEMBER.get(codec, b"[{" if row == 0 and form == "json" else b"{"), byte)
        # A reader may continue past the next entry.
        found = list(islice(_text(data[byte:], codec), 3))
        assert found == lines[row : row + 3], f"row {row}"
    if entries:
        row, byte = entries[-1]
        assert _text(data[byte:], codec).readlines() == lines[row:]
    return entries


ROWS = 300_000


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("tables")
    numbers = np.arange(ROWS)
    texts = [f"{row * 2654435761 % 2**32:08x}" * (1 + row % 3) for row in range(ROWS)]
    table = pa.table({"id": numbers * 7919, "text": texts})
    # The footer does not show that these rows are long: a work unit has much more text than planned.
    entries = [f"{entry}" * 3000 for entry in range(7)]
    long = pa.DictionaryArray.from_arrays(pa.array(np.arange(6000) % 7, pa.int32()), entries)
    giant = pa.table({"a": ["x" * (3 << 20), "y", "z" * (5 << 20), "w"]})
    few = table.slice(0, 2100)
    nothing = table.slice(0, 0)

    def write(name: str, table: pa.Table, **writer: Any) -> Path:
        pq.write_table(table, folder / f"{name}.parquet", **writer)
        return folder / f"{name}.parquet"

    def write_groups(name: str, groups: list[pa.Table]) -> Path:
        with pq.ParquetWriter(folder / f"{name}.parquet", table.schema) as writer:
            for group in groups:
                writer.write_table(group)
        return folder / f"{name}.parquet"

    return {
        "one row group": write("one", table, row_group_size=2**30),
        "row groups": write("groups", table, row_group_size=70_001),
        "row groups of a row": write("rows", few, row_group_size=1),
        "row groups without rows": write_groups("gaps", [nothing, few, nothing, few.slice(0, 1), nothing]),
        "long rows": write("long", pa.table({"text": long})),
        "rows longer than a member": write("giant", giant),
        "one row": write("single", table.slice(0, 1)),
        "no rows": write("none", nothing),
    }


NAMES = [
    *("one row group", "row groups", "row groups of a row", "row groups without rows"),
    *("long rows", "rows longer than a member", "one row", "no rows"),
]


@pytest.mark.parametrize(("form", "codec"), FORMS)
@pytest.mark.parametrize("name", NAMES)
def test_every_entry_leads_to_its_row(tables: dict[str, Path], name: str, form: str, codec: str) -> None:
    entries = _check(tables[name], form, codec)
    if name in ("one row group", "row groups", "long rows"):
        assert len(entries) >= 8


def _check_ranges(path: Path, size: int, **options: Any) -> int:
    """Checks that ranges have the output and the index of a whole conversion, and returns their number."""
    whole, index = engine.convert_with_index(path, **options)
    count, joined, joined_index = engine.convert_ranges(path, size, **options)
    assert joined == whole
    assert joined_index == index
    return count


@needs_ranges
@pytest.mark.parametrize(("form", "codec"), FORMS)
@pytest.mark.parametrize("name", NAMES)
def test_ranges_make_up_the_whole_output_and_index(
    tables: dict[str, Path], name: str, form: str, codec: str
) -> None:
    count = _check_ranges(tables[name], 500_000, format=form, compression=codec)
    assert count > 1 or name not in ("one row group", "row groups")
    _check_ranges(tables[name], 1, format=form, compression=codec)
    for limit in (0, 1, 70_001, 70_002, 100_000):
        _check_ranges(tables[name], 300_000, format=form, compression=codec, limit=limit)


@needs_ranges
@pytest.mark.parametrize(("form", "codec"), FORMS)
def test_ranges_of_the_corpus_make_up_the_whole_output(corpus: Path, form: str, codec: str) -> None:
    checked = 0
    for path in sorted((FOLDER / "data").glob("**/*.parquet")):
        if path.name != TOO_LARGE_TO_HOLD and convert(path).error is None:
            _check_ranges(path, 1, format=form, compression=codec)
            checked += 1
    assert checked > 50


@needs_ranges
def test_rows_that_do_not_begin_or_end_with_a_range_are_refused(tables: dict[str, Path]) -> None:
    path = str(tables["one row group"])
    for first, rows in [(1, 70_000), (0, 1), (0, ROWS + 1), (ROWS, 1), (0, 0)]:
        with pytest.raises(engine.ConversionError, match=r"internal: rows .* do not begin and end"):
            _engine.convert_range(path, engine.Sink(), first, rows)


@pytest.mark.parametrize(("form", "codec"), FORMS)
def test_every_entry_leads_to_its_row_in_the_corpus(corpus: Path, form: str, codec: str) -> None:
    checked = 0
    for path in sorted((FOLDER / "data").glob("**/*.parquet")):
        if path.name == TOO_LARGE_TO_HOLD:
            continue
        if convert(path, limit=1).error is None:
            _check(path, form, codec)
            checked += 1
    assert checked > 50


@pytest.mark.parametrize("limit", [0, 1, 1023, 70_001, 100_000])
@pytest.mark.parametrize(("form", "codec"), FORMS)
def test_an_index_ends_with_a_limit(tables: dict[str, Path], form: str, codec: str, limit: int) -> None:
    entries = _check(tables["row groups"], form, codec, limit=limit)
    assert all(row < limit for row, _ in entries)


@pytest.mark.parametrize(("form", "codec"), FORMS)
@pytest.mark.parametrize("name", NAMES)
def test_output_and_index_do_not_depend_on_threads_or_the_network(
    tables: dict[str, Path], name: str, form: str, codec: str
) -> None:
    path, options = tables[name], {"format": form, "compression": codec}
    wanted = engine.convert_with_index(path, threads=1, **options)
    for threads in (1, 2, 8):
        for source in (path, path.read_bytes()):
            # Not compared by pytest, whose diff would take minutes.
            is_same = engine.convert_with_index(source, threads=threads, **options) == wanted
            assert is_same, f"{threads} threads, {type(source).__name__}"


@pytest.mark.parametrize("threads", [1, 8])
def test_the_index_of_many_rows_has_at_most_1000_entries(tmp_path: Path, threads: int) -> None:
    """400 MB of text in some 1,600 chunks, from a few kilobytes."""
    texts = pa.DictionaryArray.from_arrays(pa.array([0] * 4_000_000, pa.int32()), ["x" * 90])
    path = generate.write(tmp_path / "many.parquet", pa.table({"text": texts}), row_group_size=1_000_000)

    class Nothing:
        def write(self, data: bytes) -> None:
            pass

        def interrupt(self) -> None:
            pass

    line = len('{"text":""}\n') + 90
    result = engine.convert_into(Nothing(), path, threads=threads)
    assert result.size == result.rows * line
    assert MAX_ENTRIES // 2 <= len(result.index) <= MAX_ENTRIES
    assert all(byte == row * line for row, byte in result.index)
    gaps = [after - row for (row, _), (after, _) in zip(result.index, result.index[1:])]
    assert max(gaps) <= 2 * result.rows / len(result.index)


# The command


@pytest.mark.parametrize(("form", "codec"), FORMS)
def test_the_command_writes_the_index_beside_the_output(
    tables: dict[str, Path], tmp_path: Path, form: str, codec: str
) -> None:
    path, output, index = tables["row groups"], tmp_path / "output", tmp_path / "index.json"
    choice = ["--format", form, "--compression", codec]
    process = run_command("convert", str(path), str(output), "--index", str(index), *choice)
    assert (process.returncode, process.stderr) == (0, b"")
    data, entries = engine.convert_with_index(path, format=form, compression=codec)
    assert output.read_bytes() == data
    assert json.loads(index.read_text()) == _index(entries, len(data), form, codec, ROWS)
    assert {entry.name for entry in tmp_path.iterdir()} == {"output", "index.json"}


def test_the_index_of_an_output_without_rows_has_no_entries(tables: dict[str, Path], tmp_path: Path) -> None:
    process = run_command("convert", str(tables["no rows"]), "-", "--index", str(tmp_path / "index.json"))
    assert (process.returncode, process.stdout) == (0, b"")
    assert json.loads((tmp_path / "index.json").read_text()) == _index([], 0, "ndjson", "none", 0)


def test_an_index_that_cannot_be_written_leaves_no_output(tables: dict[str, Path], tmp_path: Path) -> None:
    output, index = tmp_path / "output", tmp_path / "missing" / "index.json"
    process = run_command("convert", str(tables["one row"]), str(output), "--index", str(index))
    assert process.returncode == 1
    assert process.stderr.startswith(b"unparquet: internal: ")
    assert list(tmp_path.iterdir()) == []


def test_a_failed_conversion_leaves_no_index(tables: dict[str, Path], tmp_path: Path) -> None:
    output, index = tmp_path / "output", tmp_path / "index.json"
    limits = ["--max-bytes", "1"]
    process = run_command("convert", str(tables["one row"]), str(output), "--index", str(index), *limits)
    assert process.stderr.startswith(b"unparquet: limit_exceeded: ")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("index", ["out/../output", "./output"])
def test_output_and_index_must_be_different_files(
    tables: dict[str, Path], tmp_path: Path, index: str
) -> None:
    output = str(tmp_path / "output")
    process = run_command("convert", str(tables["one row"]), output, "--index", str(tmp_path / index))
    assert process.stderr.startswith(b"unparquet: invalid_request: ")
    process = run_command("convert", str(tables["one row"]), "-", "--index", "-")
    assert process.stderr.startswith(b"unparquet: invalid_request: ")


def test_the_command_writes_output_and_index_to_s3(bucket: Bucket, tables: dict[str, Path]) -> None:
    source = bucket.put("in.parquet", tables["row groups"])
    arguments = ["--index", bucket.uri("out/index.json"), "--compression", "zstd"]
    process = run_command("convert", source, bucket.uri("out/a.ndjson.zst"), *arguments)
    assert (process.returncode, process.stderr) == (0, b"")
    data, entries = engine.convert_with_index(tables["row groups"], compression="zstd")
    assert bucket.get("out/a.ndjson.zst") == data
    assert bucket.json("out/index.json")["entries"] == [list(entry) for entry in entries]


def test_the_commands_in_the_docs_print_rows_from_an_entry_on(
    tables: dict[str, Path], tmp_path: Path
) -> None:
    page = Path(__file__).parents[2] / "docs" / "json.md"
    (lines,) = re.findall(r"<!-- test: index -->\n```python\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
    path, row = tables["row groups"], 234_567
    output, index = tmp_path / "trips.ndjson.gz", tmp_path / "trips.index.json"
    run_command("convert", str(path), str(output), "--compression=gzip", f"--index={index}")
    script = lines.replace("1_234_567", str(row))
    process = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True
    )
    wanted = [json.loads(line) for line in _lines(path, "ndjson")[row : row + 5]]
    assert process.stdout.splitlines() == [str(row) for row in wanted]


# In Glue


def test_a_run_in_glue_reports_the_index_before_the_manifest(
    bucket: Bucket, between: Proxy, tables: dict[str, Path]
) -> None:
    puts: list[str] = []
    between.put_fault = lambda path: puts.append(path.rpartition("/")[2])
    source = bucket.put("in.parquet", tables["row groups"])
    convert_in_glue(source, bucket.uri("out/a.json"), bucket.uri(REPORTS), "--format=json")
    assert puts[-2:] == ["index.json", "manifest.json"]
    data, entries = engine.convert_with_index(tables["row groups"], format="json")
    assert bucket.json(f"{REPORTS}/index.json") == _index(entries, len(data), "json", "none", ROWS)
    assert bucket.json(f"{REPORTS}/manifest.json")["indexed"] is True
    for row, byte in entries[:: len(entries) // 3]:
        ranged = bucket.s3.get_object(Bucket=bucket.name, Key="out/a.json", Range=f"bytes={byte}-")
        assert ranged["Body"].readline() == _lines(tables["row groups"], "json")[row]


def test_a_conversion_whose_index_cannot_be_written_succeeds_and_says_so(
    bucket: Bucket, between: Proxy, tables: dict[str, Path]
) -> None:
    between.put_fault = lambda path: "conflict" if path.endswith("/index.json") else None
    source = bucket.put("in.parquet", tables["one row"])
    process = convert_in_glue(source, bucket.uri("out/a.ndjson"), bucket.uri(REPORTS))
    assert "writing index.json failed" in process.stdout
    manifest = bucket.json(f"{REPORTS}/manifest.json")
    assert (manifest["status"], manifest["indexed"]) == ("SUCCEEDED", False)
    assert bucket.get("out/a.ndjson") == engine.convert(tables["one row"])
    assert f"{REPORTS}/index.json" not in bucket.names()


def test_writing_the_index_is_repeated_after_a_lost_response(
    bucket: Bucket, between: Proxy, tables: dict[str, Path]
) -> None:
    puts: list[str] = []

    def twice(path: str) -> str | None:
        puts.extend([path] if path.endswith("/index.json") else [])
        return "lost" if path.endswith("/index.json") and len(puts) <= 2 else None

    between.put_fault = twice
    source = bucket.put("in.parquet", tables["one row"])
    convert_in_glue(source, bucket.uri("out/a.ndjson"), bucket.uri(REPORTS))
    assert len(puts) == 3
    assert bucket.json(f"{REPORTS}/manifest.json")["indexed"] is True
    assert bucket.json(f"{REPORTS}/index.json")["entries"] == [[0, 0]]
