"""Taxi trips with the 19 columns of New York's yellow cabs in 2015, when the data had coordinates. Coordinates
and distances have all the digits of a double and rarely repeat; fares have two decimals, totals are sums."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from .columns import choice, without

FROM = 1_420_070_400_000_000  # 2015-01-01, in µs
METRES = 1_609.344  # of a mile


def taxi(rng: np.random.Generator, first: int, rows: int) -> pa.Table:
    # Some 14 million trips a month, roughly ordered by start.
    pickup = FROM + (first + np.arange(rows)) * 190_000 + rng.integers(0, 600_000_000, rows)
    pickup -= pickup % 1_000_000
    metres = rng.lognormal(8.0, 0.8, rows)
    seconds = np.maximum(60, metres / rng.normal(5.0, 1.0, rows).clip(1.5, 12)).astype(np.int64)
    fare = np.round((2.5 + metres / METRES * 2.5 + seconds / 120) * 2) / 2
    by_card = rng.random(rows) < 0.62
    tip = np.where(by_card, np.round(fare * rng.choice([0.2, 0.25, 0.3, 0.15, 0.0], rows), 2), 0.0)
    extra = rng.choice([0.0, 0.5, 1.0], rows)
    tolls = np.where(rng.random(rows) < 0.05, 5.54, 0.0)
    # Values that the meter did not send are missing together.
    missing = rng.random(rows) < 0.04
    return pa.table(
        {
            "VendorID": rng.integers(1, 3, rows),
            "tpep_pickup_datetime": pa.array(pickup, pa.timestamp("us")),
            "tpep_dropoff_datetime": pa.array(pickup + seconds * 1_000_000, pa.timestamp("us")),
            "passenger_count": without(rng.choice([1.0, 1.0, 1.0, 2.0, 2.0, 3.0, 5.0, 6.0], rows), missing),
            "trip_distance": metres / METRES,
            "pickup_longitude": rng.normal(-73.97, 0.035, rows),
            "pickup_latitude": rng.normal(40.75, 0.035, rows),
            "RateCodeID": without(rng.choice([1.0, 1.0, 1.0, 1.0, 2.0, 5.0], rows), missing),
            "store_and_fwd_flag": without(choice(rng, rows, ["N", "Y"], [99, 1]), missing),
            "dropoff_longitude": rng.normal(-73.97, 0.035, rows),
            "dropoff_latitude": rng.normal(40.75, 0.035, rows),
            "payment_type": np.where(by_card, 1, rng.integers(2, 5, rows)),
            "fare_amount": fare,
            "extra": extra,
            "mta_tax": np.full(rows, 0.5),
            "tip_amount": tip,
            "tolls_amount": tolls,
            "improvement_surcharge": without(np.full(rows, 0.3), missing),
            "total_amount": fare + extra + 0.5 + tip + tolls + 0.3,
        }
    )
