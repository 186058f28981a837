"""Long text: articles of 1 to 10 kB with line breaks, quotes, backslashes, accents, other scripts and emoji."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pyarrow as pa

from .columns import choice, slices
from .lineitem import VOCABULARY

# About every 20th word is one of these.
RARE = [
    *('"quoted"', "it's", "C:\\temp\\new", "naïve", "café", "Größe", "日本語のテキスト"),
    *("привет", "👍", "🚀🔥", "👩‍👩‍👧‍👦", "<b>x</b>", "a\tb", "…"),
]
BREAKS = [".\n", ".\r\n\r\n", "!\n\n"]


def text(rng: np.random.Generator, first: int, rows: int) -> pa.Table:
    pool, boundaries = articles()
    lengths = np.exp(rng.uniform(np.log(1_000), np.log(10_000), rows)).astype(np.int64)
    return pa.table(
        {
            "id": np.arange(first, first + rows),
            "language": choice(rng, rows, ["en", "de", "fr", "ja", "pt"]),
            "title": pieces(rng, pool, boundaries, rng.integers(20, 80, rows)),
            "body": pieces(rng, pool, boundaries, lengths),
        }
    )


def pieces(
    rng: np.random.Generator, pool: np.ndarray, boundaries: np.ndarray, lengths: np.ndarray
) -> pa.StringArray:
    """Slices of the pool of about these sizes, cut at character boundaries."""
    last = np.searchsorted(boundaries, len(pool) - lengths.max() - 4)
    begin = rng.integers(0, last, len(lengths))
    end = np.searchsorted(boundaries, boundaries[begin] + lengths)
    return slices(pool, boundaries[begin], boundaries[end] - boundaries[begin])


@lru_cache(maxsize=1)
def articles() -> tuple[np.ndarray, np.ndarray]:
    """A pool of about 13 MB of text, and the offsets of its characters."""
    rng = np.random.default_rng(1)
    words = rng.choice(np.array(VOCABULARY.split(), dtype=object), 2_000_000)
    for places, others in ((rng.random(len(words)) < 0.05, RARE), (rng.random(len(words)) < 0.02, BREAKS)):
        words[places] = rng.choice(np.array(others, dtype=object), int(places.sum()))
    pool = np.frombuffer(" ".join(words).encode(), np.uint8)
    return pool, np.flatnonzero((pool & 0xC0) != 0x80)
