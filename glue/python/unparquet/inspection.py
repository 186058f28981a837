"""`unparquet inspect`: describes a file."""

from __future__ import annotations

import json
import os
import sys
import unicodedata
from typing import Any

from . import _engine
from .arguments import InspectRequest
from .conversion import open_source
from .errors import ConversionError

WIDTH = 100
LABEL = 14
# Maximum widths of cells and of names.
MAX_CELL = 24
MAX_NAME = 40

Row = list[str]


def show(request: InspectRequest) -> None:
    """Prints the description of a file. Raises ConversionError."""
    found = inspect(request.input)
    text = json.dumps(found, indent=2, ensure_ascii=False) if request.json else describe(request.input, found)
    try:
        sys.stdout.buffer.write(f"{text}\n".encode())
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader, such as `head`, has exited. Python flushes again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def inspect(uri: str) -> dict[str, Any]:
    """The footer's description, with the predicted size of the JSON or its error. Raises ConversionError."""
    source = open_source(uri)
    found = json.loads(_engine.inspect(source))
    try:
        rows, size = _engine.predict(source)
        found["prediction"] = {"rows": rows, "bytes": size}
    except ConversionError as error:
        found["predictionError"] = {"code": error.code, "message": error.message}
    return found


def describe(name: str, found: dict[str, Any]) -> str:
    """The description as text, in lines of at most `WIDTH` characters."""
    sections = [
        _facts(name, found),
        _columns(found),
        _statistics(found),
        _unreadable(found),
        _row_groups(found),
        _key_values(found),
    ]
    return "\n\n".join("\n".join(lines) for lines in sections if lines)


def _facts(name: str, found: dict[str, Any]) -> list[str]:
    groups = len(found["rowGroups"]) + found["rowGroupsOmitted"]
    if prediction := found.get("prediction"):
        size = f"about {_bytes(prediction['bytes'])}"
    else:
        size = "cannot be predicted: {code}: {message}".format(**found["predictionError"])
    facts = {
        "File": name,
        "Size": f"{_bytes(found['bytes'])}, {_bytes(found['uncompressedBytes'])} uncompressed",
        "Rows": f"{found['rows']:,} in {_count(groups, 'row group')}",
        "Codecs": ", ".join(found["codecs"]) or "none",
        "Encodings": ", ".join(found["encodings"]) or "none",
        "Written by": found.get("createdBy", "unknown"),
        "JSON": size,
    }
    return [f"{label:{LABEL}}{_cut(text, WIDTH - LABEL)}" for label, text in facts.items()]


def _columns(found: dict[str, Any]) -> list[str]:
    def tree(items: list[dict[str, Any]], depth: int) -> list[Row]:
        rows = []
        for item in items:
            rows.append(["  " * depth + item["name"], item["type"]])
            rows += tree(item["parts"], depth + 1)
        return rows

    omitted = found["columnsOmitted"]
    lines = _table(["Column", "Type"], tree(found["columns"], 0), [MAX_NAME, WIDTH])
    return lines + _more(omitted, "column")


def _statistics(found: dict[str, Any]) -> list[str]:
    def bound(column: dict[str, Any], end: str) -> str:
        value = column.get(end)
        if value is None:
            return "-"
        return value["json"] if value["isExact"] else f"{'≥' if end == 'min' else '≤'} {value['json']}"

    def row(column: dict[str, Any]) -> Row:
        nulls = column.get("nulls")
        return [
            ".".join(column["path"]),
            _bytes(column["compressedBytes"]),
            "-" if nulls is None else f"{nulls:,}",
            bound(column, "min"),
            bound(column, "max"),
        ]

    titles = ["Leaf column", "Stored", "Nulls", "Minimum", "Maximum"]
    rows = [row(column) for column in found["statistics"]]
    lines = _table(titles, rows, [28, 10, 14, MAX_CELL, MAX_CELL], right={1, 2})
    return lines + _more(found["statisticsOmitted"], "column")


def _unreadable(found: dict[str, Any]) -> list[str]:
    errors = [
        (column["path"], column["unreadable"]) for column in found["statistics"] if "unreadable" in column
    ]
    rows = [[".".join(path), f"{error['code']}: {error['message']}"] for path, error in errors]
    return _table(["Cannot be converted", "Error"], rows, [MAX_NAME, WIDTH])


def _row_groups(found: dict[str, Any]) -> list[str]:
    rows = [
        [
            str(number),
            f"{group['rows']:,}",
            _bytes(group["compressedBytes"]),
            _bytes(group["uncompressedBytes"]),
        ]
        for number, group in enumerate(found["rowGroups"])
    ]
    lines = _table(["Row group", "Rows", "Stored", "Uncompressed"], rows, [MAX_CELL] * 4, right={0, 1, 2, 3})
    return lines + _more(found["rowGroupsOmitted"], "row group")


def _key_values(found: dict[str, Any]) -> list[str]:
    rows = [[entry["key"], f"{entry['bytes']:,}", entry["value"]] for entry in found["keyValues"]]
    lines = _table(["Metadata", "Bytes", "Value"], rows, [MAX_NAME, 12, WIDTH], right={1})
    return lines + _more(found["keyValuesOmitted"], "entry", "entries")


def _more(omitted: int, one: str, many: str | None = None) -> list[str]:
    return [f"… and {_count(omitted, one, many)} more"] if omitted else []


def _table(titles: Row, rows: list[Row], limits: list[int], right: set[int] = frozenset()) -> list[str]:
    """Aligned cells, two spaces apart; the last columns get the width that the others leave."""
    if not rows:
        return []
    lines = [titles, *([_printable(cell) for cell in row] for row in rows)]
    remaining = WIDTH
    widths = []
    for column, limit in enumerate(limits):
        width = min(limit, remaining, max(_width(line[column]) for line in lines))
        widths.append(width)
        remaining -= width + 2
    return [
        "  ".join(
            _aligned(cell, width, column in right) for column, (cell, width) in enumerate(zip(line, widths))
        ).rstrip()
        for line in lines
    ]


def _aligned(text: str, width: int, is_right: bool) -> str:
    text = _cut(text, width)
    padding = " " * (width - _width(text))
    return padding + text if is_right else text + padding


def _cut(text: str, max_width: int) -> str:
    text = _printable(text)
    if _width(text) <= max_width:
        return text
    kept, width = [], 1
    for character in text:
        width += _width(character)
        if width > max_width:
            break
        kept.append(character)
    return "".join(kept) + "…"


def _printable(text: str) -> str:
    """Text with control characters escaped."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _width(text: str) -> int:
    """Width in columns of a terminal."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text
    )


def _bytes(count: int) -> str:
    size = float(count)
    for unit in ("bytes", "kB", "MB", "GB", "TB"):
        if size < 1000 or unit == "TB":
            break
        size /= 1000
    return f"{count:,} bytes" if unit == "bytes" else f"{size:,.1f} {unit}"


def _count(count: int, one: str, many: str | None = None) -> str:
    return f"{count:,} {one if count == 1 else many or one + 's'}"
