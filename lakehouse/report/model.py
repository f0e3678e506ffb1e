"""What the page says, in the order in which it says it. Texts are complete; numbers are there for bars and charts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

# Groups with fewer answers are not shown at all, so that nobody can be recognised in them.
SMALLEST_GROUP = 10
# How a team stands.
OPEN, NOTHING_OPEN, NOT_JUDGED, NO_RULE = "open", "nothing open", "could not be judged", "no alert rule"


@dataclass(frozen=True)
class Problem:
    """An open alert that no other one leads. `facts`: short texts on its size and group. `groups`: where else it is
    open. `published` and `reason`: the alert's own headline and reason. `handling`: empty when nobody took it up."""

    alert_id: str
    headline: str
    facts: tuple[str, ...]
    since: str
    handling: str
    groups: tuple[str, ...]
    published: str
    reason: str
    is_preliminary: bool


@dataclass(frozen=True)
class Unjudged:
    """What could not be judged. `why`: the cause; `what`: the groups of passengers, or the period."""

    why: str
    what: str


@dataclass(frozen=True)
class TrendPoint:
    """A measure in a month: its value with the 95% interval, and what its alert compares it with.

    `expected`, `lower`, `upper`: the value expected from the baseline and the control limits; None without a
    comparison. `verdict`: what the alert says. `remark`: why a value outside of the limits opened no alert.
    """

    month: date
    n: int
    value: float | None
    low: float | None = None
    high: float | None = None
    expected: float | None = None
    lower: float | None = None
    upper: float | None = None
    verdict: str = ""
    remark: str = ""
    is_open: bool = False
    is_preliminary: bool = False


@dataclass(frozen=True)
class Trend:
    """A measure through the months. `unit`: `rating`, `share` or `points`. `limit`: a floor or ceiling of an alert
    rule, with `limit_words`. `now`: the newest month in words; `description`: the chart in words."""

    title: str
    measure: str
    unit: str
    points: tuple[TrendPoint, ...]
    now: str
    description: str
    is_open: bool
    limit: float | None = None
    limit_words: str = ""


@dataclass(frozen=True)
class Box:
    """How a question was rated in the newest month: shares of top (4, 5) and low (1, 2) ratings. `ceiling`: the alert
    rule on low ratings in words, empty without one. `is_small`: fewer answers than the rule needs."""

    question: str
    n: int
    top: float
    middle: float
    low: float
    mean: float
    not_applicable: float
    ceiling: str
    is_open: bool
    is_small: bool


@dataclass(frozen=True)
class HeatCell:
    """A question in a group of passengers. `level`: -2 (far below all passengers) to 2; None where there is nothing to
    compare. `mean` and `gap`: empty texts for a group too small to show. `is_small`: fewer answers than the rule."""

    n: int
    mean: str
    gap: str
    level: int | None
    is_small: bool
    is_open: bool


@dataclass(frozen=True)
class HeatMap:
    """Questions by groups of passengers. `rows`: group and its cells, in the order of `questions`."""

    questions: tuple[str, ...]
    rows: tuple[tuple[str, tuple[HeatCell, ...]], ...]
    min_answers: int


@dataclass(frozen=True)
class Team:
    """A team: what is open, and how its questions were rated. `standing`: `open`, `nothing open`, `could not be judged`
    when no series of the team could, or `no alert rule`. `recovering`: problems that are nearly over."""

    name: str
    title: str
    standing: str
    problems: tuple[Problem, ...] = ()
    recovering: tuple[str, ...] = ()
    trends: tuple[Trend, ...] = ()
    boxes: tuple[Box, ...] = ()
    heat: HeatMap | None = None


@dataclass(frozen=True)
class Association:
    """How a question goes together with satisfaction: the share satisfied among its top raters less that among its low
    raters, with the 95% interval. `standing`: `strong link, low score` or empty."""

    question: str
    team: str
    difference: float
    low: float
    high: float
    n_top: int
    n_low: int
    top_share: float
    standing: str


@dataclass(frozen=True)
class TravelType:
    """The associations of one travel type, strongest first."""

    name: str
    associations: tuple[Association, ...]


@dataclass(frozen=True)
class Change:
    """A change of the questionnaire, with the day from which it applies."""

    since: str
    question: str
    what: str


@dataclass(frozen=True)
class Tile:
    """A figure of the first screen with its explanation."""

    title: str
    value: str
    note: str


@dataclass(frozen=True)
class Health:
    """The state of the data. `files`: file, state and reason of those that wait; `more_files`: how many others do.
    `checks`: failed checks of the newest run of each gate, as the columns of the table."""

    balance: str
    adds_up: bool
    freshness: tuple[str, ...]
    files: tuple[tuple[str, str, str], ...] = ()
    more_files: int = 0
    checks: tuple[tuple[str, str, str, str, str], ...] = ()


@dataclass(frozen=True)
class Page:
    """The whole page. `newest`: the month it is about, in words; empty while none is published."""

    made_at: str
    only_team: str
    health: Health
    min_answers: int
    newest: str = ""
    is_preliminary: bool = False
    period: str = ""
    later: tuple[str, ...] = ()
    tiles: tuple[Tile, ...] = ()
    teams: tuple[Team, ...] = ()
    unjudged: tuple[Unjudged, ...] = ()
    overall: tuple[Trend, ...] = ()
    travel_types: tuple[TravelType, ...] = ()
    association_months: str = ""
    changes: tuple[Change, ...] = ()
    smallest_group: int = SMALLEST_GROUP

    @property
    def open_problems(self) -> int:
        """Problems that are open, over the teams of the page."""
        return sum(len(team.problems) for team in self.teams)

    @property
    def is_judged(self) -> bool:
        """Whether anything could be judged, for any team of the page."""
        return any(team.standing in (OPEN, NOTHING_OPEN) for team in self.teams)
