"""Inspection, samples, tables, and predictions of the output's size."""

from __future__ import annotations

import json
import os
import random
import re
from pathlib import Path
from typing import Any

import command
import engine
import generate
import hostile
import memory
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
import test_annotations
from s3_server import Bucket
from unparquet import _engine
from unparquet.errors import ConversionError

FOLDER = Path(os.environ.get("PARQUET_TESTING", ""))
CORPUS = sorted(
    path
    for path in [*FOLDER.glob("data/**/*.parquet*"), *FOLDER.glob("bad_data/*.parquet")]
    # Strings of a GiB.
    if path.name != "large_string_map.brotli.parquet"
)
FOREIGN = sorted((Path(__file__).parent / "foreign").glob("*.parquet"))
FILES = [*CORPUS, *FOREIGN]
OPTION_SETS: list[dict[str, Any]] = [
    {},
    {"integers": "string", "decimals": "string", "binary": "hex", "non_finite": "string"},
    {"binary": "utf8", "limit": 3},
]
ALL = {"rows": 2**63, "bytes": 2**63}

each_file = pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)


def inspect(source: Any) -> dict[str, Any]:
    return json.loads(_engine.inspect(source if hasattr(source, "read") else str(source)))


def unreadable(found: dict[str, Any]) -> list[dict[str, str]]:
    return [column["unreadable"] for column in found["statistics"] if "unreadable" in column]


def reports_refusal(source: Any, refusal: str | None) -> bool:
    """Whether an inspection fails with a conversion's `refusal`, or reports it for a column."""
    if refusal is None or failure(inspect, source):
        return failure(inspect, source) == refusal
    return any(
        refusal.startswith(error["code"]) and error["message"] in refusal
        for error in unreadable(inspect(source))
    )


def failure(call: Any, *args: Any, **keywords: Any) -> str | None:
    """The error that a call raises, or None."""
    try:
        call(*args, **keywords)
    except ConversionError as error:
        return str(error)
    return None


class Counting:
    """A file that counts the bytes read."""

    def __init__(self, path: Path) -> None:
        self._bytes = path.read_bytes()
        self.size = len(self._bytes)
        self.read_bytes = 0

    def read(self, offset: int, length: int) -> bytes:
        self.read_bytes += length
        return self._bytes[offset : offset + length]

    def interrupt(self) -> None:
        pass


in_ranges = pytest.mark.skipif(memory.ON_WASM, reason="reads blocks of 1 MiB, regardless of columns")


# Inspection


@each_file
def test_the_description_matches_pyarrow(path: Path) -> None:
    try:
        metadata = pq.ParquetFile(path).metadata
    except (OSError, pa.ArrowException):
        pytest.skip("pyarrow does not read it")
    if failure(inspect, path):
        pytest.skip("it is rejected")
    found = inspect(path)
    if unreadable(found):
        pytest.skip("pyarrow aborts on a physical type that it does not know")
    groups = [metadata.row_group(index) for index in range(metadata.num_row_groups)]
    chunks = [group.column(index) for group in groups for index in range(group.num_columns)]
    assert found["bytes"] == path.stat().st_size
    assert found["rows"] == sum(group.num_rows for group in groups)
    assert [group["rows"] for group in found["rowGroups"]] == [group.num_rows for group in groups]
    assert found["compressedBytes"] == sum(chunk.total_compressed_size for chunk in chunks)
    assert found["uncompressedBytes"] == sum(chunk.total_uncompressed_size for chunk in chunks)
    # pyarrow calls both kinds of LZ4 by one name, or by none.
    codecs = {chunk.compression.lower().replace("unknown", "lz4") for chunk in chunks}
    assert {codec.replace("_raw", "") for codec in found["codecs"]} == codecs
    assert set(found["encodings"]) == {encoding for chunk in chunks for encoding in chunk.encodings}
    assert found.get("createdBy", "") == metadata.created_by
    paths = [metadata.schema.column(index).path for index in range(metadata.num_columns)]
    assert [".".join(column["path"]) for column in found["statistics"]] == paths
    entries = {entry["key"]: entry["bytes"] for entry in found["keyValues"]}
    pairs = {} if metadata.metadata is None else metadata.metadata
    assert entries == {key.decode(): len(value) for key, value in pairs.items()}


