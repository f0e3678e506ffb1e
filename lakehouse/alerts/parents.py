"""One cause, one alert: of a question that is worse in several groups, one alert leads the others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from lakehouse.alerts.evidence.findings import Finding, Series
from lakehouse.alerts.evidence.observed import Cell, cells_of


@dataclass(frozen=True)
class _Open:
    finding: Finding
    cells: frozenset[Cell]


def parents(
    findings: Iterable[Finding], cells: Sequence[Cell], led_before: Collection[Series]
) -> Mapping[Series, Finding]:
    """Series -> the finding that leads it, for the open findings of one period that are led by another one.

    Of the open findings of a rule and question, the clearest leads those that share passengers with it: the one that
    led before, else the one with the largest difference in standard errors. What shares none is a group of its own.
    """
    groups: dict[tuple[str, str | None], list[_Open]] = defaultdict(list)
    for finding in findings:
        own = frozenset(cells_of(finding.segment, cells))
        groups[finding.rule.name, finding.measure.question].append(_Open(finding, own))
    led: dict[Series, Finding] = {}
    for group in groups.values():
        rest = sorted(group, key=lambda one: (one.finding.series not in led_before, -_clearness(one.finding)))
        while rest:
            leader, *others = rest
            children = [one for one in others if one.cells & leader.cells]
            led |= {one.finding.series: leader.finding for one in children}
            rest = [one for one in others if not one.cells & leader.cells]
    return led


def _clearness(finding: Finding) -> float:
    """Difference in standard errors; for a target, how far its interval lies beyond the threshold."""
    if finding.evidence and finding.evidence.error > 0:
        return abs(finding.evidence.difference) / finding.evidence.error
    if finding.interval is None:
        return 0.0
    width = max(finding.interval.high - finding.interval.low, 1e-12)
    return min(abs(finding.interval.low - finding.threshold), abs(finding.interval.high - finding.threshold)) / width
