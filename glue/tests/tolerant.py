"""Values with more than one correct spelling in JSON, and their comparison."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from strict_json import Number


def _digits(text: str) -> str:
    """The significant digits in the text of a number."""
    mantissa = re.split("[eE]", text.lstrip("-"))[0]
    return mantissa.replace(".", "").strip("0")


@dataclass(frozen=True)
class Float:
    """A finite number of a NumPy type with the width of the column."""

    value: Any

    def difference(self, actual: Any) -> str | None:
        if not isinstance(actual, Number):
            return f"{actual!r} is not a number"
        width = type(self.value)
        # The shortest text is well inside the interval that rounds to the value, so converting via a double is safe.
        if width(float(actual)).tobytes() != self.value.tobytes():
            return f"{actual} reads back as another {width.__name__} than {self.value!r}"
        shortest = np.format_float_scientific(self.value, unique=True, trim="-")
        if len(_digits(actual)) > len(_digits(shortest)) or len(actual) > 25:
            return f"{actual} is not the shortest text, {shortest}"
        return None


@dataclass(frozen=True)
class NonFinite:
    """NaN or an infinity as a string that JavaScript's Number() and Python's float() both read."""

    value: Any

    def difference(self, actual: Any) -> str | None:
        spelling = "NaN" if np.isnan(self.value) else "Infinity" if self.value > 0 else "-Infinity"
        right = isinstance(actual, str) and not isinstance(actual, Number) and actual == spelling
        return None if right else f"{actual!r} is not {spelling!r}"


@dataclass(frozen=True)
class Duration:
    """An ISO 8601 duration. Years are twelve months and hours are seconds, but a day is not 24 hours."""

    months: int
    days: int
    milliseconds: int

    def difference(self, actual: Any) -> str | None:
        part = r"(?:(\d+){})?"
        date = "".join(part.format(letter) for letter in "YMD")
        pattern = rf"P(?!$){date}(?:T(?!$)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.(\d+))?S)?)?"
        found = re.fullmatch(pattern, actual) if isinstance(actual, str) else None
        if not found:
            return f"{actual!r} is not an ISO 8601 duration"
        fraction = (found[7] or "").ljust(3, "0")
        years, months, days, hours, minutes, seconds = (int(number or 0) for number in found.groups()[:6])
        milliseconds = ((hours * 60 + minutes) * 60 + seconds) * 1000 + int(fraction[:3])
        same = (12 * years + months, days, milliseconds) == (self.months, self.days, self.milliseconds)
        return None if same and not fraction[3:].strip("0") else f"{actual} is not {self}"


def difference(expected: Any, actual: Any, place: str) -> str | None:
    """The first difference of two trees, or None."""
    if isinstance(expected, (Float, NonFinite, Duration)):
        found = expected.difference(actual)
        return found and f"{place}: {found}"
    if isinstance(expected, dict) and isinstance(actual, dict):
        if floats := [key for key in expected if isinstance(key, np.floating)]:
            width = type(floats[0])
            actual = {width(float(key)): value for key, value in actual.items()}
        if expected.keys() != actual.keys():
            return f"{place}: keys {list(actual)}, not {list(expected)}"
        pairs = [(value, actual[key], f"{place}.{key}") for key, value in expected.items()]
    elif isinstance(expected, list) and isinstance(actual, list):
        if len(expected) != len(actual):
            return f"{place}: {len(actual)} items, not {len(expected)}: {actual!r:.200}"
        pairs = [
            (wanted, got, f"{place}[{index}]") for index, (wanted, got) in enumerate(zip(expected, actual))
        ]
    else:
        same = type(expected) is type(actual) and expected == actual
        return None if same else f"{place}: {actual!r:.200}, not {expected!r:.200}"
    return next((found for pair in pairs if (found := difference(*pair))), None)
