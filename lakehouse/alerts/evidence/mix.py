"""Who answers: a changed mix of passengers is an alert by itself, and no fall of any score."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import compress

import numpy as np

from lakehouse.alerts.evidence.drops import GOES_ON
from lakehouse.alerts.evidence.findings import FEW_ANSWERS, NO_BASELINE, CellSums, Evidence, Finding
from lakehouse.alerts.evidence.observed import ALL_PASSENGERS, Measure, Observed
from lakehouse.alerts.evidence.statistics import Flags, MixChange, Numbers, mix_change
from lakehouse.alerts.rules import MIN_BASELINE_PERIODS, PASSENGER_MIX, DropRule

_MEASURE = Measure(PASSENGER_MIX.name, None)


class MixTrack:
    """The mix of passengers through time; see `DropTrack`."""

    def __init__(self, rule: DropRule, seen: Observed) -> None:
        self.rule = rule
        self._seen = seen
        self._eligible = np.zeros(len(seen.periods), dtype=bool)
        self._frozen = self._eligible.copy()
        self._in_episode = False
        self._baseline = self._eligible.copy()

    def findings(self, at: int) -> Iterator[Finding]:
        """The mix of the period with number `at` against that of its baseline."""
        latest = np.flatnonzero(self._eligible[:at])[-self.rule.baseline_periods :]
        self._baseline = np.isin(np.arange(len(self._seen.periods)), latest)
        used = self._frozen if self._in_episode else self._baseline
        passengers = self._seen.passengers[at]
        n, before = int(passengers.sum()), self._seen.passengers[used].sum(0)
        rule, day, limit = self.rule, self._seen.periods[at], self.rule.minimum_effect
        if n < rule.min_answers or used.sum() < MIN_BASELINE_PERIODS:
            cause = FEW_ANSWERS if n < rule.min_answers else NO_BASELINE
            yield Finding(rule, _MEASURE, ALL_PASSENGERS, day, n, None, limit, cannot_tell=cause)
            return
        change, factor = mix_change(passengers, before), self._factor(used)
        p_value = change.p_value(factor)
        yield Finding(
            *(rule, _MEASURE, ALL_PASSENGERS, day, n, change.moved, limit),
            is_bad=change.moved >= limit,
            lasts=p_value < GOES_ON and change.moved >= limit / 2,
            evidence=self._evidence(used, passengers, change, factor, p_value),
        )

    def settle(self, at: int, in_episode: Sequence[bool], may_be_baseline: Sequence[bool]) -> None:
        """Takes up what was decided about the period."""
        (now,), (may,) = in_episode, may_be_baseline
        if now and not self._in_episode:
            self._frozen = self._baseline
        self._in_episode = now
        self._eligible[at] = may and not now

    def _factor(self, used: Flags) -> float:
        """How much more than chance the periods of the baseline differ: root mean of chi-squared per degree of freedom,
        each against all others, at least 1."""
        periods = self._seen.passengers[used]
        whole = periods.sum(0)
        changes = [mix_change(one, whole - one) for one in periods]
        per_degree = [change.statistic / change.freedom for change in changes if change.freedom]
        return max(1.0, sum(per_degree) / len(per_degree)) ** 0.5 if per_degree else 1.0

    def _evidence(self, used: Flags, now: Numbers, change: MixChange, factor: float, p_value: float) -> Evidence:
        before = self._seen.passengers[used].sum(0)
        cells = tuple(
            CellSums(cell, float(now[number]), 0.0, 0.0, float(before[number]), 0.0, 0.0)
            for number, cell in enumerate(self._seen.cells)
            if now[number] or before[number]
        )
        periods = tuple(compress(self._seen.periods, used.tolist()))
        return Evidence(1, int(before.sum()), 0.0, change.moved, 0.0, factor, p_value, cells, periods)
