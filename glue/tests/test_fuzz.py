"""
Mutated files, thousands of them: each ends as JSON or with an error that blames the file, in little memory.

$UNPARQUET_FUZZ_SECONDS does it for that long, with files that were not tried before; `fuzzing.py` by hand.
"""

from __future__ import annotations

import os
import secrets
import sys
from pathlib import Path

import fuzzing
import pytest

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="memory is limited and counted in Linux's way"
)

FILES = 4000


@pytest.mark.parametrize("seed", range(4))
def test_mutated_files(tmp_path: Path, seed: int) -> None:
    seconds = float(os.environ.get("UNPARQUET_FUZZ_SECONDS", "0")) / 4
    if seconds:
        seed = secrets.randbelow(2**32)
        outcomes = fuzzing.run(tmp_path, seed, seconds=seconds)
    else:
        outcomes = fuzzing.run(tmp_path, seed, count=FILES)
    # Neither harmless nor stopped at the door.
    files = sum(outcomes.values())
    print(f"seed {seed}, {files} files: {outcomes}")
    assert outcomes[""] > files // 10
    assert outcomes["corrupt_file"] > files // 3
