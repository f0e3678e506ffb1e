"""The model of the file of alert rules (conf/alerts.yml), and the rules read from it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from lakehouse.alerts.rules import AlertRule, Threshold
from lakehouse.config.sections import NAME, ONLY_SUCH_KEYS, Count, Must, OneOf, Section, Share, Text, is_name, read_as
from lakehouse.config.yaml_source import Node, nearest, read_yaml
from lakehouse.survey.catalogue import Catalogue
from schemas import columns as c

SEGMENTS = ("overall", c.CLASS, c.TRAVEL_TYPE, c.CUSTOMER_TYPE, "class_travel_type")

RuleName = Annotated[
    str,
    Must(is_name, "'{value}' is no rule name: lower-case words joined by single _, a letter first.", NAME),
]


class QuestionThreshold(Section):
    """A separate threshold for one question."""

    value: Share = Field(description="The share (0-1) that this question must not pass.")
    reason: Text = Field(description="Why this question has a separate threshold.")


class AlertEntry(Section):
    """What every alert rule says. It opens only when the whole Wilson interval lies beyond the threshold."""

    metric: str
    direction: str
    threshold: Share = Field(description="The share (0-1) that must not be passed.")
    reason: Text = Field(description="Why the threshold is where it is.")
    segment: Annotated[str, OneOf(SEGMENTS)] = Field(
        default=AlertRule.segment, description="Groups of passengers, each judged separately."
    )
    confidence: Share = Field(default=AlertRule.confidence, description="Confidence of the Wilson interval.")
    min_answers: Count = Field(
        default=AlertRule.min_answers, description="Answers below which the rule says `insufficient`."
    )
    period_type: Literal["month"] = Field(default="month", description="The period that is judged.")


class SatisfactionEntry(AlertEntry):
    """A floor on the share of satisfied passengers."""

    misplaced: ClassVar[Mapping[str, str]] = {
        "questions": "share_satisfied has no questions. Remove the key, or use metric share_low or "
        "share_not_applicable."
    }

    metric: Literal["share_satisfied"] = Field(description="The share of satisfied passengers.")
    direction: Literal["below"] = Field(description="The side of the threshold that is bad.")


class AnswersEntry(AlertEntry):
    """A ceiling on a share of the answers to each question."""

    metric: Literal["share_low", "share_not_applicable"] = Field(
        description="The share of ratings of 1 or 2 among the applicable ones, or the share of answers "
        "'not applicable' among those who were asked."
    )
    direction: Literal["above"] = Field(description="The side of the threshold that is bad.")
    questions: dict[str, QuestionThreshold] = Field(
        default={},
        description="Question id -> a separate threshold; the other questions have the threshold of the rule.",
    )


class AlertsFile(Section):
    """The alert rules."""

    rules: dict[RuleName, Annotated[SatisfactionEntry | AnswersEntry, Field(discriminator="metric")]] = Field(
        json_schema_extra=ONLY_SUCH_KEYS,
        description="Name -> rule. The name is a lower-case word and names the alert for ever.",
    )


def load_alert_rules(path: Path, catalogue: Catalogue, environ: Mapping[str, str]) -> tuple[AlertRule, ...]:
    """The alert rules of a file. Raises `ConfigError` with file and line for a rule that could not take effect."""
    root = read_yaml(path, environ)
    rules = read_as(AlertsFile, root).rules
    return tuple(_alert_rule(name, rule, root.at("rules", name), catalogue) for name, rule in rules.items())


def _alert_rule(name: str, entry: SatisfactionEntry | AnswersEntry, place: Node, catalogue: Catalogue) -> AlertRule:
    questions = entry.questions if isinstance(entry, AnswersEntry) else {}
    for question in questions:
        if question not in catalogue.question_ids:
            known = nearest(question, catalogue.question_ids)
            raise place.at("questions", question).error(f"'{question}' is no question. {known}")
    return AlertRule(
        name=name,
        metric=entry.metric,
        direction=entry.direction,
        threshold=entry.threshold,
        question_thresholds={
            question: Threshold(threshold.value, threshold.reason) for question, threshold in questions.items()
        },
        reason=entry.reason,
        segment=entry.segment,
        confidence=entry.confidence,
        min_answers=entry.min_answers,
        period_type=entry.period_type,
    )
