"""Compares the values that two readers found in a file, in any notation.

Values are JSON: plain, as a converter wrote them, or with lossless tags: `{"$decimal": "12.50"}`, `{"$float": [32, "0.1"]}`,
`{"$bytes": "…"}` (Base64), `{"$date": days}`, `{"$time": [count, unit]}`, `{"$timestamp": [count, unit]}`, `{"$uuid": "…"}`, `{"$repeat": [text, times]}`,
`{"$map": [[key, value], …]}`, `{"$struct": [[name, value], …]}`. The expected side is always tagged, so its types determine how a plain
value is interpreted.
"""

from __future__ import annotations

import base64
import json
import math
import re
import struct
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

import numpy as np

UNITS = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}
DAY = 86_400 * 10**9
EPOCH = date(1970, 1, 1).toordinal()
FLOATS = {16: np.float16, 32: np.float32, 64: np.float64}
CLOCK = r"(\d{2,}):(\d\d):(\d\d)(?:\.(\d{1,9})\d*)?"
ZONE = r"\s*(?:Z|UTC|([+-]\d\d)(?::?(\d\d))?)?"
MOMENT = re.compile(rf"([+-]?\d{{4,}})-(\d\d)-(\d\d)(?:[T ]{CLOCK})?{ZONE}")
TIME = re.compile(rf"{CLOCK}{ZONE}")
DAYS_OF_400_YEARS = 146_097
GEOMETRIES = {
    1: "POINT",
    2: "LINESTRING",
    3: "POLYGON",
    4: "MULTIPOINT",
    5: "MULTILINESTRING",
    6: "MULTIPOLYGON",
    7: "GEOMETRYCOLLECTION",
}
WKT = re.compile(rf"({'|'.join(GEOMETRIES.values())}) ")


class Number(str):
    """The text of a JSON number that is not an integer."""


class Untyped(str):
    """A value in a CSV file: its type is unknown, and null looks like empty text."""


class Pairs(list):
    """A JSON object with a duplicate key."""


@dataclass(frozen=True)
class Float:
    bits: int
    value: float


@dataclass(frozen=True)
class Moment:
    """A date or a timestamp. `count`: in the file's unit."""

    nanoseconds: int
    count: int | None = None


@dataclass(frozen=True)
class Clock:
    nanoseconds: int
    count: int | None = None


@dataclass(frozen=True)
class Map:
    pairs: tuple[tuple[Any, Any], ...]


# JSON


def parse(line: bytes) -> Any:
    """Parses a line of JSON; raises ValueError for violations of RFC 8259."""
    value = _decoder.decode(line.decode("utf-8"))
    # Escapes can produce a lone surrogate.
    json.dumps(value, ensure_ascii=False).encode("utf-8")
    return value


def _object(pairs: list[tuple[str, Any]]) -> Any:
    members = dict(pairs)
    return members if len(members) == len(pairs) else Pairs(pairs)


def _no_constant(text: str) -> Any:
    raise ValueError(f"{text} is no JSON")


_decoder = json.JSONDecoder(parse_float=Number, parse_constant=_no_constant, object_pairs_hook=_object)


