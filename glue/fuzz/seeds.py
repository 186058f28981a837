"""Writes small valid files of every kind into corpus/convert, for the fuzzer to begin with."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

FOLDER = Path(__file__).parent
sys.path.insert(0, str(FOLDER.parent / "tests"))

import fuzzing  # noqa: E402
import page_edit  # noqa: E402

corpus = FOLDER / "corpus" / "convert"
corpus.mkdir(parents=True, exist_ok=True)
for original in fuzzing.originals():
    file = page_edit.read(original)
    for page in (page for chunk in file.chunks for page in chunk.pages):
        page.header.pop(page_edit.CRC, None)  # a change would end there
    for how in (b"\0", b"\1"):
        seed = how + page_edit.write(file)
        (corpus / hashlib.sha256(seed).hexdigest()[:16]).write_bytes(seed)
