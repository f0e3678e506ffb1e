"""Alert rules: which share of answers must not be passed, and on how much evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Threshold:
    """A share (0-1) that one question must not pass, and why it has one of its own."""

    value: float
    reason: str


@dataclass(frozen=True)
class AlertRule:
    """A floor or ceiling on a share.

    `metric`: `share_satisfied` (direction `below`); `share_low`, the share of applicable ratings of 1 or 2, or
    `share_not_applicable` among those who were asked (direction `above`). The rule opens only when the whole Wilson
    interval at `confidence` lies beyond the threshold, and says `insufficient` under `min_answers` answers.
    """

    name: str
    metric: str
    direction: str
    threshold: float
    question_thresholds: Mapping[str, Threshold]
    reason: str
    segment: str = "overall"
    confidence: float = 0.95
    min_answers: int = 100
    period_type: str = "month"

    def threshold_for(self, question: str | None) -> float:
        """The share (0-1) that the question, or overall satisfaction (None), must not pass."""
        own = self.question_thresholds.get(question) if question else None
        return own.value if own else self.threshold
