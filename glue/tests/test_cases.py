"""Files that people reported, kept in cases/: their values, or an error where that is right."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Callable

import pytest
from test_conformance import CASES, EXPECTED, values

CHECKS = [(case["file"], check) for case in EXPECTED for check in case["checks"]]
REFUSALS = {"limit_exceeded", "unsupported_feature", "invalid_utf8"}
# Each is taken out once it is read.
NOT_YET = {
    "decimal-logical-type-only.parquet, all",
    "decimal-without-scale.parquet, all",
    "logical-type-empty.parquet, all",
    "converted-type-24.parquet, all",
    "float16-of-3-bytes.parquet, all",
    "string-on-fixed-length.parquet, all",
    "decimal-10-on-int32.parquet, all",
    "decimal-scale-2147483647.parquet, all",
    "time-millis-on-int64.parquet, all",
    "timestamp-nanos-and-micros.parquet, all",
    "uint8-sign-extended.parquet, all",
    "fastparquet-fixed-length.parquet, all",
    "codec-8.parquet, id",
    "codec-8.parquet, all",
    "timestamp-of-a-new-unit.parquet, id",
    "timestamp-of-a-new-unit.parquet, all",
    "page-of-a-new-kind.parquet, all",
    "dictionary-booleans.parquet, all",
    "dictionary-of-width-0.parquet, all",
    "delta-byte-array-over-pages.parquet, all",
    "hyparquet-writer-rle-booleans.parquet, all",
    "spark-lz4.parquet, all",
    "parquet-go-empty-group.parquet, id,w",
    "parquet-go-empty-group.parquet, all",
    "map-null-key.parquet, all",
}


def _checks() -> list[Any]:
    not_yet = pytest.mark.xfail(strict=True, reason="not yet")
    named = {f"{file}, {','.join(check.get('columns', ['all']))}": (file, check) for file, check in CHECKS}
    return [
        pytest.param(CASES / file, check, id=name, marks=[not_yet] if name in NOT_YET else [])
        for name, (file, check) in named.items()
    ]


@pytest.mark.parametrize(("path", "check"), _checks())
def test_a_reported_file_is_read_rightly(
    convert: Callable[..., Any], path: Path, check: dict[str, Any]
) -> None:
    options = {"columns": json.dumps(check["columns"])} if "columns" in check else {}
    conversion = convert(path, **options)
    right = check["right"]
    if conversion.error is not None:
        assert any(each.get("refused") for each in right), conversion.error
        assert conversion.error in REFUSALS
        return
    rows = [values.untag(values.parse(line)) for line in conversion.bytes.splitlines()]
    wanted = [[values.untag(row) for row in each["rows"]] for each in right if "rows" in each]
    differences = [values.rows_differ(each, rows) for each in wanted]
    assert None in differences, differences
