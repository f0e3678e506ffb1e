"""Row rules as Spark columns: the reasons for which a typed line is rejected.

They are made from the same rule file as the Great Expectations suite.
"""

from __future__ import annotations

from pyspark.sql import Column
from pyspark.sql import functions as F

from lakehouse.quality.suites import MALFORMED, Rule, Suite, reason, row_checks
from schemas import columns as c

# Reason of lines with the same key, date and delivery but different content.
CONFLICTING_KEY = "conflicting_key"
# Stands for all reasons together where lines are counted by reason.
ANY_REASON = "*"


def rule_of(reason_text: Column) -> Column:
    """The rule id of a reason."""
    return F.split_part(reason_text, F.lit(":"), F.lit(1))


def has_reason_of(rule: str) -> Column:
    """Whether the rule is among the reasons of a line, in any column."""
    return F.exists(c.REASONS, lambda reason_text: rule_of(reason_text) == rule)


def fails(rule: Rule, column: str) -> Column:
    """Whether the row fails the rule in this column; never null. A null cell fails only the null rules."""
    cell, arguments = F.col(column), rule.kwargs_for(column)
    match rule.expectation:
        case "expect_column_values_to_not_be_null":
            return cell.isNull()
        case "expect_column_values_to_be_null":
            return cell.isNotNull()
        case "expect_column_values_to_be_between":
            return _outside(cell, arguments.get("min_value"), arguments.get("max_value"))
        case "expect_column_values_to_be_in_set":
            return F.coalesce(~cell.isin(*_values(arguments)), F.lit(False))
    raise ValueError(f"{rule.id}: {rule.expectation} does not judge single rows")


def _outside(cell: Column, low: object, high: object) -> Column:
    below = F.lit(False) if low is None else cell < F.lit(low)
    above = F.lit(False) if high is None else cell > F.lit(high)
    return F.coalesce(below | above, F.lit(False))


def _values(arguments: dict[str, object]) -> tuple[object, ...]:
    values = arguments["value_set"]
    assert isinstance(values, tuple)
    return values


def reasons(suite: Suite) -> Column:
    """All reasons for which a typed line is rejected, in the order of the rule file; empty for an accepted line."""
    checks = [(fails(rule, column), reason(rule, column)) for rule, column in row_checks(suite)]
    failed = F.array_compact(F.array(*(F.when(is_failed, name) for is_failed, name in checks)))
    # Flat: fifty OR in each other are deeper than Spark Connect's messages may be. `greatest` asks for two columns.
    never = F.lit(False)
    fails_any = F.greatest(never, never, *(is_failed for is_failed, _ in checks))
    # The list is built only for lines that fail: nearly all of them pass.
    return (
        F.when(F.col(c.IS_MALFORMED), F.array(F.lit(MALFORMED)))
        .when(fails_any, failed)
        .otherwise(F.array().cast("array<string>"))
    )
