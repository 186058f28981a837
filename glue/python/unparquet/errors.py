"""The exception for failed conversions."""

from __future__ import annotations

# Bytes of UTF-8: messages may quote names of any length.
MAX_MESSAGE = 4096


class ConversionError(Exception):
    """A failure with one of the stable codes of docs/json.md. The engine raises this class, too."""

    def __init__(self, code: str, message: str) -> None:
        message = _shortened(message)
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


def _shortened(message: str) -> str:
    # Arguments that are not UTF-8 contain surrogates.
    data = message.encode("utf-8", "backslashreplace")
    if len(data) <= MAX_MESSAGE:
        return data.decode()
    return data[: MAX_MESSAGE - len("…".encode())].decode("utf-8", "ignore") + "…"
