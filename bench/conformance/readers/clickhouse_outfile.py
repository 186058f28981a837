"""ClickHouse in this process, with row order preserved and integers written as numbers."""

import chdb
from serve import serve


def convert(path: str, columns: "list[str] | None", output: str) -> None:
    chosen = ", ".join(f"`{name}`" for name in columns) if columns else "*"
    chdb.query(
        f"SELECT {chosen} FROM file('{path}', Parquet) INTO OUTFILE '{output}' TRUNCATE FORMAT JSONEachRow SETTINGS "
        "input_format_parquet_preserve_order = 1, output_format_json_quote_64bit_integers = 0, session_timezone = 'UTC'"
    )


serve(convert)
