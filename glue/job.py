"""The script of the Glue job: `unparquet convert` with Glue's arguments."""

import sys

from unparquet.cli import glue_main

if __name__ == "__main__":
    code = glue_main(sys.argv[1:])
    # Glue's Python Shell takes any SystemExit for a failure.
    if code != 0:
        sys.exit(code)
