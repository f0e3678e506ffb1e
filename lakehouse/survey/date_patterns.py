"""Dates as exports write them: ISO dates and time stamps, and patterns of Spark such as dd/MM/yyyy."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, cached_property
from itertools import pairwise

ISO_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
# A time of day, to which a zone may follow.
ISO_TIME = r"[T ](?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]{1,9})?)?"
ISO_OFFSET = " ?(?:Z|[+-](?:0[0-9]|1[0-4])(?::?[0-5][0-9])?)"

_TOKEN = re.compile(r"([A-Za-z])\1*|'(?:[^']|'')*'|.", re.DOTALL)
_WIDTHS = {"d": (1, 2), "M": (1, 2, 3, 4), "y": (2, 4), "H": (1, 2), "h": (1, 2), "m": (1, 2), "s": (1, 2), "a": (1,)}
_LETTERS = "d day, M month, y year, H hour, h hour before or after noon, m minute, s second, a AM or PM"
# Characters with a meaning of their own in Spark's patterns.
_RESERVED = "[]{}#"
_NAMES = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
# Letters of the run -> the names of the months.
_MONTHS = {3: tuple(name[:3] for name in _NAMES), 4: _NAMES}
# A day and a time whose parts all differ, to tell patterns apart.
_PROBE = datetime(2021, 2, 3, 14, 15, 16)


@dataclass(frozen=True)
class DateReading:
    """How dates are written. `patterns`: Spark's; none for ISO dates and time stamps. `time_zone`: in which the day of
    an ISO time stamp counts."""

    patterns: tuple[str, ...] = ()
    time_zone: str = "UTC"


ISO = DateReading()


@dataclass(frozen=True)
class DatePattern:
    """A pattern of letters, separators and quoted text, which Spark reads a cell with."""

    text: str

    @cached_property
    def tokens(self) -> tuple[str, ...]:
        """Runs of one letter, quoted texts, and single other characters."""
        return tuple(token[0] for token in _TOKEN.finditer(self.text))

    @property
    def letters(self) -> tuple[str, ...]:
        """The letter of each run, in order."""
        return tuple(token[0] for token in self.tokens if _is_run(token))

    @property
    def fault(self) -> str | None:
        """What is wrong with the pattern and how to mend it; None when Spark can read dates with it."""
        runs = [token for token in self.tokens if _is_run(token)]
        for run in runs:
            if len(run) not in _WIDTHS.get(run[0], ()):
                return f"'{run}' in '{self.text}' is not understood. Letters: {_LETTERS}; quote other text."
        stray = next((token for token in self.tokens if token in _RESERVED or token == "'"), None)
        if stray:
            return f"{stray} in '{self.text}' is not understood. Put text in single quotes."
        if len(set(self.letters)) < len(runs) or not {"d", "M", "y"} <= set(self.letters):
            return f"'{self.text}' must have day (d), month (M) and year (y), each letter once, as in dd/MM/yyyy."
        if ("h" in self.letters) != ("a" in self.letters) or {"h", "H"} <= set(self.letters):
            return f"'{self.text}': h needs a (AM or PM) and no H; for hours from 0 to 23 write H."
        for one, other in pairwise(self.tokens):
            if one in _WIDTHS and _is_run(other):
                return f"'{one}{other}' in '{self.text}' can be cut in several ways: write {one * 2}{other}."
        return None

    def day(self, text: str) -> date | None:
        """The day that a text says; None when it does not have this form."""
        found = _expression(self).fullmatch(text)
        if not found:
            return None
        parts = found.groupdict(default="0")
        year, month = int(parts["y"]), _month(parts["M"])
        hour = int(parts.get("H", "0"))
        if not 1 <= int(parts.get("h", "1")) <= 12:
            return None
        try:
            whole = datetime(
                2000 + year if "yy" in self.tokens else year,
                month,
                int(parts["d"]),
                hour,
                int(parts.get("m", "0")),
                int(parts.get("s", "0")),
            )
        except ValueError:
            return None
        return whole.date()

    def written(self, moment: datetime) -> str:
        """A moment in this form."""
        return "".join(_written(token, moment) if _is_run(token) else _unquoted(token) for token in self.tokens)


def _is_run(token: str) -> bool:
    return token[0].isascii() and token[0].isalpha()


def _unquoted(token: str) -> str:
    if token == "''":
        return "'"
    return token[1:-1].replace("''", "'") if len(token) > 1 else token


@cache
def _expression(pattern: DatePattern) -> re.Pattern[str]:
    parts = (_matching(token) if _is_run(token) else re.escape(_unquoted(token)) for token in pattern.tokens)
    return re.compile("".join(parts), re.IGNORECASE)


def _matching(run: str) -> str:
    letter, width = run[0], len(run)
    if letter == "a":
        return "(?P<a>AM|PM)"
    if letter == "M" and width in _MONTHS:
        return f"(?P<M>{'|'.join(_MONTHS[width])})"
    return f"(?P<{letter}>[0-9]{f'{{{width}}}' if width > 1 else '+'})"


def _month(text: str) -> int:
    if text.isdigit():
        return int(text)
    return 1 + [name[:3].lower() for name in _NAMES].index(text[:3].lower())


def _written(run: str, moment: datetime) -> str:
    letter, width = run[0], len(run)
    if letter == "a":
        return "AM" if moment.hour < 12 else "PM"
    if letter == "M" and width in _MONTHS:
        return _MONTHS[width][moment.month - 1]
    numbers = {"d": moment.day, "M": moment.month, "y": moment.year, "H": moment.hour, "h": (moment.hour - 1) % 12 + 1}
    number = numbers.get(letter, moment.minute if letter == "m" else moment.second)
    return str(number if width != 2 else number % 100).zfill(width)


def contradiction(patterns: Sequence[DatePattern]) -> str | None:
    """Why these patterns may not stand together: two of them read one text as different days. None when they may."""
    for pattern in patterns:
        text = pattern.written(_PROBE)
        for other in patterns:
            day = other.day(text)
            if day not in (None, _PROBE.date()):
                return (
                    f"'{pattern.text}' and '{other.text}' read {text} as two days, {_PROBE.date()} and {day}: "
                    "only the sender knows which is meant. Keep one."
                )
    return None


def is_iso(text: str) -> bool:
    """Whether a text is an ISO date, or an ISO time stamp with or without a zone."""
    found = re.fullmatch(f"({ISO_DAY})(?:{ISO_TIME}(?:{ISO_OFFSET})?)?", text)
    return bool(found) and DatePattern("yyyy-MM-dd").day(text[:10]) is not None
