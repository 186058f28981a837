"""
Thousands of mutated files: each ends as JSON or with an error about the file, in little memory.

$UNPARQUET_FUZZ_SECONDS runs it that long with new files; `fuzzing.py` runs it by hand.
"""

from __future__ import annotations

import os
import secrets
import sys
from pathlib import Path

import fuzzing
import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="limits and counts memory as on Linux")

FILES = 4000


@pytest.mark.parametrize("seed", range(4))
def test_mutated_files_end_as_json_or_with_an_error(tmp_path: Path, seed: int) -> None:
    seconds = float(os.environ.get("UNPARQUET_FUZZ_SECONDS", "0")) / 4
    if seconds:
        seed = secrets.randbelow(2**32)
        outcomes = fuzzing.run(tmp_path, seed, seconds=seconds)
    else:
        outcomes = fuzzing.run(tmp_path, seed, count=FILES)
    # Neither all converted nor all rejected at once.
    files = sum(outcomes.values())
    print(f"seed {seed}, {files} files: {outcomes}")
    assert outcomes[""] > files // 10
    assert outcomes["corrupt_file"] > files // 3
