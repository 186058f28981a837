"""The script of the Glue job for Spark."""

import sys

from unparquet.spark import glue_main

if __name__ == "__main__":
    code = glue_main(sys.argv[1:])
    if code != 0:
        sys.exit(code)