@each_file
def test_the_described_columns_are_those_of_the_output(path: Path) -> None:
    if failure(engine.convert, path, limit=0):
        pytest.skip("it is rejected")
    columns = engine.convert_into(engine.Sink(), path, limit=0).columns
    found = inspect(path)["columns"]
    assert [(column["name"], column["type"]) for column in found] == columns

    def paths(items: list[dict[str, Any]]) -> list[str]:
        return [path for item in items for path in (item["path"], *paths(item["parts"]))]

    for name in paths(found):
        assert failure(engine.convert, path, limit=0, columns=[name]) is None, name


@each_file
def test_inspection_and_conversion_fail_with_the_same_error(path: Path) -> None:
    assert reports_refusal(path, failure(engine.convert, path, limit=0))


@pytest.mark.parametrize("name", ["data/*.encrypted", "data/*.md", "data/*.bin"])
def test_inspection_rejects_unreadable_files_like_a_conversion(corpus: Path, name: str) -> None:
    for path in sorted(corpus.glob(name)):
        expected = failure(engine.convert, path)
        assert expected is not None
        assert reports_refusal(path, expected), path.name
        for call in (lambda path: _engine.sample(str(path), **ALL), lambda path: _engine.predict(str(path))):
            assert failure(call, path) == expected, path.name


def test_inspection_rejects_damaged_footers_like_a_conversion(originals: dict[str, bytes]) -> None:
    draw = random.Random(1)
    for name, original in originals.items():
        length = int.from_bytes(original[-8:-4], "little")
        for number in range(150):
            damaged = bytearray(original)
            for _ in range(draw.randrange(1, 4)):
                damaged[-9 - draw.randrange(length)] = draw.randrange(256)
            file = bytes(damaged)
            expected = failure(engine.convert, file, limit=0)
            assert reports_refusal(engine._Source(file), expected), (name, number)


def _ordered_table() -> pa.Table:
    rows = 3000
    draw = np.random.default_rng(1)
    return pa.table(
        {
            "int32": pa.array(draw.integers(-(2**31), 2**31, rows), pa.int32()),
            "uint32": pa.array(draw.integers(0, 2**32, rows), pa.uint32()),
            "uint64": pa.array([2**64 - 1 - n for n in range(rows)], pa.uint64()),
            "double": pa.array(draw.normal(size=rows)),
            "float": pa.array(draw.normal(size=rows), pa.float32()),
            "string": pa.array([f"text {n}" if n % 7 else None for n in range(rows)]),
            "binary": pa.array([n.to_bytes(2, "big") for n in range(rows)]),
            "date": pa.array(range(rows), pa.int32()).cast(pa.date32()),
            "at": pa.array(draw.integers(0, 2**50, rows), pa.timestamp("us", "UTC")),
            "decimal": pa.array(range(rows), pa.int64()).cast(pa.decimal128(20, 0)),
            "bool": pa.array([n % 2 == 0 for n in range(rows)]),
            "null": pa.array([None] * rows, pa.int64()),
        }
    )


def test_statistics_are_the_bounds_of_the_converted_values(tmp_path: Path) -> None:
    table = _ordered_table()
    path = tmp_path / "ordered.parquet"
    pq.write_table(table, path, row_group_size=700)
    for column in inspect(path)["statistics"]:
        name = column["path"][0]
        values = table[name]
        assert column["nulls"] == values.null_count, name
        if values.null_count == len(values):
            assert "min" not in column and "max" not in column
            continue
        bounds = pc.min_max(values)
        ends = pa.table({name: pa.array([bounds["min"].as_py(), bounds["max"].as_py()], values.type)})
        lines = engine.convert(generate.write(tmp_path / "ends.parquet", ends)).decode().splitlines()
        wanted = [line[len(f'{{"{name}":') : -1] for line in lines]
        assert [column["min"], column["max"]] == [{"json": text, "isExact": True} for text in wanted], name


