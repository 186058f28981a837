"""The protocol of the readers: one request per line on standard input, one response per line on standard output.

A request names a file, the columns (default: all) and the output file, for one JSON object per row. The response is empty, or the reader's
error.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Callable

Convert = Callable[[str, "list[str] | None", str], None]


def serve(convert: Convert) -> None:
    # Libraries must not print between the responses.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        request = json.loads(line)
        try:
            convert(request["path"], request["columns"], request["output"])
            answer = {}
        except BaseException as error:  # a Rust library's panic is not an Exception
            answer = {"error": str(error)[:2000] or type(error).__name__}
        print(json.dumps(answer), file=answers, flush=True)
