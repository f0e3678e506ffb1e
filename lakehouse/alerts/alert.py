"""An alert: one rule judged on one series in one period, with all that it was judged on."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from lakehouse.alerts.episodes import AlertState, Phase
from lakehouse.alerts.evidence.findings import CellSums, Evidence
from lakehouse.alerts.evidence.observed import Segment
from lakehouse.contracts import row_of
from lakehouse.keys import digest_of
from schemas import columns as c
from schemas.gold import ALERTS


def series_id(rule: str, question: str | None, segment: Segment) -> str:
    """Names a series: a rule, a question and a segment value."""
    return digest_of((rule, question, *segment))


def alert_id(rule: str, question: str | None, segment: Segment, period_start: date) -> str:
    """Names an alert: a series in a period. It is the same whatever the figures are."""
    return digest_of((rule, question, *segment, period_start))


@dataclass(frozen=True, kw_only=True)
class Alert:
    """The fields are columns of gold.satisfaction_alerts; `evidence` is several of them."""

    alert_id: str
    series_id: str
    parent_id: str | None
    period_type: str
    period_start: date
    segment: str
    segment_value: str
    rule: str
    metric: str
    team: str
    question: str | None
    n: int
    value: float | None
    threshold: float
    ci_low: float | None
    ci_high: float | None
    state: AlertState
    reason: str
    headline: str
    is_preliminary: bool
    phase: Phase | None
    first_period: date | None
    periods_open: int
    q_value: float | None
    smallest_detectable: float | None
    evidence: Evidence | None

    def as_row(self, built_from: str) -> tuple[object, ...]:
        """The row in the order of the contract of gold.satisfaction_alerts."""
        values: dict[str, Any] = {one.name: getattr(self, one.name) for one in fields(self) if one.name != "evidence"}
        values[c.STATE] = self.state.value
        values["phase"] = self.phase.value if self.phase else None
        return row_of(ALERTS, **values, **_columns_of(self.evidence), **{c.BUILT_FROM: built_from})


def _columns_of(evidence: Evidence | None) -> dict[str, object]:
    if evidence is None:
        names = ("baseline_n", "baseline_value", "difference", "standard_error", "factor", "p_value", "periods_tested")
        return dict.fromkeys((*names, "baseline_periods", "cells"))
    return {
        "baseline_n": evidence.baseline_n,
        "baseline_value": evidence.baseline_value,
        "difference": evidence.difference,
        "standard_error": evidence.error,
        "factor": evidence.factor,
        "p_value": evidence.p_value,
        "periods_tested": evidence.periods,
        "baseline_periods": list(evidence.baseline_periods),
        "cells": [_as_struct(one) for one in evidence.cells],
    }


def _as_struct(sums: CellSums) -> tuple[object, ...]:
    numbers = (sums.n, sums.total, sums.squares, sums.baseline_n, sums.baseline_total, sums.baseline_squares)
    return (*sums.cell, *numbers)
