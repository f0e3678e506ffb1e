"""What became of each file: the fold of its events, and where its lines are."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import pytest

from lakehouse.ledger.balance import FileBalance, balances
from lakehouse.ledger.events import Event, FileEvent
from lakehouse.ledger.files import BronzeFile, FileState, Ledger
from lakehouse.survey.dates import ParsedDate

pytestmark = pytest.mark.no_spark

NEW, OLD = "v2", "v1"


def file(sha256: str, delivery: int = 1, lines: int = 10, survey_date: date | None = date(2025, 1, 1)) -> BronzeFile:
    return BronzeFile(sha256, f"{sha256}.csv", lines, "ID,Age", delivery, lines, survey_date)


def event(
    seq: int, kind: str, sha256: str | None, *, name: str | None = None, rules: str = NEW, lines: int | None = None
) -> FileEvent:
    raw = f"raw of {sha256}" if sha256 else None
    place = (name or f"{sha256}.csv", sha256, raw, f"{kind} by event {seq}")
    return FileEvent(seq, Event(kind), *place, None, lines, rules, "run", datetime(2025, 1, seq))


def ledger(*events: FileEvent, files: tuple[BronzeFile, ...] = (file("a"),)) -> Ledger:
    return Ledger({one.sha256: one for one in files}, events)


@pytest.mark.parametrize(
    ("events", "state", "pending"),
    [
        ([], "pending", True),
        ([event(1, "admitted", "a")], "admitted", False),
        # Rules that changed do not judge an admitted file again.
        ([event(1, "admitted", "a", rules=OLD)], "admitted", False),
        ([event(1, "held", "a")], "held", False),
        ([event(1, "held", "a", rules=OLD)], "held", True),
        # The newest decision counts.
        ([event(1, "held", "a", rules=OLD), event(2, "admitted", "a")], "admitted", False),
        ([event(1, "held", "a", rules=OLD), event(2, "held", "a")], "held", False),
        ([event(1, "held", "a"), event(2, "held", "a", rules=OLD)], "held", True),
        # A person's word: in with the next run, whatever the rules, and out again.
        ([event(1, "held", "a"), event(2, "accepted", "a")], "accepted", True),
        ([event(1, "accepted", "a"), event(2, "admitted", "a")], "admitted", False),
        ([event(1, "admitted", "a"), event(2, "withdrawn", "a")], "withdrawn", False),
        ([event(1, "withdrawn", "a", rules=OLD)], "withdrawn", False),
        ([event(1, "withdrawn", "a"), event(2, "accepted", "a")], "accepted", True),
        # Another date since: its months are others, so that it is judged again, unless it was since.
        ([event(1, "held", "a"), event(2, "redated", "a")], "held", True),
        ([event(1, "held", "a"), event(2, "redated", "a"), event(3, "held", "a")], "held", False),
        ([event(1, "redated", "a"), event(2, "held", "a")], "held", False),
        ([event(1, "held", "a"), event(2, "redated", "b")], "held", False),
        ([event(1, "withdrawn", "a"), event(2, "redated", "a")], "withdrawn", False),
        # What happens to a file besides decides nothing, and neither does another file.
        ([event(1, "held", "a"), event(2, "duplicate_content", "a", name="b.csv")], "held", False),
        ([event(1, "admitted", "a"), event(2, "erased", "a", lines=3)], "admitted", False),
        ([event(1, "refused", "a")], "pending", True),
        ([event(1, "admitted", "b")], "pending", True),
    ],
)
def test_the_state_follows_from_the_events_in_order(events: list[FileEvent], state: str, pending: bool) -> None:
    file_ledger = ledger(*events)
    assert file_ledger.state("a") is FileState(state)
    assert file_ledger.pending(NEW) == ({"a"} if pending else set())
    assert file_ledger.admitted() == ({"a"} if state == "admitted" else set())


def test_the_newest_date_that_a_person_set_counts() -> None:
    first, second = (
        replace(event(seq, "redated", "a"), survey_date=day)
        for seq, day in ((1, date(2025, 3, 1)), (2, date(2025, 4, 1)))
    )
    assert ledger(first, second).redated == {"a": ParsedDate(date(2025, 4, 1), "day")}
    month = replace(second, survey_date_precision="month")
    assert ledger(first, month).redated == {"a": ParsedDate(date(2025, 4, 1), "month")}
    assert ledger(event(1, "held", "a")).redated == {}


@pytest.mark.parametrize(
    ("events", "last"),
    [
        ([], 0),
        ([event(1, "admitted", "a"), event(2, "held", "a"), event(3, "refused", "b")], 0),
        ([event(1, "accepted", "a"), event(2, "admitted", "a")], 1),
        ([event(1, "withdrawn", "a"), event(2, "redated", "b"), event(3, "duplicate_content", "a")], 2),
        ([event(4, "erased", "a", lines=1)], 4),
        ([event(4, "erased", "a", lines=1), event(5, "suppressed", "b", lines=1)], 4),
        # The pipeline's own: an older version counts again.
        ([event(1, "accepted", "a"), event(2, "reordered", "b"), event(3, "admitted", "b")], 2),
    ],
)
def test_the_last_decision_after_which_silver_is_recomputed(events: list[FileEvent], last: int) -> None:
    assert ledger(*events).last_operator_event == last


def test_the_newest_refusal_of_each_file_and_its_bytes() -> None:
    events = (
        event(1, "refused", "x", rules=OLD),
        event(2, "refused", "x"),
        # The same bytes under another name, and bytes that could not be read.
        event(3, "refused", "x", name="copy.csv"),
        event(4, "refused", None, name="torn.csv.gz"),
        # Its content reached bronze after all.
        event(5, "refused", "a"),
    )
    refused = ledger(*events).refused()
    assert {place: refusal.event_seq for place, refusal in refused.items()} == {
        ("x.csv", "raw of x"): 2,
        ("copy.csv", "raw of x"): 3,
        ("torn.csv.gz", None): 4,
    }


@pytest.mark.parametrize(
    ("name", "raw", "rules", "known"),
    [
        ("x.csv", "raw of x", NEW, True),
        ("x.csv", "raw of x", OLD, False),
        ("x.csv", "other bytes", NEW, False),
        ("y.csv", "raw of x", NEW, False),
        ("x.csv", None, NEW, False),
    ],
)
def test_a_refusal_is_repeated_only_for_other_bytes_names_or_rules(
    name: str, raw: str | None, rules: str, known: bool
) -> None:
    file_ledger = ledger(event(1, "refused", "x", rules=OLD), event(2, "refused", "x"))
    assert file_ledger.is_known_refusal(name, raw, rules) is known


def test_a_file_is_ignored_under_its_name_until_it_is_read_under_it() -> None:
    events = (
        event(1, "ignored", None, name="a.csv"),
        event(2, "ignored", None, name="x.pdf"),
        event(3, "ignored", None, name="notes"),
        event(4, "ignored", None, name="x.xlsx"),
        event(5, "refused", "x", name="x.xlsx"),
    )
    file_ledger = ledger(*events)
    # The first lies in bronze by now, and the last was opened.
    assert list(file_ledger.ignored) == ["x.pdf", "notes"]
    known = [
        file_ledger.is_known_ignored(name, reason)
        for name, reason in (
            ("x.pdf", "ignored by event 2"),
            ("x.pdf", "another reason"),
            ("a.csv", "ignored by event 1"),
        )
    ]
    assert known == [True, False, False]
    listed = balances(file_ledger, {}, {}, {}, set_aside=("*.PDF",))
    assert [(one.file, one.state.value, one.lines) for one in listed] == [
        ("a.csv", "pending", 10),
        ("notes", "ignored", None),
        ("x.xlsx", "refused", None),
    ]
    assert all(one.adds_up for one in listed)


@pytest.mark.parametrize(
    ("survey_date", "source", "is_undated"),
    [(None, "none", True), (date(2025, 1, 1), "none", False), (None, "column", False), (None, "", False)],
)
def test_a_file_is_undated_when_it_has_no_date_and_none_was_set(
    survey_date: date | None, source: str, is_undated: bool
) -> None:
    assert replace(file("a", survey_date=survey_date), date_source=source).is_undated is is_undated


def test_a_duplicate_is_reported_once_per_name() -> None:
    file_ledger = ledger(event(1, "admitted", "a"), event(2, "duplicate_content", "a", name="again.csv"))
    known = {name: file_ledger.is_known_duplicate(name, "a") for name in ("a.csv", "again.csv", "third.csv")}
    assert known == {"a.csv": True, "again.csv": True, "third.csv": False}


def test_content_stays_known_when_its_last_line_was_erased() -> None:
    events = (event(1, "refused", "x"), event(2, "erased", "x", lines=2), event(3, "suppressed", "y", lines=1))
    file_ledger = ledger(*events)
    assert {sha: file_ledger.loaded_as(sha) for sha in ("a", "x", "y", "z", None)} == {
        "a": "a.csv",
        "x": "x.csv",
        "y": "y.csv",
        "z": None,
        None: None,
    }
    assert file_ledger.erased == {"x": 2, "y": 1}
    assert file_ledger.refused() == {}
    assert file_ledger.is_known_duplicate("x.csv", "x")
    assert not file_ledger.is_known_duplicate("again.csv", "x")
    assert file_ledger.admitted() == file_ledger.pending(NEW) - {"a"} == frozenset()


def test_decided_files_without_any_line_are_lost_unless_they_were_erased() -> None:
    events = (
        *(event(1, "admitted", "a"), event(2, "held", "x"), event(3, "admitted", "y"), event(4, "refused", "z")),
        event(5, "erased", "y", lines=1),
    )
    assert ledger(*events).lost == ["x.csv"]


@pytest.mark.parametrize(("rows", "erased", "is_whole"), [(10, 0, True), (9, 0, False), (9, 1, True), (10, 1, False)])
def test_a_file_is_whole_with_what_was_erased(rows: int, erased: int, is_whole: bool) -> None:
    assert replace(file("a"), rows=rows, erased=erased).is_whole is is_whole


def test_files_are_judged_by_date_then_content_and_undated_ones_last() -> None:
    files = [file("d", survey_date=None), file("c"), file("b", 2, survey_date=date(2024, 12, 31)), file("a", 2)]
    assert [one.sha256 for one in sorted(files, key=lambda one: one.order)] == ["b", "a", "c", "d"]


def test_every_line_of_every_file_is_in_one_place() -> None:
    done = replace(file("done"), rows=7, erased=3)
    files = (file("late", delivery=2), file("held"), done, file("new", delivery=3))
    events = (
        event(1, "admitted", "done"),
        event(2, "held", "held"),
        event(3, "admitted", "late"),
        event(4, "refused", None, name="torn.csv.gz"),
        event(5, "erased", "done", lines=1),
        event(6, "erased", "done", lines=2),
        event(7, "admitted", "gone"),
        event(8, "erased", "gone", lines=3),
        event(9, "suppressed", "gone", lines=1),
    )
    counted = balances(ledger(*events, files=files), {"done": 4, "late": 9}, {"done": 2}, {"done": 1, "late": 1})
    assert counted == [
        # lines, then: in silver, superseded, quarantined, erased, waiting
        FileBalance("done", "done.csv", FileState.ADMITTED, "admitted by event 1", 10, 4, 2, 1, 3, 0),
        FileBalance("held", "held.csv", FileState.HELD, "held by event 2", 10, 0, 0, 0, 0, 10),
        FileBalance("late", "late.csv", FileState.ADMITTED, "admitted by event 3", 10, 9, 0, 1, 0, 0),
        FileBalance("new", "new.csv", FileState.PENDING, "", 10, 0, 0, 0, 0, 10),
        FileBalance("gone", "gone.csv", FileState.ERASED, "every line was erased", 4, 0, 0, 0, 4, 0),
        FileBalance(None, "torn.csv.gz", FileState.REFUSED, "refused by event 4", None, None, None, None, None, None),
    ]
    assert all(balance.adds_up for balance in counted)


@pytest.mark.parametrize(
    ("in_silver", "quarantined", "adds_up"), [(9, 1, True), (9, 0, False), (10, 1, False), (0, 0, False)]
)
def test_a_line_that_is_lost_or_doubled_shows(in_silver: int, quarantined: int, adds_up: bool) -> None:
    (balance,) = balances(ledger(event(1, "admitted", "a")), {"a": in_silver}, {}, {"a": quarantined})
    assert balance.adds_up is adds_up
