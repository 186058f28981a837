"""Reported files, kept in cases/: their values, or an error where that is right."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Callable

import pytest
from test_conformance import CASES, EXPECTED, values

REFUSALS = {"limit_exceeded", "unsupported_feature", "invalid_utf8"}


@pytest.mark.parametrize(
    ("path", "check"),
    [
        pytest.param(
            CASES / case["file"], check, id=f"{case['file']}, {','.join(check.get('columns', ['all']))}"
        )
        for case in EXPECTED
        for check in case["checks"]
    ],
)
def test_a_reported_file_is_converted_as_expected(
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
