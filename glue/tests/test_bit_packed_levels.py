"""
Levels in the deprecated BIT_PACKED encoding, which unlike all other packed data starts with the most significant bit.

https://github.com/apache/parquet-format/blob/master/Encodings.md#bit-packed-deprecated-bit_packed--4
"""

from __future__ import annotations

from pathlib import Path
from random import Random

import engine
import generate
import odd_writer
import oracle
import page_edit
import pyarrow as pa
import pytest
import strict_json
from odd_encodings import BIT_PACKED
from thrift_edit import I32


def test_bit_packed_definition_levels_written_by_hand_are_read(tmp_path: Path) -> None:
    """Eight definition levels in one byte: 10110001."""
    table = pa.table({"a": pa.array([1, None, 3, 4, None, None, None, 8], pa.int32())})
    writer = {"use_dictionary": False, "compression": "none"}
    file = page_edit.read(generate.write(tmp_path / "input.parquet", table, **writer).read_bytes())
    (page,) = file.chunks[0].pages
    length = int.from_bytes(page.stored[:4], "little")
    page.stored = b"\xb1" + page.stored[4 + length :]
    page.header[page_edit.UNCOMPRESSED_SIZE] = (I32, len(page.stored))
    page.header[page_edit.DATA][1][3] = (I32, BIT_PACKED)
    rows = strict_json.parse_lines(engine.convert(page_edit.write(file)))
    assert [row["a"] and int(row["a"]) for row in rows] == [1, None, 3, 4, None, None, None, 8]


@pytest.mark.parametrize("seed", range(5))
def test_bit_packed_levels_of_every_width_are_read(seed: int) -> None:
    for number in range(30):
        draw = Random(1000 * seed + number)
        table = odd_writer.random_table(draw, 40)
        file = odd_writer.file(table, draw)
        oracle.assert_rows(table.trees(), strict_json.parse_lines(engine.convert(file)))