def test_the_description_of_60000_columns_is_bounded(tmp_path: Path) -> None:
    names = [f"column {number}" for number in range(60_000)]
    names[59_000] = "x" * 2**24
    table = pa.table({name: pa.array([number]) for number, name in enumerate(names)})
    path = tmp_path / "wide.parquet"
    pq.write_table(table, path, store_schema=False)
    found = inspect(path)
    assert len(found["columns"]) == 59_000
    assert found["columnsOmitted"] == 1000
    assert len(found["statistics"]) + found["statisticsOmitted"] == 60_000
    assert found["statistics"][7]["min"] == {"json": "7", "isExact": True}


def test_long_metadata_is_truncated_with_its_length(tmp_path: Path) -> None:
    table = pa.table({"a": [1]}).replace_schema_metadata({"long": "é" * 10_000, "short": "s"})
    path = tmp_path / "long.parquet"
    pq.write_table(table, path)
    long, short, _ = inspect(path)["keyValues"]
    assert (long["bytes"], len(long["value"].encode())) == (20_000, 8191) and long["value"].endswith("é…")
    assert short == {"key": "short", "value": "s", "bytes": 1}


def test_damaged_files_are_read_or_reported_as_corrupt(originals: dict[str, bytes]) -> None:
    draw = random.Random(2)
    calls = (
        lambda source: _engine.sample(source, 50, 2**20),
        lambda source: _engine.table(source, first_row=20, rows=9, first_column=1, columns=9, text=9),
        _engine.predict,
        _engine.inspect,
    )
    for name, original in originals.items():
        for number in range(100):
            damaged = bytearray(original)
            for _ in range(draw.randrange(1, 4)):
                damaged[draw.randrange(len(damaged))] = draw.randrange(256)
            for call in calls:
                refusal = failure(call, engine._Source(bytes(damaged)))
                assert refusal is None or refusal.partition(":")[0] in hostile.BLAMES, (name, number, refusal)


# Samples


@each_file
@pytest.mark.parametrize("options", OPTION_SETS, ids=str)
def test_a_sample_is_the_start_of_the_output(path: Path, options: dict[str, Any]) -> None:
    expected = failure(engine.convert, path, **options)
    assert failure(_engine.sample, str(path), **ALL, **options) == expected
    if expected:
        return
    lines = engine.convert(path, **options).decode().split("\n")[:-1]
    assert _engine.sample(str(path), **ALL, **options) == lines
    assert _engine.sample(str(path), **ALL, **options, format="json", compression="gzip") == lines
    for rows in (0, 1, 2, 7, len(lines)):
        assert _engine.sample(str(path), rows, 2**63, **options) == lines[:rows]


def test_a_sample_ends_with_the_row_that_reaches_the_byte_limit(tmp_path: Path) -> None:
    table = pa.table({"text": ["x" * (number % 50) for number in range(1000)]})
    path = generate.write(tmp_path / "text.parquet", table, row_group_size=300)
    lines = engine.convert(path).decode().splitlines()
    for most in (0, 1, 100, 2000, 12_345):
        sample = _engine.sample(str(path), 2**63, most)
        assert sample == lines[: len(sample)]
        assert sum(map(len, sample)) >= most
        assert len(sample) == 1 or sum(map(len, sample[:-1])) < most


@in_ranges
def test_a_sample_reads_only_the_first_pages(tmp_path: Path) -> None:
    draw = np.random.default_rng(1)
    table = pa.table({f"c{number}": draw.random(100_000) for number in range(10)})
    path = generate.write(
        tmp_path / "pages.parquet", table, use_dictionary=False, compression="none", data_page_size=2**14
    )
    source = Counting(path)
    assert len(_engine.sample(source, 10, 2**20)) == 10
    assert source.read_bytes < source.size / 5


@pytest.mark.parametrize("columns", [["struct"], ["list_of_structs.x", "after"]])
def test_a_sample_has_the_selected_columns(tmp_path: Path, columns: list[str]) -> None:
    path = generate.write(tmp_path / "nested.parquet", generate.nested())
    lines = engine.convert(path, columns=columns).decode().splitlines()
    assert _engine.sample(str(path), **ALL, columns=columns) == lines
    error = failure(_engine.sample, str(path), **ALL, columns=["absent"])
    assert error == 'unknown_column: there is no column "absent"'


