"""Spark's data frame as an Arrow table with tagged values."""

import arrow_values
from py4j.protocol import Py4JJavaError
from pyspark.sql import Column, SparkSession, functions
from pyspark.sql.types import StructField
from serve import serve

spark = (
    SparkSession.builder.master("local[1]")
    .config("spark.ui.enabled", "false")
    .config("spark.sql.session.timeZone", "UTC")
    .config("spark.driver.memory", "4g")
    .getOrCreate()
)
spark.sparkContext.setLogLevel("OFF")


def column(field: StructField) -> Column:
    """Reads geometries as bytes: not all of them convert to Arrow."""
    geometric = field.dataType.typeName().startswith(("geometry", "geography"))
    value = functions.col(f"`{field.name}`")
    return functions.call_function("ST_AsBinary", value).alias(field.name) if geometric else value


def convert(path: str, columns: "list[str] | None", output: str) -> None:
    try:
        frame = spark.read.parquet(path)
        chosen = [field for field in frame.schema if not columns or field.name in columns]
        table = frame.select(*map(column, chosen)).toArrow()
    except Py4JJavaError as error:
        causes = [line for line in str(error).splitlines() if line.startswith("Caused by: ")]
        raise RuntimeError(causes[-1] if causes else str(error)) from None
    arrow_values.write(table, output)


serve(convert)
