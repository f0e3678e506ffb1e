"""Series that got worse than the periods before, at an equal mix of passengers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from itertools import compress

import numpy as np

from lakehouse.alerts.evidence import findings
from lakehouse.alerts.evidence.comparison import (
    WINDOW_WEIGHTS,
    Comparison,
    Tested,
    Window,
    compare,
    period_factor,
    windows,
)
from lakehouse.alerts.evidence.findings import CellSums, Evidence, Finding
from lakehouse.alerts.evidence.observed import Observed, Segment
from lakehouse.alerts.evidence.statistics import Flags, Interval
from lakehouse.alerts.rules import MIN_BASELINE_PERIODS, SAME_PERIOD_LAST_YEAR, SCORES, DropRule
from lakehouse.survey.catalogue import Catalogue

_MIN_COVERAGE = 0.9
# An open episode goes on while the period alone is bad at this level, by half of the least effect.
GOES_ON = 0.05
# Concepts asked in shares of the responses that differ by more than this make another score.
_SAME_QUESTIONS = 0.05


class DropTrack:
    """The series of a drop rule through time: which periods may be a baseline, and which series are in an episode."""

    def __init__(self, rule: DropRule, seen: Observed, catalogue: Catalogue) -> None:
        self.rule = rule
        self._seen = seen
        self._catalogue = catalogue
        self._measures = [measure for measure in seen.measures if measure.metric == rule.metric.name]
        values = {segment: cells for name in rule.segments for segment, cells in seen.segments(name).items()}
        self._segments: Sequence[Segment] = list(values)
        self._members: Flags = np.array(list(values.values()))
        self._sums = seen.of(self._measures)
        self._asked = seen.asked_share()
        shape = (len(seen.periods), len(self._measures), len(values))
        self._eligible = np.zeros(shape, dtype=bool)
        self._frozen = np.zeros(shape, dtype=bool)
        self._in_episode = np.zeros(shape[1:], dtype=bool)
        # The windows of the newest period, and of each series the length of the one that its finding tells of.
        self._windows_now: Sequence[Window] = ()
        self._told = np.ones(shape[1:], dtype=int)

    def findings(self, at: int) -> Iterator[Finding]:
        """The period with number `at` against the baseline of each series, in the order of `settle`."""
        comparable = self._comparable(at)
        found = list(self._windows(self._eligible & comparable, at))
        self._windows_now = found
        factor = period_factor(self._sums, self._members, self._factor_periods(found[0], comparable, at))
        least = np.where(self._in_episode, 1, self._least_periods)
        falls = self.rule.metric.falls_are_bad
        compared = [
            compare(self._sums, self._members, window, factor, falls, self._effect(window.length), least)
            for window in found
        ]
        has_older = self._eligible[:at].sum(0) >= self._least_periods
        for place in np.ndindex(self._in_episode.shape):
            yield self._finding(at, place, compared, bool(has_older[place]))

    def settle(self, at: int, in_episode: Sequence[bool], may_be_baseline: Sequence[bool]) -> None:
        """Takes up what was decided about the period, in the order of `findings`."""
        now = np.array(in_episode, dtype=bool).reshape(self._in_episode.shape)
        begins = now & ~self._in_episode
        # Of a fall that took several periods to show, none is in the baseline.
        for window in self._windows_now:
            self._frozen = np.where(begins & (self._told == window.length), window.baseline, self._frozen)
        self._in_episode = now
        self._eligible[at] = np.array(may_be_baseline, dtype=bool).reshape(now.shape) & ~now

    @property
    def _least_periods(self) -> int:
        return 1 if self.rule.baseline == SAME_PERIOD_LAST_YEAR else MIN_BASELINE_PERIODS

    def _effect(self, length: int) -> float:
        return self.rule.minimum_effect if length == 1 else self.rule.lasting_effect

    def _windows(self, eligible: Flags, at: int) -> Iterator[Window]:
        if self.rule.baseline != SAME_PERIOD_LAST_YEAR:
            yield from windows(eligible, at, self.rule.baseline_periods, self._frozen, self._in_episode)
            return
        last_year = [day == _a_year_before(self._seen.periods[at]) for day in self._seen.periods]
        judged = np.zeros_like(eligible)
        judged[at] = True
        baseline = eligible & np.array(last_year)[:, None, None]
        yield Window(1, judged, np.where(self._in_episode, self._frozen, baseline))

    def _factor_periods(self, newest: Window, comparable: Flags, at: int) -> Flags:
        """The periods that say how much periods differ."""
        if self.rule.baseline != SAME_PERIOD_LAST_YEAR:
            return newest.baseline
        latest = windows(self._eligible & comparable, at, self.rule.baseline_periods, self._frozen, self._in_episode)
        return next(latest).baseline

    def _comparable(self, at: int) -> Flags:
        """Which periods asked the same as the period: periods x measures x 1."""
        periods, day = self._seen.periods, self._seen.periods[at]
        if self.rule.metric.name in SCORES:
            same = (np.abs(self._asked - self._asked[at]) <= _SAME_QUESTIONS).all(axis=1)
            return np.asarray(np.repeat(same[:, None, None], len(self._measures), axis=1))
        begins = [_series_begins(self._catalogue, measure.question, day) for measure in self._measures]
        return np.array([[[start >= begin] for begin in begins] for start in periods])

    def _finding(self, at: int, place: tuple[int, ...], compared: Sequence[Comparison], has_older: bool) -> Finding:
        row, column = place
        measure, segment = self._measures[row], self._segments[column]
        rule, newest = self.rule, compared[0].tested[row][column]
        n, value = int(newest.n), newest.mean if newest.n else None
        finding = Finding(rule, measure, segment, self._seen.periods[at], n, value, rule.minimum_effect)
        cause = _cannot_tell(newest, rule.min_answers, has_older)
        self._told[place] = 1
        if cause:
            return replace(finding, cannot_tell=cause)
        usable = [one for one in compared if _cannot_tell(one.tested[row][column], rule.min_answers, False) is None]
        best = min(usable, key=lambda one: _rank(one.tested[row][column]))
        told = best.tested[row][column]
        self._told[place] = best.window.length
        worse = newest.difference if rule.metric.falls_are_bad else -newest.difference
        return replace(
            finding,
            threshold=self._effect(best.window.length),
            interval=Interval(told.difference - told.margin, told.difference + told.margin),
            is_bad=bool(told.is_beyond),
            lasts=newest.p_value * WINDOW_WEIGHTS[1] < GOES_ON and worse <= -rule.minimum_effect / 2,
            evidence=self._evidence(best, told, place),
        )

    def _evidence(self, best: Comparison, told: Tested, place: tuple[int, ...]) -> Evidence:
        own = zip(self._seen.cells, best.cells[place].tolist(), strict=True)
        in_baseline = best.window.baseline[:, place[0], place[1]].tolist()
        return Evidence(
            periods=best.window.length,
            baseline_n=int(told.baseline_n),
            baseline_value=told.baseline_mean,
            difference=told.difference,
            error=told.error,
            factor=told.factor,
            p_value=told.p_value,
            cells=tuple(CellSums(cell, *sums) for cell, sums in own if sums[0] or sums[3]),
            baseline_periods=tuple(compress(self._seen.periods, in_baseline)),
        )


def _cannot_tell(one: Tested, min_answers: int, has_older: bool) -> str | None:
    """Why a window says nothing; None when it does. `has_older`: whether there would be a baseline, had the same been
    asked."""
    if one.n < min_answers:
        return findings.FEW_ANSWERS
    if not one.may_be_tested:
        return findings.QUESTIONNAIRE_CHANGED if has_older else findings.NO_BASELINE
    if one.coverage < _MIN_COVERAGE:
        return findings.MIX
    if one.baseline_n < min_answers:
        return findings.NO_BASELINE
    return findings.NO_VARIANCE if one.error == 0 and one.difference != 0 else None


def _rank(one: Tested) -> tuple[bool, float]:
    """The window that says most comes first: a difference that counts, then the smaller p-value."""
    return not one.is_beyond, one.p_value


def _series_begins(catalogue: Catalogue, question: str | None, day: date) -> date:
    """The first day of the series that a question belongs to on a day: answers before other words do not compare."""
    if question is None:
        return date.min
    breaks = [
        version.valid_from
        for version in catalogue.question(question).versions
        if version.change and version.comparability != "exact" and version.valid_from <= day
    ]
    return max(breaks, default=date.min)


def _a_year_before(day: date) -> date:
    return day.replace(year=day.year - 1, day=min(day.day, 28) if (day.month, day.day) == (2, 29) else day.day)
