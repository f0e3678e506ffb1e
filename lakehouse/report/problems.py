"""What is open now, what is nearly over, and what could not be judged: the alerts in words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from lakehouse.alerts.evidence import findings
from lakehouse.alerts.rules import METRICS, AlertPolicy, Metric, TargetRule
from lakehouse.report.collected import Row, Rows, Span
from lakehouse.report.model import NO_RULE, NOT_JUDGED, NOTHING_OPEN, OPEN, SMALLEST_GROUP, Problem, Unjudged
from lakehouse.report.words import change, group, listed, month, period, points, quantity
from schemas import columns as c

_IS_OPEN, _OK, _BAD_DATA = "open", "ok", "not_judged"
_CAUSES = {
    findings.FEW_ANSWERS: "Too few answers",
    findings.NO_BASELINE: "Too few months before it to compare with",
    findings.MIX: "Other passengers than in the months before",
    findings.NO_VARIANCE: "Every answer of the group is the same",
    findings.QUESTIONNAIRE_CHANGED: "The questionnaire was another one before",
}
# Between the cause of an alert that cannot tell and the rest of its reason.
_AFTER_CAUSE = ":"


@dataclass(frozen=True)
class Standing:
    """Every series as it stands. `judged`: what was last said of each; `unjudged`: of those nothing could be said of.

    A preliminary month only adds to what the last full month said: it is judged too strictly to close anything.
    """

    judged: Mapping[str, Row]
    unjudged: tuple[Row, ...]
    by_id: Mapping[str, Row]

    def leader(self, alert: Row) -> Row | None:
        """The open alert that leads this one; None for a leader, and where the leader is not open any more."""
        parent = self.by_id.get(alert["parent_id"] or "")
        stands = self.judged.get(parent["series_id"]) if parent else None
        return stands if stands and stands[c.STATE] == _IS_OPEN and stands is not alert else None


def standing(alerts: Rows, span: Span) -> Standing:
    """The series since the last full month. `alerts`: rows of the view with their `series_id`."""
    of_months = [one for one in alerts if one[c.PERIOD_TYPE] == "month"]
    running = {one[c.PERIOD_START] for one in of_months if one["is_preliminary"]}
    since = span.before if span.newest in running else span.newest
    series: dict[str, list[Row]] = defaultdict(list)
    for alert in sorted(alerts, key=lambda one: one[c.PERIOD_START]):
        if alert[c.PERIOD_START] >= since:
            series[alert["series_id"]].append(alert)
    judged, unjudged = {}, []
    for name, own in series.items():
        told = [one for one in own if one[c.STATE] == _IS_OPEN or (one[c.STATE] == _OK and not one["is_preliminary"])]
        if told:
            judged[name] = told[-1]
        elif any(one[c.STATE] != _OK for one in own):
            unjudged.append(next(one for one in own if one[c.STATE] != _OK))
    return Standing(judged, tuple(unjudged), {one["alert_id"]: one for one in alerts})


def problems(stands: Standing, team: str, policy: AlertPolicy, wordings: Mapping[str, str]) -> tuple[Problem, ...]:
    """The open alerts of a team that no other one leads, longest open first."""
    own = [one for one in stands.judged.values() if one["team"] == team and one[c.STATE] == _IS_OPEN]
    led: dict[str, list[Row]] = defaultdict(list)
    leaders = []
    for alert in own:
        leader = stands.leader(alert)
        if leader is None:
            leaders.append(alert)
        else:
            led[leader["alert_id"]].append(alert)
    leaders.sort(key=lambda one: (_since(one), -(one["periods_open"] or 0), one["headline"]))
    return tuple(_problem(one, led[one["alert_id"]], policy, wordings) for one in leaders)


def team_standing(stands: Standing, team: str) -> str:
    """How a team stands: see `Team`."""
    own = [one for one in stands.judged.values() if one["team"] == team]
    if any(one[c.STATE] == _IS_OPEN for one in own):
        return OPEN
    if own:
        return NOTHING_OPEN
    return NOT_JUDGED if any(one["team"] == team for one in stands.unjudged) else NO_RULE


def _since(alert: Row) -> date:
    first: date = alert["first_period"] or alert[c.PERIOD_START]
    return first


def _problem(alert: Row, led: Sequence[Row], policy: AlertPolicy, wordings: Mapping[str, str]) -> Problem:
    metric = METRICS[alert["metric"]]
    subject = _subject(alert, metric, wordings)
    is_small = alert[c.N] < SMALLEST_GROUP
    what = "answers" if alert[c.QUESTION] else "responses"
    answers = f"fewer than {SMALLEST_GROUP} {what}" if is_small else f"{alert[c.N]:,} {what}"
    facts = [] if is_small else _size(alert, metric)
    return Problem(
        alert_id=alert["alert_id"],
        headline=f"{subject}: worse in a group too small to show" if is_small else _headline(alert, subject, policy),
        facts=(*facts, group(alert[c.SEGMENT], alert[c.SEGMENT_VALUE]), answers),
        since=period(alert[c.PERIOD_TYPE], _since(alert)),
        handling="" if alert["handling"] == "new" else alert["handling"],
        groups=tuple(sorted(_in_group(one, metric) for one in led)),
        published="" if is_small else alert["headline"],
        reason="" if is_small else alert[c.REASON],
        is_preliminary=alert["is_preliminary"],
    )


def _subject(alert: Row, metric: Metric, wordings: Mapping[str, str]) -> str:
    question = alert[c.QUESTION]
    return wordings.get(question, question) if question else metric.subject


def _headline(alert: Row, subject: str, policy: AlertPolicy) -> str:
    """The value now, and what it is worse than: the baseline, or the threshold."""
    metric = METRICS[alert["metric"]]
    now = quantity(alert["value"], metric.unit, 1)
    value = {"rating": f"rated {now}", "share": f"{now} {metric.words}"}.get(metric.unit, now)
    if alert["baseline_value"] is not None and alert["ci_low"] is not None:
        return f"{subject}: {value}, was {quantity(alert['baseline_value'], metric.unit, 1)}"
    if any(isinstance(rule, TargetRule) and rule.name == alert["rule"] for rule in policy.rules):
        limit = "floor" if metric.falls_are_bad else "ceiling"
        return f"{subject}: {value}, {limit} {quantity(alert['threshold'], metric.unit)}"
    return f"{subject}: {value}"


def _size(alert: Row, metric: Metric) -> list[str]:
    if alert["ci_low"] is None:
        return []
    if alert["difference"] is None:
        ends = " to ".join(quantity(alert[end], metric.unit, 1) for end in ("ci_low", "ci_high"))
        return [f"95 % interval {ends}"]
    ends = " to ".join(change(alert[end], metric.unit) for end in ("ci_low", "ci_high"))
    difference = f"{change(alert['difference'], metric.unit)}{points(metric.unit)}"
    return [f"{difference} at an equal mix of passengers (95 % interval {ends})"]


def _in_group(alert: Row, metric: Metric) -> str:
    name = group(alert[c.SEGMENT], alert[c.SEGMENT_VALUE])
    if alert[c.N] < SMALLEST_GROUP or alert["difference"] is None:
        return name
    return f"{name}: {change(alert['difference'], metric.unit)}{points(metric.unit)}"


def recovering(stands: Standing, team: str, wordings: Mapping[str, str]) -> tuple[str, ...]:
    """The problems of a team that had one good month and are over after another one: one line per question."""
    paused: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for alert in stands.judged.values():
        if alert["team"] == team and alert[c.STATE] == _OK and alert["phase"] == "pauses":
            metric = METRICS[alert["metric"]]
            paused[_subject(alert, metric, wordings), metric.words].append(alert)
    return tuple(
        f"{subject} ({words}): good in {period(own[0][c.PERIOD_TYPE], own[0][c.PERIOD_START])}, after a problem since "
        f"{period(own[0][c.PERIOD_TYPE], min(map(_since, own)))}; over after one more good {own[0][c.PERIOD_TYPE]}"
        for (subject, words), own in sorted(paused.items())
    )


def unjudged(stands: Standing, teams: Iterable[str]) -> tuple[Unjudged, ...]:
    """What could not be judged, by cause: bad data first, then the groups of passengers that nothing is known of."""
    shown = set(teams)
    own = [one for one in stands.unjudged if one["team"] in shown]
    bad_data = dict.fromkeys(one[c.REASON] for one in own if one[c.STATE] == _BAD_DATA)
    groups: dict[tuple[str, date], dict[str, None]] = defaultdict(dict)
    for alert in own:
        if alert[c.STATE] != _BAD_DATA:
            cause = alert[c.REASON].partition(_AFTER_CAUSE)[0]
            name = group(alert[c.SEGMENT], alert[c.SEGMENT_VALUE])
            groups[cause, alert[c.PERIOD_START].replace(day=1)][name] = None
    return (
        *(Unjudged("The data is too bad", reason) for reason in bad_data),
        *(
            Unjudged(f"{_CAUSES.get(cause, cause)} in {month(day)}", listed(sorted(names)))
            for (cause, day), names in sorted(groups.items())
        ),
    )
