"""Survey dates from the places a delivery can carry one: its folders, its file name, an argument."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from pathlib import PurePosixPath
from typing import Literal

Precision = Literal["day", "month"]

_DATE = re.compile(r"(?<!\d)((?:19|20)\d\d)([-_]?)(\d\d)(?:\2(\d\d))?(?!\d)", re.ASCII)


@dataclass(frozen=True)
class FoundDate:
    """A date read from a name; one of precision `month` is its first day."""

    date: date
    precision: Precision


@dataclass(frozen=True)
class DeliveredDate:
    """The survey date of a file without a date column, and which place gave it."""

    date: date
    source: Literal["path", "filename", "argument", "ingestion"]
    precision: Precision


def date_from_text(text: str) -> FoundDate | None:
    """The one day or month a name speaks of; none when it speaks of two that disagree."""
    found = [_found(*match.group(1, 3, 4)) for match in _DATE.finditer(text)]
    days = {each.date for each in found if each and each.precision == "day"}
    months = {each.date for each in found if each and each.precision == "month"}
    if len(months | {day.replace(day=1) for day in days}) != 1 or len(days) > 1:
        return None
    return FoundDate(days.pop(), "day") if days else FoundDate(months.pop(), "month")


def _found(year: str, month: str, day: str | None) -> FoundDate | None:
    try:
        return FoundDate(date(int(year), int(month), int(day or 1)), "day" if day else "month")
    except ValueError:
        return None


def delivered_date(relative_path: str, argument: date | None, today: date) -> DeliveredDate:
    """The survey date of a file: its folders below the landing root, else its name, else `argument`, else `today`."""
    path = PurePosixPath(relative_path)
    if found := date_from_text(str(path.parent)):
        return DeliveredDate(found.date, "path", found.precision)
    if found := date_from_text(path.name):
        return DeliveredDate(found.date, "filename", found.precision)
    if argument:
        return DeliveredDate(argument, "argument", "day")
    return DeliveredDate(today, "ingestion", "day")
