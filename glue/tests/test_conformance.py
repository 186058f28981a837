"""The conformance page: it covers exactly the existing files, and the bench compares values correctly."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent.parent
sys.path.append(str(ROOT / "bench/conformance"))

import values  # noqa: E402

CASES = Path(__file__).parent / "cases"
EXPECTED = json.loads((CASES / "expected.json").read_text(encoding="utf-8"))
PAGE = (ROOT / "docs/conformance.md").read_text(encoding="utf-8")


def test_every_reported_file_has_expected_values() -> None:
    assert [case["file"] for case in EXPECTED] == list(dict.fromkeys(case["file"] for case in EXPECTED))
    assert {case["file"] for case in EXPECTED} == {path.name for path in CASES.glob("*.parquet")}


def test_the_page_and_the_readme_list_exactly_the_reported_files() -> None:
    files = {case["file"] for case in EXPECTED}
    assert set(re.findall(r"glue/tests/cases/([\w.-]+\.parquet)", PAGE)) == files
    readme = (CASES / "README.md").read_text(encoding="utf-8")
    assert set(re.findall(r"\]\(([\w.-]+\.parquet)\)", readme)) == files


def test_the_page_has_a_row_for_every_check() -> None:
    rows = re.findall(r"^\| \[[^]]+\]\(\.\./glue/tests/cases/([\w.-]+)\)", PAGE, re.MULTILINE)
    assert rows == [case["file"] for case in EXPECTED for _ in case["checks"]]


def test_the_page_links_to_one_commit_of_parquet_testing() -> None:
    assert len(set(re.findall(r"parquet-testing/(?:blob|tree)/(\w+)", PAGE))) == 1


def test_the_page_is_about_the_files_of_parquet_testing(corpus: Path) -> None:
    files = {
        str(path.relative_to(corpus))
        for folder in ("data", "bad_data")
        for path in (corpus / folder).rglob("*")
        if re.search(r"\.parquet(\.encrypted)?$", path.name)
    }
    assert f"The {len(files)} files in `data` and `bad_data`" in PAGE
    assert set(re.findall(r"parquet-testing/blob/\w+/([\w./-]+)", PAGE)) <= files


def same(wanted: str, got: str) -> bool:
    return (
        values.difference(values.untag(json.loads(wanted)), values.untag(values.parse(got.encode()))) is None
    )


SAME = [
    ("null", "null"),
    ("true", "true"),
    ("255", "255"),
    ("255", '"255"'),
    ("9007199254740993", "9007199254740993"),
    ('{"$decimal": "12.50"}', "12.5"),
    ('{"$decimal": "12.50"}', '"12.50"'),
    ('{"$decimal": "1250"}', "1.25e3"),
    ('{"$float": [32, "0.1"]}', "0.1"),
    ('{"$float": [32, "0.1"]}', "0.10000000149011612"),
    ('{"$float": [16, "6e-08"]}', "5.960464477539063e-8"),
    ('{"$float": [64, "nan"]}', "null"),
    ('{"$float": [64, "nan"]}', '"NaN"'),
    ('{"$float": [64, "-inf"]}', '"-Infinity"'),
    ('{"$bytes": "yv4="}', '"yv4="'),
    ('{"$bytes": "yv4="}', '"cafe"'),
    ('{"$bytes": "yv4="}', r'"\\xCA\\xFE"'),
    ('{"$bytes": "yv4="}', "[202, 254]"),
    ('{"$bytes": "YWJj"}', '"abc"'),
    ('"abc"', '{"$bytes": "YWJj"}'),
    ('"{\\"a\\":1.5}"', '{"a": 1.5}'),
    ('{"$date": 19782}', '"2024-02-29"'),
    ('{"$date": 19782}', '"2024-02-29T00:00:00"'),
    ('{"$time": [3600001, "ms"]}', '"01:00:00.001"'),
    ('{"$time": [3600001, "ms"]}', '"01:00:00.001000+00"'),
    ('{"$time": [3600001, "ms"]}', '"1970-01-01 01:00:00.001"'),
    ('{"$time": [3600001, "ms"]}', "3600001"),
    ('{"$time": [-1000000, "us"]}', '"-00:00:01"'),
    ('{"$timestamp": [1500000, "us"]}', '"1970-01-01T00:00:01.5Z"'),
    ('{"$timestamp": [1500000, "us"]}', '"1970-01-01 00:00:01.500000"'),
    ('{"$timestamp": [1500000, "us"]}', '"1970-01-01T02:00:01.5+02:00"'),
    ('{"$timestamp": [-1, "ns"]}', '"1969-12-31T23:59:59.999999999"'),
    ('{"$timestamp": [253402225200000000, "us"]}', '"9999-12-31T03:00:00"'),
    ('{"$timestamp": "-0001-12-31"}', '"0002-12-31 (BC) 00:00:00"'),
    ('{"$uuid": "123e4567-e89b-12d3-a456-426614174000"}', '"123E4567-E89B-12D3-A456-426614174000"'),
    ('{"$uuid": "123e4567-e89b-12d3-a456-426614174000"}', '"123e4567e89b12d3a456426614174000"'),
    ('{"$map": [[1, "a"], [2, "b"]]}', '{"1": "a", "2": "b"}'),
    ('{"$map": [[1, "a"], [2, "b"]]}', '[[2, "b"], [1, "a"]]'),
    ('{"$map": [[1, "a"]]}', '[{"key": 1, "value": "a"}]'),
    ('{"$map": [[1, null], [2, null]]}', "[1, 2]"),
    ('{"$map": [["a", 1], ["a", 2]]}', '{"a": 2}'),
    ('{"$map": [["a", 1], ["a", 2]]}', '{"a": 1, "a": 2}'),
    ('{"$map": [[null, 1], ["null", 2]]}', '[[null, 1], ["null", 2]]'),
    ('{"a": 1, "b": null}', '{"a": 1}'),
    ('{"$bytes": "AQEAAAAAAAAAAAA+QAAAAAAAACRA"}', '"POINT (30 10)"'),
    ('{"$repeat": ["ab", 3]}', '"ababab"'),
]
CHANGED = [
    ("null", "0"),
    ("true", "1"),
    ("255", "-1"),
    ("9007199254740993", "9007199254740992"),
    ('{"$decimal": "12.50"}', "1250"),
    ('{"$float": [32, "0.1"]}', "0.100001"),
    ('{"$float": [64, "0.1"]}', "0.10000000149011612"),
    ('{"$float": [64, "0.5"]}', "null"),
    ('{"$bytes": "/w=="}', '"\\ufffd"'),
    ('"12"', "12"),
    ('"é"', '"e"'),
    ('{"$timestamp": [1704141296123456, "us"]}', '"2024-01-01T20:34:56.123Z"'),
    ('{"$timestamp": [0, "us"]}', "null"),
    ("[1, null]", "[1]"),
    ("null", "[]"),
    ("null", '{"a": null}'),
    ('{"a": 1}', '{"a": 1, "b": null}'),
    ('{"$map": [[null, 1], ["null", 2]]}', '{"null": 2}'),
    ('{"$map": [["k1", null], ["k2", 2]]}', '{"k2": 2}'),
    ('{"$bytes": "AQEAAAAAAAAAAAA+QAAAAAAAACRA"}', '"POINT (30 11)"'),
]


@pytest.mark.parametrize(("wanted", "got"), SAME)
def test_other_notations_of_a_value_are_the_same_value(wanted: str, got: str) -> None:
    assert same(wanted, got)


@pytest.mark.parametrize(("wanted", "got"), CHANGED)
def test_other_values_are_not_the_same_value(wanted: str, got: str) -> None:
    assert not same(wanted, got)


@pytest.mark.parametrize(
    "line", [b'{"a":NaN}', b'{"a":Infinity}', b'{"a":"\xff"}', b'{"a":"\\ud800"}', b'{"a":1', b"{'a':1}"]
)
def test_invalid_json_is_detected(line: bytes) -> None:
    with pytest.raises(ValueError):
        values.parse(line)


def test_an_extra_or_missing_row_is_a_difference() -> None:
    rows: list[Any] = [{"a": 1}, {"a": 2}]
    assert values.rows_differ(rows, rows) is None
    assert values.rows_differ(rows, rows[:1]) == "1 rows, not 2"
