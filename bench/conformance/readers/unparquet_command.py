"""unparquet's command."""

import json
import subprocess
import sys
from pathlib import Path

from serve import serve

COMMAND = str(Path(sys.executable).with_name("unparquet"))


def convert(path: str, columns: "list[str] | None", output: str) -> None:
    options = ["--columns", json.dumps(columns)] if columns else []
    done = subprocess.run([COMMAND, "convert", path, output, *options], stderr=subprocess.PIPE, text=True)
    if done.returncode:
        raise ValueError(done.stderr.strip())


serve(convert)
