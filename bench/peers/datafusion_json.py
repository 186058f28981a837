"""INPUT OUTPUT COMPRESSION: DataFusion's JSON sink, told to keep the order of rows; it encodes on all cores all the same."""

import sys

from datafusion import SessionConfig, SessionContext

source, output, compression = sys.argv[1:]
context = SessionContext(SessionConfig().with_repartition_file_scans(False))
context.register_parquet("input", source)
options = "" if compression == "none" else f" OPTIONS ('format.compression' '{compression}')"
context.sql(f"COPY input TO '{output}' STORED AS JSON{options}").collect()
