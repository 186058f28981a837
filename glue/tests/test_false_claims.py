"""
Files whose metadata makes false claims: sizes, counts, offsets, levels.

Each conversion ends soon, as JSON or with an error about the file, without the memory that the file claims.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Callable

import generate
import pyarrow as pa
import pytest
from thrift_edit import (
    BINARY,
    I32,
    I64,
    LIST,
    STRUCT,
    Struct,
    chunks,
    edit_first_page,
    encode,
    join,
    schema,
    split,
)

HUGE = [2**31 - 1, 2**31, 2**32, 2**40, 2**62, 2**63 - 1]
ABSURD = [*HUGE, -1, -(2**31), -(2**63)]


def _claims(file: bytes, changes: list[Callable[[Struct], None]]) -> list[bytes]:
    found = []
    for change in changes:
        body, metadata = split(file)
        change(metadata)
        found.append(join(body, metadata))
    return found


def _column_chunk(field: int, value: int) -> Callable[[Struct], None]:
    def change(metadata: Struct) -> None:
        chunks(metadata)[-1][field] = (I64, value)

    return change


# num_values, total_compressed_size, data_page_offset, dictionary_page_offset
@pytest.mark.parametrize("field", [5, 7, 9, 11])
@pytest.mark.parametrize("name", ["plain", "dictionary", "nested", "zstd"])
def test_column_chunks_outside_of_the_file_are_rejected(
    outcomes: Any, originals: dict[str, bytes], name: str, field: int
) -> None:
    outcomes(_claims(originals[name], [_column_chunk(field, value) for value in ABSURD]))


@pytest.mark.parametrize("name", ["plain", "dictionary", "nested", "delta"])
def test_rows_without_values_are_rejected(outcomes: Any, originals: dict[str, bytes], name: str) -> None:
    def everywhere(value: int) -> Callable[[Struct], None]:
        def change(metadata: Struct) -> None:
            metadata[3] = (I64, value)
            for group in metadata[4][1][1]:
                group[3] = (I64, value)

        return change

    assert "" not in outcomes(
        _claims(originals[name], [everywhere(value) for value in [61, *HUGE, -1, -(2**63)]])
    )


def test_row_groups_that_do_not_match_the_schema_are_rejected(
    outcomes: Any, originals: dict[str, bytes]
) -> None:
    def fewer(metadata: Struct) -> None:
        metadata[4][1][1][0][1][1][1].pop()

    def more(metadata: Struct) -> None:
        columns = metadata[4][1][1][0][1][1][1]
        columns.append(columns[0])

    def none(metadata: Struct) -> None:
        metadata[4][1][1][0][1] = (LIST, (STRUCT, []))

    def no_metadata(metadata: Struct) -> None:
        del metadata[4][1][1][0][1][1][1][0][3]

    def another_type(metadata: Struct) -> None:
        chunks(metadata)[0][1] = (I32, 2)

    assert "" not in outcomes(_claims(originals["plain"], [fewer, more, none, no_metadata]))
    # The schema has the type, too, so a reader may ignore this one.
    outcomes(_claims(originals["plain"], [another_type]))


def _element(field: int, value: int) -> Callable[[Struct], None]:
    def change(metadata: Struct) -> None:
        for element in schema(metadata):
            element[field] = (I32, value)

    return change


# type, type_length, repetition_type, num_children, converted_type
@pytest.mark.parametrize("field", [1, 2, 3, 5, 6])
@pytest.mark.parametrize("name", ["plain", "nested", "variant"])
def test_schemas_with_wrong_fields_convert_or_fail_cleanly(
    outcomes: Any, originals: dict[str, bytes], name: str, field: int
) -> None:
    outcomes(
        _claims(
            originals[name],
            [_element(field, value) for value in (0, 1, 2, 3, 7, 99, 2**31 - 1, -1, -(2**31))],
        )
    )


def test_a_wrong_footer_length_is_rejected(outcomes: Any, originals: dict[str, bytes]) -> None:
    file = originals["plain"]
    lengths = [0, 1, len(file) - 9, len(file) - 8, len(file), 2**31, 2**32 - 1]
    assert "" not in outcomes([file[:-8] + length.to_bytes(4, "little") + b"PAR1" for length in lengths])


def _raw_footer(footer: bytes) -> bytes:
    return b"PAR1" + footer + len(footer).to_bytes(4, "little") + b"PAR1"


def test_footers_with_endless_claims_or_nesting_are_rejected(outcomes: Any) -> None:
    endless = b"\xff" * 4 + b"\x07"  # 2^31 - 1
    footers = [
        b"\x15\x02\x19\xfc" + endless,  # elements of the schema
        b"\x15\x02\x19\x1c\x48" + endless,  # bytes of a name
        b"\x15\x02" + b"\x1c" * 1_000_000,  # structs in each other, in an unknown field
        b"\x15\x02" + b"\x19\x19" + b"\x19" * 1_000_000,  # lists in each other
        b"\x15\x02\x1b" + endless + b"\xbb" * 100,  # a map
        b"\x80" * 100,
        b"",
        b"\0",
    ]
    assert "" not in outcomes([_raw_footer(footer) for footer in footers])


def test_a_schema_nested_too_deep_is_rejected(outcomes: Any) -> None:
    def nested(depth: int) -> bytes:
        group: Struct = {3: (I32, 1), 4: (BINARY, b"g"), 5: (I32, 1)}
        leaf: Struct = {1: (I32, 1), 3: (I32, 1), 4: (BINARY, b"g")}
        elements = [{4: (BINARY, b"schema"), 5: (I32, 1)}, *[group] * depth, leaf]
        metadata: Struct = {1: (I32, 1), 2: (LIST, (STRUCT, elements)), 3: (I64, 0), 4: (LIST, (STRUCT, []))}
        return _raw_footer(encode(metadata))

    assert outcomes([nested(1), nested(20)]) == ["", ""]
    outcomes([nested(depth) for depth in (1000, 30_000, 100_000)])


# Pages

ONE_COLUMN = pa.table({"value": pa.array([f"value {row % 50}" for row in range(500)])})

# DataPageHeader, DictionaryPageHeader, DataPageHeaderV2
DATA, DICTIONARY, DATA_V2 = 5, 7, 8


def _in(part: int | None, field: int, value: int) -> Callable[[Struct], None]:
    def change(header: Struct) -> None:
        target = header if part is None else header[part][1]
        target[field] = (I32, value)

    return change


@pytest.mark.parametrize(
    ("writer", "part", "field"),
    [
        ({"use_dictionary": False}, None, 1),  # type
        ({"use_dictionary": False}, None, 2),  # uncompressed_page_size
        ({"use_dictionary": False}, None, 3),  # compressed_page_size
        ({"use_dictionary": False}, DATA, 1),  # num_values
        ({"use_dictionary": False}, DATA, 2),  # encoding
        ({"use_dictionary": True}, None, 2),
        ({"use_dictionary": True}, DICTIONARY, 1),
        ({"use_dictionary": False, "data_page_version": "2.0"}, DATA_V2, 1),  # num_values
        ({"use_dictionary": False, "data_page_version": "2.0"}, DATA_V2, 2),  # num_nulls
        ({"use_dictionary": False, "data_page_version": "2.0"}, DATA_V2, 3),  # num_rows
        ({"use_dictionary": False, "data_page_version": "2.0"}, DATA_V2, 5),  # definition_levels_byte_length
        ({"use_dictionary": False, "data_page_version": "2.0"}, DATA_V2, 6),  # repetition_levels_byte_length
        ({"use_dictionary": False, "data_page_version": "2.0"}, None, 2),
    ],
    ids=str,
)
@pytest.mark.parametrize("codec", ["none", "snappy", "gzip", "brotli", "lz4", "zstd"])
def test_wrong_numbers_in_page_headers_convert_or_fail_cleanly(
    outcomes: Any, tmp_path: Path, writer: dict[str, Any], part: int | None, field: int, codec: str
) -> None:
    path = generate.write(tmp_path / "input.parquet", ONE_COLUMN, compression=codec, **writer)
    original = path.read_bytes()
    files = []
    for value in (1, 501, 2**20, 2**30, 2**31 - 1, -1, -(2**31)):
        path.write_bytes(original)
        files.append(edit_first_page(path, _in(part, field, value)).read_bytes())
    outcomes(files)


def test_true_claims_are_accepted(outcomes: Any, originals: dict[str, bytes]) -> None:
    """Otherwise, the other tests could pass because of the editing or the little memory."""
    unchanged = _claims(originals["plain"], [lambda metadata: None])
    assert outcomes([*originals.values(), *unchanged]) == [""] * (len(originals) + 1)
