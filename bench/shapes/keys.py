"""Strings that rarely repeat: UUIDs, URLs, e-mail addresses, hashes. A dictionary does not help."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from .columns import choice, fixed_strings, hexadecimal, join

SECTIONS = [
    *("articles", "products", "users", "search", "category/garden"),
    *("category/kitchen", "help", "blog/2026"),
]
NAMES = [
    *("anna", "björn", "carlos", "dmitri", "eva", "fatima"),
    *("george", "hana", "ivan", "julia", "kofi", "lena"),
]
HOSTS = ["example.com", "example.org", "mail.example.net", "corp.example"]


def keys(rng: np.random.Generator, first: int, rows: int) -> pa.Table:
    number = pa.array(rng.integers(0, 10_000_000_000, rows))
    site = pa.array(rng.integers(0, 20_000, rows))
    return pa.table(
        {
            "id": uuid(rng, rows),
            "url": join(
                *("https://www.shop-", site, ".example/", choice(rng, rows, SECTIONS), "/", number),
                *("?utm_source=newsletter&session=", fixed_strings(hexadecimal(rng, rows, 16))),
            ),
            "email": join(choice(rng, rows, NAMES), ".", number, "@", choice(rng, rows, HOSTS)),
            "sha256": fixed_strings(hexadecimal(rng, rows, 64)),
            "parent": uuid(rng, rows),
        }
    )


def uuid(rng: np.random.Generator, rows: int) -> pa.StringArray:
    """Random UUIDs (version 4 of RFC 9562) as text."""
    characters = hexadecimal(rng, rows, 36)
    characters[:, [8, 13, 18, 23]] = ord("-")
    characters[:, 14] = ord("4")
    characters[:, 19] = np.frombuffer(b"89ab", np.uint8)[rng.integers(0, 4, rows)]
    return fixed_strings(characters)
