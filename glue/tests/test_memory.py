"""
Conversions stay within their memory, and the output does not depend on it.

test_bombs.py has small files with large claims; these files are truly long, wide or both.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import command
import engine
import generate
import memory
import numpy as np
import oracle
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import strict_json
from s3_server import Bucket

# Nearly the minimum for one thread, and enough to spill nothing.
LITTLE, MUCH = 96 << 20, 4 << 30

pytestmark = pytest.mark.skipif(memory.ON_WASM, reason="without files there is no spilling")


def _texts(*lengths: int) -> pa.Array:
    return pa.array([(f'{index}"\n' + "aé\\" * length)[:length] for index, length in enumerate(lengths)])


def _doubles(rows: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).random(rows)


def _repeated(values: list[Any], rows: int, kind: pa.DataType, seed: int) -> pa.Array:
    """Random values from a dictionary."""
    indices = np.random.default_rng(seed).integers(0, len(values), rows, np.int32)
    return pa.DictionaryArray.from_arrays(pa.array(indices), pa.array(values, kind)).cast(kind)


def _long_texts() -> pa.Table:
    """Rows longer than a chunk and a member of compressed text, between short ones."""
    lengths = [10, 3 << 20, 5, 0, 5 << 20, 2 << 20, (2 << 20) - 40, 1, 6 << 20, 7] + [30] * 300
    numbers = range(len(lengths))
    return pa.table(
        {"id": numbers, "a": _texts(*lengths), "b": [None, *numbers[1:]], "c": _texts(*lengths[::-1])}
    )


def _skewed() -> pa.Table:
    """Many short texts, then one long text repeated, in one dictionary, as with pyarrow's defaults."""
    texts = [f"text {row % 1000}" for row in range(50_000)] + ["long " * 150_000] * 60
    return pa.table({"id": range(len(texts)), "text": texts})


def _dictionaries() -> pa.Table:
    """Dictionaries of numbers and texts that exceed memory, sorted and shuffled."""
    rows = 3000
    columns: dict[str, Any] = {}
    for number in range(250):
        columns[f"ordered{number}"] = _doubles(rows, number)
        values = [f"{number}-{value}".ljust(40 + value % 50, "é") for value in range(1500)]
        columns[f"texts{number}"] = _repeated(values, rows, pa.string(), number)
        columns[f"random{number}"] = _repeated(list(_doubles(1500, number)), rows, pa.float64(), number)
    return pa.table(columns)


def _long_lists() -> pa.Table:
    """Lists of long texts, of many values and of groups, and maps."""
    text = "x" * 400_000
    groups = pa.array(
        [[{"a": text, "b": number} for number in range(20)], [], None, [{"a": None, "b": 1}] * 3],
        pa.list_(pa.struct({"a": pa.string(), "b": pa.int32()})),
    )
    return pa.table(
        {
            "texts": [[text] * 30, None, [None, "b"], []],
            "numbers": [list(range(400_000)), [], None, [1, None]],
            "groups": groups,
            "map": pa.array(
                [[("k" * 100_000, text)] * 20, [], None, [("a", None)]], pa.map_(pa.string(), pa.string())
            ),
            "last": [1, 2, 3, None],
        }
    )


TABLES: dict[str, tuple[Any, dict[str, Any]]] = {
    "long texts": (_long_texts, {}),
    "long texts without dictionaries": (_long_texts, {"use_dictionary": False, "compression": "gzip"}),
    "long texts as deltas": (
        _long_texts,
        {
            "use_dictionary": False,
            "column_encoding": {"a": "DELTA_BYTE_ARRAY", "c": "DELTA_LENGTH_BYTE_ARRAY"},
        },
    ),
    "long texts in pages of version 2": (_long_texts, {"use_dictionary": False, "data_page_version": "2.0"}),
    "short texts, then long ones": (_skewed, {}),
    "dictionaries": (_dictionaries, {}),
    "long lists": (_long_lists, {"compression": "brotli"}),
}


