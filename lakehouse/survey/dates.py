"""The survey date of a delivered file: from its folders, its file name, or an argument."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import PurePosixPath
from typing import Final, Literal

from lakehouse.errors import UsageError
from lakehouse.survey.catalogue import Catalogue
from schemas import columns as c

Precision = Literal["day", "month", "none"]
# The source of dates that stand in a column of the file, line by line.
COLUMN: Final = "column"

# Survey dates before it are faults: spreadsheets write 1899-12-30 for nothing, and a year of two digits becomes 0025.
FIRST_DAY = date(2000, 1, 1)
# Nobody answers after the answers were loaded; where the day began earlier it may already be tomorrow.
DAYS_AHEAD = 1

_DATE = re.compile(r"(?<!\d)((?:19|20)\d\d)([-_]?)(\d\d)(?:\2(\d\d))?(?!\d)", re.ASCII)
# Folders of their own for year, month and, maybe, day: 2025/02/03 or year=2025/month=2/day=3.
_NESTED = re.compile(
    r"(?<![^/])(?:(?:19|20)\d\d/\d\d(?:/(?:0[1-9]|[12]\d|3[01]))?|year=\d{4}/month=\d\d?(?:/day=\d\d?)?)(?![^/])",
    re.ASCII | re.IGNORECASE,
)
_DECISIVE = "survey_date="
# The source of the date of a file that has none.
UNDATED: Final = "none"


@dataclass(frozen=True)
class ParsedDate:
    """A date parsed from a name; a month is its first day."""

    date: date
    precision: Precision = "day"

    def __str__(self) -> str:
        return f"{self.date:%Y-%m}" if self.precision == "month" else f"{self.date}"


@dataclass(frozen=True)
class DeliveredDate:
    """The survey date of a file without a date column, and where it comes from.

    `date`: None when there is none; `cause` then says why a name with dates gives none.
    """

    date: date | None
    source: Literal["path", "filename", "argument", "ingestion", "none"]
    precision: Precision
    cause: str = ""


def dates_in(text: str) -> list[ParsedDate]:
    """The different days and months in a name or path, in their order; a month goes without saying beside its day."""
    parts = [match.group(1, 3, 4) for match in _DATE.finditer(text)]
    parts += [tuple(re.findall(r"\d+", match.group())) for match in _NESTED.finditer(text)]
    found = dict.fromkeys(parsed for part in parts if (parsed := _parsed(*part)))
    months_of_days = {one.date.replace(day=1) for one in found if one.precision == "day"}
    return [one for one in found if one.precision == "day" or one.date not in months_of_days]


def _parsed(year: str, month: str, day: str | None = None) -> ParsedDate | None:
    try:
        return ParsedDate(date(int(year), int(month), int(day or 1)), "day" if day else "month")
    except ValueError:
        return None


def date_column(names: Iterable[str], catalogue: Catalogue) -> str | None:
    """The column among these that holds the survey date of each line; None when there is none."""
    return next((name for name in names if catalogue.resolve(name) == c.SURVEY_DATE), None)


def delivered_date(relative_path: str, argument: date | None, today: date | None = None) -> DeliveredDate:
    """The survey date of a file: its folders below the landing root, else its name, else `argument`, else `today`.

    Several dates in the folders, or in the name, are no date.
    """
    path = PurePosixPath(relative_path)
    decisive = [folder for folder in path.parent.parts if folder.lower().startswith(_DECISIVE)]
    in_folders, in_name = dates_in("/".join(decisive or path.parent.parts)), dates_in(path.name)
    if len(in_folders) == 1:
        return DeliveredDate(in_folders[0].date, "path", in_folders[0].precision)
    if len(in_name) == 1:
        return DeliveredDate(in_name[0].date, "filename", in_name[0].precision)
    if argument:
        return DeliveredDate(argument, "argument", "day")
    if today:
        return DeliveredDate(today, "ingestion", "day")
    causes = [_contradiction(what, dates) for what, dates in (("path", in_folders), ("name", in_name)) if dates]
    return DeliveredDate(None, UNDATED, "none", ", and ".join(causes))


def _contradiction(what: str, dates: list[ParsedDate]) -> str:
    number = "two" if len(dates) == 2 else len(dates)
    return f"its {what} has {number} dates, {', '.join(map(str, dates[:-1]))} and {dates[-1]}"


def is_possible(day: date, loaded: date) -> bool:
    """Whether lines that are loaded on a day can have this survey date; as `lakehouse.months.is_beyond` of columns."""
    return FIRST_DAY <= day <= loaded + timedelta(DAYS_AHEAD)


def require_possible(option: str, day: date, loaded: date) -> None:
    """Raises `UsageError` when a day given for an option is no survey date of lines that are loaded on a day."""
    if not is_possible(day, loaded):
        latest = loaded + timedelta(DAYS_AHEAD)
        raise UsageError(
            f"{option} {day}: no such survey date. Give one from {FIRST_DAY} to {latest}, the day after {loaded}, on "
            "which the lines are loaded: lines outside are quarantined."
        )
