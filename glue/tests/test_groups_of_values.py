"""Flat groups and sparse columns, whose text is copied into rows at once."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import command
import numpy as np
import page_edit
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

_LEAF = pa.int32()
_INNER = pa.struct({"x": _LEAF, "y": _LEAF})
_OUTER = pa.struct({"first": _INNER, "value": _LEAF, "last": _INNER})


@pytest.mark.parametrize("nulls", ["keep", "omit"])
def test_null_groups_at_every_level_have_matching_braces(agrees: Any, nulls: str) -> None:
    """Any column may start or end a null group."""
    inner = [None, {"x": None, "y": None}, {"x": 1, "y": None}, {"x": None, "y": 2}]
    rows = [None] + [{"first": a, "value": v, "last": b} for a in inner for v in (None, 3) for b in inner]
    maps = [[("key", row)] for row in rows]
    table = pa.table(
        {
            "group": pa.array(rows, _OUTER),
            "list": pa.array([rows] * len(rows), pa.list_(_OUTER)),
            "map": pa.array(maps, pa.map_(pa.string(), _OUTER)),
        }
    )
    agrees(table, nulls=nulls)
    agrees(table.select(["map", "group"]), nulls=nulls)


def test_selected_members_of_a_group_are_written(convert: Any, tmp_path: Path) -> None:
    path = tmp_path / "input.parquet"
    rows = [{"first": {"x": 1, "y": 2}, "value": 3, "last": {"x": 4, "y": 5}}, None]
    pq.write_table(pa.table({"group": pa.array(rows, _OUTER)}), path)
    columns = ["group.last.y", "group.first"]
    expected = b'{"group":{"last":{"y":5},"first":{"x":1,"y":2}}}\n{"group":null}\n'
    assert convert(path, columns=columns).bytes == expected
    assert convert(path, columns=columns, nulls="omit").bytes == expected.replace(b'"group":null', b"")


def _file(rows: list[Any], kind: pa.DataType) -> page_edit.File:
    buffer = io.BytesIO()
    pq.write_table(
        pa.table({"value": pa.array(rows, kind)}), buffer, use_dictionary=False, compression="none"
    )
    return page_edit.read(buffer.getvalue())


_PAIR = pa.struct({"a": _LEAF, "b": _LEAF})
_FULL = {"a": 1, "b": 2}


@pytest.mark.parametrize(
    "kind, rows, others",
    [
        (_PAIR, [_FULL, None], [None, _FULL]),
        (pa.struct({"p": _PAIR}), [{"p": _FULL}, {"p": None}], [{"p": _FULL}, None]),
        (pa.list_(_PAIR), [[_FULL], [_FULL, _FULL]], [[_FULL, _FULL], [_FULL]]),
        (pa.list_(_PAIR), [[_FULL, None]], [[_FULL, _FULL]]),
        (pa.list_(_PAIR), [[], [_FULL]], [None, [_FULL]]),
    ],
)
def test_columns_that_disagree_on_their_group_are_corrupt(
    convert: Any, tmp_path: Path, kind: pa.DataType, rows: list[Any], others: list[Any]
) -> None:
    file = _file(rows, kind)
    file.chunks[1].pages = _file(others, kind).chunks[1].pages
    path = tmp_path / "input.parquet"
    path.write_bytes(page_edit.write(file))
    failed = convert(path)
    assert failed.error == "corrupt_file"
    assert '.b" in row group 0: its repetition and definition levels do not match' in failed.stderr


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1))
def test_sparse_columns_are_written_in_place(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    draw = np.random.default_rng(seed)
    rows = int(draw.choice([1, 7, 8, 100, 5000, 9000]))
    columns, names = {}, [f"c{n}" for n in range(draw.integers(3, 20))]
    for name in names:
        missing = draw.random(rows) < draw.choice([1, 0.999, 0.95, 0.95, 0.9, 0.5, 0])
        numbers = draw.integers(0, draw.choice([3, 1_000_000]), rows)
        texts = [f"{name} «{number}»" * (number % 3) for number in numbers]
        values = [numbers, numbers * 0.5, numbers % 2 == 0, texts][draw.integers(4)]
        columns[name] = pa.array(values, mask=missing)
    path = tmp_path_factory.mktemp("few") / "input.parquet"
    pq.write_table(
        pa.table(columns), path, row_group_size=6000, data_page_size=int(draw.choice([500, 2**20]))
    )

    rows = pa.table(columns).to_pylist()
    present = [{name: value for name, value in row.items() if value is not None} for row in rows]
    for threads, nulls, expected in [
        (1, "keep", rows),
        (2, "keep", rows),
        (1, "omit", present),
        (2, "omit", present),
    ]:
        lines = command.convert(path, threads=threads, nulls=nulls).bytes.split(b"\n")
        assert [json.loads(line) for line in lines if line] == expected
