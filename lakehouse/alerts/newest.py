"""Which month is called the newest: a handful of early or mistyped responses makes none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from lakehouse.alerts.rules import AlertRule


def enough_responses(rules: Iterable[AlertRule]) -> int:
    """Responses from which on a month can be called the newest: as many answers as some alert rule needs."""
    return min((rule.min_answers for rule in rules), default=AlertRule.min_answers)


def newest_month(responses: Mapping[date, int], enough: int) -> date | None:
    """The newest month with enough responses; the newest at all when none has, and None without any.

    `responses`: first day of a month -> its responses.
    """
    return max((month for month, n in responses.items() if n >= enough), default=max(responses, default=None))


def later_months(responses: Mapping[date, int], newest: date) -> list[str]:
    """The months after the newest, each in words."""
    return [f"{month:%Y-%m} so far: {n:,} response(s)" for month, n in sorted(responses.items()) if month > newest]
