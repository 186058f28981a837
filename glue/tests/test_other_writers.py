"""Files of writers that are not Arrow C++, kept in foreign/, compared with pyarrow's reading."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import engine
import pytest

FILES = sorted((Path(__file__).parent / "foreign").glob("*.parquet"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_files_of_other_writers(agrees: Any, path: Path) -> None:
    whole = agrees(path).bytes
    engine.assert_parts_agree(path, whole, [1, 50, 119])


def test_there_are_files_of_other_writers() -> None:
    assert {path.stem.split("-")[0] for path in FILES} == {
        *("clickhouse", "datafusion", "duckdb", "fastparquet", "hyparquet", "parquetjs", "polars")
    }
