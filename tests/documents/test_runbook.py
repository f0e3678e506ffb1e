"""The runbook leaves nothing out: every exit code, file state, gate, alert state and phase of the code has its row."""

from __future__ import annotations

import inspect
import re

import pytest

from lakehouse import errors
from lakehouse.alerts.episodes import AlertState, Phase
from lakehouse.ledger.files import FileState
from lakehouse.reporter import LogLine
from tests.support.markdown import page
from tests.support.places import ROOT

pytestmark = pytest.mark.no_spark

RUNBOOK = page("operations.md")
# How the code names a gate: with a result, with the results of a suite, and where it may block.
A_GATE = re.compile(r"""\bgate="(\w+)"|\bresults_of\("(\w+)"|\bensure_passed\("(\w+)"|\breporter\.gate\("(\w+)\"""")


def first_cells(text: str, section: str) -> set[str]:
    """The words in code spans in the first cell of each row of a section's tables."""
    _, _, rest = text.partition(f"\n## {section}\n")
    rows = [line for line in re.split(r"\n## ", rest)[0].splitlines() if line.startswith("|")]
    return {word for row in rows for word in re.findall(r"`(\w+)`", row.split("|")[1])}


def gates_in(code: str) -> set[str]:
    """Names of gates in a text of code."""
    return {name for names in A_GATE.findall(code) for name in names if name}


def test_what_the_tables_name() -> None:
    sample = "# A\n\n## States\n\n| x | y |\n|---|---|\n| `held` or `old` | `not_this` |\n\n## Next\n\n| `nor` | z |\n"
    assert first_cells(sample, "States") == {"held", "old"}
    assert gates_in('a(gate="one"); results_of("two", x); ensure_passed("three", y); agate="no"') == {
        "one",
        "two",
        "three",
    }


def test_every_exit_code_has_its_row() -> None:
    codes = {error.exit_code for _, error in inspect.getmembers(errors, inspect.isclass) if hasattr(error, "exit_code")}
    assert {str(code) for code in codes | {0, 5}} - first_cells(RUNBOOK, "Exit codes") == set()


def test_every_file_state_has_its_row_and_no_other() -> None:
    assert first_cells(RUNBOOK, "File states") == {state.value for state in FileState}


def test_every_gate_has_its_row_and_no_other() -> None:
    code = "\n".join(file.read_text(encoding="utf-8") for file in (ROOT / "lakehouse").rglob("*.py"))
    gates = gates_in(code)
    assert len(gates) > 5
    assert first_cells(RUNBOOK, "Gates") == gates


def test_every_alert_state_and_phase_has_its_row() -> None:
    named = first_cells(RUNBOOK, "Alert states")
    assert named == {state.value for state in AlertState} | {phase.value for phase in Phase} | {"is_preliminary"}


def test_every_key_and_event_of_the_log_is_on_its_page() -> None:
    named = first_cells(page("monitoring.md"), "The log")
    keys = {"at", "run", *LogLine.__dataclass_fields__}
    reporter, harness = (ROOT / "lakehouse" / name for name in ("reporter.py", "console/harness.py"))
    code = reporter.read_text(encoding="utf-8") + harness.read_text(encoding="utf-8")
    events = set(re.findall(r'"((?:stage|gate|run)_[a-z]+ed)"', code)) | {"message", "error"}
    assert len(events) > 4
    assert named == keys | events
