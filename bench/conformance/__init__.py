"""The conformance page: runs every reader on every file and judges the results."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from . import checks, page
from .ask import READERS, Asked
from .judge import Row, judge
from .page import summary, write

__all__ = ["run", "summary", "write"]


def run(folder: Path) -> list[Row]:
    """Runs the readers one after the other, each a long-lived process. `folder`: for their output."""
    corpus = corpus_folder()
    everything = [*checks.cases(), *checks.corpus(corpus)]
    working = corpus / "data/int32_decimal.parquet"
    answers = {}
    for name, reader in READERS.items():
        asked = Asked(reader, folder)
        print(f"  {reader.title} {reader.version}", file=sys.stderr, flush=True)
        try:
            # Without Java or Node.js, every file would appear to crash the reader.
            if asked(working, None).outcome != "rows":
                raise SystemExit(f"{reader.title} could not be started: it reads not even {working.name}")
            answers[name] = [asked(check.path, check.columns) for check in everything]
        finally:
            asked.close()
    return [
        judge(check, {name: found[index] for name, found in answers.items()})
        for index, check in enumerate(everything)
    ]


def corpus_folder() -> Path:
    """$PARQUET_TESTING, or a checkout of the pinned commit."""
    if folder := os.environ.get("PARQUET_TESTING"):
        return Path(folder)
    folder = page.ROOT / ".local/parquet-testing"
    if not (folder / checks.COMMIT).exists():
        shutil.rmtree(folder, ignore_errors=True)
        for command in (
            ["init", "--quiet", str(folder)],
            ["-C", str(folder), "fetch", "--quiet", "--depth=1", checks.CORPUS, checks.COMMIT],
            ["-C", str(folder), "checkout", "--quiet", checks.COMMIT],
        ):
            subprocess.run(["git", *command], check=True)
        (folder / checks.COMMIT).touch()  # the checkout is complete
    return folder
