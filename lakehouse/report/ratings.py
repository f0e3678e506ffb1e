"""How the questions were rated in the newest month: boxes of top and low ratings, and groups against all passengers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lakehouse.alerts.rules import MEAN_RATING, SHARE_LOW, AlertPolicy, AlertRule, DropRule, TargetRule
from lakehouse.report.collected import Row, Rows, Span
from lakehouse.report.model import SMALLEST_GROUP, Box, HeatCell, HeatMap
from lakehouse.report.problems import Standing
from lakehouse.report.words import change, group, percent, quantity
from schemas import columns as c
from schemas.segments import OVERALL

GROUPS = "class_travel_type"
# Gaps to all passengers, in rating steps, from which on a cell is coloured, and coloured strongly.
_GAPS = (0.2, 0.5)


def boxes(
    questions: Sequence[str],
    wordings: Mapping[str, str],
    rows: Rows,
    policy: AlertPolicy,
    stands: Standing,
    span: Span,
) -> tuple[Box, ...]:
    """The questions that were asked in the newest month, in order. `rows`: gold.question_metrics."""
    overall = {row[c.QUESTION]: row for row in rows if row[c.SEGMENT] == OVERALL and row[c.PERIOD_START] == span.newest}
    ceiling = next((rule for rule in policy.rules if isinstance(rule, TargetRule) and rule.metric == SHARE_LOW), None)
    opened = _open(stands, SHARE_LOW.name)
    return tuple(
        _box(overall[one], wordings.get(one, one), ceiling, (one, OVERALL, "all") in opened)
        for one in questions
        if one in overall and overall[one][c.N] >= SMALLEST_GROUP
    )


def _box(row: Row, wording: str, ceiling: TargetRule | None, is_open: bool) -> Box:
    n = row[c.N]
    top, low = row["n_top"] / n, row["n_low"] / n
    return Box(
        question=wording,
        n=n,
        top=top,
        middle=max(1 - top - low, 0.0),
        low=low,
        mean=row["sum_rating"] / n,
        not_applicable=row[c.N_NOT_APPLICABLE] / max(row[c.N_ASKED], 1),
        ceiling=f"ceiling {percent(ceiling.threshold_for(row[c.QUESTION]))}" if ceiling else "",
        is_open=is_open,
        is_small=n < (ceiling.min_answers if ceiling else AlertRule.min_answers),
    )


def _open(stands: Standing, metric: str) -> set[tuple[str, str, str]]:
    """Question, segment and its value of the open alerts on a metric."""
    return {
        (one[c.QUESTION], one[c.SEGMENT], one[c.SEGMENT_VALUE])
        for one in stands.judged.values()
        if one["metric"] == metric and one[c.STATE] == "open"
    }


def min_answers_of(policy: AlertPolicy) -> int:
    """Answers that the rule on mean ratings needs to judge a group."""
    rules = (rule for rule in policy.rules if isinstance(rule, DropRule) and rule.metric == MEAN_RATING)
    return next((rule.min_answers for rule in rules), AlertRule.min_answers)


def heat_map(
    questions: Sequence[str],
    wordings: Mapping[str, str],
    rows: Rows,
    policy: AlertPolicy,
    stands: Standing,
    span: Span,
) -> HeatMap | None:
    """The questions by class and travel type in the newest month; None without any. `rows`: gold.question_metrics."""
    newest = [row for row in rows if row[c.PERIOD_START] == span.newest and row[c.QUESTION] in questions]
    overall = {row[c.QUESTION]: row for row in newest if row[c.SEGMENT] == OVERALL and row[c.N] >= SMALLEST_GROUP}
    cells = {(row[c.SEGMENT_VALUE], row[c.QUESTION]): row for row in newest if row[c.SEGMENT] == GROUPS}
    asked = [one for one in questions if one in overall]
    values = sorted({value for value, _ in cells})
    if not asked or not values:
        return None
    least, opened = min_answers_of(policy), _open(stands, MEAN_RATING.name)
    return HeatMap(
        questions=tuple(wordings.get(one, one) for one in asked),
        rows=tuple(
            (
                group(GROUPS, value),
                tuple(
                    _cell(cells.get((value, one)), overall[one], least, (one, GROUPS, value) in opened) for one in asked
                ),
            )
            for value in values
        ),
        min_answers=least,
    )


def _cell(row: Row | None, overall: Row, least: int, is_open: bool) -> HeatCell:
    n = row[c.N] if row else 0
    if row is None or n < SMALLEST_GROUP:
        return HeatCell(0, "", "", None, True, False)
    mean = row["sum_rating"] / n
    gap = mean - overall["sum_rating"] / overall[c.N]
    is_small = n < least
    return HeatCell(n, quantity(mean, "rating"), change(gap, "rating"), _level(gap), is_small, is_open)


def _level(gap: float) -> int:
    # As it is shown, so that equal figures have equal colours.
    size = sum(abs(round(gap, 2)) >= step for step in _GAPS)
    return -size if gap < 0 else size
