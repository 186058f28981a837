"""The script of the Glue job."""

import sys

from unparquet.cli import glue_main

if __name__ == "__main__":
    code = glue_main(sys.argv[1:])
    # Glue's Python Shell treats any SystemExit as a failure.
    if code != 0:
        sys.exit(code)
