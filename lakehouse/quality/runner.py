"""Runs Great Expectations, in one aggregation per suite; the only module that imports it."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from dataclasses import replace
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Any

from lakehouse.errors import CheckError
from lakehouse.quality.results import Finding
from lakehouse.quality.suites import EXPECTATIONS, Rule, Suite

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

# Counts without samples: with samples Great Expectations scans the frame once more per check.
_COUNTS_ONLY = {"result_format": "BASIC", "partial_unexpected_count": 0}
_importing = Lock()


def load_library() -> Any:
    """Great Expectations, imported on first use (2-4 s); safe to call from a thread to warm it up."""
    with _importing:
        import great_expectations

        logging.getLogger("great_expectations").setLevel(logging.ERROR)
        return great_expectations


def evaluate(suite: Suite, df: DataFrame) -> tuple[Finding, ...]:
    """Findings of the suite's Great Expectations rules on a frame, one per rule and column.

    Raises `CheckError` when a check could not run, or when the library ran fewer checks than the suite has: it drops
    an expectation that it does not know without an error, and an empty suite passes.
    """
    gx = load_library()
    checks = list(_checks(suite))
    started = monotonic()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        batch, loaded = _prepare(gx, suite, checks, df)
        result = batch.validate(loaded, result_format=_COUNTS_ONLY)
    if len(result.results) != len(checks):
        raise CheckError(f"{suite.file}: {len(checks)} checks, but Great Expectations ran {len(result.results)}.")
    seconds, library = round(monotonic() - started, 3), f"great_expectations {gx.__version__}"
    by_number = {entry.expectation_config.meta["check"]: entry for entry in result.results}
    findings = (_finding(suite, rule, column, by_number[number]) for number, (rule, column) in enumerate(checks))
    return tuple(replace(finding, seconds=seconds, library=library) for finding in findings)


def _checks(suite: Suite) -> Iterator[tuple[Rule, str | None]]:
    for rule in suite.rules:
        if EXPECTATIONS[rule.expectation].great_expectations:
            yield from ((rule, column) for column in rule.columns or (None,))


def _prepare(gx: Any, suite: Suite, checks: list[tuple[Rule, str | None]], df: DataFrame) -> tuple[Any, Any]:
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}
    source = context.data_sources.add_spark(name="frame", persist=False)
    definition = source.add_dataframe_asset(name=suite.table).add_batch_definition_whole_dataframe("rows")
    expectations = [_configuration(number, rule, column) for number, (rule, column) in enumerate(checks)]
    loaded = gx.ExpectationSuite(name=suite.table, expectations=expectations)
    return definition.get_batch(batch_parameters={"dataframe": df}), context.suites.add(loaded)


def _configuration(number: int, rule: Rule, column: str | None) -> dict[str, Any]:
    kwargs: dict[str, Any] = dict(rule.kwargs_for(column) if column else rule.kwargs)
    if "value_set" in kwargs:
        kwargs["value_set"] = list(kwargs["value_set"])
    if column:
        kwargs["column"] = column
    if rule.mostly is not None:
        kwargs["mostly"] = rule.mostly
    meta = {"check": number}
    return {"type": rule.expectation, "kwargs": kwargs, "severity": rule.severity.value, "meta": meta}


def _finding(suite: Suite, rule: Rule, column: str | None, entry: Any) -> Finding:
    error = _error(entry.exception_info)
    if error:
        raise CheckError(f"{suite.file}: rule {rule.id} could not run on {column or suite.table}: {error}")
    if column is None:
        rows = int(entry.result["observed_value"])
        failed = 0 if entry.success else rows
        return Finding(rule=rule, column=None, evaluated=rows, failed=failed, success=bool(entry.success))
    return Finding(
        rule=rule,
        column=column,
        evaluated=_count(entry, "element_count"),
        failed=_count(entry, "unexpected_count"),
        success=bool(entry.success),
        missing=_count(entry, "missing_count"),
    )


def _count(entry: Any, name: str) -> int:
    """A count of an expectation's result; the library leaves counts out for an empty frame."""
    return int(entry.result.get(name) or 0)


def _error(info: Any) -> str | None:
    """The first error of an expectation; the library nests the information by metric, or not."""
    for part in [info, *(value for value in (info or {}).values() if isinstance(value, dict))]:
        if part and part.get("raised_exception"):
            return str(part.get("exception_message"))
    return None
