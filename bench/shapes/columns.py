"""Builds columns from whole arrays, because a Python loop over rows would be too slow."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

HEX = np.frombuffer(b"0123456789abcdef", np.uint8)


def choice(
    rng: np.random.Generator, rows: int, values: list[str], weights: list[float] | None = None
) -> pa.Array:
    """Picks one of a few strings for each row."""
    total = sum(weights or [])
    chosen = rng.choice(len(values), rows, p=[w / total for w in weights] if weights else None)
    return pa.array(values).take(pa.array(chosen))


def nullable(rng: np.random.Generator, values: pa.Array | np.ndarray, share: float) -> pa.Array:
    """Makes a share of the values null."""
    return without(values, rng.random(len(values)) < share)


def without(values: pa.Array | np.ndarray, missing: np.ndarray) -> pa.Array:
    """Makes values null where `missing` is true."""
    array = values if isinstance(values, pa.Array) else pa.array(values)
    return pc.if_else(pa.array(missing), pa.scalar(None, array.type), array)


def slices(pool: np.ndarray, starts: np.ndarray, lengths: np.ndarray) -> pa.StringArray:
    """Slices of a pool of UTF-8 bytes, by start and length."""
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    index = np.repeat(starts - offsets[:-1], lengths) + np.arange(offsets[-1])
    return strings(offsets, pool[index])


def strings(offsets: np.ndarray, data: np.ndarray) -> pa.StringArray:
    """Strings from concatenated bytes and their offsets."""
    return pa.StringArray.from_buffers(
        len(offsets) - 1, pa.py_buffer(offsets.astype(np.int32)), pa.py_buffer(np.ascontiguousarray(data))
    )


def hexadecimal(rng: np.random.Generator, rows: int, digits: int) -> np.ndarray:
    """Random digits as ASCII, an array of rows by digits."""
    return HEX[rng.integers(0, 16, (rows, digits), dtype=np.uint8)]


def fixed_strings(characters: np.ndarray) -> pa.StringArray:
    """Strings of equal length, from an array of rows of ASCII characters."""
    rows, length = characters.shape
    return strings(np.arange(rows + 1) * length, characters.reshape(-1))


def join(*parts: pa.Array | str) -> pa.Array:
    """Concatenates row by row; scalar arguments are repeated in every row."""
    text = [part if isinstance(part, str) else part.cast(pa.string()) for part in parts]
    return pc.binary_join_element_wise(*text, "")


def list_offsets(rng: np.random.Generator, rows: int, most: int, null_share: float = 0.0) -> pa.Array:
    """Offsets of lists with 0 to `most` elements; a null offset makes its list null."""
    lengths = rng.integers(0, most + 1, rows)
    missing = rng.random(rows) < null_share
    lengths[missing] = 0
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    return pa.array(offsets, mask=np.concatenate([missing, [False]]))


def items_of(offsets: pa.Array) -> int:
    """Total number of elements of these lists."""
    return offsets[-1].as_py()
