"""The one exception of a conversion."""

from __future__ import annotations

# Bytes of UTF-8: a message may quote names of any length.
MAX_MESSAGE = 4096


class ConversionError(Exception):
    """A conversion that failed for a known reason.

    `code` is one of the stable codes of docs/json.md; the engine raises this class, too.
    """

    def __init__(self, code: str, message: str) -> None:
        message = _shortened(message)
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


def _shortened(message: str) -> str:
    # An argument that is not UTF-8 has surrogates in its place.
    data = message.encode("utf-8", "backslashreplace")
    if len(data) <= MAX_MESSAGE:
        return data.decode()
    return data[: MAX_MESSAGE - len("…".encode())].decode("utf-8", "ignore") + "…"
