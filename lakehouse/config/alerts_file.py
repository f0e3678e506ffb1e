"""The model of the file of alert rules (conf/alerts.yml), and the rules read from it."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import ConfigDict, Discriminator, Field, Tag, model_validator

from lakehouse.alerts.rules import (
    METRICS,
    MIN_BASELINE_PERIODS,
    PASSENGER_MIX,
    AlertPolicy,
    AlertRule,
    Baseline,
    DataLimits,
    DropRule,
    Metric,
    PeriodType,
    TargetRule,
    Threshold,
)
from lakehouse.config.sections import (
    NAME,
    NOT_EMPTY,
    ONLY_SUCH_KEYS,
    Count,
    Must,
    Number,
    OneOf,
    Section,
    Share,
    Text,
    fault,
    is_name,
    read_as,
)
from lakehouse.config.yaml_source import Node, nearest, read_yaml
from lakehouse.survey.catalogue import Catalogue
from schemas.segments import OVERALL, SEGMENTS

_TARGET: Final = "target"
_DROP: Final = "drop"
_WITH_TARGETS = tuple(metric for metric in METRICS.values() if metric != PASSENGER_MIX)
# Unit -> the values between which a threshold lies, in words too.
_BOUNDS = {
    "share": (0, 1, "a share between 0 and 1"),
    "rating": (1, 5, "a rating between 1 and 5"),
    "points": (0, 100, "a score between 0 and 100"),
}

RuleName = Annotated[
    str,
    Must(is_name, "'{value}' is no rule name: lower-case words joined by single _, a letter first.", NAME),
]
Positive = Annotated[Number, Must(lambda size: size > 0, "must be above 0, found {value}.", {"exclusiveMinimum": 0})]


def _direction(metric: Metric) -> str:
    return "below" if metric.falls_are_bad else "above"


def _conditions(schema: dict[str, Any]) -> None:
    """For each metric, its direction and the bounds of its threshold, as JSON Schema."""
    schema["allOf"] = [
        {
            "if": {"properties": {"metric": {"const": metric.name}}},
            "then": {"properties": {"direction": {"const": _direction(metric)}, "threshold": _between(metric)}},
        }
        for metric in _WITH_TARGETS
    ]


def _between(metric: Metric) -> dict[str, float]:
    low, high, _ = _BOUNDS[metric.unit]
    return {"exclusiveMinimum": low, "exclusiveMaximum": high}


class QuestionThreshold(Section):
    """A separate threshold for one question."""

    value: Number = Field(description="What this question must not pass, in the unit of the metric.")
    reason: Text = Field(description="Why this question has a separate threshold.")


class RuleEntry(Section):
    """What every alert rule says."""

    reason: Text = Field(description="Why the rule is as it is.")
    min_answers: Count = Field(
        default=AlertRule.min_answers,
        description="Answers below which the rule says `insufficient`; of a baseline too.",
    )
    period_type: PeriodType = Field(
        default=AlertRule.period_type,
        description="The period that is judged. Responses of which only the month is known are in no week or day.",
    )


class TargetEntry(RuleEntry):
    """A floor or a ceiling. It opens only when the whole interval lies beyond the threshold."""

    model_config = ConfigDict(title="A target", json_schema_extra=_conditions)

    metric: Annotated[str, OneOf([metric.name for metric in _WITH_TARGETS])] = Field(description="What is measured.")
    comparison: Literal["target"] = Field(default=_TARGET, description="Against a threshold.")
    direction: Literal["below", "above"] = Field(description="The bad side of the threshold.")
    threshold: Number = Field(
        description="What must not be passed: a share (0-1), a mean rating (1-5) or a score (0-100), by the metric."
    )
    segment: Annotated[str, OneOf(SEGMENTS)] = Field(
        default=OVERALL, description="Groups of passengers, each judged against the threshold."
    )
    confidence: Share = Field(
        default=TargetRule.confidence, description="Confidence of the interval: Wilson's for a share."
    )
    questions: dict[str, QuestionThreshold] = Field(
        default={},
        description="Question id -> a separate threshold; the other questions have the threshold of the rule.",
    )

    @model_validator(mode="after")
    def _fits_its_metric(self) -> TargetEntry:
        metric = METRICS[self.metric]
        if self.direction != _direction(metric):
            known = _direction(metric)
            raise fault(f"'{self.direction}' is not known. Known: {known}.", "direction")
        if "questions" in self.model_fields_set and not metric.of_questions:
            names = ", ".join(one.name for one in _WITH_TARGETS if one.of_questions)
            raise fault(f"{metric.name} has no questions. Remove the key, or use one of {names}.", "questions")
        low, high, words = _BOUNDS[metric.unit]
        thresholds: list[tuple[float, tuple[str, ...]]] = [(self.threshold, ("threshold",))]
        thresholds += [(one.value, ("questions", name, "value")) for name, one in self.questions.items()]
        for threshold, place in thresholds:
            if not low < threshold < high:
                raise fault(f"must be {words}, found {threshold}.", *place)
        return self


class DropEntry(RuleEntry):
    """Worse than the periods before, at an equal mix of passengers; a rise where that is bad."""

    model_config = ConfigDict(title="A drop")

    metric: Annotated[str, OneOf(METRICS)] = Field(description="What is measured.")
    comparison: Literal["drop"] = Field(description="Against the periods before.")
    segments: Annotated[tuple[Annotated[str, OneOf(SEGMENTS)], ...], NOT_EMPTY] = Field(
        default=AlertRule.segments, description="Groups of passengers, each judged by itself."
    )
    minimum_effect: Positive = Field(
        description="The least difference of one period that counts, in the unit of the metric."
    )
    lasting_effect: Positive | None = Field(
        default=None,
        description="The least difference of two or three periods together that counts; without it, that of one.",
    )
    baseline: Baseline = Field(
        default=DropRule.baseline,
        description="`previous`: the latest periods outside of episodes; `last_year`: the same period of last year.",
    )
    baseline_periods: Annotated[int, Field(ge=MIN_BASELINE_PERIODS)] = Field(
        default=DropRule.baseline_periods, description="How many of the latest periods."
    )

    @model_validator(mode="after")
    def _fits_its_metric(self) -> DropEntry:
        if self.metric == PASSENGER_MIX.name and self.segments != (OVERALL,):
            raise fault("the mix is that of all passengers: a segment has none. Remove the key.", "segments")
        return self


def _comparison_of(given: object) -> str:
    """Which model checks a rule: by its `comparison`, misspelled or not."""
    stated = str(given.get("comparison", _TARGET)) if isinstance(given, dict) else _TARGET
    return _DROP if get_close_matches(stated, (_TARGET, _DROP), n=1) == [_DROP] else _TARGET


Rule = Annotated[
    Annotated[TargetEntry, Tag(_TARGET)] | Annotated[DropEntry, Tag(_DROP)],
    Discriminator(_comparison_of),
]


class LimitsOfData(Section):
    """Beyond these, the data of a period is too bad to judge it: its alerts are `not_judged`."""

    quarantined: Share = Field(
        default=DataLimits.quarantined, description="Share of the period's lines that are in quarantine."
    )
    waiting: Share = Field(
        default=DataLimits.waiting, description="Share of its lines that wait in files that are not admitted."
    )
    imputed: Share = Field(default=DataLimits.imputed, description="Share of its arrival delays that are imputed.")
    volume: Share = Field(
        default=DataLimits.volume, description="Least responses, as a share of the median of the six periods before."
    )


class AlertsFile(Section):
    """The alert rules."""

    false_discoveries: Share = Field(
        default=AlertPolicy.false_discoveries,
        description="Share of false ones that may be expected among the drops that open, over all teams (q). The tests "
        "of a team in a period are one family, at q divided by the number of teams.",
    )
    data_limits: LimitsOfData = Field(default=LimitsOfData(), description="When a period is not judged.")
    rules: dict[RuleName, Rule] = Field(
        json_schema_extra=ONLY_SUCH_KEYS,
        description="Name -> rule. The name is a lower-case word and names the alert for ever.",
    )


def load_alert_policy(path: Path, catalogue: Catalogue, environ: Mapping[str, str]) -> AlertPolicy:
    """The alert rules of a file. Raises `ConfigError` with file and line for a rule that could not take effect."""
    root = read_yaml(path, environ)
    file = read_as(AlertsFile, root)
    rules = tuple(_alert_rule(name, rule, root.at("rules", name), catalogue) for name, rule in file.rules.items())
    return AlertPolicy(rules, file.false_discoveries, DataLimits(**file.data_limits.model_dump()))


def _alert_rule(name: str, entry: TargetEntry | DropEntry, place: Node, catalogue: Catalogue) -> AlertRule:
    metric, reason, min_answers = METRICS[entry.metric], entry.reason, entry.min_answers
    if isinstance(entry, DropEntry):
        return DropRule(
            name=name,
            metric=metric,
            reason=reason,
            segments=entry.segments,
            min_answers=min_answers,
            period_type=entry.period_type,
            minimum_effect=float(entry.minimum_effect),
            lasting_effect=float(entry.lasting_effect or entry.minimum_effect),
            baseline=entry.baseline,
            baseline_periods=entry.baseline_periods,
        )
    for question in entry.questions:
        if question not in catalogue.question_ids:
            known = nearest(question, catalogue.question_ids)
            raise place.at("questions", question).error(f"'{question}' is no question. {known}")
    return TargetRule(
        name=name,
        metric=metric,
        reason=reason,
        segments=(entry.segment,),
        min_answers=min_answers,
        period_type=entry.period_type,
        direction=entry.direction,
        threshold=float(entry.threshold),
        question_thresholds={name: Threshold(float(one.value), one.reason) for name, one in entry.questions.items()},
        confidence=entry.confidence,
    )
