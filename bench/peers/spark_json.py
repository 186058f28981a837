"""`spark_json.py INPUT OUTPUT`: converts with Spark's own reader and writer, to a folder of parts."""

import sys

from pyspark.sql import SparkSession

SparkSession.builder.getOrCreate().read.parquet(sys.argv[1]).write.json(sys.argv[2])
