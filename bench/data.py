"""Seeded Parquet files of a few typical shapes: `data.py FOLDER [SHAPE ...]` writes them and prints their paths."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Callable

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

SEED = 20_260_101
ROW_GROUP = 250_000


def lineitem(rng: np.random.Generator, rows: int) -> pa.Table:
    """Orders as in TPC-H: keys, quantities, prices as doubles with two decimals, dates, short strings, a comment."""
    words = np.array(
        [
            "carefully",
            "regular",
            "deposits",
            "sleep",
            "quickly",
            "final",
            "requests",
            "above",
            "the",
            "ideas",
        ]
    )
    comments = [" ".join(w) for w in words[rng.integers(0, len(words), (rows, 5))]]
    return pa.table(
        {
            "orderkey": rng.integers(1, 6_000_000, rows),
            "partkey": rng.integers(1, 200_000, rows, dtype=np.int32),
            "linenumber": rng.integers(1, 8, rows, dtype=np.int32),
            "quantity": rng.integers(1, 51, rows).astype(float),
            "extendedprice": np.round(rng.uniform(900, 105_000, rows), 2),
            "discount": rng.integers(0, 11, rows) / 100,
            "returnflag": pa.array(np.array(["A", "N", "R"])[rng.integers(0, 3, rows)]),
            "shipdate": pa.array(rng.integers(8_000, 10_600, rows, dtype=np.int32), pa.date32()),
            "shipmode": pa.array(
                np.array(["AIR", "MAIL", "RAIL", "SHIP", "TRUCK"])[rng.integers(0, 5, rows)]
            ),
            "comment": pa.array(comments),
        }
    )


def sensors(rng: np.random.Generator, rows: int) -> pa.Table:
    """Measurements: a timestamp, many doubles with all their digits, some of them null."""
    table = {
        "at": pa.array(
            1_700_000_000_000_000 + np.cumsum(rng.integers(1, 5_000, rows)),
            pa.timestamp("us", tz="UTC"),
        ),
        "station": rng.integers(0, 500, rows, dtype=np.int16),
    }
    for n in range(8):
        table[f"value_{n}"] = pa.array(rng.normal(0, 10.0 ** (n - 2), rows), mask=rng.random(rows) < 0.1)
    return pa.table(table)


def nested(rng: np.random.Generator, rows: int) -> pa.Table:
    """A group, a list of integers and a list of groups in every row."""
    offsets = np.concatenate([[0], np.cumsum(rng.integers(0, 6, rows))]).astype(np.int32)
    items = int(offsets[-1])
    item = pa.StructArray.from_arrays(
        [
            pa.array(rng.integers(0, 10_000, items)),
            pa.array(np.round(rng.uniform(0, 100, items), 2)),
        ],
        ["sku", "price"],
    )
    return pa.table(
        {
            "id": np.arange(rows),
            "place": pa.StructArray.from_arrays(
                [
                    pa.array(rng.uniform(-90, 90, rows)),
                    pa.array(rng.uniform(-180, 180, rows)),
                ],
                ["lat", "lon"],
            ),
            "scores": pa.ListArray.from_arrays(
                offsets, pa.array(rng.integers(0, 100, items, dtype=np.int32))
            ),
            "items": pa.ListArray.from_arrays(offsets, item),
        }
    )


SHAPES: dict[str, tuple[Callable[[np.random.Generator, int], pa.Table], int]] = {
    "lineitem": (lineitem, 2_000_000),
    "sensors": (sensors, 1_000_000),
    "nested": (nested, 500_000),
}


def write(shape: str, folder: Path) -> Path:
    """Writes the file of a shape (zstd, 250,000 rows a row group) unless it is there already, and gives its path."""
    make, rows = SHAPES[shape]
    path = folder / f"{shape}-{rows}.parquet"
    if not path.exists():
        table = make(np.random.default_rng(SEED), rows)
        partial = path.with_suffix(".partial")
        pq.write_table(table, partial, compression="zstd", row_group_size=ROW_GROUP)
        partial.rename(path)
    return path


if __name__ == "__main__":
    to = Path(sys.argv[1])
    to.mkdir(exist_ok=True)
    for name in sys.argv[2:] or SHAPES:
        print(name, write(name, to), sep="\t")
