"""The one exception of a conversion."""

from __future__ import annotations


class ConversionError(Exception):
    """A conversion that failed for a known reason.

    `code` is one of the stable codes of docs/json.md; the engine raises this class, too.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
