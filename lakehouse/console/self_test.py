"""What a self-test of the alert rules found, for people."""

from __future__ import annotations

from collections.abc import Sequence

from lakehouse.alerts.selftest import NAIVE_FALL, FalseAlarms, Power
from lakehouse.console.text import aligned


def self_test_text(alarms: FalseAlarms, power: Sequence[Power]) -> str:
    """False alarms and power, beside the rule that people begin with."""
    naive = f"mean fell by {NAIVE_FALL}"
    of_alarms = aligned(
        ("rule", "false alerts a period", "periods with any"),
        [("these rules", f"{alarms.alerts:.3f}", f"{alarms.months:.1%}"), (naive, f"{alarms.naive_alerts:.3f}", "")],
    )
    rows = [
        (
            f"{one.fall:g}",
            f"{one.low:,} and more" if one.high is None else f"{one.low:,} to {one.high:,}",
            one.planted,
            f"{one.found:.0%}",
            f"{one.found_by_naive_rule:.0%}",
        )
        for one in power
    ]
    return (
        f"Answers drawn anew, {alarms.periods} periods in which nothing changed:\n{of_alarms}\n\n"
        "Falls of one question's mean, planted in one group in the newest period, and how many were found:\n"
        + aligned(("fall", "answers of the group", "planted", "found", f"found by '{naive}'"), rows)
        + "\n\nAnswers are drawn question by question from the metrics: how questions move together is not in them."
    )
