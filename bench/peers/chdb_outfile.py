"""INPUT OUTPUT COMPRESSION: ClickHouse in this process, with row order preserved, integers written as numbers and
slashes not escaped, as in the other converters."""

import sys

import chdb

source, output, compression = sys.argv[1:]
chdb.query(
    f"SELECT * FROM file('{source}', Parquet) INTO OUTFILE '{output}' TRUNCATE COMPRESSION '{compression}' FORMAT JSONEachRow "
    "SETTINGS input_format_parquet_preserve_order = 1, output_format_json_quote_64bit_integers = 0, "
    "output_format_json_escape_forward_slashes = 0"
)
