"""
Writes Parquet files that are unusual but valid.

The contents of pages, where they end, and how levels and values are packed are random.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Any

import odd_encodings as encodings
import odd_schema
import page_edit
from odd_schema import Column, Node
from page_edit import Chunk, Page
from thrift_edit import BINARY, I32, STRUCT, TRUE, Struct

CODECS = [
    *(page_edit.NONE, page_edit.SNAPPY, page_edit.GZIP, page_edit.BROTLI),
    *(page_edit.LZ4, page_edit.ZSTD, page_edit.LZ4_RAW),
]


@dataclass
class Table:
    nodes: list[Node]
    rows: list[list[Any]]

    def trees(self) -> list[dict[str, Any]]:
        """The rows as in JSON."""
        return [odd_schema.Group(self.nodes, row) for row in self.rows]


def random_table(draw: Random, rows: int) -> Table:
    nodes = [
        odd_schema.random_node(draw, f"c{index}", draw.choice([0, 1, 2, 3]))
        for index in range(draw.randint(1, 4))
    ]
    makers = [_values(node, draw) for node in nodes]
    return Table(nodes, [[make() for make in makers] for _ in range(rows)])


def _values(node: Node, draw: Random) -> Any:
    """Values with many or few distinct ones or runs, and many, few or no nulls."""
    nulls = draw.choice([0.0, 0.05, 0.3, 0.9, 1.0])
    distinct = draw.choice([None, None, 1, 2, 9, 300])
    stay = draw.choice([0.0, 0.0, 0.7, 0.98])
    pool = [node.draw(draw, nulls) for _ in range(distinct or 1)]
    last = pool[0]

    def make() -> Any:
        nonlocal last
        if draw.random() >= stay:
            last = draw.choice(pool) if distinct else node.draw(draw, nulls)
        return last

    return make


@dataclass(frozen=True)
class Habits:
    """Features that not every reader supports."""

    bit_packed_levels: bool = True
    empty_pages: bool = True


def file(table: Table, draw: Random, habits: Habits = Habits()) -> bytes:
    groups = []
    rows = table.rows
    step = draw.choice([1 + len(rows) // 2, max(len(rows), 1), max(len(rows), 1), draw.randint(1, 100)])
    for start in range(0, len(rows), step):
        part = rows[start : start + step]
        chunks = []
        for index, node in enumerate(table.nodes):
            columns = node.columns()
            for row in part:
                odd_schema.add(node, row[index], columns)
            chunks += [_chunk(column, draw, habits) for column in columns]
        groups.append((len(part), chunks))
    root: Struct = {4: (BINARY, b"root"), 5: (I32, len(table.nodes))}
    elements = [root, *(element for node in table.nodes for element in node.elements())]
    made = page_edit.new_file(elements, groups)
    return page_edit.write(made)


def _chunk(column: Column, draw: Random, habits: Habits) -> Chunk:
    codec = draw.choice(CODECS)
    physical = column.leaf.physical
    maker = _Maker(column, codec, draw, habits)
    pages = []
    starts = _page_starts(column, draw, whole_rows=maker.version == 2)
    position = 0
    for start, end in zip(starts, [*starts[1:], len(column.levels)]):
        levels = column.levels[start:end]
        count = sum(definition == column.max_definition for _, definition in levels)
        pages.append(maker.data_page(levels, column.values[position : position + count]))
        position += count
        if habits.empty_pages and draw.random() < 0.05:
            pages.append(maker.data_page([], []))
    if maker.dictionary is not None:
        pages.insert(0, maker.dictionary_page())
    return page_edit.new_chunk(physical, column.path, codec, len(column.levels), pages)


def _page_starts(column: Column, draw: Random, whole_rows: bool) -> list[int]:
    starts = [0] if column.levels else []
    size = max(draw.choice([1, 2, 8, 9, 50, 1000]), len(column.levels) // 200)
    while starts:
        start = starts[-1] + (size if draw.random() < 0.5 else draw.randint(1, 2 * size))
        while whole_rows and start < len(column.levels) and column.levels[start][0] > 0:
            start += 1
        if start >= len(column.levels):
            break
        starts.append(start)
    return starts


class _Maker:
    """Makes the pages of one column chunk."""

    def __init__(self, column: Column, codec: int, draw: Random, habits: Habits) -> None:
        self.column, self.codec, self.draw, self.habits = column, codec, draw, habits
        self.version = draw.choice([1, 2])
        self.checksums = draw.random() < 0.5
        self.of_old = draw.random() < 0.3
        # BIT_PACKED is only for levels of version 1.
        packed = habits.bit_packed_levels and self.version == 1
        self.level_encodings = [
            encodings.BIT_PACKED if packed and draw.random() < 0.2 else encodings.RLE for _ in range(2)
        ]
        self.fallback = draw.choice([0.0, 0.0, 0.3])
        self.plain_encodings = draw.sample(encodings.encodings(column.leaf.physical), 1)
        if draw.random() < 0.3:
            self.plain_encodings = encodings.encodings(column.leaf.physical)
        self.dictionary: list[Any] | None = None
        if column.leaf.physical != encodings.BOOLEAN and draw.random() < 0.6:
            self.dictionary = self._dictionary()

    def _dictionary(self) -> list[Any]:
        """Entries in any order, some of them duplicate or unused."""
        entries = {repr(value): value for value in self.column.values}
        found = list(entries.values())
        if found and self.draw.random() < 0.2:
            found += self.draw.choices(found, k=self.draw.randint(1, 5))
        if self.draw.random() < 0.2:
            found += [self.column.leaf.make(self.draw) for _ in range(self.draw.randint(1, 5))]
        self.draw.shuffle(found)
        self.places: dict[str, list[int]] = {}
        for index, value in enumerate(found):
            self.places.setdefault(repr(value), []).append(index)
        return found

    def dictionary_page(self) -> Page:
        entries = self.dictionary or []
        content = encodings.plain(self.column.leaf.physical, entries)
        encoding = encodings.PLAIN_DICTIONARY if self.of_old else encodings.PLAIN
        details: Struct = {1: (I32, len(entries)), 2: (I32, encoding)}
        return self._page(2, page_edit.DICTIONARY, details, b"", content, self.codec)

    def data_page(self, levels: list[tuple[int, int]], values: list[Any]) -> Page:
        draw, column = self.draw, self.column
        if self.dictionary is not None and draw.random() >= self.fallback:
            encoding = encodings.PLAIN_DICTIONARY if self.of_old else encodings.RLE_DICTIONARY
            indices = [draw.choice(self.places[repr(value)]) for value in values]
            content = encodings.dictionary_indices(indices, len(self.dictionary), draw)
        else:
            encoding = draw.choice(self.plain_encodings)
            content = encodings.encode(encoding, column.leaf.physical, values, draw)
        if not values and self.habits.empty_pages and draw.random() < 0.3:
            content = b""  # only nulls
        repetition = self._levels(
            [level for level, _ in levels], column.max_repetition, self.level_encodings[0]
        )
        definition = self._levels(
            [level for _, level in levels], column.max_definition, self.level_encodings[1]
        )
        if self.version == 1:
            details: Struct = {
                1: (I32, len(levels)),
                2: (I32, encoding),
                3: (I32, self.level_encodings[1]),
                4: (I32, self.level_encodings[0]),
            }
            return self._page(0, page_edit.DATA, details, b"", repetition + definition + content, self.codec)
        details = {
            1: (I32, len(levels)),
            2: (I32, len(levels) - len(values)),
            3: (I32, sum(level == 0 for level, _ in levels)),
            4: (I32, encoding),
            5: (I32, len(definition)),
            6: (I32, len(repetition)),
        }
        codec = self.codec if content else page_edit.NONE
        if draw.random() < 0.3:
            # A page of a compressed chunk may be uncompressed.
            codec = page_edit.NONE
        details[7] = (TRUE, codec != page_edit.NONE)
        return self._page(3, page_edit.DATA_V2, details, repetition + definition, content, codec)

    def _levels(self, levels: list[int], most: int, encoding: int) -> bytes:
        if most == 0:
            return b""
        if encoding == encodings.BIT_PACKED:
            return encodings.bit_packed(levels, most.bit_length())
        runs = encodings.hybrid(levels, most.bit_length(), self.draw)
        return runs if self.version == 2 else len(runs).to_bytes(4, "little") + runs

    def _page(
        self, kind: int, field: int, details: Struct, levels: bytes, content: bytes, codec: int
    ) -> Page:
        stored = levels + page_edit.compress(codec, content)
        header: Struct = {
            page_edit.TYPE: (I32, kind),
            page_edit.UNCOMPRESSED_SIZE: (I32, len(levels) + len(content)),
            page_edit.COMPRESSED_SIZE: (I32, len(stored)),
            field: (STRUCT, details),
        }
        if self.checksums:
            header[page_edit.CRC] = (I32, 0)
        return Page(header, stored)
