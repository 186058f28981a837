"""Orders as documents: groups in groups, lists of strings and of doubles, a list of groups, a map; nulls at each level."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from .columns import choice, fixed_strings, hexadecimal, items_of, join, list_offsets, nullable

CITIES = [
    *("Lisboa", "São Paulo", "Zürich", "Oslo", "Kraków"),
    *("Nairobi", "東京", "New York", "Lima", "Reykjavík"),
]
TAGS = [
    *("gift", "express", "fragile", "first order", "returning"),
    *("bulk", "pre-order", "vip", "export", "sale"),
]
KEYS = ["campaign", "browser", "locale", "currency", "channel", "coupon", "warehouse", "priority"]


def nested(rng: np.random.Generator, first: int, rows: int) -> pa.Table:
    tags, scores, items = (list_offsets(rng, rows, most, 0.05) for most in (4, 5, 4))
    keys = list_offsets(rng, rows, 4)
    return pa.table(
        {
            "id": np.arange(first, first + rows),
            "customer": customer(rng, rows),
            "tags": pa.ListArray.from_arrays(tags, nullable(rng, choice(rng, items_of(tags), TAGS), 0.02)),
            "scores": pa.ListArray.from_arrays(
                scores, nullable(rng, rng.normal(50, 20, items_of(scores)), 0.02)
            ),
            "items": pa.ListArray.from_arrays(items, item(rng, items_of(items))),
            "attributes": attributes(rng, keys, rows),
        }
    )


def customer(rng: np.random.Generator, rows: int) -> pa.StructArray:
    name = join("customer ", fixed_strings(hexadecimal(rng, rows, 8)))
    location = group(latitude=rng.uniform(-90, 90, rows), longitude=rng.uniform(-180, 180, rows))
    address = group(
        missing=rng.random(rows) < 0.1,
        city=choice(rng, rows, CITIES),
        zip=rng.integers(1_000, 99_999, rows),
        location=location,
    )
    return group(name=name, vip=pa.array(rng.random(rows) < 0.1), address=address)


def item(rng: np.random.Generator, rows: int) -> pa.StructArray:
    return group(
        sku=rng.integers(0, 1_000_000_000, rows),
        quantity=rng.integers(1, 10, rows, dtype=np.int32),
        price=np.round(rng.uniform(1, 500, rows), 2),
        note=nullable(rng, choice(rng, rows, ["leave at the door", "call first", 'no "substitutes"']), 0.9),
    )


def attributes(rng: np.random.Generator, offsets: pa.Array, rows: int) -> pa.MapArray:
    """One map per row, with consecutive keys from a list, so that none repeats."""
    begin = np.repeat(rng.integers(0, len(KEYS), rows), np.diff(offsets.to_numpy()))
    place = np.arange(len(begin)) - np.repeat(offsets.to_numpy()[:-1], np.diff(offsets.to_numpy()))
    keys = pa.array(KEYS).take(pa.array((begin + place) % len(KEYS)))
    return pa.MapArray.from_arrays(offsets, keys, join("v", pa.array(rng.integers(0, 5_000, len(begin)))))


def group(missing: np.ndarray | None = None, **fields: pa.Array | np.ndarray) -> pa.StructArray:
    """A group that is null where `missing` is true."""
    arrays = [field if isinstance(field, pa.Array) else pa.array(field) for field in fields.values()]
    return pa.StructArray.from_arrays(
        arrays, list(fields), mask=None if missing is None else pa.array(missing)
    )
