"""Whether the data of a period is good enough to judge it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from statistics import median

from lakehouse.alerts.evidence.observed import Measure, Observed
from lakehouse.alerts.rules import LATE_ARRIVALS, DataLimits
from lakehouse.alerts.wording import period_name

# Periods whose median number of responses a period is compared with, and from how many on.
_COMPARED, _LEAST = 6, 3


@dataclass(frozen=True)
class Lines:
    """Lines that are not in silver, by survey date: `quarantined`, and `waiting` in files that are not admitted."""

    quarantined: Mapping[date, int] = field(default_factory=dict)
    waiting: Mapping[date, int] = field(default_factory=dict)


def faults(seen: Observed, lines: Lines, limits: DataLimits, ends: Mapping[date, date], today: date) -> dict[date, str]:
    """First day of a period -> what is wrong with its data, in words; only of periods over a limit.

    `ends`: first day of each period -> its last day. A period that still runs has no volume to compare.
    """
    responses = {day: int(n) for day, n in zip(seen.periods, seen.passengers.sum(-1), strict=True)}
    # Where arrivals are not measured at all, nothing is imputed.
    arrivals = Measure(LATE_ARRIVALS.name, None)
    reported = seen.of([arrivals]).answers[:, 0] if arrivals in seen.measures else list(responses.values())
    found: dict[date, str] = {}
    for number, (start, n) in enumerate(responses.items()):
        rejected, waiting = (_within(days, start, ends[start]) for days in (lines.quarantined, lines.waiting))
        before = [responses[day] for day in seen.periods[max(0, number - _COMPARED) : number]]
        usual = median(before) if len(before) >= _LEAST and ends[start] < today else 0
        shares = (
            ("of its lines are in quarantine", rejected / max(n + rejected, 1), limits.quarantined),
            ("of its lines wait in files that are not admitted", waiting / max(n + waiting, 1), limits.waiting),
            ("of its arrival delays are imputed", (n - reported[number]) / max(n, 1), limits.imputed),
        )
        told = [f"{share:.0%} {words} (limit {limit:.0%})" for words, share, limit in shares if share > limit]
        if n < limits.volume * usual:
            told.append(f"{n:,} responses, usually {usual:,.0f} (limit {limits.volume:.0%})")
        if told:
            found[start] = f"{period_name(seen.period_type, start)}: {'; '.join(told)}"
    return found


def _within(days: Mapping[date, int], first: date, last: date) -> int:
    return sum(n for day, n in days.items() if first <= day <= last)
