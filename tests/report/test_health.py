"""The state of the data, and the changes of the questionnaire."""

from __future__ import annotations

from datetime import date

import pytest

from lakehouse.report.health import changes, health
from tests.support.data.report_rows import MADE_AT, QUESTIONS, collected, files, span, version

pytestmark = pytest.mark.no_spark


def test_data_that_adds_up() -> None:
    told = health(collected(), span(), MADE_AT)
    assert told.balance == "6,005 lines delivered = 6,000 in silver + 1 superseded + 4 quarantined (adds up)"
    assert told.adds_up
    assert told.freshness == (
        "Newest month: Oct 2026, which ended 3 days ago",
        "Last run (run): ended 2 Nov 2026, 08:00 UTC, done",
    )
    assert (told.files, told.more_files, told.checks) == ((), 0, ())


def test_lines_that_are_lost_files_that_wait_and_checks_that_failed() -> None:
    held = files(state="held", n_files=12, lines=300, in_silver=0, superseded=0, quarantined=0, waiting=299)
    waiting = [{"file": f"{number}.csv", "state": "held", "reason": "bad\nlines" * 40} for number in range(10)]
    check = {"gate": "silver", "rule": "unknown_value", "column": "class", "severity": "warning", "failed": 2}
    runs = [
        {"command": "run", "ended": 1793606400, "exit_code": 3, "message": "gate blocked"},
        {"command": "run", "ended": 1793520000, "exit_code": 0, "message": ""},
    ]
    rows = collected(
        files=[files(), held], waiting=waiting, runs=runs, checks=[{**check, "evaluated": 6005, "outcome": "failed"}]
    )
    told = health(rows, span(), MADE_AT)
    assert not told.adds_up and "299 waiting (DOES NOT ADD UP)" in told.balance
    assert (len(told.files), told.more_files) == (10, 2)
    assert told.files[0][0] == "0.csv" and "\n" not in told.files[0][2] and len(told.files[0][2]) < 300
    assert told.checks == (("silver", "unknown_value: class", "warning", "2 of 6,005", "failed"),)
    assert told.freshness[1:] == (
        "Last run (run): ended 2 Nov 2026, 08:00 UTC, exit code 3: gate blocked",
        "Last run that published: ended 1 Nov 2026, 08:00 UTC",
    )


def test_changes_of_the_questionnaire_since_the_first_month() -> None:
    day = date(2026, 7, 1)
    before = version("seat_comfort", valid_to=date(2026, 6, 30))
    after = version(
        *("seat_comfort",),
        wording="Seat",
        team="ground",
        weight=1.5,
        change="reword",
        comparability="none",
        valid_from=day,
    )
    retired = version("baggage_handling", valid_to=date(2026, 8, 31))
    long_ago = version("check_in_service", valid_from=date(2025, 1, 1))
    told = [(one.since, one.question, one.what) for one in changes([after, before, retired, long_ago], span(), None)]
    assert told == [
        ("31 Aug 2026", "Handling of baggage", "asked until this day"),
        (
            "1 Jul 2026",
            "Seat",
            "reworded; before: Comfort of the seat; now with Ground, before with In flight; weight 1.5, before 1; "
            "answers do not compare with those before",
        ),
    ]
    assert changes([after, before], span(), "gate") == ()
    assert len(changes([after, before], span(), "in_flight")) == 1
    assert changes([version(question) for question in QUESTIONS], span(), None) == ()
