"""Findings and results of checks; results are the rows of ops.check_results."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from lakehouse.contracts import row_of
from lakehouse.quality.suites import OnFailure, Rule, Severity, Suite, subject
from schemas.ops import CHECK_RESULTS


class CheckOutcome(Enum):
    """How a check ended. HELD: the check holds the file; VACUOUS: there was no value that the rule could judge."""

    PASSED = "passed"
    FAILED = "failed"
    HELD = "held"
    VACUOUS = "vacuous"


# A delivered line: SHA-256 of its file's content, and line number.
Line = tuple[str, int]
_ABOUT_NULLS = ("expect_column_values_to_be_null", "expect_column_values_to_not_be_null")


@dataclass(frozen=True)
class Finding:
    """What one rule counted in one column (None: the whole table): rows evaluated, rows failed, and the verdict.

    `missing`: rows without a value; rules on values do not judge them. `seconds`: time of the evaluation that the check
    was part of. `library`: name and version of the library that evaluated it; None for a group-by of the pipeline.
    """

    rule: Rule
    column: str | None
    evaluated: int
    failed: int
    success: bool
    detail: str = ""
    missing: int = 0
    seconds: float | None = None
    library: str | None = None

    @property
    def is_vacuous(self) -> bool:
        """Whether the rule had rows but no value to judge, because every value was missing."""
        judges_values = self.rule.expectation not in _ABOUT_NULLS
        return judges_values and self.success and 0 < self.evaluated == self.missing


@dataclass(frozen=True)
class CheckResult:
    """One check of a run; see ops.check_results for the columns."""

    gate: str
    table: str
    rule: str
    column: str | None
    severity: Severity
    evaluated: int
    failed: int
    limit: float | None
    outcome: CheckOutcome
    detail: str
    file: str | None = None
    sha256: str | None = None
    seconds: float | None = None
    library: str | None = None
    samples: tuple[Line, ...] = ()

    @property
    def check(self) -> str:
        """The check's name: `rule:column`, or `rule` for a check on the whole table."""
        return f"{self.rule}:{self.column}" if self.column else self.rule

    @property
    def share(self) -> float | None:
        """Failed per evaluated row; None when no row was evaluated."""
        return self.failed / self.evaluated if self.evaluated else None

    @property
    def blocks(self) -> bool:
        """Whether the check stops the run before anything more is written."""
        return self.severity is Severity.CRITICAL and self.outcome is CheckOutcome.FAILED

    def as_row(self, run_id: str, at: datetime) -> tuple[object, ...]:
        """The row in the order of the contract of ops.check_results."""
        return row_of(
            CHECK_RESULTS,
            run_id=run_id,
            gate=self.gate,
            table=self.table,
            file=self.file,
            sha256=self.sha256,
            rule=self.rule,
            column=self.column,
            severity=self.severity.value,
            evaluated=self.evaluated,
            failed=self.failed,
            share=self.share,
            limit=self.limit,
            outcome=self.outcome.value,
            detail=self.detail,
            seconds=self.seconds,
            library=self.library,
            samples=list(self.samples),
            at=at,
        )


def results_of(
    gate: str, suite: Suite, findings: Iterable[Finding], delivered: Collection[str] | None = None
) -> tuple[CheckResult, ...]:
    """The findings of one gate as results; the limit is the share of rows that may fail without consequences.

    A check on a delivered column without a single value is VACUOUS, not PASSED. `delivered`: columns that the files
    have (None: all); a column that was not delivered is empty by nature, so its checks count as PASSED.
    """
    return tuple(
        CheckResult(
            gate=gate,
            table=suite.table,
            rule=finding.rule.id,
            column=subject(finding.column) if finding.column else None,
            severity=finding.rule.severity,
            evaluated=finding.evaluated,
            failed=finding.failed,
            limit=limit_of(finding.rule),
            outcome=_outcome(finding, delivered),
            detail=finding.detail or finding.rule.why,
            seconds=finding.seconds,
            library=finding.library,
        )
        for finding in findings
    )


def _outcome(finding: Finding, delivered: Collection[str] | None) -> CheckOutcome:
    if finding.is_vacuous and (delivered is None or finding.column in delivered):
        return CheckOutcome.VACUOUS
    return CheckOutcome.PASSED if finding.success else CheckOutcome.FAILED


def limit_of(rule: Rule) -> float | None:
    """Share of failing rows above which a rule has consequences; None when a single failing row has."""
    if rule.on_failure is OnFailure.QUARANTINE:
        return rule.hold_above
    return None if rule.mostly is None else round(1 - rule.mostly, 12)
