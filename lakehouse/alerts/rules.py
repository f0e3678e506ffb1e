"""Alert rules: what is measured, for whom, and against what: a target, or the periods before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from schemas.segments import OVERALL

# Periods that a baseline of the latest ones must have.
MIN_BASELINE_PERIODS = 3
SAME_PERIOD_LAST_YEAR: Final = "last_year"
PREVIOUS: Final = "previous"
PeriodType = Literal["month", "week", "day"]
Baseline = Literal["previous", "last_year"]


@dataclass(frozen=True)
class Metric:
    """`of_questions`: whether every question has it. `falls_are_bad`: a rise is bad else. `unit`: `rating` (1 to 5),
    `share` (0 to 1) or `points` (0 to 100). `owner`: the measure whose owner is alerted, where it is not a question's.
    `words`: what is measured, in words; `subject`: of what, where it is not a question."""

    name: str
    of_questions: bool
    falls_are_bad: bool
    unit: str
    words: str
    owner: str = ""
    subject: str = "Satisfaction"


MEAN_RATING = Metric("mean_rating", True, True, "rating", "mean rating")
SHARE_LOW = Metric("share_low", True, False, "share", "low ratings (1 or 2)")
SHARE_NOT_APPLICABLE = Metric("share_not_applicable", True, False, "share", "not applicable")
SHARE_SATISFIED = Metric("share_satisfied", False, True, "share", "satisfied", "share_satisfied")
SERVICE_INDEX = Metric("service_index", False, True, "points", "service index", "service_index", "Service index")
WEIGHTED_SCORE = Metric(
    "weighted_satisfaction_score",
    False,
    True,
    "points",
    "weighted score",
    "weighted_satisfaction_score",
    "Weighted score",
)
LATE_DEPARTURES = Metric(
    "share_late_departures", False, False, "share", "of departures late", "departure_delay", "Departures"
)
LATE_ARRIVALS = Metric("share_late_arrivals", False, False, "share", "of arrivals late", "arrival_delay", "Arrivals")
PASSENGER_MIX = Metric(
    "passenger_mix",
    False,
    False,
    "share",
    "of passengers in other groups than before",
    "passenger_mix",
    "Passenger mix",
)
METRICS: Mapping[str, Metric] = {
    metric.name: metric
    for metric in (
        *(MEAN_RATING, SHARE_LOW, SHARE_NOT_APPLICABLE, SHARE_SATISFIED, SERVICE_INDEX, WEIGHTED_SCORE),
        *(LATE_DEPARTURES, LATE_ARRIVALS, PASSENGER_MIX),
    )
}
# Scores are means over the concepts that were asked: other concepts make another score.
SCORES = (SERVICE_INDEX.name, WEIGHTED_SCORE.name)


@dataclass(frozen=True)
class Threshold:
    """The threshold of a single question, and why it differs from the threshold of the rule."""

    value: float
    reason: str


@dataclass(frozen=True, kw_only=True)
class AlertRule:
    """What every rule says. `segments`: the segments whose values are judged. With fewer than `min_answers` answers an
    alert is `insufficient`. `period_type`: `day`, `week` or `month`."""

    name: str
    metric: Metric
    reason: str
    segments: tuple[str, ...] = (OVERALL,)
    min_answers: int = 100
    period_type: PeriodType = "month"


@dataclass(frozen=True, kw_only=True)
class TargetRule(AlertRule):
    """A floor (`below` is bad) or a ceiling (`above` is bad), in the unit of the metric.

    Open only when the whole interval at `confidence` lies beyond the threshold. `question_thresholds`: question ->
    threshold, for questions that need another one than the rule.
    """

    direction: str
    threshold: float
    question_thresholds: Mapping[str, Threshold] = field(default_factory=dict)
    confidence: float = 0.95

    def threshold_for(self, question: str | None) -> float:
        """The threshold of the question, or of a measure of the whole response (None)."""
        exception = self.question_thresholds.get(question) if question else None
        return exception.value if exception else self.threshold


@dataclass(frozen=True, kw_only=True)
class DropRule(AlertRule):
    """Worse than the periods before: a fall, or a rise where that is bad.

    `minimum_effect`: the least difference of one period that counts, in the unit of the metric; `lasting_effect`: the
    least one of two or three periods together. `baseline`: the `baseline_periods` latest ones, or the same period last
    year.
    """

    minimum_effect: float
    lasting_effect: float
    baseline: Baseline = PREVIOUS
    baseline_periods: int = 6


@dataclass(frozen=True)
class DataLimits:
    """Limits beyond which the data of a period is too bad to judge it.

    Shares of its delivered lines that are in quarantine, or wait in files that are not admitted; the share of imputed
    arrival delays; the least number of responses, as a share of the median of the periods before.
    """

    quarantined: float = 0.10
    waiting: float = 0.10
    imputed: float = 0.10
    volume: float = 0.50


@dataclass(frozen=True)
class AlertPolicy:
    """All rules, and what they share. `false_discoveries`: the share of false ones among the drops of all teams that
    may be expected (q)."""

    rules: tuple[AlertRule, ...]
    false_discoveries: float = 0.05
    data_limits: DataLimits = DataLimits()
