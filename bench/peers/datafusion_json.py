"""INPUT OUTPUT COMPRESSION: DataFusion's JSON sink, with row order preserved, on all cores."""

import sys

from datafusion import SessionConfig, SessionContext

source, output, compression = sys.argv[1:]
context = SessionContext(SessionConfig().with_repartition_file_scans(False))
context.register_parquet("input", source)
options = "" if compression == "none" else f" OPTIONS ('format.compression' '{compression}')"
context.sql(f"COPY input TO '{output}' STORED AS JSON{options}").collect()
