"""Compares a sample of rows of two outputs: notations may differ, values may not."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

SAMPLES = 9
SAID = 4
BLOCK = 1 << 20
FLOATS = {16: np.float16, 32: np.float32, 64: np.float64}


class Note(NamedTuple):
    """A difference, and the column if it is more than a notation (reported once per column)."""

    text: str
    wrong: str = ""


def sample(path: Path, rows: int) -> tuple[int, list[bytes]]:
    """The number of lines, and a sample of them spread over the file."""
    wanted = sorted({round(n * (rows - 1) / (SAMPLES - 1)) for n in range(SAMPLES)}) if rows else []
    count, lines, rest = 0, [], b""
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            here = block.count(b"\n")
            # Only blocks with a sampled line are split; in the others, lines are counted.
            while len(lines) < len(wanted) and wanted[len(lines)] < count + here:
                lines.append((rest + block).split(b"\n")[wanted[len(lines)] - count])
            # A line may be longer than a block.
            rest = block[block.rfind(b"\n") + 1 :] if here else rest + block
            count += here
    return count, lines


def compare(schema: pa.Schema, ours: list[bytes], theirs: list[bytes]) -> list[str]:
    """Differences between the same rows of two outputs, wrong values first."""
    row = pa.struct(list(schema))
    notes: dict[str, Note] = {}
    for our_line, their_line in zip(ours, theirs):
        for note in differences(row, values(our_line), values(their_line), ""):
            notes.setdefault(note.wrong or note.text, note)
    texts = [note.text for note in sorted(notes.values(), key=lambda note: (not note.wrong, note.text))]
    return [*texts[:SAID], f"and {len(texts) - SAID} more differences"] if len(texts) > SAID else texts


class Text(str):
    """A number's exact text: a double would hide lost digits."""


def values(line: bytes) -> Any:
    try:
        return json.loads(line, parse_float=Text, parse_int=Text)
    except ValueError:
        return line.decode(errors="replace")


def differences(kind: pa.DataType, ours: Any, theirs: Any, path: str) -> Iterator[Note]:
    if ours is None and theirs is None:
        return
    if pa.types.is_struct(kind) and isinstance(ours, dict) and isinstance(theirs, dict):
        yield from in_fields(kind, ours, theirs, path)
    elif ours is None and is_hollow(theirs):
        yield Note("a null group comes out as a group of nulls", "group")
    elif ours is None and theirs == []:
        yield Note("a null list comes out as an empty one", "list")
    elif ours is None or theirs is None:
        yield wrong(path, ours, theirs)
    elif pa.types.is_map(kind):
        yield from in_map(kind, ours, theirs, path)
    elif pa.types.is_list(kind):
        if not isinstance(theirs, list) or len(ours) != len(theirs):
            yield wrong(path, ours, theirs)
        else:
            for our_item, their_item in zip(ours, theirs):
                yield from differences(kind.value_type, our_item, their_item, f"{path}[]")
    else:
        try:
            yield from in_value(kind, ours, theirs, path)
        except (ValueError, TypeError, ArithmeticError):  # not a number
            yield wrong(path, ours, theirs)


def in_fields(kind: pa.StructType, ours: dict, theirs: dict, path: str) -> Iterator[Note]:
    for field in kind:
        inner = f"{path}.{field.name}" if path else field.name
        if field.name not in theirs:
            yield (
                Note("leaves out keys whose value is null")
                if ours[field.name] is None
                else wrong(inner, ours, theirs)
            )
        else:
            yield from differences(field.type, ours[field.name], theirs[field.name], inner)


def in_map(kind: pa.MapType, ours: dict, theirs: Any, path: str) -> Iterator[Note]:
    if isinstance(theirs, list):
        yield Note("a map is a list of pairs")
        theirs = {pair["key"]: pair["value"] for pair in theirs}
    if ours.keys() != theirs.keys():
        yield wrong(path, ours, theirs)
        return
    for key in ours:
        yield from differences(kind.item_type, ours[key], theirs[key], f"{path}{{}}")


def in_value(kind: pa.DataType, ours: Any, theirs: Any, path: str) -> Iterator[Note]:
    if pa.types.is_decimal(kind) and Decimal(ours) == Decimal(theirs):
        if not isinstance(theirs, Text):
            yield Note("decimals are strings")
    elif pa.types.is_integer(kind) and int(ours) == int(theirs):
        if not isinstance(theirs, Text):
            yield Note("integers are strings")
    elif pa.types.is_floating(kind) and FLOATS[kind.bit_width](ours) == FLOATS[kind.bit_width](theirs):
        if len(theirs) > len(ours) + 2:
            yield Note(f"more digits than a float{kind.bit_width} has")
    elif pa.types.is_temporal(kind) and moment(ours) == moment(theirs):
        pass
    elif type(ours) is not type(theirs) or ours != theirs:
        yield wrong(path, ours, theirs)


def moment(text: str) -> str:
    """A date or time without the notation that varies between converters: the T, trailing zeros, the zone UTC."""
    text = re.sub(r"(Z|[+-]00(:?00)?)$", "", text.replace("T", " "))
    return re.sub(r"\.?0*$", "", text) if "." in text else text


def is_hollow(value: Any) -> bool:
    return isinstance(value, dict) and all(inner is None or is_hollow(inner) for inner in value.values())


def wrong(path: str, ours: Any, theirs: Any) -> Note:
    return Note(f"`{path}` is `{shown(theirs)}` instead of `{shown(ours)}`", path)


def shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:57] + "..."
