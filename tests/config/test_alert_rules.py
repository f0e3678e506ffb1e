"""Rules of alerts as they are read from their file, and every fault named with its line."""

from __future__ import annotations

import csv
import gzip
from collections import Counter
from pathlib import Path

import pytest

from lakehouse.alerts.rules import METRICS, AlertPolicy, DataLimits, DropRule, TargetRule, Threshold
from lakehouse.config.load import Config, load_config
from lakehouse.survey.headers import snake_case
from tests.support.faults import fault_named
from tests.support.places import REAL_SURVEY

pytestmark = pytest.mark.no_spark


ALERTS = """rules:
  low:
    metric: share_low
    direction: above
    threshold: 0.4
    reason: because
    questions:
      gate_location: {value: 0.3, reason: so}
"""


def alerts(tmp_path: Path, text: str) -> AlertPolicy:
    (tmp_path / "a.yml").write_text(text, encoding="utf-8")
    overlay = tmp_path / "own.yml"
    overlay.write_text("alerts: a.yml\n", encoding="utf-8")
    return load_config(str(overlay), None, (), {}).alert_policy


def test_alert_rules_are_read_with_their_defaults(tmp_path: Path) -> None:
    policy = alerts(tmp_path, ALERTS)
    (rule,) = policy.rules
    assert isinstance(rule, TargetRule)
    assert rule == TargetRule(
        name="low",
        metric=METRICS["share_low"],
        reason="because",
        direction="above",
        threshold=0.4,
        question_thresholds={"gate_location": Threshold(0.3, "so")},
    )
    assert (rule.segments, rule.confidence, rule.min_answers, rule.period_type) == (("overall",), 0.95, 100, "month")
    assert (policy.false_discoveries, policy.data_limits) == (0.05, DataLimits())
    assert [rule.threshold_for(question) for question in ("gate_location", "cleanliness", None)] == [0.3, 0.4, 0.4]


def test_alert_rules_may_name_a_segment(tmp_path: Path) -> None:
    (rule,) = alerts(tmp_path, ALERTS + "    segment: class\n    confidence: 0.99\n    min_answers: 30\n").rules
    assert isinstance(rule, TargetRule)
    assert (rule.segments, rule.confidence, rule.min_answers) == (("class",), 0.99, 30)


DROP = """false_discoveries: 0.1
data_limits: {quarantined: 0.2}
rules:
  worse:
    metric: mean_rating
    comparison: drop
    segments: [overall, class]
    minimum_effect: 0.1
    reason: because
"""


def test_drops_are_read_with_their_defaults(tmp_path: Path) -> None:
    policy = alerts(tmp_path, DROP)
    assert policy.rules == (
        DropRule(
            name="worse",
            metric=METRICS["mean_rating"],
            reason="because",
            segments=("overall", "class"),
            minimum_effect=0.1,
            lasting_effect=0.1,
        ),
    )
    assert (policy.false_discoveries, policy.data_limits) == (0.1, DataLimits(quarantined=0.2))


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("mean_rating", "mean_ratings", 5, "Did you mean 'mean_rating'?"),
        ("comparison: drop", "comparison: dropp", 6, "'dropp' is not known. Did you mean 'drop'?"),
        ("[overall, class]", "[overall, klass]", 7, "'klass' is not known. Did you mean 'class'?"),
        ("[overall, class]", "[]", 7, "expected a list with at least one item"),
        ("mean_rating", "passenger_mix", 7, "the mix is that of all passengers"),
        ("0.1\n    reason", "0\n    reason", 8, "must be above 0, found 0"),
        ("    minimum_effect: 0.1\n", "", 4, "missing: minimum_effect"),
        ("reason: because", "reason: because\n    baseline: last_yaer", 10, "Did you mean 'last_year'?"),
        ("reason: because", "reason: because\n    baseline_periods: 2", 10, "expected a whole number of at least 3"),
        ("reason: because", "reason: because\n    threshold: 4", 10, "unknown key 'threshold'"),
        ("quarantined: 0.2", "quarantine: 0.2", 2, "Did you mean 'quarantined'?"),
        ("false_discoveries: 0.1", "false_discoveries: 5", 1, "must be a share between 0 and 1"),
    ],
)
def test_faults_of_drops_are_named(tmp_path: Path, old: str, new: str, line: int, message: str) -> None:
    assert old in DROP
    with fault_named("a.yml", line, message):
        alerts(tmp_path, DROP.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("share_low", "share_lo", 3, "Did you mean 'share_low'?"),
        ("above", "below", 4, "'below' is not known. Known: above."),
        ("0.4", "45", 5, "must be a share between 0 and 1, found 45"),
        ("0.4", "high", 5, "expected a number, found 'high'"),
        ("0.4", ".nan", 5, "expected a number"),
        ("gate_location", "gate_locatoin", 8, "'gate_locatoin' is no question. Did you mean 'gate_location'?"),
        (", reason: so", "", 8, "missing: reason"),
        ("    reason: because\n", "", 2, "missing: reason"),
        ("reason: because", "reason: because\n    segment: gender", 7, "'gender' is not known"),
        ("reason: because", "reason: because\n    min_answers: 0", 7, "expected a whole number of at least 1"),
        ("reason: because", "reason: because\n    confidence: 1", 7, "must be a share between 0 and 1"),
        ("  low:", "  Low Ratings:", 2, "'Low Ratings' is no rule name"),
        ("share_low\n    direction: above", "share_satisfied\n    direction: below", 7, "has no questions"),
    ],
)
def test_alert_faults_are_named(tmp_path: Path, old: str, new: str, line: int, message: str) -> None:
    assert old in ALERTS
    with fault_named("a.yml", line, message):
        alerts(tmp_path, ALERTS.replace(old, new))


def test_shipped_alerts_stay_clear_of_the_public_file() -> None:
    if not REAL_SURVEY.is_file():
        pytest.skip(f"the survey file is not at {REAL_SURVEY}")
    config = load_config(None, None, (), {})
    floor, ceiling = (rule for rule in config.alert_policy.rules if isinstance(rule, TargetRule))
    satisfied, low = _shares(config)
    assert floor.threshold_for(None) == 0.40 < satisfied - 0.03
    margins = {question: ceiling.threshold_for(question) - share for question, share in low.items()}
    assert len(margins) == 14
    assert min(margins.values()) >= 0.07, margins


def _shares(config: Config) -> tuple[float, dict[str, float]]:
    """Share of satisfied passengers, and per question the share of ratings of 1 or 2 among those from 1 to 5."""
    ratings: dict[str, Counter[str]] = {question: Counter() for question in config.catalogue.question_ids}
    outcomes: Counter[str] = Counter()
    with gzip.open(REAL_SURVEY, "rt", encoding="ascii", newline="") as file:
        rows = csv.reader(file)
        names = [config.catalogue.resolve(snake_case(header, 1)) for header in next(rows)]
        for row in rows:
            for name, cell in zip(names, row, strict=True):
                if name in ratings:
                    ratings[name][cell] += 1
            outcomes[row[-1]] += 1
    low = {q: (n["1"] + n["2"]) / sum(n[rating] for rating in "12345") for q, n in ratings.items()}
    return outcomes["Satisfied"] / outcomes.total(), low
