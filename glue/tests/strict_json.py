"""A reader of RFC 8259 and nothing more, which keeps every number as the text it is written in."""

from __future__ import annotations

import json
from typing import Any


class Number(str):
    """A JSON number's text. Equal only to a Number of the same text, never to a string."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Number) and str.__eq__(self, other)

    def __hash__(self) -> int:
        return str.__hash__(self)

    def __repr__(self) -> str:
        return f"Number({self!s})"


def _no_constant(text: str) -> Any:
    raise ValueError(f"{text} is no JSON")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError(f"a key occurs twice: {[key for key, _ in pairs]}")
    return members


_decoder = json.JSONDecoder(
    parse_int=Number, parse_float=Number, parse_constant=_no_constant, object_pairs_hook=_object, strict=True
)


def parse(document: bytes) -> Any:
    """One JSON value. Raises ValueError for anything that another reader may refuse or read differently."""
    text = document.decode("utf-8")
    if text.startswith("\ufeff"):
        raise ValueError("a byte order mark")
    value, end = _decoder.raw_decode(text, len(text) - len(text.lstrip(" \t\r\n")))
    if text[end:].strip(" \t\r\n"):
        raise ValueError(f"more after the value: {text[end : end + 40]!r}")
    # Escapes can spell half of a surrogate pair, which is no character.
    json.dumps(value, ensure_ascii=False).encode("utf-8")
    return value


def parse_lines(document: bytes) -> list[Any]:
    """Newline-delimited JSON, where every line, the last too, ends in a newline."""
    if not document:
        return []
    if not document.endswith(b"\n"):
        raise ValueError("the last line has no end")
    return [parse(line) for line in document[:-1].split(b"\n")]
