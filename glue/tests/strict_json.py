"""A strict JSON reader (RFC 8259) that keeps the text of numbers."""

from __future__ import annotations

import json
from typing import Any


class Number(str):
    """The text of a JSON number. Equal only to a Number of the same text, never to a string."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Number) and str.__eq__(self, other)

    def __hash__(self) -> int:
        return str.__hash__(self)

    def __repr__(self) -> str:
        return f"Number({self!s})"


def _no_constant(text: str) -> Any:
    raise ValueError(f"{text} is not JSON")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError(f"a key occurs twice: {[key for key, _ in pairs]}")
    return members


_decoder = json.JSONDecoder(
    parse_int=Number, parse_float=Number, parse_constant=_no_constant, object_pairs_hook=_object, strict=True
)


def parse(document: bytes) -> Any:
    """Parses one JSON value. Raises ValueError for text that other readers may reject or read differently."""
    text = document.decode("utf-8")
    if text.startswith("\ufeff"):
        raise ValueError("a byte order mark")
    value, end = _decoder.raw_decode(text, len(text) - len(text.lstrip(" \t\r\n")))
    if text[end:].strip(" \t\r\n"):
        raise ValueError(f"more after the value: {text[end : end + 40]!r}")
    # Escapes can encode half of a surrogate pair, which is not a character.
    json.dumps(value, ensure_ascii=False).encode("utf-8")
    return value


def parse_lines(document: bytes) -> list[Any]:
    """Parses newline-delimited JSON, in which every line ends with a newline, including the last."""
    if not document:
        return []
    if not document.endswith(b"\n"):
        raise ValueError("the last line does not end")
    return [parse(line) for line in document[:-1].split(b"\n")]
