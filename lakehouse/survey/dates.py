"""The survey date of a delivered file: from its folders, its file name, or an argument."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import PurePosixPath
from typing import Literal

from lakehouse.errors import UsageError

Precision = Literal["day", "month"]

# Survey dates before it are faults: spreadsheets write 1899-12-30 for nothing, and a year of two digits becomes 0025.
FIRST_DAY = date(2000, 1, 1)
# Nobody answers after the answers were loaded; where the day began earlier it may already be tomorrow.
DAYS_AHEAD = 1

_DATE = re.compile(r"(?<!\d)((?:19|20)\d\d)([-_]?)(\d\d)(?:\2(\d\d))?(?!\d)", re.ASCII)


@dataclass(frozen=True)
class ParsedDate:
    """A date parsed from a name; a month is its first day."""

    date: date
    precision: Precision


@dataclass(frozen=True)
class DeliveredDate:
    """The survey date of a file without a date column, and where it comes from."""

    date: date
    source: Literal["path", "filename", "argument", "ingestion"]
    precision: Precision


def date_from_text(text: str) -> ParsedDate | None:
    """The day or month in a name; None when it has none, or several that contradict each other."""
    dates = [_parsed(*match.group(1, 3, 4)) for match in _DATE.finditer(text)]
    days = {parsed.date for parsed in dates if parsed and parsed.precision == "day"}
    months = {parsed.date for parsed in dates if parsed and parsed.precision == "month"}
    all_months = months | {day.replace(day=1) for day in days}
    if len(all_months) != 1 or len(days) > 1:
        return None
    return ParsedDate(days.pop(), "day") if days else ParsedDate(months.pop(), "month")


def _parsed(year: str, month: str, day: str | None) -> ParsedDate | None:
    try:
        return ParsedDate(date(int(year), int(month), int(day or 1)), "day" if day else "month")
    except ValueError:
        return None


def delivered_date(relative_path: str, argument: date | None, today: date) -> DeliveredDate:
    """The survey date of a file: its folders below the landing root, else its name, else `argument`, else `today`."""
    path = PurePosixPath(relative_path)
    in_folders = date_from_text(str(path.parent))
    if in_folders:
        return DeliveredDate(in_folders.date, "path", in_folders.precision)
    in_name = date_from_text(path.name)
    if in_name:
        return DeliveredDate(in_name.date, "filename", in_name.precision)
    if argument:
        return DeliveredDate(argument, "argument", "day")
    return DeliveredDate(today, "ingestion", "day")


def require_possible(option: str, day: date, loaded: date) -> None:
    """Raises `UsageError` when a day given for an option is no survey date of lines that are loaded on a day."""
    latest = loaded + timedelta(DAYS_AHEAD)
    if not FIRST_DAY <= day <= latest:
        raise UsageError(
            f"{option} {day}: no such survey date. Give one from {FIRST_DAY} to {latest}, the day after {loaded}, on "
            "which the lines are loaded: lines outside are quarantined."
        )