def untag(value: Any) -> Any:
    if isinstance(value, Pairs):
        return Pairs((name, untag(inner)) for name, inner in value)
    if isinstance(value, list):
        return [untag(item) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        ((tag, content),) = value.items()
        if tag in _TAGS:
            return _TAGS[tag](content)
    return {name: untag(inner) for name, inner in value.items()}


def _struct(pairs: list[Any]) -> Any:
    return _object([(name, untag(inner)) for name, inner in pairs])


def _moment(content: Any) -> Moment:
    if isinstance(content, str):
        found = moment(content)
        if found is None:
            raise ValueError(f"{content!r} is no timestamp")
        return Moment(found)
    count, unit = content
    return Moment(count * UNITS[unit], count)


def _clock(content: Any) -> Clock:
    count, unit = content
    return Clock(count * UNITS[unit], count)


_TAGS = {
    "$struct": _struct,
    "$map": lambda pairs: Map(tuple((untag(key), untag(value)) for key, value in pairs)),
    "$decimal": Decimal,
    "$integer": int,
    "$number": Number,
    "$float": lambda content: Float(content[0], float(content[1])),
    "$bytes": base64.b64decode,
    "$date": lambda content: _moment(content) if isinstance(content, str) else Moment(content * DAY, content),
    "$time": _clock,
    "$timestamp": _moment,
    "$uuid": uuid.UUID,
    "$repeat": lambda content: content[0] * content[1],
}


# Comparison


def difference(wanted: Any, got: Any, place: str = "") -> str | None:
    """Describes the first difference, None if the values are equal."""
    if isinstance(wanted, dict):
        return _in_struct(wanted, got, place)
    if isinstance(wanted, list) and isinstance(got, list):
        if len(wanted) != len(got):
            return f"{place or 'the file'} has {len(got)} values, not {len(wanted)}"
        inner = (
            difference(one, other, f"{place}[{index}]") for index, (one, other) in enumerate(zip(wanted, got))
        )
        return next(filter(None, inner), None)
    if isinstance(wanted, Map) and got is not None:
        return _in_map(wanted, got, place)
    if same(wanted, got):
        return None
    return f"{place} is {shown(got)}, not {shown(wanted)}"


def rows_differ(wanted: list[Any], got: list[Any]) -> str | None:
    if len(wanted) != len(got):
        return f"{len(got)} rows, not {len(wanted)}"
    for index, (one, other) in enumerate(zip(wanted, got)):
        if (
            isinstance(other, dict)
            and len(one) == len(other)
            and isinstance(next(iter(one.values()), None), Untyped)
        ):
            # A CSV file's header may differ from the column names.
            other = dict(zip(one, other.values()))
        if found := difference(one, other):
            return f"row {index}: {found}"
    return None


def _in_struct(wanted: dict[str, Any], got: Any, place: str) -> str | None:
    """A missing key means null."""
    if not isinstance(got, dict):
        return f"{place} is {shown(got)}, not {shown(wanted)}"
    if more := [name for name in got if name not in wanted]:
        return f"{place or 'the row'} has a field {more[0]!r}"
    inner = (
        difference(value, got.get(name), f"{place}.{name}" if place else name)
        for name, value in wanted.items()
    )
    return next(filter(None, inner), None)


def _in_map(wanted: Map, got: Any, place: str) -> str | None:
    """Accepts a map as an object, as pairs, as objects with key and value, or as its keys if it has no values."""
    pairs = list(_pairs(got, any(value is not None for _, value in wanted.pairs)))
    entries = list(wanted.pairs)
    if isinstance(got, dict) and len(got) < len(entries):
        # Of equal keys the last one counts.
        entries = [
            entry
            for index, entry in enumerate(entries)
            if not any(entry[0] == key for key, _ in entries[index + 1 :])
        ]
    if len(pairs) != len(entries):
        return f"{place} has {len(pairs)} entries, not {len(entries)}: {shown(got)}"
    # In any order.
    for key, value in entries:
        index = next((n for n, (got_key, _) in enumerate(pairs) if same_key(key, got_key)), None)
        if index is None:
            return f"{place} has no key {shown(key)}: {shown(got)}"
        if found := difference(value, pairs.pop(index)[1], f"{place}{{{shown(key)}}}"):
            return found
    return None


def _pairs(got: Any, has_values: bool) -> Iterator[tuple[Any, Any]]:
    if isinstance(got, Map):
        yield from got.pairs
    elif isinstance(got, dict):
        yield from got.items()
    elif isinstance(got, Pairs):
        yield from got
    elif isinstance(got, list):
        for item in got:
            if isinstance(item, dict) and 1 <= len(item) <= 2:
                names = list(item)
                yield item[names[0]], item[names[1]] if len(names) == 2 else None
            elif isinstance(item, list) and len(item) == 2 and has_values:
                yield item[0], item[1]
            else:
                yield item, None


def same_key(wanted: Any, got: Any) -> bool:
    """Compares keys as text, as in JSON objects."""
    if isinstance(got, str) and not isinstance(got, Number):
        if isinstance(wanted, bool):
            return got.lower() == str(wanted).lower()
        if isinstance(wanted, Float):
            return same(wanted, Number(got))
    return difference(wanted, got) is None


def same(wanted: Any, got: Any) -> bool:
    """Compares single values. JSON has no NaN or infinity, so null is accepted for them."""
    if isinstance(wanted, Untyped):
        return got in (None, "") if not wanted else str(got) == wanted
    if wanted is None or isinstance(wanted, bool):
        return got is wanted
    if isinstance(wanted, Float):
        return _same_float(wanted, got)
    if got is None:
        return False
    if isinstance(wanted, (int, Decimal)):
        found = _decimal(got)
        return found is not None and found == wanted
    if isinstance(wanted, str):
        return _same_text(wanted, got)
    if isinstance(wanted, bytes):
        return _same_bytes(wanted, got)
    if isinstance(wanted, uuid.UUID):
        return _same_bytes(wanted.bytes, got) or (isinstance(got, str) and got.lower() == str(wanted))
    if isinstance(wanted, Moment):
        found = moment(got) if isinstance(got, str) else getattr(got, "nanoseconds", None)
        return wanted.nanoseconds == found or (type(got) is int and got == wanted.count)
    if isinstance(wanted, Clock):
        found = getattr(got, "nanoseconds", None)
        if isinstance(got, str):
            # Also as a timestamp on 1970-01-01.
            found = moment(got) if clock(got) is None else clock(got)
        raw = got == wanted.count if type(got) is int else _decimal(got) == wanted.count is not None
        return wanted.nanoseconds == found or raw
    return False


def _decimal(got: Any) -> Decimal | None:
    """The exact number, also if quoted. A float means its shortest decimal form."""
    if isinstance(got, bool):
        return None
    if isinstance(got, Float):
        return Decimal(repr(got.value)) if math.isfinite(got.value) else None
    if isinstance(got, (int, str, Decimal)):
        try:
            found = Decimal(got)
        except InvalidOperation:
            return None
        return found if found.is_finite() else None
    return None


def _same_float(wanted: Float, got: Any) -> bool:
    if isinstance(got, bool):
        return False
    if got is None:
        return not math.isfinite(wanted.value)
    try:
        value = got.value if isinstance(got, Float) else float(got)
    except (TypeError, ValueError):
        return False
    if math.isnan(wanted.value):
        return math.isnan(value)
    with np.errstate(over="ignore"):
        width = FLOATS[wanted.bits]
        return bool(width(value) == width(wanted.value))


def _same_text(wanted: str, got: Any) -> bool:
    if isinstance(got, bytes):
        return got == wanted.encode()
    if type(got) is str:
        return got == wanted
    # A JSON column may already be parsed.
    if not isinstance(got, (dict, list)):
        return False
    try:
        return difference(json.loads(wanted, parse_float=Decimal), got) is None
    except ValueError:
        return False


def _same_bytes(wanted: bytes, got: Any) -> bool:
    """Accepts Base64, hexadecimal, escaped text, text or a list of numbers; for a geometry also well-known text."""
    if isinstance(got, (bytes, uuid.UUID)):
        return (got if isinstance(got, bytes) else got.bytes) == wanted
    if isinstance(got, list):
        return got == list(wanted)
    if not isinstance(got, str):
        return False
    if geometry := WKT.match(got):
        return same_geometry(wanted, geometry[1], got)
    spelled = [base64.b64encode(wanted).decode(), _escaped(wanted)]
    digits = re.sub(r"^(0x|\\x)", "", got).lower()
    return got in spelled or digits == wanted.hex() or got.encode("utf-8", "surrogatepass") == wanted


def _escaped(data: bytes) -> str:
    r"""DuckDB's text of bytes: printable ASCII unchanged, other bytes as `\xFF`."""
    return "".join(
        chr(byte) if 32 <= byte < 127 and byte not in b"\"'\\" else f"\\x{byte:02X}" for byte in data
    )


def same_geometry(wkb: bytes, name: str, wkt: str) -> bool:
    """Whether both have the same kind of geometry and the same coordinates."""
    try:
        coordinates: list[float] = []
        kind, _ = _read_geometry(wkb, 0, coordinates)
    except struct.error:
        return False
    numbers = [
        float(number)
        for number in re.findall(r"[-+]?(?:\d[\d.]*(?:[eE][-+]?\d+)?|nan|inf)", wkt, re.IGNORECASE)
    ]
    known = lambda values: [value for value in values if not math.isnan(value)]  # noqa: E731
    return GEOMETRIES[kind] == name and known(coordinates) == known(numbers)


def _read_geometry(wkb: bytes, position: int, coordinates: list[float]) -> tuple[int, int]:
    """Appends the coordinates; returns the kind of geometry and the position after it."""
    order = "<" if wkb[position] else ">"
    (code,) = struct.unpack_from(f"{order}I", wkb, position + 1)
    position += 5
    kind, dimensions = code % 1000, 2 + (code // 1000 in (1, 2)) + 2 * (code // 1000 == 3)

    def count() -> int:
        nonlocal position
        position += 4
        return struct.unpack_from(f"{order}I", wkb, position - 4)[0]

    def points(number: int) -> None:
        nonlocal position
        coordinates.extend(struct.unpack_from(f"{order}{number * dimensions}d", wkb, position))
        position += 8 * number * dimensions

    if kind == 1:
        points(1)
    elif kind == 2:
        points(count())
    elif kind == 3:
        for _ in range(count()):
            points(count())
    else:
        for _ in range(count()):
            _, position = _read_geometry(wkb, position, coordinates)
    return kind, position


def moment(text: str) -> int | None:
    """Nanoseconds since 1970 of an ISO 8601 date or timestamp, in the proleptic Gregorian calendar."""
    text = text.strip()
    match = MOMENT.fullmatch(text.replace(" (BC)", ""))
    if not match:
        return None
    year, month, day = (int(part) for part in match.groups()[:3])
    if text != match[0]:
        year = 1 - year
    cycles, year = divmod(year - 1, 400)
    try:
        days = date(year + 1, month, day).toordinal() - EPOCH + cycles * DAYS_OF_400_YEARS
    except ValueError:
        return None
    return days * DAY + (_of_day(match.groups()[3:7]) if match[4] else 0) - _offset(match[8], match[9])


def clock(text: str) -> int | None:
    """Nanoseconds of a time, which may have a sign."""
    text = text.strip()
    match = TIME.fullmatch(text.removeprefix("-"))
    if not match:
        return None
    return (-1 if text.startswith("-") else 1) * _of_day(match.groups()[:4]) - _offset(match[5], match[6])


def _of_day(parts: tuple[str | None, ...]) -> int:
    hours, minutes, seconds, fraction = parts
    whole = (int(hours or 0) * 60 + int(minutes or 0)) * 60 + int(seconds or 0)
    return whole * 10**9 + int((fraction or "").ljust(9, "0"))


def _offset(hours: str | None, minutes: str | None) -> int:
    if hours is None:
        return 0
    whole = abs(int(hours)) * 60 + int(minutes or 0)
    return whole * 60 * 10**9 * (-1 if hours.startswith("-") else 1)


def shown(value: Any) -> str:
    if isinstance(value, Float):
        text = f"{value.value!r}"
    elif isinstance(value, Number):
        text = str.__str__(value)
    elif isinstance(value, Moment):
        text = f"{value.nanoseconds} ns after 1970"
    elif isinstance(value, Clock):
        text = f"{value.nanoseconds} ns of the day"
    elif isinstance(value, bytes):
        text = f"the bytes {value.hex(' ')}"
    elif isinstance(value, Decimal):
        text = f"{value:f}" if abs(value.as_tuple().exponent) < 100 else str(value)
    elif value is None:
        text = "null"
    elif isinstance(value, Map):
        text = f"a map of {len(value.pairs)} entries"
    else:
        text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"
