"""DuckDB's COPY to JSON."""

import duckdb
from serve import serve


def convert(path: str, columns: "list[str] | None", output: str) -> None:
    chosen = ", ".join(f'"{name}"' for name in columns) if columns else "*"
    duckdb.execute(f"COPY (SELECT {chosen} FROM read_parquet('{path}')) TO '{output}' (FORMAT json)")


duckdb.execute("SET TimeZone = 'UTC'")
serve(convert)
