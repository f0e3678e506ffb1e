"""Rules and suites: what a rule expects, its arguments, and the consequence of a failure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum

from schemas import columns as c

# Gate -> the table whose rules it checks; the rules are in <layer>/<table>.yml.
TABLES = {
    "bronze": "bronze.survey_responses_raw",
    "silver": "silver.survey_responses",
    "gold": "gold.fact_survey_responses",
    "periods": "gold.satisfaction_metrics",
}
# The gates whose rules decide which lines and files reach silver.
DECIDING = ("bronze", "silver")
# The values that `measure` may have in the rules of a gate.
MEASURES: Mapping[str, tuple[str, ...]] = {
    "bronze": ("lines_delivered", "lines_with_required_columns"),
    "silver": (),
    "gold": ("fact_equals_silver", "long_equals_questions_asked", "passengers_per_key", "flight_details_per_key"),
    "periods": ("responses", "share_imputed", "share_not_applicable", "share_quarantined"),
}

# The only reason of a line with another number of cells than its header: its values cannot be assigned to columns.
MALFORMED = "malformed"
# A line with more reasons is no response: of 24 cells a fifth is wrong. Its words mean nothing.
MAX_REASONS = 4


class Severity(Enum):
    """What a failure means: critical blocks, warning is shown, info is recorded."""

    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"


class OnFailure(Enum):
    """What happens to a row that fails."""

    QUARANTINE = "quarantine"
    KEEP = "keep"


@dataclass(frozen=True)
class Expectation:
    """A kind of check: whether it judges single columns, and whether Great Expectations or a group-by evaluates it."""

    per_column: bool
    great_expectations: bool


EXPECTATIONS: Mapping[str, Expectation] = {
    "expect_column_values_to_not_be_null": Expectation(per_column=True, great_expectations=True),
    "expect_column_values_to_be_null": Expectation(per_column=True, great_expectations=True),
    "expect_column_values_to_be_between": Expectation(per_column=True, great_expectations=True),
    "expect_column_values_to_be_in_set": Expectation(per_column=True, great_expectations=True),
    "expect_table_row_count_to_be_between": Expectation(per_column=False, great_expectations=True),
    "references_exist": Expectation(per_column=True, great_expectations=False),
    "unique_key": Expectation(per_column=False, great_expectations=False),
    "records_pass": Expectation(per_column=False, great_expectations=False),
    "keys_of_one_month": Expectation(per_column=False, great_expectations=False),
    "rows_equal": Expectation(per_column=False, great_expectations=False),
    "near_usual": Expectation(per_column=False, great_expectations=False),
    "newest_within": Expectation(per_column=False, great_expectations=False),
}


@dataclass(frozen=True)
class Rule:
    """One rule of a rule file. `columns`: every column that it applies to; empty for rules on the whole table.

    `mostly`: share of values that must pass (None: all). For rules that quarantine lines: a file is held when the rule
    fails in more than `hold_above` (a share) of its lines and in at least `hold_min_rows`.
    """

    id: str
    expectation: str
    columns: tuple[str, ...]
    kwargs: Mapping[str, object]
    mostly: float | None
    severity: Severity
    on_failure: OnFailure
    why: str
    owner: str
    hold_above: float = 0.05
    hold_min_rows: int = 100
    value_sets: Mapping[str, tuple[object, ...]] = field(default_factory=dict)

    def kwargs_for(self, column: str) -> dict[str, object]:
        """The expectation's arguments for one column, without `column` and `mostly`."""
        value_set = {"value_set": self.value_sets[column]} if column in self.value_sets else {}
        return {**self.kwargs, **value_set}


def subject(column: str) -> str:
    """The delivered column that a rule is about: `age` for the helper columns `age__unread` and `age__given`."""
    return column.removesuffix(c.UNREAD_SUFFIX).removesuffix(c.GIVEN_SUFFIX).removesuffix(c.BEYOND_SUFFIX)


@dataclass(frozen=True)
class Suite:
    """The rules of one table (`<layer>.<table>`), in the order of their file."""

    table: str
    file: str
    rules: tuple[Rule, ...]


def quarantining(suite: Suite) -> tuple[Rule, ...]:
    """The rules that reject single rows."""
    return tuple(rule for rule in suite.rules if rule.on_failure is OnFailure.QUARANTINE)


def row_checks(suite: Suite) -> Iterator[tuple[Rule, str]]:
    """Every (rule, column) that can reject a row."""
    return ((rule, column) for rule in quarantining(suite) for column in rule.columns)


def reason(rule: Rule, column: str) -> str:
    """The reason that quarantine keeps for a failed rule: `rule_id:column`."""
    return f"{rule.id}:{subject(column)}"
