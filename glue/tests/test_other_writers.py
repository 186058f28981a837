"""Files of writers that are not Arrow C++, kept in foreign/, compared with pyarrow's reading."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import engine
import pytest

FILES = sorted((Path(__file__).parent / "foreign").glob("*.parquet"))


def _known(path: Path) -> Any:
    if path.name.startswith("fastparquet"):
        # Each of its column chunks has an empty list whose element type is 0, which is no type.
        mark = pytest.mark.xfail(strict=True, reason="refused: where this passes, drop the mark")
        return pytest.param(path, id=path.stem, marks=mark)
    return pytest.param(path, id=path.stem)


@pytest.mark.parametrize("path", [_known(path) for path in FILES])
def test_files_of_other_writers(agrees: Any, path: Path) -> None:
    whole = agrees(path).bytes
    engine.assert_parts_agree(path, whole, [1, 50, 119])


def test_there_are_files_of_other_writers() -> None:
    assert {path.stem.split("-")[0] for path in FILES} == {
        *("clickhouse", "datafusion", "duckdb", "fastparquet", "hyparquet", "parquetjs", "polars")
    }
