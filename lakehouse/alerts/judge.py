"""Judges every series in every period: findings, false discoveries held per team, episodes, and what leads to what."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache

import numpy as np
import scipy

from lakehouse.alerts import wording
from lakehouse.alerts.alert import Alert, alert_id, series_id
from lakehouse.alerts.episodes import AlertState, Step, next_step
from lakehouse.alerts.evidence.drops import DropTrack
from lakehouse.alerts.evidence.findings import Finding, Series
from lakehouse.alerts.evidence.mix import MixTrack
from lakehouse.alerts.evidence.observed import Observed
from lakehouse.alerts.evidence.statistics import false_discovery_rates
from lakehouse.alerts.evidence.targets import TargetTrack
from lakehouse.alerts.parents import parents
from lakehouse.alerts.rules import PASSENGER_MIX, AlertPolicy, AlertRule, DropRule, TargetRule
from lakehouse.alerts.trust import Lines, faults
from lakehouse.survey.catalogue import Catalogue

# A running period is looked at again and again: its drops are held to this part of the level.
_PRELIMINARY = 1 / 20
_POWER = 0.8
_Track = TargetTrack | DropTrack | MixTrack


@dataclass(frozen=True)
class Circumstances:
    """What is known besides the answers. `today`: a period that ends on it or later is preliminary. `lines`: those that
    are not in silver. `let_through`: periods, by type and first day, whose bad data a person accepted."""

    today: date
    lines: Lines = field(default_factory=Lines)
    let_through: Collection[tuple[str, date]] = ()


def judge(
    policy: AlertPolicy, observed: Sequence[Observed], catalogue: Catalogue, known: Circumstances
) -> tuple[Alert, ...]:
    """One alert per rule, question, segment value and period; sorted by period, rule, question and segment.

    `observed`: what was answered, by period type. Team and wording are those of the first day of the period.
    """
    alerts = [alert for seen in observed for alert in _Timeline(policy, seen, catalogue, known).alerts()]
    return tuple(
        sorted(alerts, key=lambda one: (one.period_start, one.rule, one.question or "", one.segment, one.segment_value))
    )


@dataclass(frozen=True)
class _Verdict:
    """A finding with its state. `q_value`: in the family of its team; None for a target. `level_of_a_test`: what the
    level of the family leaves to each of its tests."""

    finding: Finding
    team: str
    state: AlertState
    q_value: float | None
    level_of_a_test: float


class _Timeline:
    """The periods of one type, from the first to the last."""

    def __init__(self, policy: AlertPolicy, seen: Observed, catalogue: Catalogue, known: Circumstances) -> None:
        self._policy, self._seen, self._catalogue, self._known = policy, seen, catalogue, known
        self._tracks = [_track(rule, seen, catalogue) for rule in policy.rules if rule.period_type == seen.period_type]
        self._ends = {start: period_end(seen.period_type, start) for start in seen.periods}
        found = faults(seen, known.lines, policy.data_limits, self._ends, known.today)
        self._faults = {day: why for day, why in found.items() if (seen.period_type, day) not in known.let_through}
        self._steps: dict[Series, Step] = {}
        self._leaders: frozenset[Series] = frozenset()

    def alerts(self) -> Iterator[Alert]:
        """The alerts of all periods, in order."""
        for at, start in enumerate(self._seen.periods):
            is_preliminary = self._ends[start] >= self._known.today
            found = [list(track.findings(at)) for track in self._tracks]
            verdicts = self._verdicts([one for own in found for one in own], start, is_preliminary)
            for series, verdict in verdicts.items():
                before = self._steps.get(series, Step(None, None))
                self._steps[series] = next_step(before, start, verdict.state, is_preliminary=is_preliminary)
            for track, own in zip(self._tracks, found, strict=True):
                track.settle(
                    at,
                    [self._steps[one.series].goes_on for one in own],
                    [
                        not is_preliminary and start not in self._faults and one.n >= track.rule.min_answers
                        for one in own
                    ],
                )
            led = parents(
                [one.finding for one in verdicts.values() if one.state is AlertState.OPEN],
                self._seen.cells,
                self._leaders,
            )
            self._leaders = frozenset(leader.series for leader in led.values())
            yield from (self._alert(one, led.get(series), is_preliminary) for series, one in verdicts.items())

    def _verdicts(self, found: Sequence[Finding], start: date, is_preliminary: bool) -> dict[Series, _Verdict]:
        """The findings of a period with their states."""
        families: dict[str, list[Finding]] = defaultdict(list)
        teams = {finding.series: self._team(finding) for finding in found}
        for finding in found:
            if finding.evidence:
                families[teams[finding.series]].append(finding)
        level = self._policy.false_discoveries / len(self._catalogue.owners) * (_PRELIMINARY if is_preliminary else 1)
        q_values: dict[Series, float] = {}
        for family in families.values():
            p_values = np.array([finding.evidence.p_value for finding in family if finding.evidence])
            rates = false_discovery_rates(p_values)
            q_values |= {finding.series: float(q) for finding, q in zip(family, rates, strict=True)}
        verdicts = {}
        for finding in found:
            team, q_value = teams[finding.series], q_values.get(finding.series)
            state = self._state(finding, start, q_value, level, is_preliminary)
            verdicts[finding.series] = _Verdict(finding, team, state, q_value, level / max(len(families[team]), 1))
        return verdicts

    def _state(
        self, finding: Finding, start: date, q_value: float | None, level: float, is_preliminary: bool
    ) -> AlertState:
        if start in self._faults:
            return AlertState.NOT_JUDGED
        if finding.cannot_tell:
            return AlertState.INSUFFICIENT
        before = self._steps.get(finding.series)
        if finding.evidence and before and before.goes_on and not is_preliminary:
            return AlertState.OPEN if finding.lasts else AlertState.OK
        is_shown = finding.is_bad and (q_value is None or q_value <= level)
        return AlertState.OPEN if is_shown else AlertState.OK

    def _team(self, finding: Finding) -> str:
        return self._catalogue.owner(finding.measure.question or finding.rule.metric.owner, finding.period_start)

    def _alert(self, verdict: _Verdict, leader: Finding | None, is_preliminary: bool) -> Alert:
        finding, state = verdict.finding, verdict.state
        rule, segment, question, start = finding.rule, finding.segment, finding.measure.question, finding.period_start
        step, evidence = self._steps[finding.series], finding.evidence
        subject = self._catalogue.question(question).at(start).wording if question else rule.metric.subject
        interval = finding.interval
        return Alert(
            alert_id=alert_id(rule.name, question, segment, start),
            series_id=series_id(rule.name, question, segment),
            parent_id=alert_id(rule.name, question, leader.segment, start) if leader else None,
            period_type=rule.period_type,
            period_start=start,
            segment=segment.name,
            segment_value=segment.value,
            rule=rule.name,
            metric=rule.metric.name,
            team=verdict.team,
            question=question,
            n=finding.n,
            value=finding.value,
            threshold=finding.threshold,
            ci_low=interval.low if interval else None,
            ci_high=interval.high if interval else None,
            state=state,
            reason=wording.reason(finding, state, verdict.q_value, self._faults.get(start)),
            headline=wording.headline(finding, subject, state, step, is_preliminary=is_preliminary),
            is_preliminary=is_preliminary,
            phase=step.phase,
            first_period=step.episode.first if step.episode else None,
            periods_open=step.episode.open_periods if step.episode else 0,
            q_value=verdict.q_value,
            smallest_detectable=_errors_to_detect(verdict.level_of_a_test) * evidence.error if evidence else None,
            evidence=evidence,
        )


def _track(rule: AlertRule, seen: Observed, catalogue: Catalogue) -> _Track:
    if isinstance(rule, TargetRule):
        return TargetTrack(rule, seen)
    assert isinstance(rule, DropRule)
    return MixTrack(rule, seen) if rule.metric == PASSENGER_MIX else DropTrack(rule, seen, catalogue)


@cache
def _errors_to_detect(level: float) -> float:
    """The difference, in standard errors, that a one-sided test at this level finds in four of five periods (normal
    approximation)."""
    return float(scipy.stats.norm.isf(level) + scipy.stats.norm.ppf(_POWER))


def period_end(period_type: str, start: date) -> date:
    """The last day of a period."""
    match period_type:
        case "day":
            return start
        case "week":
            return start + timedelta(days=6)
    return (start.replace(day=1) + timedelta(days=31)).replace(day=1) - timedelta(days=1)
