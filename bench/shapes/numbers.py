"""All of Parquet's numbers over their whole range: integers of 8 to 64 bits, floats of 16 to 64 bits, decimals stored in
32 bits, 64 bits and fixed bytes."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from .columns import nullable

INTEGERS = [np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint16, np.uint32, np.uint64]


def numbers(rng: np.random.Generator, first: int, rows: int) -> pa.Table:
    table = {}
    for kind in INTEGERS:
        limits = np.iinfo(kind)
        table[kind.__name__] = rng.integers(limits.min, limits.max, rows, dtype=kind, endpoint=True)
    table["int64_small"] = rng.integers(-1_000, 1_000, rows)
    table["int64_null"] = nullable(rng, rng.integers(0, 1_000_000_000, rows), 0.3)
    table["float16"] = rng.normal(0, 100, rows).astype(np.float16)
    table["float32"] = (rng.normal(0, 1, rows) * 10.0 ** rng.integers(-6, 7, rows)).astype(np.float32)
    table["float64"] = rng.normal(0, 1, rows) * 10.0 ** rng.integers(-12, 13, rows)
    table["float64_unit"] = rng.random(rows)
    table["float64_cents"] = rng.integers(0, 10_000_000, rows) / 100
    table["float64_null"] = nullable(rng, rng.normal(0, 1_000, rows), 0.3)
    table["decimal_9_2"] = decimal(rng.integers(-999_999_999, 999_999_999, rows), 9, 2)
    table["decimal_18_4"] = decimal(rng.integers(-(10**18) + 1, 10**18, rows), 18, 4)
    table["decimal_38_10"] = decimal(rng.integers(-(2**62), 2**62, rows), 38, 10, rng)
    return pa.table(table)


def decimal(
    values: np.ndarray, precision: int, scale: int, low: np.random.Generator | None = None
) -> pa.Decimal128Array:
    """Decimals of these unscaled values; with `low`, of `values` * 2^64 plus random lower digits."""
    words = np.empty((len(values), 2), np.uint64)
    if low is None:
        words[:, 0], words[:, 1] = values.view(np.uint64), (values >> 63).view(np.uint64)
    else:
        words[:, 0], words[:, 1] = low.integers(0, 2**64, len(values), np.uint64), values.view(np.uint64)
    return pa.Decimal128Array.from_buffers(
        pa.decimal128(precision, scale), len(values), [None, pa.py_buffer(words)]
    )
