"""The script of the Glue job of the lane `spark`."""

import sys

from unparquet.spark import glue_main

if __name__ == "__main__":
    sys.exit(glue_main(sys.argv[1:]))