# The table


def _table(path: Path, **changes: int) -> list[list[str]]:
    everything = {"first_row": 0, "rows": 2**63, "first_column": 0, "columns": 2**63, "text": 2**63}
    return _engine.table(str(path), **{**everything, **changes})


def _cells(path: Path) -> list[list[str]]:
    """The cells, from a conversion of each column."""
    columns = []
    for column in inspect(path)["columns"]:
        lines = engine.convert(path, columns=[column["name"]]).decode().splitlines()
        key = len(json.dumps(column["name"], ensure_ascii=False)) + len("{:")
        columns.append([line[key:-1] for line in lines])
    return [list(row) for row in zip(*columns)]


@each_file
def test_a_table_has_the_cells_of_the_output(path: Path) -> None:
    if failure(engine.convert, path):
        pytest.skip("it is rejected")
    try:
        cells = _cells(path)
    except ConversionError:
        pytest.skip("its columns cannot be selected one by one")
    assert _table(path) == cells
    assert _table(path, first_row=2, rows=3, first_column=1, columns=2) == [row[1:3] for row in cells[2:5]]


def test_a_table_starts_at_any_row(tmp_path: Path) -> None:
    tables = [generate.nested(), generate.nested()]
    table = pa.concat_tables(tables * 40)
    path = generate.write(tmp_path / "rows.parquet", table, row_group_size=150, data_page_size=64)
    cells = _cells(path)
    for first in (0, 1, 149, 150, 151, 399, 400, 10_000):
        assert _table(path, first_row=first, rows=20) == cells[first : first + 20]


def test_long_cells_are_truncated_between_characters(tmp_path: Path) -> None:
    path = generate.write(tmp_path / "cells.parquet", pa.table({"a": ["é" * 10, "short"]}))
    assert _table(path, text=7) == [['"éééééé…'], ['"short"']]
    assert _table(path, text=6) == [['"ééééé…'], ['"short…']]


@in_ranges
def test_a_table_reads_only_its_columns(tmp_path: Path) -> None:
    draw = np.random.default_rng(1)
    table = pa.table({f"c{number}": draw.random(1000) for number in range(500)})
    path = generate.write(tmp_path / "wide.parquet", table, use_dictionary=False, compression="none")
    source = Counting(path)
    range_ = {"first_row": 0, "rows": 5, "first_column": 100, "columns": 10, "text": 100}
    rows = _engine.table(source, **range_)
    assert [len(row) for row in rows] == [10] * 5
    assert source.read_bytes < source.size / 5


# Prediction


@each_file
def test_the_prediction_of_a_small_file_is_exact(path: Path) -> None:
    if failure(engine.convert, path):
        pytest.skip("it is rejected")
    for options in ({}, {"format": "json"}, {"limit": 3, "integers": "string"}):
        rows = engine.convert_into(sink := engine.Sink(), path, **options).rows
        predicted = _engine.predict(str(path), **options)
        assert predicted[0] == rows
        if rows <= 2048 and len(sink) < 2**20:
            assert predicted[1] == len(sink), options


def _shapes() -> dict[str, pa.Table]:
    draw = np.random.default_rng(1)
    rows = 200_000
    few = draw.random(rows) < 0.01
    return {
        "numbers that grow": pa.table({"id": range(rows), "value": draw.random(rows)}),
        "mostly null": pa.table({f"c{n}": pa.array(draw.random(rows), mask=~few) for n in range(5)}),
        "text of any length": pa.table(
            {"text": ["x" * int(length) for length in np.exp(draw.uniform(0, 6, rows))]}
        ),
        "lists": pa.table({"list": [list(range(n % 20)) for n in range(rows)]}),
        "many columns": pa.table({f"c{n}": draw.random(2000) for n in range(300)}),
    }


