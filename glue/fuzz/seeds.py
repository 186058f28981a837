"""
Writes small files of every kind as seeds for the fuzzer.

    python glue/fuzz/seeds.py [FOLDER]

FOLDER defaults to corpus/convert beside this file.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

FOLDER = Path(__file__).parent
sys.path.insert(0, str(FOLDER.parent / "tests"))

import fuzzing  # noqa: E402
import page_edit  # noqa: E402


def without_checksums(original: bytes) -> bytes:
    """Removes checksums, which would reject mutated pages before they are decoded."""
    try:
        file = page_edit.read(original)
    except ValueError:
        return original  # damaged on purpose
    for page in (page for chunk in file.chunks for page in chunk.pages):
        page.header.pop(page_edit.CRC, None)
    return page_edit.write(file)


corpus = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER / "corpus" / "convert"
corpus.mkdir(parents=True, exist_ok=True)
for original in fuzzing.originals(of_gigabytes=False):
    file = without_checksums(original)
    for choices in (b"\x00", b"\x01", b"\xfc", b"\xff"):
        seed = choices + file
        (corpus / hashlib.sha256(seed).hexdigest()[:16]).write_bytes(seed)
