"""Gates between the layers: findings become verdicts, and a critical one stops the run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from lakehouse.errors import CheckError, GateBlockedError
from lakehouse.quality.results import CheckOutcome, CheckResult, Finding
from lakehouse.quality.rules import reason
from lakehouse.quality.suites import OnFailure, Rule, Severity, Suite


@dataclass(frozen=True)
class Repeats:
    """Rows looked at, and rows whose key another row has too."""

    rows: int
    repeated: int


@dataclass(frozen=True)
class Balance:
    """Two counts that must be the same."""

    expected: int
    actual: int


@dataclass(frozen=True)
class Orphans:
    """Rows looked at, and rows whose key points at no row of the dimension."""

    rows: int
    orphaned: int


@dataclass(frozen=True)
class Measured:
    """What our own group-bys counted for the rules that Great Expectations cannot evaluate in one aggregation.

    `repeats`: of the key; `balances`: by measure; `orphans`: by column, rows that point at nothing.
    """

    repeats: Repeats | None = None
    balances: Mapping[str, Balance] = field(default_factory=dict)
    orphans: Mapping[str, Orphans] = field(default_factory=dict)


def own_findings(suite: Suite, measured: Measured) -> tuple[Finding, ...]:
    """Findings of the rules that are counted by our own group-bys.

    Raises `CheckError` when the suite asks for a count that was not measured.
    """
    found: list[Finding] = []
    for rule in suite.rules:
        if rule.expectation == "unique_key":
            found.append(_uniqueness(suite, rule, measured.repeats))
        elif rule.expectation == "rows_equal":
            found.append(_equality(suite, rule, measured.balances))
        elif rule.expectation == "references_exist":
            found += (_references(suite, rule, column, measured.orphans) for column in rule.columns)
    return tuple(found)


def _uniqueness(suite: Suite, rule: Rule, repeats: Repeats | None) -> Finding:
    if repeats is None:
        raise _not_measured(suite, rule, "repeats")
    columns = rule.kwargs["columns"]
    assert isinstance(columns, tuple)
    detail = f"{repeats.repeated} of {repeats.rows} rows share {', '.join(columns)} with another row"
    return Finding(rule, ", ".join(columns), repeats.rows, repeats.repeated, repeats.repeated == 0, detail)


def _equality(suite: Suite, rule: Rule, balances: Mapping[str, Balance]) -> Finding:
    balance = balances.get(str(rule.kwargs["measure"]))
    if balance is None:
        raise _not_measured(suite, rule, str(rule.kwargs["measure"]))
    difference = abs(balance.expected - balance.actual)
    detail = f"expected {balance.expected} rows, found {balance.actual}"
    return Finding(rule, None, balance.expected, difference, difference == 0, detail)


def _references(suite: Suite, rule: Rule, column: str, orphans: Mapping[str, Orphans]) -> Finding:
    counted = orphans.get(column)
    if counted is None:
        raise _not_measured(suite, rule, f"references of {column}")
    detail = f"{counted.orphaned} of {counted.rows} rows point at no row of the dimension"
    return Finding(rule, column, counted.rows, counted.orphaned, counted.orphaned == 0, detail)


def _not_measured(suite: Suite, rule: Rule, what: str) -> CheckError:
    return CheckError(f"{suite.file}: rule {rule.id} could not run: {what} not counted.")


def ensure_passed(gate: str, results: Iterable[CheckResult]) -> None:
    """Raises `GateBlockedError` when a critical check failed."""
    failures = [
        f"{result.rule} on {result.column or result.table}: "
        f"{result.failed} of {result.evaluated} rows ({result.detail})"
        for result in results
        if result.blocks
    ]
    if failures:
        raise GateBlockedError(gate, failures)


def ensure_same_counts(suite: Suite, findings: Iterable[Finding], counted: Mapping[str, int]) -> None:
    """Raises `CheckError` when Great Expectations and the row predicates disagree about a rule.

    `counted`: rows per reason, as the predicates see them.
    """
    for finding in findings:
        if finding.rule.on_failure is OnFailure.QUARANTINE and finding.column is not None:
            name = reason(finding.rule, finding.column)
            if finding.failed != counted.get(name, 0):
                raise CheckError(
                    f"{suite.file}: {name} fails {finding.failed} rows in Great Expectations "
                    f"but {counted.get(name, 0)} as a row rule."
                )


@dataclass
class FileCounts:
    """Lines of one file, and lines per failed reason and per failed rule (each line once per rule)."""

    sha256: str
    file: str
    lines: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    rules: dict[str, int] = field(default_factory=dict)

    def add(self, mark: str | None, lines: int) -> None:
        """Takes over one count: None marks the file's total, `rule:column` a reason, `rule` a rule."""
        if mark is None:
            self.lines = lines
        elif ":" in mark:
            self.reasons[mark] = lines
        else:
            self.rules[mark] = lines


@dataclass(frozen=True)
class Limit:
    """How many lines of a file a rule may reject before the file as a whole is not believed."""

    rule: str
    hold_above: float
    hold_min_rows: int

    @classmethod
    def of(cls, rule: Rule, name: str | None = None) -> Limit:
        """The limit that a rule states, under its own name or another."""
        return cls(name or rule.id, rule.hold_above, rule.hold_min_rows)

    def is_passed(self, failed: int, lines: int) -> bool:
        """Whether the file goes over the limit."""
        return failed >= self.hold_min_rows and failed > self.hold_above * lines


def file_results(suite: Suite, counts: FileCounts, limits: Iterable[Limit]) -> tuple[CheckResult, ...]:
    """One result per limit for a file: `held` when it goes over."""
    return tuple(
        CheckResult(
            "file",
            suite.table,
            limit.rule,
            None,
            Severity.WARNING,
            counts.lines,
            counts.rules.get(limit.rule, 0),
            limit.hold_above,
            CheckOutcome.HELD
            if limit.is_passed(counts.rules.get(limit.rule, 0), counts.lines)
            else CheckOutcome.PASSED,
            ", ".join(f"{name} {n}" for name, n in sorted(counts.reasons.items()) if _rule_of(name) == limit.rule),
            counts.file,
            counts.sha256,
        )
        for limit in limits
    )


def _rule_of(reason_text: str) -> str:
    return reason_text.partition(":")[0]
