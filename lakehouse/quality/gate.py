"""Gates between the layers: counts become findings, findings become results, and a critical failure stops the run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from lakehouse.errors import CheckError, GateBlockedError
from lakehouse.quality.results import CheckOutcome, CheckResult, Finding
from lakehouse.quality.rules import ANY_REASON
from lakehouse.quality.suites import OnFailure, Rule, Severity, Suite, reason


@dataclass(frozen=True)
class Repeats:
    """Rows evaluated, and rows that share their key with another row."""

    rows: int
    repeated: int


@dataclass(frozen=True)
class Balance:
    """Two counts that must be equal."""

    expected: int
    actual: int


@dataclass(frozen=True)
class Orphans:
    """Referential integrity of a column: rows evaluated, and rows whose key has no row in the dimension."""

    rows: int
    orphaned: int


@dataclass(frozen=True)
class GateCounts:
    """Counts by group-by, for the rules that Great Expectations cannot evaluate in one aggregation.

    `repeats`: repeated keys; `balances`: measure -> the two counts to compare; `orphans`: foreign-key column -> counts.
    """

    repeats: Repeats | None = None
    balances: Mapping[str, Balance] = field(default_factory=dict)
    orphans: Mapping[str, Orphans] = field(default_factory=dict)


def findings_of_counts(suite: Suite, counts: GateCounts) -> tuple[Finding, ...]:
    """Findings of the rules on repeated keys, equal counts and references.

    Raises `CheckError` when the suite asks for a count that was not taken.
    """
    findings: list[Finding] = []
    for rule in suite.rules:
        if rule.expectation == "unique_key":
            findings.append(_uniqueness(suite, rule, counts.repeats))
        elif rule.expectation == "rows_equal":
            findings.append(_equality(suite, rule, counts.balances))
        elif rule.expectation == "references_exist":
            findings += (_references(suite, rule, column, counts.orphans) for column in rule.columns)
    return tuple(findings)


def _uniqueness(suite: Suite, rule: Rule, repeats: Repeats | None) -> Finding:
    if repeats is None:
        raise _not_counted(suite, rule, "repeats")
    columns = rule.kwargs["columns"]
    assert isinstance(columns, tuple)
    detail = f"{repeats.repeated} of {repeats.rows} rows share {', '.join(columns)} with another row"
    return Finding(
        rule=rule,
        column=", ".join(columns),
        evaluated=repeats.rows,
        failed=repeats.repeated,
        success=repeats.repeated == 0,
        detail=detail,
    )


def _equality(suite: Suite, rule: Rule, balances: Mapping[str, Balance]) -> Finding:
    balance = balances.get(str(rule.kwargs["measure"]))
    if balance is None:
        raise _not_counted(suite, rule, str(rule.kwargs["measure"]))
    difference = abs(balance.expected - balance.actual)
    detail = f"expected {balance.expected} rows, found {balance.actual}"
    return Finding(
        rule=rule,
        column=None,
        evaluated=balance.expected,
        failed=difference,
        success=difference == 0,
        detail=detail,
    )


def _references(suite: Suite, rule: Rule, column: str, orphans: Mapping[str, Orphans]) -> Finding:
    counted = orphans.get(column)
    if counted is None:
        raise _not_counted(suite, rule, f"references of {column}")
    detail = f"{counted.orphaned} of {counted.rows} rows point at no row of the dimension"
    return Finding(
        rule=rule,
        column=column,
        evaluated=counted.rows,
        failed=counted.orphaned,
        success=counted.orphaned == 0,
        detail=detail,
    )


def _not_counted(suite: Suite, rule: Rule, what: str) -> CheckError:
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
    """Raises `CheckError` when Great Expectations and the row rules disagree about how many rows fail a rule.

    `counted`: reason -> rows that fail it by the row rules.
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
    """Lines of one file: all of them, by reason (`rule:column`), by rule (a line counts once per rule), and those
    rejected for any reason."""

    sha256: str
    file: str
    lines: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    rules: dict[str, int] = field(default_factory=dict)
    rejected: int = 0

    @property
    def main_rule(self) -> str:
        """The rule that most lines fail; empty when every line passes."""
        return max(self.rules, key=lambda rule: (self.rules[rule], rule), default="")

    def add(self, name: str | None, lines: int) -> None:
        """Keeps one count by its name: None is the file's total, `*` any reason, `rule:column` a reason, `rule` a
        rule."""
        if name is None:
            self.lines = lines
        elif name == ANY_REASON:
            self.rejected = lines
        elif ":" in name:
            self.reasons[name] = lines
        else:
            self.rules[name] = lines


@dataclass(frozen=True)
class Limit:
    """How many lines of a file a rule may reject before the whole file is held: more than `hold_above` (a share) of
    its lines, and at least `hold_min_rows`."""

    rule: str
    hold_above: float
    hold_min_rows: int

    @classmethod
    def of(cls, rule: Rule, name: str | None = None) -> Limit:
        """The limit that a rule states, named `name` or else by the id of the rule."""
        return cls(name or rule.id, rule.hold_above, rule.hold_min_rows)

    def is_exceeded(self, failed: int, lines: int) -> bool:
        """Whether the file is over the limit."""
        return failed >= self.hold_min_rows and failed > self.hold_above * lines


def file_results(suite: Suite, counts: FileCounts, limits: Iterable[Limit]) -> tuple[CheckResult, ...]:
    """One result per limit for a file: `held` when the file is over it."""
    return tuple(_limit_result(suite, counts, limit) for limit in limits)


def _limit_result(suite: Suite, counts: FileCounts, limit: Limit) -> CheckResult:
    failed = counts.rules.get(limit.rule, 0)
    return CheckResult(
        gate="file",
        table=suite.table,
        rule=limit.rule,
        column=None,
        severity=Severity.WARNING,
        evaluated=counts.lines,
        failed=failed,
        limit=limit.hold_above,
        outcome=CheckOutcome.HELD if limit.is_exceeded(failed, counts.lines) else CheckOutcome.PASSED,
        detail=", ".join(f"{name} {n}" for name, n in sorted(counts.reasons.items()) if _rule_of(name) == limit.rule),
        file=counts.file,
        sha256=counts.sha256,
    )


def _rule_of(name: str) -> str:
    """The rule id of a reason, `rule:column`."""
    return name.partition(":")[0]
