"""Alert rules: the threshold of a share of answers, and the evidence needed to say that it is crossed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Threshold:
    """The threshold (a share, 0-1) of a single question, and why it differs from the threshold of the rule."""

    value: float
    reason: str


@dataclass(frozen=True)
class AlertRule:
    """A floor or a ceiling on a share.

    `metric`: `share_satisfied` (direction `below`); `share_low`, the share of applicable ratings of 1 or 2, or
    `share_not_applicable` among those who were asked (direction `above`). An alert is `open` only when the whole
    Wilson interval at `confidence` lies beyond the threshold; with fewer than `min_answers` answers it is
    `insufficient`. `question_thresholds`: question -> threshold, for questions that need another one than the rule.
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
        """The threshold (0-1) of the question, or of overall satisfaction (None)."""
        exception = self.question_thresholds.get(question) if question else None
        return exception.value if exception else self.threshold
