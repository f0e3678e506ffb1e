"""Character encodings of delivered files: recognised from their bytes, and turned into UTF-8."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable

from charset_normalizer import from_bytes

UTF_8 = "utf-8"
WINDOWS_1252 = "cp1252"
_MARKS = (
    (codecs.BOM_UTF8, UTF_8),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Bytes of lines with letters outside of ASCII that are looked at to recognise an encoding.
_SAMPLE = 1 << 16


def is_encoding(name: str) -> bool:
    """Whether text can be read in an encoding of this name."""
    try:
        return codecs.lookup(name)._is_text_encoding
    except LookupError:
        return False


def encoding_of(beginning: bytes) -> str:
    """The encoding that the first bytes of a file show: by a byte order mark, or by the zeros of two-byte characters;
    else UTF-8, which the rest of the file has yet to confirm."""
    for mark, encoding in _MARKS:
        if beginning.startswith(mark):
            return encoding
    even, odd = beginning[::2].count(0), beginning[1::2].count(0)
    # Headers are nearly all ASCII, of which every second byte is zero in UTF-16.
    if (even + odd) * 3 > len(beginning):
        return "utf-16-be" if even > odd else "utf-16-le"
    return UTF_8


class Transcoder:
    """Turns text of an encoding into UTF-8, block by block; UTF-8 is passed on unchecked."""

    def __init__(self, encoding: str) -> None:
        # Whether some bytes fit no character of the encoding; nothing is given out from there on.
        self.has_failed = False
        self._decoder = None if encoding == UTF_8 else codecs.getincrementaldecoder(encoding)()

    def __call__(self, block: bytes, final: bool = False) -> bytes:
        """The next block in UTF-8."""
        if self._decoder is None:
            return block
        try:
            return b"" if self.has_failed else self._decoder.decode(block, final).encode(UTF_8)
        except UnicodeError:
            self.has_failed = True
            return b""


def sample_of(blocks: Iterable[bytes]) -> bytes:
    """Some lines with letters outside of ASCII."""
    sample, rest = b"", b""
    for block in blocks:
        lines = (rest + block).split(b"\n")
        rest = lines.pop()
        sample += b"".join(line + b"\n" for line in lines if not line.isascii())
        if len(sample) > _SAMPLE:
            return sample[:_SAMPLE]
    return sample + (b"" if rest.isascii() else rest)


def guesses(sample: bytes) -> tuple[str, ...]:
    """Encodings in which text that is no UTF-8 may be meant, the most likely one first.

    Windows-1252 alone means that the text is certainly read right in it (as in Latin-1, its subset of letters).
    """
    likely = [match.encoding for match in from_bytes(sample, cp_exclusion=["utf_7"]) if "utf" not in match.encoding]
    western = _decoded(sample, WINDOWS_1252)
    if western is not None and (not likely or _decoded(sample, likely[0]) == western or _is_western(western)):
        return (WINDOWS_1252,)
    return tuple(dict.fromkeys((*likely[:1], *((WINDOWS_1252,) if western is not None else ()))))


def _decoded(sample: bytes, encoding: str) -> str | None:
    try:
        return sample.decode(encoding)
    except UnicodeDecodeError:
        return None


_WESTERN = frozenset(
    "äöüÄÖÜßéèêëàâáíìîïóòôúùûñçãõåæøœÉÈÊÀÂÁÍÓÔÚÑÇÃÕÅÆØŒ€£…«»°¡¿§®™"
    "\u2018\u2019\u201c\u201d\u201e\u2013\u2014\u00b4\u00a0"  # Quotation marks, dashes, acute accent, no-break space.
)


# Three letters in a row outside of ASCII: common in other alphabets that are read as Windows-1252, never in its own.
_FOREIGN_RUN = re.compile(r"[^\W\d_\x00-\x7f]{3}")


def _is_western(text: str) -> bool:
    """Whether a text read as Windows-1252 is one of Western Europe, by its letters."""
    return {letter for letter in text if not letter.isascii()} <= _WESTERN and not _FOREIGN_RUN.search(text)
