from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lakehouse.config.load import Config
from lakehouse.errors import UsageError
from lakehouse.survey.dates import (
    DeliveredDate,
    ParsedDate,
    date_column,
    dates_in,
    delivered_date,
    require_possible,
)

pytestmark = pytest.mark.no_spark

DAY = ParsedDate(date(2026, 1, 31), "day")
MONTH = ParsedDate(date(2026, 1, 1), "month")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-31", [DAY]),
        ("survey_20260131.csv", [DAY]),
        ("survey_2026_01_31_final.csv.gz", [DAY]),
        ("survey_date=2026-01-31", [DAY]),
        ("export2026-01-31T101500.csv", [DAY]),
        ("v2-2026-01-31", [DAY]),
        ("2026-01", [MONTH]),
        ("2026_01", [MONTH]),
        ("responses202601.csv", [MONTH]),
        # Read twice, the same each time; a month agrees with a day in it.
        ("2026-01-31/20260131", [DAY]),
        ("2026-01/2026-01-31", [DAY]),
        ("202601/2026-01", [MONTH]),
        # Several that disagree, in their order.
        ("2026-01-30_2026-01-31", [ParsedDate(date(2026, 1, 30)), DAY]),
        ("2026-01/2026-02", [MONTH, ParsedDate(date(2026, 2, 1), "month")]),
        ("2025-12/2026-01-31", [ParsedDate(date(2025, 12, 1), "month"), DAY]),
        ("2026-01_2026-01-30_2026-01-31", [ParsedDate(date(2026, 1, 30)), DAY]),
        # Folders of their own.
        ("2026/01", [MONTH]),
        ("in/2026/01/31", [DAY]),
        ("year=2026/month=1", [MONTH]),
        ("Year=2026/Month=01/Day=31", [DAY]),
        ("2026/01/2026-01-31", [DAY]),
        ("2025/2026-01", [MONTH]),
        # The month is certain, whatever 45 is.
        ("2026/01/45", [MONTH]),
        ("2026/1", []),
        ("12026/01", []),
        ("2026/13", []),
        ("2026/02/30", []),
        ("2026/01x", []),
        # Not dates.
        ("", []),
        ("survey.csv", []),
        ("2026", []),
        ("31-01-2026", []),
        ("2026-13", []),
        ("2026-02-30", []),
        ("2026-0131", []),
        ("120260131", []),
        ("202601311", []),
        ("20260131101500", []),
        ("batch_101112", []),
        # A candidate that is no date does not stand in the way.
        ("2026-13_2026-01", [MONTH]),
    ],
)
def test_dates_in_a_name(text: str, expected: list[ParsedDate]) -> None:
    assert dates_in(text) == expected


@given(st.dates(date(1900, 1, 1), date(2099, 12, 31)), st.sampled_from(["%Y-%m-%d", "%Y%m%d", "%Y_%m_%d"]))
def test_every_day_is_found_in_every_form(day: date, form: str) -> None:
    assert dates_in(f"survey-{day.strftime(form)}.csv") == [ParsedDate(day)]


@given(st.dates(date(1900, 1, 1), date(2099, 12, 30)))
def test_two_neighbouring_days_are_two_dates(day: date) -> None:
    following = day + timedelta(days=1)
    assert dates_in(f"{day}_{following}") == [ParsedDate(day), ParsedDate(following)]


ARGUMENT = date(2026, 5, 5)
TODAY = date(2026, 9, 9)


@pytest.mark.parametrize(
    ("path", "argument", "expected"),
    [
        ("2026-01/survey_2026-02-28.csv", ARGUMENT, DeliveredDate(date(2026, 1, 1), "path", "month")),
        ("2026/01/survey.csv", ARGUMENT, DeliveredDate(date(2026, 1, 1), "path", "month")),
        ("survey_date=2026-01-31/a.csv", None, DeliveredDate(date(2026, 1, 31), "path", "day")),
        ("in/2026-02/2026-02-03/a.csv", None, DeliveredDate(date(2026, 2, 3), "path", "day")),
        # A folder that says what its date is decides.
        ("sent_2026-03-01/survey_date=2026-02-03/a.csv", None, DeliveredDate(date(2026, 2, 3), "path", "day")),
        # Folders that disagree are no date; the file name is asked next.
        ("2026-01/2026-02/survey_202603.csv", ARGUMENT, DeliveredDate(date(2026, 3, 1), "filename", "month")),
        ("in/survey_20260228.csv", ARGUMENT, DeliveredDate(date(2026, 2, 28), "filename", "day")),
        ("survey.csv", ARGUMENT, DeliveredDate(ARGUMENT, "argument", "day")),
        ("survey_2026-01-01_2026-01-31.csv", ARGUMENT, DeliveredDate(ARGUMENT, "argument", "day")),
    ],
)
def test_delivered_date(path: str, argument: date | None, expected: DeliveredDate) -> None:
    assert delivered_date(path, argument, TODAY) == expected


@pytest.mark.parametrize(
    ("path", "cause"),
    [
        ("survey.csv", ""),
        ("survey_2025-01_2025-02.csv", "its name has two dates, 2025-01 and 2025-02"),
        ("2025-01/2025-02/a.csv", "its path has two dates, 2025-01 and 2025-02"),
        ("a_2025-01-01_2025-02_20250303.csv", "its name has 3 dates, 2025-01-01, 2025-02 and 2025-03-03"),
        (
            "2025/01/2025/02/a_2025-03_2025-04.csv",
            "its path has two dates, 2025-01 and 2025-02, and its name has two dates, 2025-03 and 2025-04",
        ),
    ],
)
def test_without_a_date_only_today_is_left_and_the_cause_is_told(path: str, cause: str) -> None:
    assert delivered_date(path, None) == DeliveredDate(None, "none", "none", cause)
    assert delivered_date(path, None, TODAY) == DeliveredDate(TODAY, "ingestion", "day")


@pytest.mark.parametrize(
    ("names", "expected"), [(("id", "survey_date"), "survey_date"), (("id", "class"), None), ((), None)]
)
def test_the_column_with_a_date_in_each_line(config: Config, names: tuple[str, ...], expected: str | None) -> None:
    assert date_column(names, config.catalogue) == expected


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