@pytest.fixture(scope="module", params=TABLES)
def path(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    make, options = TABLES[request.param]
    return generate.write(tmp_path_factory.mktemp("memory") / "a.parquet", make(), **options)


@pytest.mark.parametrize(("form", "compression"), [("ndjson", "none"), ("json", "gzip"), ("json", "zstd")])
def test_output_and_index_do_not_depend_on_memory(path: Path, form: str, compression: str) -> None:
    options = {"format": form, "compression": compression}
    expected = engine.convert_with_index(path, memory=MUCH, threads=1, **options)
    for threads, limit in [(1, LITTLE), (2, LITTLE), (2, 256 << 20), (3, MUCH)]:
        found = engine.convert_with_index(path, memory=limit, threads=threads, **options)
        assert found[0] == expected[0], (threads, limit)
        assert found[1] == expected[1], (threads, limit)
    assert engine.convert_with_index(path.read_bytes(), memory=160 << 20, threads=1, **options) == expected


def test_values_do_not_depend_on_memory(path: Path) -> None:
    lines = command.convert(path, threads=2, memory="110M").bytes.splitlines()
    some = list(range(0, len(lines), len(lines) // 300 or 1))
    expected = oracle.expected_rows(path, pq.read_table(path).take(some))
    oracle.assert_rows(expected, [strict_json.parse(lines[row]) for row in some])


# A process inherits its parent's peak memory, and pytest's is high, so a small process measures the command.
MEASURED = """
import hashlib, json, os, subprocess, sys
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
digest = hashlib.blake2b()
while part := process.stdout.read(1 << 20):
    digest.update(part)
said = process.stderr.read().decode()
peak = os.wait4(process.pid, 0)[2].ru_maxrss
print(json.dumps([peak * 1024 // 10**6, digest.hexdigest(), said]))
"""


def _peak(source: str | Path, *options: str, target: str = "-") -> tuple[int, str, str]:
    """Peak memory of the command in MB, a hash of its output, and its messages."""
    arguments = command.command_line("convert", str(source), target, "--threads", "2", *options)
    process = subprocess.run(
        [sys.executable, "-c", MEASURED, *arguments], capture_output=True, check=True, timeout=120
    )
    peak, digest, said = json.loads(process.stdout)
    return peak, digest, said


@pytest.mark.skipif(sys.platform != "linux", reason="counts memory as on Linux")
def test_a_conversion_stays_within_its_memory(path: Path) -> None:
    usual, digest, said = _peak(path)
    assert said == ""
    assert usual < 256
    little, other, said = _peak(path, "--memory", "128M")
    assert (other, said) == (digest, "")
    assert little < 150


@pytest.mark.skipif(sys.platform != "linux", reason="counts memory as on Linux")
@pytest.mark.parametrize("codec", ["none", "snappy", "gzip", "brotli"])
def test_a_page_larger_than_memory_is_converted(tmp_path: Path, codec: str) -> None:
    """pyarrow checks the size of a page only every 1024 rows."""
    draw = np.random.default_rng(1)
    texts = [draw.bytes(8 << 20).hex() if row % 4 == 0 else "ab" * (8 << 20) for row in range(20)]
    path = generate.write(
        tmp_path / "a.parquet",
        pa.table({"a": texts}),
        use_dictionary=False,
        compression=codec,
        compression_level=None if codec in ("none", "snappy") else 1,
    )
    taken, digest, said = _peak(path)
    assert said == ""
    assert taken < 256, taken
    expected = hashlib.blake2b()
    for text in texts:
        expected.update(b'{"a":"%b"}\n' % text.encode())
    assert digest == expected.hexdigest()


@pytest.mark.skipif(sys.platform != "linux", reason="counts memory as on Linux")
@pytest.mark.parametrize(
    "writer",
    [{}, {"use_dictionary": False}, {"use_dictionary": False, "compression": "zstd"}],
    ids=["a dictionary", "plain", "plain in zstd"],
)
def test_the_longest_texts_are_converted_from_s3_to_s3_within_memory(
    bucket: Bucket, tmp_path: Path, writer: dict[str, Any]
) -> None:
    texts = ["ab" * (20 << 20), "cd" * (20 << 20)] * 4
    path = generate.write(
        tmp_path / "a.parquet", pa.table({"a": texts}), **{"compression": "snappy", **writer}
    )
    source = bucket.put("a.parquet", path)
    taken, _, said = _peak(source, target=bucket.uri("a.ndjson"))
    assert said == ""
    assert bucket.get("a.ndjson") == b"".join(b'{"a":"%b"}\n' % text.encode() for text in texts)
    assert taken < 256, taken


def _refused(path: Path, **options: Any) -> str:
    with pytest.raises(engine.ConversionError) as refused:
        engine.convert(path, **options)
    assert refused.value.code == "limit_exceeded"
    return refused.value.message


def test_the_error_for_a_value_beyond_memory_names_the_column(tmp_path: Path) -> None:
    texts = pa.table({"id": [1, 2], "text": ["a", "b" * (60 << 20)]})
    path = generate.write(tmp_path / "a.parquet", texts, use_dictionary=False)
    message = _refused(path, memory=LITTLE)
    assert message.startswith('column "text" in row group 0: one row needs more than the ')
    assert len(engine.convert(path, memory=MUCH)) > 60 << 20


@pytest.mark.parametrize("compression", ["zstd", "lz4", "snappy", "gzip", "brotli", "none"])
@pytest.mark.parametrize("version", ["1.0", "2.0"])
def test_a_page_larger_than_memory_is_decompressed_in_pieces(
    tmp_path: Path, compression: str, version: str
) -> None:
    texts = pa.table({"text": [*(letter * (8 << 20) for letter in "abcdefgh"), None] * 2})
    path = generate.write(
        tmp_path / "a.parquet",
        texts,
        use_dictionary=False,
        compression=compression,
        data_page_version=version,
        write_page_checksum=True,
        data_page_size=1 << 30,
    )
    assert engine.convert(path, memory=128 << 20) == b"".join(
        b'{"text":%s}\n' % (b"null" if text is None else b'"%b"' % text.encode())
        for text in texts["text"].to_pylist()
    )


def test_a_page_whose_zstd_window_exceeds_memory_is_rejected(tmp_path: Path) -> None:
    texts = pa.table({"text": ["b" * (30 << 20)] * 5})
    path = generate.write(
        tmp_path / "a.parquet",
        texts,
        use_dictionary=False,
        compression="zstd",
        compression_level=22,
        data_page_size=1 << 30,
    )
    assert "a page needs 129 MiB of memory; the limit is " in _refused(path)
    assert len(engine.convert(path, memory=MUCH)) > 150 << 20


def test_more_columns_than_memory_holds_are_rejected(tmp_path: Path) -> None:
    path = generate.write(
        tmp_path / "a.parquet", pa.table({f"column{number}": [number] for number in range(20_000)})
    )
    assert _refused(path, memory=LITTLE).startswith("20000 columns with ")
    assert engine.convert(path, columns=["column7"], memory=LITTLE) == b'{"column7":7}\n'


def test_too_little_memory_for_any_file_is_rejected(tmp_path: Path) -> None:
    path = generate.write(tmp_path / "a.parquet", pa.table({"a": [1]}))
    for limit in (4096, 64 << 20):
        assert _refused(path, memory=limit).startswith("a conversion needs at least ")


@pytest.mark.parametrize(
    ("size", "bytes_"),
    [("256M", 256 << 20), ("1g", 1 << 30), ("300000k", 300_000 << 10), ("268435456", 256 << 20)],
)
def test_the_option_memory_takes_a_size(tmp_path: Path, size: str, bytes_: int) -> None:
    path = generate.write(tmp_path / "a.parquet", pa.table({"a": [1]}))
    assert command.convert(path, memory=size).bytes == b'{"a":1}\n'
    assert engine.convert(path, memory=bytes_) == b'{"a":1}\n'


@pytest.mark.parametrize("size", ["", "M", "0", "-1M", "1.5G", "12T", "256MB"])
def test_the_option_memory_rejects_other_texts(tmp_path: Path, size: str) -> None:
    path = generate.write(tmp_path / "a.parquet", pa.table({"a": [1]}))
    assert command.convert(path, memory=size).error == "invalid_request"


def test_rows_after_a_long_row_are_read_in_every_row_group(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    with pq.ParquetWriter(path, pa.schema({"a": pa.string(), "b": pa.int64()})) as writer:
        for group in range(4):
            rows = {"a": ["x" * (12 << 20) if row == group else str(row) for row in range(6)], "b": range(6)}
            writer.write_table(pa.table(rows, writer.schema))
    text = engine.convert(path, memory=LITTLE, threads=2)
    assert text == engine.convert(path, memory=MUCH, threads=1)
    assert [len(line) > 1000 for line in text.splitlines()] == [
        row == group for group in range(4) for row in range(6)
    ]
