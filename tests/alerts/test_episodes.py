"""The life of a problem, period by period."""

from __future__ import annotations

import pytest

from lakehouse.alerts.episodes import AlertState, Step, next_step
from tests.support.data.answers import month

pytestmark = pytest.mark.no_spark

STATES = {"b": AlertState.OPEN, "g": AlertState.OK, "?": AlertState.INSUFFICIENT, "x": AlertState.NOT_JUDGED}


# b: bad, g: good, ?: cannot tell, x: not judged, p: bad, while the period still runs.
@pytest.mark.parametrize(
    ("states", "phases"),
    [
        ("ggg", ["", "", ""]),
        ("bbb", ["begins", "lasts", "lasts"]),
        ("bbbgbgg", ["begins", "lasts", "lasts", "pauses", "lasts", "pauses", "recovered"]),
        ("bgbgbgg", ["begins", "pauses", "lasts", "pauses", "lasts", "pauses", "recovered"]),
        ("bg?gb", ["begins", "pauses", "pauses", "recovered", "begins"]),
        ("bxxb", ["begins", "pauses", "pauses", "lasts"]),
        ("gpb", ["", "", "begins"]),
        ("bp", ["begins", "pauses"]),
        ("bggb", ["begins", "pauses", "recovered", "begins"]),
    ],
)
def test_phases(states: str, phases: list[str]) -> None:
    step, found = Step(None, None), []
    for number, state in enumerate(states, start=1):
        step = next_step(step, month(number), STATES["b" if state == "p" else state], is_preliminary=state == "p")
        found.append(step.phase.value if step.phase else "")
    assert found == phases


def test_an_episode_counts_its_bad_periods_and_keeps_its_beginning() -> None:
    step = Step(None, None)
    for number, state in enumerate("gbbgb", start=1):
        step = next_step(step, month(number), STATES[state], is_preliminary=False)
    assert step.episode
    assert (step.episode.first, step.episode.open_periods, step.goes_on) == (month(2), 3, True)
