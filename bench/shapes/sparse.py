"""60 columns, mostly null: between 1 in 1000 and 1 in 10 values is present."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from .columns import nullable
from .wide import double, integer, text, timestamp


def sparse(rng: np.random.Generator, first: int, rows: int) -> pa.Table:
    table = {"id": np.arange(first, first + rows)}
    kinds = [text, double, integer, timestamp]
    for n in range(59):
        kind = kinds[n % 4]
        missing = 1 - 10.0 ** -(1 + n % 3)
        table[f"{kind.__name__}_{n}"] = nullable(rng, kind(rng, rows, few=n % 8 < 4), missing)
    return pa.table(table)
