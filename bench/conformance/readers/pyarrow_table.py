"""pyarrow's table with tagged values."""

import arrow_values
import pyarrow.parquet as pq
from serve import serve


def convert(path: str, columns: "list[str] | None", output: str) -> None:
    file = pq.ParquetFile(path, page_checksum_verification=True)
    arrow_values.write(file.read(columns), output)


serve(convert)
