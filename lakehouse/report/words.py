"""Numbers, months and groups of passengers as people read them."""

from __future__ import annotations

from datetime import date, datetime

from lakehouse.alerts.evidence.observed import Segment
from lakehouse.alerts.wording import for_whom

_MINUS = "\N{MINUS SIGN}"
_SPACE = "\N{NO-BREAK SPACE}"
_LONGEST_TEXT = 200


def month(day: date) -> str:
    """Oct 2026."""
    return f"{day:%b %Y}"


def span(first: date, last: date) -> str:
    """May 2026 to Oct 2026; one month alone by its name."""
    return month(first) if first == last else f"{month(first)} to {month(last)}"


def period(period_type: str, start: date) -> str:
    """A period of an alert: Oct 2026, week of 5 Oct 2026, or 5 Oct 2026."""
    if period_type == "month":
        return month(start)
    day = f"{start.day} {month(start)}"
    return f"week of {day}" if period_type == "week" else day


def moment(at: datetime) -> str:
    """26 Nov 2026, 22:41 UTC. `at`: a time in UTC."""
    return f"{at.day} {at:%b %Y, %H:%M} UTC"


def percent(share: float, digits: int = 0) -> str:
    """43 %."""
    return f"{share * 100:.{digits}f}{_SPACE}%"


def quantity(value: float | None, unit: str, digits: int = 0) -> str:
    """A value in its unit (`rating`, `share` or `points`); `digits`: of a share, in percent."""
    if value is None:
        return "no answers"
    if unit == "share":
        return percent(value, digits)
    return f"{value:.2f}" if unit == "rating" else f"{value:.1f}"


def change(value: float, unit: str) -> str:
    """A difference with its sign, of two decimals for a rating; of a share in percentage points."""
    digits = 2 if unit == "rating" else 1
    rounded = round(value * (100 if unit == "share" else 1), digits)
    sign = _MINUS if rounded < 0 else "+" if rounded > 0 else ""
    return f"{sign}{abs(rounded):.{digits}f}"


def points(unit: str) -> str:
    """What follows a difference: shares differ in percentage points."""
    return f"{_SPACE}points" if unit == "share" else ""


def counted(number: int, thing: str) -> str:
    """1 problem, 2 problems."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def group(segment: str, value: str) -> str:
    """A group of passengers: all passengers, Economy class, Business travellers in Economy."""
    return for_whom(Segment(segment, value))


def title_of(team: str) -> str:
    """The name of a team: In flight."""
    return team.replace("_", " ").capitalize()


def listed(names: list[str], most: int = 3) -> str:
    """The first names, and how many there are besides."""
    rest = len(names) - most
    return f"{', '.join(names[:most])} and {rest} more" if rest > 0 else ", ".join(names)


def shortened(text: str) -> str:
    """Text of a file's reason or a run's message, cut where it gets long."""
    return text if len(text) <= _LONGEST_TEXT else f"{text[:_LONGEST_TEXT]}…"
