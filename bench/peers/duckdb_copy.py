"""INPUT OUTPUT COMPRESSION: DuckDB's COPY, which keeps row order by default."""

import sys

import duckdb

source, output, compression = sys.argv[1:]
duckdb.execute(f"COPY (FROM read_parquet('{source}')) TO '{output}' (FORMAT json, COMPRESSION {compression})")
