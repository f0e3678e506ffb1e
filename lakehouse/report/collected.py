"""The rows that the page is made from: small, and few however large the tables are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from lakehouse.alerts.newest import newest_month

# Months on the page, the newest included; and the newest ones that associations are computed from.
MONTHS, ASSOCIATION_MONTHS = 12, 3
Row = Mapping[str, Any]
Rows = Sequence[Row]


@dataclass(frozen=True)
class Span:
    """The months of the page. `first`: its first day; `published`: those with responses, in order; `newest`: the last
    of them."""

    first: date
    newest: date
    published: tuple[date, ...]

    @property
    def before(self) -> date:
        """The published month before the newest; the newest when it is the only one."""
        return self.published[-2] if len(self.published) > 1 else self.newest

    @property
    def of_associations(self) -> tuple[date, ...]:
        """The newest months, on which associations rest."""
        return self.published[-ASSOCIATION_MONTHS:]


def span_of(responses: Mapping[date, int], enough: int) -> Span | None:
    """The last `MONTHS` months up to the newest one with `enough` responses; None when nothing is published.

    `responses`: first day of a month -> its responses.
    """
    newest = newest_month(responses, enough)
    if newest is None:
        return None
    number = newest.year * 12 + newest.month - MONTHS
    first = date(number // 12, number % 12 + 1, 1)
    return Span(first, newest, tuple(sorted(day for day in responses if first <= day <= newest)))


@dataclass(frozen=True)
class Collected:
    """`responses`: first day of a month -> its responses, of all months. The others are rows of the tables:

    `satisfaction`: gold.satisfaction_metrics of all passengers, by month of the span. `questions`:
    gold.question_metrics of all passengers by month, and of the groups of class and travel type in the newest month.
    `alerts`: gold.v_satisfaction_alerts with the evidence of gold.satisfaction_alerts, of all passengers by month, and
    of all groups since the month before the newest. `versions`: gold.dim_questions. `associations`: per travel type and
    question, top and low raters and the satisfied among them. `files`: files and lines per state. `waiting`: some of
    the files that are not admitted. `checks`: failed checks of the newest run of each gate. `runs`: the newest run, and
    the newest that is a release, each with its end in seconds since 1970 (`ended`).
    """

    responses: Mapping[date, int]
    satisfaction: Rows = ()
    questions: Rows = ()
    alerts: Rows = ()
    versions: Rows = ()
    associations: Rows = ()
    files: Rows = ()
    waiting: Rows = ()
    checks: Rows = ()
    runs: Rows = ()
