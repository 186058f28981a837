"""
Converts files with false claims in a process with little memory.

Allocating claimed gigabytes, or a crash, ends that process and is detected.
"""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

import command
import generate
import memory
import pyarrow as pa
import strict_json
import test_variant

# Never `internal`: a bad file must have a specific code.
BLAMES = {
    *("not_parquet", "corrupt_file", "encrypted_file", "unsupported_feature"),
    *("invalid_utf8", "limit_exceeded", "out_of_memory"),
}


def _outcomes(path: Path, files: list[bytes]) -> list[str]:
    """Converts files in the child process, keeping the current one at `path`."""
    found = []
    for number, file in enumerate(files):
        path.write_bytes(file)
        conversion = command.convert(path, threads=1 + number % 2)
        assert conversion.error in {None, *BLAMES}, f"file {number}: {conversion.stderr}"
        if conversion.error is None:
            strict_json.parse_lines(conversion.bytes)
        found.append(conversion.error or "")
    return found


class PoorProcess:
    """A process with 512 MiB for conversions, replaced when a conversion ends it."""

    def __enter__(self) -> PoorProcess:
        context = multiprocessing.get_context("spawn")
        self._pool = ProcessPoolExecutor(1, context, initializer=memory.spare, initargs=(512 * 2**20,))
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown()

    def outcomes(self, path: Path, files: list[bytes]) -> list[str]:
        try:
            # Far more than needed, so that a hanging conversion fails the test eventually.
            return self._pool.submit(_outcomes, path, files).result(timeout=300)
        except BrokenProcessPool:
            self.__exit__()
            self.__enter__()
            raise AssertionError(f"the process ended in the conversion of {path}") from None


def originals(folder: Path) -> dict[str, bytes]:
    """Files without checksums, some without compression, so that changes reach the decoders."""
    mixed = generate.mixed(60)
    delta = {
        **dict.fromkeys(["int32", "int64", "int64_near"], "DELTA_BINARY_PACKED"),
        **dict.fromkeys(["string", "binary"], "DELTA_BYTE_ARRAY"),
        "string_few": "DELTA_LENGTH_BYTE_ARRAY",
        "fixed": "BYTE_STREAM_SPLIT",
        "double": "BYTE_STREAM_SPLIT",
        "boolean": "RLE",
    }
    plain: dict[str, Any] = {"compression": "none", "use_dictionary": False}
    variant = test_variant.object_((0, test_variant.array(test_variant.short("a"))))
    writers: dict[str, tuple[pa.Table, dict[str, Any]]] = {
        "plain": (mixed, plain),
        "dictionary": (mixed, {"compression": "none", "data_page_size": 64, "write_batch_size": 10}),
        "delta": (mixed, {**plain, "column_encoding": delta, "data_page_version": "2.0"}),
        "nested": (generate.nested(), plain),
        "nested in pages of version 2": (generate.nested(), {**plain, "data_page_version": "2.0"}),
        **{codec: (mixed, {"compression": codec}) for codec in ("snappy", "gzip", "brotli", "lz4", "zstd")},
    }
    files = {
        name: generate.write(folder / "original.parquet", table, **writer).read_bytes()
        for name, (table, writer) in writers.items()
    }
    files["variant"] = test_variant.variants(
        folder / "v.parquet", [(test_variant.metadata(["a"]), variant)] * 3
    ).read_bytes()
    return files


ORIGINALS = [
    *("plain", "dictionary", "delta", "nested", "nested in pages of version 2"),
    *("snappy", "gzip", "brotli", "lz4", "zstd", "variant"),
]
