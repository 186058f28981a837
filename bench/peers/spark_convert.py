"""`spark_convert.py RANGE_BYTES INPUT OUTPUT`: converts on Spark, in ranges of this many predicted bytes."""

import sys

from unparquet import ranges, spark
from unparquet.arguments import Request

ranges.RANGE = ranges.MIN_RANGE = int(sys.argv[1])
spark.convert(Request(sys.argv[2], sys.argv[3], {}), lambda *_: None, lambda: None)
