"""The rule catalogue as Markdown, generated from the rule files."""

from __future__ import annotations

from collections.abc import Iterable

from lakehouse.documents.markdown import made_from, table_of
from lakehouse.quality.suites import OnFailure, Rule, Severity, Suite, subject
from lakehouse.survey.dates import DAYS_AHEAD, FIRST_DAY
from schemas import columns as c

# A rule on more columns than this shows their number instead of their names.
_MAX_NAMES = 6


def rule_catalogue(suites: Iterable[Suite]) -> str:
    """One section per rule file, one row per rule, in words for people who do not program."""
    parts = ["# Rules", "", made_from("expectations/"), ""]
    for suite in suites:
        rows = [
            (
                f"`{rule.id}`",
                _columns(rule),
                _demand(rule),
                rule.severity.value,
                _consequence(rule),
                rule.owner,
                rule.why,
            )
            for rule in suite.rules
        ]
        headers = ("rule", "columns", "what must hold", "severity", "when it fails", "owner", "why")
        parts += [f"## {suite.table}", "", f"From `{suite.file}`.", "", *table_of(headers, rows), ""]
    return "\n".join(parts)


def _columns(rule: Rule) -> str:
    names = list(dict.fromkeys(subject(column) for column in rule.columns))
    if not names:
        key = rule.kwargs.get("columns")
        return ", ".join(f"`{name}`" for name in key) if isinstance(key, tuple) else "whole table"
    return ", ".join(f"`{name}`" for name in names) if len(names) <= _MAX_NAMES else f"{len(names)} columns"


def _demand(rule: Rule) -> str:
    """What must hold, in words."""
    share = f", in at least {rule.mostly:.0%} of rows" if rule.mostly is not None else ""
    match rule.expectation:
        case "expect_column_values_to_not_be_null":
            return "there is a value" + share
        case "expect_column_values_to_be_null" if all(name.endswith(c.BEYOND_SUFFIX) for name in rule.columns):
            return f"the date is {FIRST_DAY} or later, and at most {DAYS_AHEAD} day after its line was loaded" + share
        case "expect_column_values_to_be_null":
            return "nothing stands there that could not be read" + share
        case "expect_column_values_to_be_between":
            return f"the value is {_between(rule)}{share}"
        case "expect_column_values_to_be_in_set" if all(name.endswith(c.GIVEN_SUFFIX) for name in rule.columns):
            return "the cell is not empty" + share
        case "expect_column_values_to_be_in_set":
            return f"the value is {_values(rule)}{share}"
        case "expect_table_row_count_to_be_between":
            return f"the number of rows is {_between(rule)}"
        case "references_exist":
            return "the key has its row in the dimension"
        case "unique_key":
            return "no two rows share the key"
        case "rows_equal":
            return f"both counts are the same: {str(rule.kwargs['measure']).replace('_', ' ')}"
        case "keys_of_one_month":
            return "the keys of a file are not known under another month with other answers"
        case "records_pass":
            return _passing(rule)
        case "near_usual":
            return _usual(rule)
        case "newest_within":
            return f"the newest month ended at most {rule.kwargs['max_days']} days ago"
    raise ValueError(f"{rule.id}: {rule.expectation} has no words")


def _between(rule: Rule) -> str:
    words = {"min_value": "at least", "max_value": "at most"}
    return " and ".join(f"{word} {rule.kwargs[key]}" for key, word in words.items() if key in rule.kwargs)


def _passing(rule: Rule) -> str:
    share, records = rule.kwargs["min_share"], rule.kwargs["min_records"]
    return f"a record of the file passes; of {records} or more, at least {share:.0%} do"


def _usual(rule: Rule) -> str:
    words = {
        "min_ratio": "at least {} times the usual",
        "max_ratio": "at most {} times the usual",
        "max_difference": "at most {:.0%} away from the usual",
    }
    limits = " and ".join(text.format(rule.kwargs[name]) for name, text in words.items() if name in rule.kwargs)
    return (
        f"the month's {str(rule.kwargs['measure']).replace('_', ' ')}: {limits} of the {rule.kwargs['periods']} before"
    )


def _values(rule: Rule) -> str:
    if rule.value_sets:
        return "one that the question catalogue knows for the column"
    values = rule.kwargs["value_set"]
    assert isinstance(values, tuple)
    return ("one of " if len(values) > 1 else "") + ", ".join(map(str, values)).lower()


def _consequence(rule: Rule) -> str:
    """What happens to the line, the file or the run when the rule fails, in words."""
    holds = f"over {rule.hold_above:.0%} and {rule.hold_min_rows} lines the file is held"
    if rule.columns == (c.CORRUPT_RECORD,):
        return f"quarantine, as `malformed`; {holds}"
    if rule.on_failure is OnFailure.QUARANTINE:
        return f"quarantine; {holds}"
    if rule.expectation == "keys_of_one_month":
        return holds
    if rule.expectation == "records_pass":
        return "the file is held"
    return {
        Severity.CRITICAL: "the run stops",
        Severity.WARNING: "a warning is shown",
        Severity.INFO: "it is recorded",
    }[rule.severity]
