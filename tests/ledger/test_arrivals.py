"""What a run does about each file of the landing places, decided from the ledger and the verdicts on the files."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest

from lakehouse.config.load import Config
from lakehouse.formats.dialect import Dialect
from lakehouse.formats.landing import Ignored, LandingFile
from lakehouse.formats.preflight import Accepted, Refused
from lakehouse.ledger.arrivals import Dating, arrivals, newly_dated
from lakehouse.ledger.events import Decision, Event
from lakehouse.ledger.files import BronzeFile, Ledger, ledger_of
from lakehouse.places.objects import FileVersion
from lakehouse.survey.dates import ParsedDate

pytestmark = pytest.mark.no_spark

RULES, TODAY, ARGUMENT = "rules", date(2026, 9, 9), date(2026, 5, 5)
UNDATED = BronzeFile("a", "a.csv", 10, "id", 1, 10, None, date_source="none")
LOADED = replace(UNDATED, survey_date=date(2026, 1, 1), date_source="filename")


def lying(name: str) -> LandingFile:
    return LandingFile(Path("/landing") / name, Path("/landing"), name)


def accepted(name: str, sha256: str, *names: str) -> Accepted:
    dialect = Dialect(",".join(("id", *names)))
    return Accepted(lying(name), sha256, f"raw {sha256}", 10, dialect, FileVersion(1, 0), (0,), False, False)


def ledger(*files: BronzeFile) -> Ledger:
    return Ledger({file.sha256: file for file in files})


def decided(given: Ledger, *verdicts: Accepted | Refused | Ignored, config: Config) -> list[tuple[str, Event | None]]:
    found = arrivals(given, verdicts, RULES, Dating(config.catalogue, None, None))
    return [(one.what, one.decision.event if one.decision else None) for one in found]


def recorded(given: Ledger, *verdicts: Accepted | Refused | Ignored, config: Config) -> Ledger:
    found = arrivals(given, verdicts, RULES, Dating(config.catalogue, None, None))
    decisions = [one.decision for one in found if one.decision]
    return given.with_events(given.numbered(decisions, RULES, "run", datetime(2026, 1, 1)))


def test_each_file_is_told_once(config: Config) -> None:
    verdicts = (
        accepted("again.csv", "a"),
        Ignored.of(lying("b.pdf")),
        Refused(lying("c.csv"), None, "raw", "the file is empty"),
        accepted("new.csv", "n"),
    )
    first = [
        ("known content", Event.DUPLICATE),
        ("ignored", Event.IGNORED),
        ("refused", Event.REFUSED),
        ("new", None),
    ]
    assert decided(ledger(LOADED), *verdicts, config=config) == first
    after = recorded(ledger(LOADED), *verdicts, config=config)
    told = [("known content", None), ("ignored already", None), ("refused already", None), ("new", None)]
    assert decided(after, *verdicts, config=config) == told


@pytest.mark.parametrize(
    ("verdicts", "new"),
    [
        ([accepted("a.csv", "n"), accepted("b.csv", "n")], "a.csv"),
        # One with a date, else the next run would find it.
        ([accepted("a.csv", "n"), accepted("survey_2026-01.csv", "n")], "survey_2026-01.csv"),
        ([accepted("2026/01/a.csv", "n"), accepted("survey_2026-02.csv", "n")], "2026/01/a.csv"),
        # Each line has its own date: the name says nothing.
        ([accepted("a.csv", "n", "survey_date"), accepted("survey_2026-01.csv", "n", "survey_date")], "a.csv"),
    ],
)
def test_of_equal_new_files_one_is_loaded(config: Config, verdicts: list[Accepted], new: str) -> None:
    for argument in (None, ARGUMENT):
        found = arrivals(ledger(), verdicts, RULES, Dating(config.catalogue, argument, None))
        assert [one.verdict.file.relative for one in found if one.is_new] == [new]
        (repeat,) = (one.decision for one in found if one.decision)
        assert repeat.reason == f"same content as {new}: nothing loaded"


@pytest.mark.parametrize(
    ("names", "argument", "today", "expected"),
    [
        ([], None, None, None),
        (["a.csv"], None, None, None),
        (["a.csv", "survey_2026-01.csv"], None, None, (ParsedDate(date(2026, 1, 1), "month"), "survey_2026-01.csv")),
        (["a.csv", "b_2026-01-31.csv"], ARGUMENT, None, (ParsedDate(date(2026, 1, 31)), "b_2026-01-31.csv")),
        (["2026/01/31/a.csv"], ARGUMENT, TODAY, (ParsedDate(date(2026, 1, 31)), "2026/01/31/a.csv")),
        (["a.csv"], ARGUMENT, TODAY, (ParsedDate(ARGUMENT), "--survey-date")),
        # Of files that do not lie there the argument says nothing.
        ([], ARGUMENT, None, None),
        ([], ARGUMENT, TODAY, (ParsedDate(TODAY), "undated: today")),
    ],
)
def test_a_file_that_is_in_bronze_without_a_date_gets_one(
    config: Config,
    names: list[str],
    argument: date | None,
    today: date | None,
    expected: tuple[ParsedDate, str] | None,
) -> None:
    dating = Dating(config.catalogue, argument, today)
    verdicts = [accepted(name, "a") for name in names]
    found = newly_dated(ledger(UNDATED), verdicts, dating)
    assert [(one.event, one.file, one.sha256, one.survey_date) for one in found] == (
        [(Event.REDATED, "a.csv", "a", expected[0])] if expected else []
    )
    assert all(expected and expected[1] in one.reason for one in found)
    # Once: then it has a date. A file with one keeps it.
    before = ledger(UNDATED)
    after = before.with_events(before.numbered(found, RULES, "run", datetime(2026, 1, 1)))
    assert not found or newly_dated(after, verdicts, dating) == []
    assert newly_dated(ledger(LOADED), verdicts, dating) == []


def test_a_withdrawn_file_gets_no_date_by_itself(config: Config) -> None:
    out = Decision(Event.WITHDRAWN, "a.csv", "a", "a test")
    events = ledger(UNDATED).numbered([out], RULES, "run", datetime(2026, 1, 1))
    withdrawn = ledger_of({"a": UNDATED}, events)
    assert newly_dated(withdrawn, [accepted("a.csv", "a")], Dating(config.catalogue, ARGUMENT, TODAY)) == []
