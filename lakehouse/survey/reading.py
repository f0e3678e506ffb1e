"""Reads one delivered record as silver does, without Spark: for a look at a file before it is loaded."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

from lakehouse.survey.catalogue import MAX_ID_DIGITS, Catalogue, Column
from lakehouse.survey.date_patterns import ISO_DAY, ISO_OFFSET, ISO_TIME, DatePattern, DateReading
from lakehouse.survey.dates import is_possible
from lakehouse.survey.numbers import BLANKS, whole_number
from schemas import columns as c

_STAMP = re.compile(f"({ISO_DAY})({ISO_TIME})({ISO_OFFSET})?")


def read_record(
    cells: Mapping[str, str | None], catalogue: Catalogue, given_date: date | None, loaded: date
) -> dict[str, object]:
    """A record as `lakehouse.silver.casting.typed` gives it: every column of the catalogue, and the helper columns.

    `cells`: column or question -> delivered text; None where it is not delivered. `given_date`: the survey date of a
    file without a date column. `loaded`: the day on which the file would be loaded.
    """
    record: dict[str, object] = {}
    for column in catalogue.columns:
        if column.type != "date":
            cell = cells.get(column.name)
            record |= _read(column.name, cell, _value(column, cell, catalogue), catalogue, column.type)
    for question in catalogue.questions:
        cell = cells.get(question.id)
        rating = None if cell is None else whole_number(cell, catalogue.numbers)
        if rating is None and cell is not None:
            rating = question.words.get(cell.strip(BLANKS).lower())
        record |= _read(question.id, cell, rating, catalogue, "whole_number")
    for name in catalogue.required:
        record[f"{name}{c.GIVEN_SUFFIX}"] = not _is_missing(cells.get(name), catalogue)
    return record | _dates(cells, catalogue, given_date, loaded)


def _read(name: str, cell: str | None, value: object, catalogue: Catalogue, kind: str) -> dict[str, object]:
    if kind == "category":
        return {name: None if _is_missing(cell, catalogue) else value}
    is_unread = value is None and not _is_missing(cell, catalogue)
    return {name: value, f"{name}{c.UNREAD_SUFFIX}": (cell or "").strip(BLANKS) if is_unread else None}


def _value(column: Column, cell: str | None, catalogue: Catalogue) -> object:
    if cell is None:
        return None
    if column.type == "category":
        text = cell.strip(BLANKS)
        return column.spellings.get(text.lower(), text)
    if column.name == c.ID:
        return read_id(cell, catalogue)
    return whole_number(cell, column.numbers)


def read_id(cell: str, catalogue: Catalogue) -> int | str | None:
    """The id in a cell, a number or text as the catalogue says; None for anything else."""
    if catalogue.ids_are_text:
        return None if _is_missing(cell, catalogue) else cell.strip(BLANKS)
    return whole_number(cell, max_digits=MAX_ID_DIGITS, signed=False)


def _is_missing(cell: str | None, catalogue: Catalogue) -> bool:
    return cell is None or cell.strip(BLANKS).lower() in ("", *catalogue.missing_values)


def _dates(
    cells: Mapping[str, str | None], catalogue: Catalogue, given_date: date | None, loaded: date
) -> dict[str, object]:
    cell = cells.get(c.SURVEY_DATE)
    day = given_date if cell is None else read_day(cell, catalogue.column(c.SURVEY_DATE).dates)
    is_unread = day is None and not _is_missing(cell, catalogue)
    is_beyond = day is not None and not is_possible(day, loaded)
    return {
        c.SURVEY_DATE: day,
        f"{c.SURVEY_DATE}{c.UNREAD_SUFFIX}": (cell or "").strip(BLANKS) if is_unread else None,
        f"{c.SURVEY_DATE}{c.BEYOND_SUFFIX}": day if is_beyond else None,
    }


def read_day(cell: str, reading: DateReading) -> date | None:
    """The day in a cell; None for anything else. As `lakehouse.cells.day`, which reads columns."""
    text = cell.strip(BLANKS)
    if reading.patterns:
        days = (DatePattern(pattern).day(text) for pattern in reading.patterns)
        return next((day for day in days if day), None)
    try:
        if re.fullmatch(ISO_DAY, text):
            return date.fromisoformat(text)
        stamp = _STAMP.fullmatch(text)
        if stamp is None:
            return None
        return _day_of(stamp, reading.time_zone)
    except ValueError:
        return None


def _day_of(stamp: re.Match[str], time_zone: str) -> date:
    day, time, offset = date.fromisoformat(stamp[1]), stamp[2][1:].partition(".")[0], stamp[3]
    if offset is None:
        return day
    clock = time if time.count(":") == 2 else f"{time}:00"
    sign, digits = offset.strip()[0], re.sub(r"\D", "", offset)
    zone = "+00:00" if sign == "Z" else f"{sign}{digits[:2]}:{digits[2:] or '00'}"
    return datetime.fromisoformat(f"{stamp[1]}T{clock}{zone}").astimezone(ZoneInfo(time_zone)).date()
