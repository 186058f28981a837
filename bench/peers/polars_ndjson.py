"""INPUT OUTPUT COMPRESSION: Polars' streaming engine, which keeps row order by default."""

import sys

import polars as pl

source, output, compression = sys.argv[1:]
pl.scan_parquet(source).sink_ndjson(
    output, compression={"none": "uncompressed"}.get(compression, compression), check_extension=False
)
