"""The life of a problem: it begins when a series opens, lasts while it is bad, and is over after two good periods."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from enum import Enum

_GOOD_PERIODS = 2


class AlertState(Enum):
    """What the evidence shows. OPEN: there is a problem; OK: none is shown; INSUFFICIENT: too little to tell;
    NOT_JUDGED: the data of the period is too bad."""

    OPEN = "open"
    OK = "ok"
    INSUFFICIENT = "insufficient"
    NOT_JUDGED = "not_judged"


class Phase(Enum):
    """Where in its episode a series stands in a period."""

    BEGINS = "begins"
    LASTS = "lasts"
    # A good period, or one that says nothing.
    PAUSES = "pauses"
    # The last of the good periods that end an episode.
    RECOVERED = "recovered"


@dataclass(frozen=True)
class Episode:
    """`first`: the period in which it began. `open_periods`: bad ones so far. `good`: those since the last bad one."""

    first: date
    open_periods: int = 1
    good: int = 0


@dataclass(frozen=True)
class Step:
    """A series after a period. `episode`: also where it ends with this period; `phase`: None outside of episodes."""

    episode: Episode | None
    phase: Phase | None

    @property
    def goes_on(self) -> bool:
        """Whether the episode is open after the period."""
        return self.episode is not None and self.phase is not Phase.RECOVERED


def next_step(before: Step, period: date, state: AlertState, *, is_preliminary: bool) -> Step:
    """The series after one more period. A preliminary period, and one that says nothing, changes no episode."""
    episode = before.episode if before.goes_on else None
    if is_preliminary or state in (AlertState.INSUFFICIENT, AlertState.NOT_JUDGED):
        return Step(episode, Phase.PAUSES if episode else None)
    if state is AlertState.OPEN and episode is None:
        return Step(Episode(period), Phase.BEGINS)
    if episode is None:
        return Step(None, None)
    if state is AlertState.OPEN:
        return Step(replace(episode, open_periods=episode.open_periods + 1, good=0), Phase.LASTS)
    after = replace(episode, good=episode.good + 1)
    return Step(after, Phase.RECOVERED if after.good == _GOOD_PERIODS else Phase.PAUSES)
