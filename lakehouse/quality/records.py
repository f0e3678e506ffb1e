"""The rules on single rows, on one record without Spark: for a look at a file before it is loaded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lakehouse.quality.suites import Rule, Suite, reason, row_checks


def reasons_of(record: Mapping[str, object], suite: Suite) -> tuple[str, ...]:
    """The reasons for which a record would be rejected. `record`: from `survey.reading.read_record`."""
    return tuple(reason(rule, column) for rule, column in row_checks(suite) if _fails(rule, column, record[column]))


def _fails(rule: Rule, column: str, value: Any) -> bool:
    arguments = rule.kwargs_for(column)
    match rule.expectation:
        case "expect_column_values_to_not_be_null":
            return value is None
        case "expect_column_values_to_be_null":
            return value is not None
        case "expect_column_values_to_be_between":
            low, high = arguments.get("min_value"), arguments.get("max_value")
            return value is not None and ((low is not None and value < low) or (high is not None and value > high))
        case "expect_column_values_to_be_in_set":
            values = arguments["value_set"]
            assert isinstance(values, tuple)
            return value is not None and value not in values
    raise ValueError(f"{rule.id}: {rule.expectation} does not judge single rows")
