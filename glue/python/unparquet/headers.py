"""HTTP headers of the output."""

from __future__ import annotations

from urllib.parse import quote

CONTENT_TYPES = {
    ".ndjson": "application/x-ndjson",
    ".json": "application/json",
    ".gz": "application/gzip",
    ".zst": "application/zstd",
}


def content_type(filename: str) -> str:
    return CONTENT_TYPES.get("." + filename.rpartition(".")[2], "application/octet-stream")


def content_disposition(filename: str) -> str:
    """Makes browsers save the object under its name (RFC 6266; RFC 8187 for non-ASCII names)."""
    plain = "".join(c if " " <= c <= "~" and c not in '"\\%' else "_" for c in filename)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}"
