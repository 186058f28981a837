"""Seeded Parquet files: `data.py FOLDER [--scale full] SHAPE ...` creates missing files and prints all paths."""

from __future__ import annotations

import argparse
import zlib
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from shapes import SHAPES

SEED = 20_260_101


def write(name: str, rows: int, path: Path) -> None:
    """Writes a shape one row group at a time, to bound memory."""
    shape = SHAPES[name]
    partial = path.with_suffix(".partial")
    writer = None
    for first in range(0, rows, shape.row_group):
        last = min(first + shape.row_group, rows)
        table = pa.concat_tables(
            chunk(name, at, min(at + shape.chunk, last)) for at in range(first, last, shape.chunk)
        )
        writer = writer or pq.ParquetWriter(partial, table.schema, **shape.writer)
        writer.write_table(table, row_group_size=shape.row_group)
    writer.close()
    partial.rename(path)


def chunk(name: str, first: int, last: int) -> pa.Table:
    rng = np.random.default_rng([SEED, zlib.crc32(name.encode()), first])
    return SHAPES[name].make(rng, first, last - first)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--scale", choices=["default", "full"], default="default")
    parser.add_argument("shapes", nargs="+", choices=list(SHAPES))
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    for name in args.shapes:
        rows = SHAPES[name].full if args.scale == "full" else SHAPES[name].rows
        path = args.folder / f"{name}-{rows}.parquet"
        if not path.exists():
            write(name, rows, path)
        print(name, path, sep="\t", flush=True)


if __name__ == "__main__":
    main()
