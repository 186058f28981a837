"""The 16 columns of TPC-H's table `lineitem` (https://www.tpc.org/tpch/, clause 4.2.3). Prices are doubles with two decimals, as in
most copies of the table."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pyarrow as pa

from .columns import choice, slices

VOCABULARY = (
    "the furiously carefully blithely quickly slyly fluffily express special pending regular final ironic even bold silent "
    "unusual requests deposits accounts packages instructions theodolites dependencies foxes pinto beans platelets ideas "
    "asymptotes courts dolphins excuses sleep wake haggle nag cajole boost detect integrate use among about above across after "
    "against along according to are was were will have been"
)
FIRST_ORDER = 8_035  # 1992-01-01, in days since 1970
LAST_ORDER = 10_440  # 1998-08-02
CURRENT = 9_298  # 1995-06-17: items received earlier may have been returned
MODES = ["REG AIR", "AIR", "RAIL", "SHIP", "TRUCK", "MAIL", "FOB"]
INSTRUCTIONS = ["DELIVER IN PERSON", "COLLECT COD", "NONE", "TAKE BACK RETURN"]


def lineitem(rng: np.random.Generator, first: int, rows: int) -> pa.Table:
    # An order has 1 to 7 lines, and of 32 order keys only the first 8 are used.
    lines = rng.integers(1, 8, rows)
    order = np.repeat(np.arange(rows), lines)[:rows]
    linenumber = (np.arange(rows) - np.concatenate([[0], np.cumsum(lines)])[order] + 1).astype(np.int32)
    number = first // 4 + order
    orderdate = rng.integers(FIRST_ORDER, LAST_ORDER, rows, dtype=np.int32)[order]
    shipdate = orderdate + rng.integers(1, 122, rows, dtype=np.int32)
    receiptdate = shipdate + rng.integers(1, 31, rows, dtype=np.int32)
    partkey = rng.integers(1, 200_001, rows)
    quantity = rng.integers(1, 51, rows)
    cents = 90_000 + partkey // 10 % 20_001 + 100 * (partkey % 1_000)
    returned = np.where(rng.random(rows) < 0.5, "R", "A")
    lengths = rng.integers(10, 44, rows)
    pool = comments()
    return pa.table(
        {
            "l_orderkey": number // 8 * 32 + number % 8 + 1,
            "l_partkey": partkey,
            "l_suppkey": (partkey + rng.integers(0, 4, rows) * 2_501) % 10_000 + 1,
            "l_linenumber": linenumber,
            "l_quantity": quantity.astype(float),
            "l_extendedprice": quantity * cents / 100,
            "l_discount": rng.integers(0, 11, rows) / 100,
            "l_tax": rng.integers(0, 9, rows) / 100,
            "l_returnflag": pa.array(np.where(receiptdate <= CURRENT, returned, "N")),
            "l_linestatus": pa.array(np.where(shipdate > CURRENT, "O", "F")),
            "l_shipdate": pa.array(shipdate, pa.date32()),
            "l_commitdate": pa.array(orderdate + rng.integers(30, 91, rows, dtype=np.int32), pa.date32()),
            "l_receiptdate": pa.array(receiptdate, pa.date32()),
            "l_shipinstruct": choice(rng, rows, INSTRUCTIONS),
            "l_shipmode": choice(rng, rows, MODES),
            "l_comment": slices(pool, rng.integers(0, len(pool) - 43, rows), lengths),
        }
    )


@lru_cache(maxsize=1)
def comments() -> np.ndarray:
    """The pool that comments are cut from: about 4 MB of TPC-H's words."""
    words = np.random.default_rng(0).choice(VOCABULARY.split(), 600_000)
    return np.frombuffer(" ".join(words).encode(), np.uint8)
