"""DataFusion's JSON sink, with row order preserved."""

from datafusion import SessionConfig, SessionContext
from serve import serve


def convert(path: str, columns: "list[str] | None", output: str) -> None:
    context = SessionContext(SessionConfig().with_repartition_file_scans(False).with_target_partitions(1))
    context.register_parquet("input", path, file_extension="")
    chosen = ", ".join(f'"{name}"' for name in columns) if columns else "*"
    context.sql(f"COPY (SELECT {chosen} FROM input) TO '{output}' STORED AS JSON").collect()


serve(convert)
