from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lakehouse.errors import UsageError
from lakehouse.survey.dates import DeliveredDate, ParsedDate, date_from_text, delivered_date, require_possible

pytestmark = pytest.mark.no_spark

DAY = ParsedDate(date(2026, 1, 31), "day")
MONTH = ParsedDate(date(2026, 1, 1), "month")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-31", DAY),
        ("survey_20260131.csv", DAY),
        ("survey_2026_01_31_final.csv.gz", DAY),
        ("survey_date=2026-01-31", DAY),
        ("export2026-01-31T101500.csv", DAY),
        ("v2-2026-01-31", DAY),
        ("2026-01", MONTH),
        ("2026_01", MONTH),
        ("responses202601.csv", MONTH),
        # Read twice, the same each time; a month agrees with a day in it.
        ("2026-01-31/20260131", DAY),
        ("2026-01/2026-01-31", DAY),
        ("202601/2026-01", MONTH),
        # Two that disagree.
        ("2026-01-30_2026-01-31", None),
        ("2026-01/2026-02", None),
        ("2025-12/2026-01-31", None),
        # Not dates.
        ("", None),
        ("survey.csv", None),
        ("2026", None),
        ("31-01-2026", None),
        ("2026-13", None),
        ("2026-02-30", None),
        ("2026-0131", None),
        ("120260131", None),
        ("202601311", None),
        ("20260131101500", None),
        ("batch_101112", None),
        # A candidate that is no date does not stand in the way.
        ("2026-13_2026-01", MONTH),
    ],
)
def test_date_from_text(text: str, expected: ParsedDate | None) -> None:
    assert date_from_text(text) == expected


@given(st.dates(date(1900, 1, 1), date(2099, 12, 31)), st.sampled_from(["%Y-%m-%d", "%Y%m%d", "%Y_%m_%d"]))
def test_every_day_is_found_in_every_form(day: date, form: str) -> None:
    assert date_from_text(f"survey-{day.strftime(form)}.csv") == ParsedDate(day, "day")


@given(st.dates(date(1900, 1, 1), date(2099, 12, 30)))
def test_two_neighbouring_days_are_no_date(day: date) -> None:
    assert date_from_text(f"{day}_{day + timedelta(days=1)}") is None


ARGUMENT = date(2026, 5, 5)
TODAY = date(2026, 9, 9)


@pytest.mark.parametrize(
    ("path", "argument", "expected"),
    [
        ("2026-01/survey_2026-02-28.csv", ARGUMENT, DeliveredDate(date(2026, 1, 1), "path", "month")),
        ("survey_date=2026-01-31/a.csv", None, DeliveredDate(date(2026, 1, 31), "path", "day")),
        ("in/2026-02/2026-02-03/a.csv", None, DeliveredDate(date(2026, 2, 3), "path", "day")),
        # Folders that disagree are no date; the file name is asked next.
        ("2026-01/2026-02/survey_202603.csv", ARGUMENT, DeliveredDate(date(2026, 3, 1), "filename", "month")),
        ("in/survey_20260228.csv", ARGUMENT, DeliveredDate(date(2026, 2, 28), "filename", "day")),
        ("survey.csv", ARGUMENT, DeliveredDate(ARGUMENT, "argument", "day")),
        ("survey_2026-01-01_2026-01-31.csv", ARGUMENT, DeliveredDate(ARGUMENT, "argument", "day")),
        ("survey.csv", None, DeliveredDate(TODAY, "ingestion", "day")),
    ],
)
def test_delivered_date(path: str, argument: date | None, expected: DeliveredDate) -> None:
    assert delivered_date(path, argument, TODAY) == expected


@pytest.mark.parametrize(
    ("day", "is_possible"),
    [("1999-12-31", False), ("2000-01-01", True), ("2025-02-02", True), ("2025-02-03", False), ("2205-01-01", False)],
)
def test_a_given_date_is_neither_older_than_any_survey_nor_from_the_future(day: str, is_possible: bool) -> None:
    given = date.fromisoformat(day)
    if is_possible:
        require_possible("--to", given, date(2025, 2, 1))
        return
    with pytest.raises(UsageError, match=f"--to {day}: no such survey date. Give one from 2000-01-01 to 2025-02-02"):
        require_possible("--to", given, date(2025, 2, 1))
