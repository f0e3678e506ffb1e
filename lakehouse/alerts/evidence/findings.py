"""What the figures of one period say about one series, before other series and periods are looked at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from lakehouse.alerts.evidence.observed import Cell, Measure, Segment
from lakehouse.alerts.evidence.statistics import Interval
from lakehouse.alerts.rules import AlertRule

# Why nothing can be said about a series in a period.
FEW_ANSWERS = "few_answers"
NO_BASELINE = "no_baseline"
MIX = "mix"
NO_VARIANCE = "no_variance"
QUESTIONNAIRE_CHANGED = "questionnaire_changed"


# What is followed through time: rule, question and segment value.
Series = tuple[str, str | None, Segment]


@dataclass(frozen=True)
class CellSums:
    """The sums of one cell on both sides of a comparison."""

    cell: Cell
    n: float
    total: float
    squares: float
    baseline_n: float
    baseline_total: float
    baseline_squares: float


@dataclass(frozen=True)
class Evidence:
    """A comparison with a baseline, and all that is needed to compute it again.

    `periods`: how many were tested together. `difference`: standardised, in the unit of the metric. `error`: its
    standard error, widened by `factor`. `p_value`: corrected for the number of windows. `baseline_periods`: first day
    of each.
    """

    periods: int
    baseline_n: int
    baseline_value: float
    difference: float
    error: float
    factor: float
    p_value: float
    cells: tuple[CellSums, ...]
    baseline_periods: tuple[date, ...] = ()


@dataclass(frozen=True)
class Finding:
    """`is_bad`: beyond what counts, if it is no chance. `lasts`: bad enough to go on once an episode is open.
    `cannot_tell`: why there is no answer; None when there is one."""

    rule: AlertRule
    measure: Measure
    segment: Segment
    period_start: date
    n: int
    value: float | None
    threshold: float
    interval: Interval | None = None
    is_bad: bool = False
    lasts: bool = False
    cannot_tell: str | None = None
    evidence: Evidence | None = None

    @property
    def series(self) -> Series:
        """The series that it is about."""
        return self.rule.name, self.measure.question, self.segment
