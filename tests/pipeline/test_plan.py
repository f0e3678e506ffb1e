"""What a stage has to do, decided from values alone: the same decision for run, plan, verify and a rebuild."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from lakehouse.errors import UsageError
from lakehouse.ledger.events import Event, FileEvent
from lakehouse.ledger.files import BronzeFile, Ledger, ledger_of
from lakehouse.pipeline.plan import Basis, Cause, GoldPlan, SilverPlan, plan_gold, plan_silver

pytestmark = pytest.mark.no_spark

NOW = Basis("v2", 0)


def ledger(**events: str) -> Ledger:
    """One file per name, each with the event given for it; `_` for none."""
    files = {name: BronzeFile(name, f"{name}.csv", 10, "ID", 1, 10, date(2025, 1, 1)) for name in events}
    decided = [
        FileEvent(seq, Event(event), f"{name}.csv", name, None, "why", None, None, "v2", "run", datetime(2025, 1, 1))
        for seq, (name, event) in enumerate(events.items(), 1)
        if event != "_"
    ]
    return ledger_of(files, decided)


def plan(cause: Cause | None, pending: str, files: str, is_built: bool) -> SilverPlan:
    return SilverPlan(cause, frozenset(pending), frozenset(files), is_built)


@pytest.mark.parametrize(
    ("known", "present", "expected"),
    [
        # Nothing there yet; new files; files without a decision beside admitted ones.
        ({}, None, plan(None, "", "", False)),
        ({"a": "_"}, None, plan(None, "a", "a", False)),
        ({"a": "admitted", "b": "_"}, NOW, plan(None, "b", "b", True)),
        ({"a": "admitted"}, NOW, plan(None, "", "", True)),
        # Held and withdrawn files are no part of silver.
        ({"a": "held", "b": "withdrawn"}, NOW, plan(None, "", "", True)),
        # Other rules, or a newer decision by a person: everything again, new files among it.
        ({"a": "admitted", "b": "_"}, Basis("v1", 0), plan(Cause.RULES, "b", "ab", True)),
        ({"a": "admitted"}, Basis("v2", 7), plan(Cause.DECISION, "", "a", True)),
        ({"a": "withdrawn"}, Basis("v2", 7), plan(Cause.DECISION, "", "", True)),
        # Admitted files, and silver does not say what it was built from: somebody changed it.
        ({"a": "admitted"}, None, plan(Cause.EXTERNAL_CHANGE, "", "a", False)),
        ({"a": "held"}, None, plan(None, "", "", False)),
    ],
)
def test_whether_silver_is_recomputed_and_why(
    known: dict[str, str], present: Basis | None, expected: SilverPlan
) -> None:
    found = plan_silver(ledger(**known), present, NOW)
    assert found == expected
    assert found.recompute is (expected.cause is not None)


def test_a_rebuild_that_was_asked_for_names_another_cause_first() -> None:
    admitted = ledger(a="admitted")
    assert plan_silver(admitted, NOW, NOW, rebuild=True).cause is Cause.REQUESTED
    assert plan_silver(admitted, Basis("v1", 0), NOW, rebuild=True).cause is Cause.RULES


@pytest.mark.parametrize(
    ("wanted", "present", "external", "stale", "built", "restated"),
    [
        ({}, {}, (), set(), set(), set()),
        ({"01": "a"}, {"01": "a"}, (), set(), set(), set()),
        ({"01": "a", "02": "b"}, {"01": "a"}, (), {"02"}, {"02"}, set()),
        ({"01": "z", "02": "b"}, {"01": "a", "02": "b"}, (), {"01"}, {"01"}, {"01"}),
        # A month that became empty is written too, as nothing.
        ({"02": "b"}, {"01": "a", "02": "b"}, (), {"01"}, set(), {"01"}),
        # After an external change every month is, for a commit of ours would hide the others.
        ({"01": "a", "02": "b"}, {"01": "a"}, ("gold.fact",), {"01", "02"}, {"01", "02"}, {"01"}),
    ],
)
def test_which_months_are_stale(
    wanted: dict[str, str],
    present: dict[str, str],
    external: tuple[str, ...],
    stale: set[str],
    built: set[str],
    restated: set[str],
) -> None:
    expected = GoldPlan(frozenset(stale), frozenset(built), frozenset(restated))
    assert plan_gold(wanted, present, external) == expected


def test_a_rebuild_takes_every_month_or_one() -> None:
    months = {"2025-01": "a", "2025-02": "b"}
    assert plan_gold(months, months, rebuild=True).stale == {"2025-01", "2025-02"}
    assert plan_gold(months, months, rebuild=True, month="2025-02").stale == {"2025-02"}
    assert plan_gold(months, months, ["gold.fact"], rebuild=True, month="2025-02").stale == months.keys()
    with pytest.raises(UsageError, match=r"2025-07: no such month\. There are: 2025-01, 2025-02"):
        plan_gold(months, months, rebuild=True, month="2025-07")