@pytest.mark.parametrize("shape", _shapes())
@pytest.mark.parametrize("row_group", [10_000, 10_000_000])
def test_predictions_are_within_15_percent(tmp_path: Path, shape: str, row_group: int) -> None:
    path = generate.write(tmp_path / "shape.parquet", _shapes()[shape], row_group_size=row_group)
    result = engine.convert_into(engine.Sink(), path)
    for source in (str(path), Counting(path)):
        predicted = _engine.predict(source)
        assert predicted[0] == result.rows
        assert abs(predicted[1] / result.size - 1) < 0.15


def test_row_groups_of_one_row_are_sampled(tmp_path: Path) -> None:
    table = pa.table({"text": ["x" * (number % 50) for number in range(3000)], "number": range(3000)})
    path = generate.write(tmp_path / "groups.parquet", table, row_group_size=1)
    size = len(engine.convert(path))
    assert abs(_engine.predict(str(path))[1] / size - 1) < 0.02


def test_a_prediction_fails_as_the_conversion_does(corpus: Path) -> None:
    path = corpus / "data" / "datapage_v1-corrupt-checksum.parquet"
    code = str(failure(engine.convert, path)).partition(":")[0]
    assert str(failure(_engine.predict, str(path))).startswith(f"{code}: column")


# The command


def _run(*argv: str) -> Any:
    return command.run_command("inspect", *argv)


@pytest.fixture
def nested(tmp_path: Path) -> Path:
    path = tmp_path / "nested.parquet"
    pq.write_table(generate.nested(), path)
    return path


def test_the_command_prints_json_with_the_prediction(nested: Path) -> None:
    ended = _run(str(nested), "--json")
    assert (ended.returncode, ended.stderr) == (0, b"")
    found = json.loads(ended.stdout)
    assert found.pop("prediction") == {"rows": 5, "bytes": len(engine.convert(nested))}
    assert found == inspect(nested)


def test_the_command_prints_text_that_fits_a_terminal(tmp_path: Path) -> None:
    table = generate.mixed(100).append_column(
        "a\x1b[2Jname that is long, " * 5, pa.array([["漢" * 300]] * 100)
    )
    path = tmp_path / "mixed.parquet"
    pq.write_table(table, path)
    ended = _run(str(path))
    assert (ended.returncode, ended.stderr) == (0, b"")
    text = ended.stdout.decode()
    assert re.search(r"^Rows +100 in 1 row group$", text, re.MULTILINE)
    assert re.search(r"^JSON +about [\d.]+ kB$", text, re.MULTILINE)
    assert re.search(r"^int64_near +int64$", text, re.MULTILINE)
    assert "\x1b" not in text
    assert max(map(len, text.splitlines())) <= 100


def test_the_command_says_why_there_is_no_prediction(corpus: Path) -> None:
    path = str(corpus / "data" / "datapage_v1-corrupt-checksum.parquet")
    ended = _run(path)
    assert ended.returncode == 0
    assert b"cannot be predicted: corrupt_file: column" in ended.stdout
    assert json.loads(_run(path, "--json").stdout)["predictionError"]["code"] == "corrupt_file"


def test_the_command_says_which_columns_cannot_be_converted(tmp_path: Path) -> None:
    path = tmp_path / "future.parquet"
    path.write_bytes(test_annotations.beside(test_annotations.leaf("v", 8)))
    text = _run(str(path)).stdout.decode()
    assert re.search(r"^v +unknown$", text, re.MULTILINE)
    assert re.search(r"^v +unsupported_feature: unknown physical type 8$", text, re.MULTILINE)


def test_the_command_reports_unreadable_files(tmp_path: Path) -> None:
    ended = _run(str(tmp_path / "absent.parquet"))
    assert (ended.returncode, ended.stdout) == (1, b"")
    assert ended.stderr.startswith(b"unparquet: input_missing: ")
    (tmp_path / "other").write_bytes(b"no Parquet at all")
    assert _run(str(tmp_path / "other")).stderr.startswith(b"unparquet: not_parquet: ")


def test_the_command_reads_s3_objects(bucket: Bucket, nested: Path) -> None:
    uri = bucket.put("nested.parquet", nested)
    found = json.loads(_run(uri, "--json").stdout)
    assert found == json.loads(_run(str(nested), "--json").stdout)
