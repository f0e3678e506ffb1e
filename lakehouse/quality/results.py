"""What checks found, as rows of ops.check_results."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from lakehouse.quality.suites import OnFailure, Rule, Severity, Suite, subject


class CheckOutcome(Enum):
    """How a check ended; VACUOUS: passed for want of a single value to look at."""

    PASSED = "passed"
    FAILED = "failed"
    HELD = "held"
    VACUOUS = "vacuous"


# A delivered line: hash of its file's content, and line number.
Line = tuple[str, int]
_ABOUT_NULLS = ("expect_column_values_to_be_null", "expect_column_values_to_not_be_null")


@dataclass(frozen=True)
class Finding:
    """What one rule saw in one column (None: the whole table): rows evaluated, rows failed, the verdict.

    `missing`: rows without a value, which rules on values pass over. `seconds`: time of the evaluation that the check
    was part of; `library`: what evaluated it, when it was not our own group-by.
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
        """Whether there were rows, and not one value among them that the rule could judge."""
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
        """Rule and column in one word."""
        return f"{self.rule}:{self.column}" if self.column else self.rule

    @property
    def share(self) -> float | None:
        """Failed per evaluated row; None when nothing was looked at."""
        return self.failed / self.evaluated if self.evaluated else None

    @property
    def blocks(self) -> bool:
        """Whether later tables must stay as they are."""
        return self.severity is Severity.CRITICAL and self.outcome is CheckOutcome.FAILED

    def as_row(self, run_id: str, at: datetime) -> tuple[object, ...]:
        """The row in the order of the contract."""
        return (
            *(run_id, self.gate, self.table, self.file, self.sha256, self.rule, self.column, self.severity.value),
            *(self.evaluated, self.failed, self.share, self.limit, self.outcome.value, self.detail),
            *(self.seconds, self.library, list(self.samples), at),
        )


def results_of(
    gate: str, suite: Suite, findings: Iterable[Finding], delivered: Collection[str] | None = None
) -> tuple[CheckResult, ...]:
    """The findings of one gate as results; the limit is the share that may fail without consequences.

    A check that saw no value at all is no pass. `delivered`: columns that the files have (None: all); that the others
    are empty is no news.
    """
    return tuple(
        CheckResult(
            gate,
            suite.table,
            finding.rule.id,
            finding.column and subject(finding.column),
            finding.rule.severity,
            finding.evaluated,
            finding.failed,
            limit_of(finding.rule),
            _outcome(finding, delivered),
            finding.detail or finding.rule.why,
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
    """Share of failing rows above which a rule has consequences; None when a single one has."""
    if rule.on_failure is OnFailure.QUARANTINE:
        return rule.hold_above
    return None if rule.mostly is None else round(1 - rule.mostly, 12)
