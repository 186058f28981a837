"""
apache/parquet-testing, test files shared by implementations; $PARQUET_TESTING names a checkout.

Each file of data/ is compared with pyarrow's reading, or with its description if pyarrow does not read it.
"""

from __future__ import annotations

import csv
import hashlib
import os
import re
import subprocess
from pathlib import Path
from typing import Any, Callable

import memory
import oracle
import pytest
from command import command_line
from strict_json import Number

FOLDER = Path(os.environ.get("PARQUET_TESTING", ""))


def _names(folder: str, pattern: str) -> list[str]:
    """Names of files, or an empty name without a checkout, so that the skipped test gives the reason."""
    return sorted(str(path.relative_to(FOLDER / folder)) for path in (FOLDER / folder).glob(pattern)) or [""]


# Values from data/README.md and the files' own pages instead of pyarrow.
DESCRIBED: dict[str, list[dict[str, Any]]] = {
    # Keys marked optional, which pyarrow refuses.
    "incorrect_map_schema.parquet": [{"my_map": {"name": "report", "parent": "another"}}],
    # Dates beyond 64-bit nanoseconds, given as microseconds since 1970. In the last one, Spark's day and time
    # overflowed 64-bit microseconds: both are negative, but right modulo 2^64.
    "int96_from_spark.parquet": [
        {"a": None if count is None else oracle.timestamp_text(count, "us", utc=False)}
        for count in (
            1704141296123456,
            1704070800000000,
            253402225200000000,
            1735599600000000,
            None,
            9089380393200000000,
        )
    ],
}

FAILING = {
    "datapage_v1-corrupt-checksum.parquet": "corrupt_file",
    "rle-dict-uncompressed-corrupt-checksum.parquet": "corrupt_file",
}

# Two strings of 1 GiB, read as a stream in a separate test.
TOO_LARGE_TO_HOLD = "large_string_map.brotli.parquet"


@pytest.mark.parametrize(
    "name", [name for name in _names("data", "**/*.parquet") if name != TOO_LARGE_TO_HOLD]
)
def test_good_files_are_converted_as_pyarrow_reads_them(
    corpus: Path, agrees: Callable[..., Any], convert: Callable[..., Any], name: str
) -> None:
    path = corpus / "data" / name
    if name in FAILING:
        assert convert(path).error == FAILING[name]
    elif name in DESCRIBED:
        oracle.assert_rows(DESCRIBED[name], convert(path).rows)
    else:
        agrees(path, threads=2)


@pytest.mark.parametrize("name", _names("data", "**/*.encrypted"))
def test_encrypted_files_are_rejected(corpus: Path, convert: Callable[..., Any], name: str) -> None:
    assert convert(corpus / "data" / name).error == "encrypted_file"


def test_unencrypted_columns_of_encrypted_files_are_converted(
    corpus: Path, convert: Callable[..., Any]
) -> None:
    path = corpus / "data" / "encrypt_columns_plaintext_footer.parquet.encrypted"
    rows = convert(path, columns=["boolean_field", "int64_field"]).rows
    assert rows[:2] == [
        {"boolean_field": True, "int64_field": [Number(0), Number(1_000_000_000_000)]},
        {"boolean_field": False, "int64_field": [Number(2_000_000_000_000), Number(3_000_000_000_000)]},
    ]
    assert len(rows) == 50


@pytest.mark.parametrize("name", [*_names("data", "*.bin"), *_names("data", "*.md")])
def test_files_that_are_not_parquet_are_rejected(
    corpus: Path, convert: Callable[..., Any], name: str
) -> None:
    assert convert(corpus / "data" / name).error == "not_parquet"


@pytest.mark.parametrize("name", _names("bad_data", "*.parquet"))
def test_bad_files_are_read_correctly_or_rejected(
    corpus: Path, convert: Callable[..., Any], name: str
) -> None:
    path = corpus / "bad_data" / name
    conversion = convert(path)
    if conversion.error is None:
        oracle.assert_rows(oracle.expected_rows(path), conversion.rows)
    else:
        assert conversion.error in {"corrupt_file", "unsupported_feature", "not_parquet"}


@pytest.mark.parametrize("name", _names("data", "*_expect.csv"))
def test_values_match_the_tables_beside_the_files(
    corpus: Path, convert: Callable[..., Any], name: str
) -> None:
    """The expected values are CSV files of the corpus, so no Parquet reader is needed."""
    path = corpus / "data" / name
    with path.open(newline="") as file:
        _, *lines = csv.reader(file)
    rows = convert(path.with_name(name.replace("_expect.csv", ".parquet"))).rows
    assert [["" if value is None else str(value) for value in row.values()] for row in rows] == lines


def test_both_encodings_of_a_column_have_the_same_values(corpus: Path, convert: Callable[..., Any]) -> None:
    for row in convert(corpus / "data" / "byte_stream_split_extended.gzip.parquet").rows:
        plain = {name.replace("_plain", ""): value for name, value in row.items() if name.endswith("_plain")}
        split = {
            re.sub("_byte_stream_split$", "", name): value
            for name, value in row.items()
            if "_plain" not in name
        }
        assert plain == split


def test_strings_of_a_gibibyte_are_converted_or_exceed_the_limit(corpus: Path) -> None:
    """`{"arr": {"aaa…": 1}}` twice, or a clean error for the size."""
    command = command_line("convert", str(corpus / "data" / TOO_LARGE_TO_HOLD), "-")
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None and process.stderr is not None
    found, length = hashlib.blake2b(), 0
    while part := process.stdout.read(1 << 24):
        found.update(part)
        length += len(part)
    stderr = process.stderr.read()
    process.stdout.close()
    process.stderr.close()
    if process.wait() != 0:
        refused = b"out_of_memory" if memory.ON_WASM else b"limit_exceeded"
        assert stderr.startswith(b"unparquet: %s: " % refused)
        return
    wanted = hashlib.blake2b()
    for _ in range(2):
        wanted.update(b'{"arr":{"')
        for _ in range(1 << 6):
            wanted.update(b"a" * (1 << 24))
        wanted.update(b'":1}}\n')
    assert length == 2 * (2**30 + len(b'{"arr":{"":1}}\n'))
    assert found.digest() == wanted.digest()


def test_both_gzip_members_of_a_page_are_read(corpus: Path, convert: Callable[..., Any]) -> None:
    """A reader that stops after the first member would lose values."""
    rows = convert(corpus / "data" / "concatenated_gzip_members.parquet").rows
    assert rows == [{"long_col": Number(number)} for number in range(1, 514)]
