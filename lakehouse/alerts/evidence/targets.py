"""Floors and ceilings: a value and its interval against a threshold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lakehouse.alerts.evidence.findings import FEW_ANSWERS, Finding
from lakehouse.alerts.evidence.observed import Observed
from lakehouse.alerts.evidence.statistics import Interval, Sums, mean_interval, wilson
from lakehouse.alerts.rules import TargetRule


class TargetTrack:
    """The series of a target rule through time; see `DropTrack`."""

    def __init__(self, rule: TargetRule, seen: Observed) -> None:
        self.rule = rule
        self._seen = seen
        self._measures = [measure for measure in seen.measures if measure.metric == rule.metric.name]
        self._segments = {segment: cells for name in rule.segments for segment, cells in seen.segments(name).items()}
        self._sums = seen.of(self._measures)

    def findings(self, at: int) -> Iterator[Finding]:
        """The period with number `at` against the thresholds, for each question and segment value."""
        rule, day = self.rule, self._seen.periods[at]
        for segment, cells in self._segments.items():
            for place, measure in enumerate(self._measures):
                own, threshold = self._sums[at, place].within(cells), rule.threshold_for(measure.question)
                n = int(own.answers)
                interval = _interval(rule, own) if n > 1 else None
                is_bad = interval is not None and _is_beyond(rule, interval, threshold)
                yield Finding(
                    *(rule, measure, segment, day, n, float(own.mean) if n else None, threshold, interval, is_bad),
                    cannot_tell=FEW_ANSWERS if n < rule.min_answers or interval is None else None,
                )

    def settle(self, at: int, in_episode: Sequence[bool], may_be_baseline: Sequence[bool]) -> None:
        """Nothing: a target does not depend on other periods."""


def _interval(rule: TargetRule, sums: Sums) -> Interval:
    n, total, squares = int(sums.answers), float(sums.total.sum()), float(sums.squares.sum())
    if rule.metric.unit == "share":
        return wilson(round(total), n, rule.confidence)
    return mean_interval(n, total, squares, rule.confidence)


def _is_beyond(rule: TargetRule, interval: Interval, threshold: float) -> bool:
    return interval.high < threshold if rule.direction == "below" else interval.low > threshold
