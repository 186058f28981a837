"""Polars' JSON sink."""

import polars as pl
from serve import serve


def convert(path: str, columns: "list[str] | None", output: str) -> None:
    frame = pl.scan_parquet(path, glob=False)
    (frame.select(columns) if columns else frame).sink_ndjson(output)


serve(convert)
