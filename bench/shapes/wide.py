"""Many columns, as in feature or warehouse tables: alternating integers, doubles, short strings and timestamps.
Every other column of a type has few distinct values."""

from __future__ import annotations

from typing import Callable

import numpy as np
import pyarrow as pa

from .columns import choice, fixed_strings, hexadecimal, nullable

STATES = ["active", "paused", "ended", "trial", "blocked", "new"]
AT = 1_700_000_000_000_000


def wide(columns: int) -> Callable[[np.random.Generator, int, int], pa.Table]:
    def make(rng: np.random.Generator, first: int, rows: int) -> pa.Table:
        kinds = [integer, double, text, timestamp]
        table = {}
        for n in range(columns):
            kind = kinds[n % 4]
            values = kind(rng, rows, few=n // 4 % 2 == 0)
            table[f"{kind.__name__}_{n}"] = nullable(rng, values, 0.05) if n % 3 == 0 else values
        return pa.table(table)

    return make


def integer(rng: np.random.Generator, rows: int, few: bool) -> np.ndarray:
    return rng.integers(0, 100 if few else 10_000_000_000, rows)


def double(rng: np.random.Generator, rows: int, few: bool) -> np.ndarray:
    return rng.integers(0, 500, rows) / 4 if few else rng.normal(0, 1000, rows)


def text(rng: np.random.Generator, rows: int, few: bool) -> pa.Array:
    return choice(rng, rows, STATES) if few else fixed_strings(hexadecimal(rng, rows, 10))


def timestamp(rng: np.random.Generator, rows: int, few: bool) -> pa.Array:
    day = 86_400_000_000
    values = AT + (rng.integers(0, 365, rows) * day if few else rng.integers(0, 365 * day, rows))
    return pa.array(values, pa.timestamp("us", tz="UTC"))
