"""Makes delivered text safe to show: control characters could rewrite a terminal or forge a line of a log."""

from __future__ import annotations

import unicodedata


def printable(text: str) -> str:
    """The text with control characters and undecodable bytes (surrogates) written as escapes."""
    if is_printable(text):
        return text
    return "".join(character if is_printable(character) else ascii(character)[1:-1] for character in text)


def is_printable(text: str) -> bool:
    """Whether the text has neither control characters nor surrogates."""
    return text.isprintable() or not any(unicodedata.category(character) in ("Cc", "Cs") for character in text)
