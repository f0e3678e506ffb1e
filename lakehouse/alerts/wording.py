"""Alerts in words: the headline that a team reads, and the reason for the state."""

from __future__ import annotations

from datetime import date

from lakehouse.alerts.episodes import AlertState, Step
from lakehouse.alerts.evidence import findings
from lakehouse.alerts.evidence.findings import Finding
from lakehouse.alerts.evidence.observed import Segment
from lakehouse.alerts.rules import MEAN_RATING, PASSENGER_MIX, SAME_PERIOD_LAST_YEAR, DropRule, TargetRule
from schemas.segments import SEPARATOR

_LEAST_CHANCE = 1e-12
_MINUS = "\N{MINUS SIGN}"
_ORDINALS = ("", "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")


def headline(finding: Finding, subject: str, state: AlertState, step: Step, *, is_preliminary: bool) -> str:
    """One line: what, how much, for whom, since when, and on how many answers. `subject`: wording of the question."""
    parts = [f"{subject}: {_figures(finding)}", for_whom(finding.segment), _when(finding, state, step)]
    told = ", ".join(part for part in parts if part)
    running = ", so far" if is_preliminary else ""
    return f"{told}{running}; {finding.n:,} {'responses' if finding.measure.question is None else 'answers'}"


def reason(finding: Finding, state: AlertState, q_value: float | None, fault: str | None) -> str:
    """Why the alert has its state, in one sentence."""
    if state is AlertState.NOT_JUDGED:
        return f"{fault}: not judged; `lakehouse alerts judge` lets it through"
    if state is AlertState.INSUFFICIENT:
        return _why_insufficient(finding)
    if isinstance(finding.rule, TargetRule):
        return _of_target(finding, finding.rule, state)
    return _of_drop(finding, state, q_value)


def for_whom(segment: Segment) -> str:
    """A group of passengers in words."""
    match segment.name:
        case "overall":
            return "all passengers"
        case "class":
            return f"{segment.value} class"
        case "travel_type":
            return f"{segment.value} travellers"
        case "customer_type":
            return f"{segment.value} customers"
    class_, travel_type, *customer_type = segment.value.split(SEPARATOR)
    return " ".join([*(f"{one}" for one in customer_type), f"{travel_type} travellers in {class_}"])


def shown(value: float | None, unit: str) -> str:
    """A value in its unit."""
    if value is None:
        return "no answers"
    return f"{value:.1%}" if unit == "share" else f"{value:.2f}" if unit == "rating" else f"{value:.1f}"


def _signed(value: float, unit: str) -> str:
    sign, size = _MINUS if value < 0 else "+", abs(value)
    return f"{sign}{size * 100:.1f}" if unit == "share" else f"{sign}{shown(size, unit)}"


def _chance(value: float | None) -> str:
    """A p- or q-value; below what floating point can tell, a bound."""
    assert value is not None
    return f"{value:.2g}" if value >= _LEAST_CHANCE else f"below {_LEAST_CHANCE:g}"


def _figures(finding: Finding) -> str:
    unit, metric = finding.rule.metric.unit, finding.rule.metric
    now = "mean" if metric == MEAN_RATING else ""
    value = f"{now} {shown(finding.value, unit)}".strip()
    words = value if metric == MEAN_RATING or metric.unit == "points" else f"{value} {metric.words}"
    evidence, interval = finding.evidence, finding.interval
    if evidence is None or interval is None:
        return words
    low, high = _signed(interval.low, unit), _signed(interval.high, unit)
    points = " points" if unit == "share" else ""
    change = f"{_signed(evidence.difference, unit)}{points}, 95% interval {low} to {high}"
    return f"{words}, was {shown(evidence.baseline_value, unit)} ({change})"


def _when(finding: Finding, state: AlertState, step: Step) -> str:
    period = period_name(finding.rule.period_type, finding.period_start)
    if step.episode is None or state is not AlertState.OPEN:
        return f"in {period}"
    number = step.episode.open_periods
    ordinal = _ORDINALS[number] if number < len(_ORDINALS) else f"{number}th"
    since = period_name(finding.rule.period_type, step.episode.first)
    return f"in {period}" if number == 1 else f"since {since}, {ordinal} {finding.rule.period_type}"


def period_name(period_type: str, start: date) -> str:
    """A period in words: 2026-08, or its first day for days and weeks."""
    if period_type == "month":
        return f"{start:%Y-%m}"
    return f"week of {start}" if period_type == "week" else str(start)


def _why_insufficient(finding: Finding) -> str:
    least = finding.rule.min_answers
    match finding.cannot_tell:
        case findings.FEW_ANSWERS:
            why = f"{finding.n} answers, fewer than {least}"
        case findings.NO_BASELINE:
            why = "too few periods before it to compare with"
        case findings.MIX:
            why = "the passengers differ too much from those of the baseline"
        case findings.NO_VARIANCE:
            why = "every answer of a group is the same"
        case _:
            why = "the questionnaire was another one before"
    return f"{finding.cannot_tell}: {why}: cannot tell"


def _of_target(finding: Finding, rule: TargetRule, state: AlertState) -> str:
    assert finding.interval is not None
    unit = rule.metric.unit
    low, high = (shown(end, unit) for end in finding.interval)
    observed = f"{rule.confidence:.0%} interval {low} to {high}"
    limit = f"{rule.direction} {shown(finding.threshold, unit)}"
    return f"{observed} lies wholly {limit}" if state is AlertState.OPEN else f"{observed}: not shown to be {limit}"


def _of_drop(finding: Finding, state: AlertState, q_value: float | None) -> str:
    evidence, rule = finding.evidence, finding.rule
    assert evidence is not None and isinstance(rule, DropRule)
    together = "" if evidence.periods == 1 else f"the last {evidence.periods} {rule.period_type}s together, "
    before = "the same period last year" if rule.baseline == SAME_PERIOD_LAST_YEAR else "the periods before"
    chance = f"{together}against {before}: p {_chance(evidence.p_value)}, q {_chance(q_value)}"
    least = shown(finding.threshold, rule.metric.unit) if rule.metric.unit != "share" else f"{finding.threshold:.0%}"
    if state is AlertState.OPEN:
        return f"{chance}; worse by at least {least}" if finding.is_bad else f"{chance}; an open episode goes on"
    if not finding.is_bad:
        return f"{chance}; not worse by {least}, the least that counts"
    changed = "changed" if rule.metric == PASSENGER_MIX else "worse"
    return f"{chance}; not shown to be {changed}"
