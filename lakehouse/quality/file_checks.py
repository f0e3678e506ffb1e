"""Checks of a delivered file as a whole: its columns, its rejected lines, and keys known under other months."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from pyspark.sql import DataFrame

from lakehouse.ledger.drift import FileDrift
from lakehouse.ledger.files import BronzeFile
from lakehouse.quality.gate import FileCounts, Limit
from lakehouse.quality.results import CheckOutcome, CheckResult
from lakehouse.quality.rules import MALFORMED, quarantining
from lakehouse.quality.suites import Rule, Severity, Suite
from lakehouse.survey.dates import delivered_date
from lakehouse.survey.drift import HOLD, KINDS, Drift
from schemas import columns as c


def file_counts(per_file: DataFrame) -> dict[str, FileCounts]:
    """File content (SHA-256) -> its counts. `per_file`: rows of `counts_per_file`."""
    counts: dict[str, FileCounts] = {}
    for row in per_file.collect():
        content = row[c.SOURCE_SHA256]
        of_file = counts.setdefault(content, FileCounts(content, row[c.SOURCE_FILE]))
        of_file.add(row["reason"], row["lines"])
    return counts


def limits_of(suites: Mapping[str, Suite]) -> list[Limit]:
    """How many lines of a file each rule may reject before the file is held."""
    malformed = [rule for rule in suites["bronze"].rules if rule.columns == (c.CORRUPT_RECORD,)]
    return [
        *(Limit.of(rule, MALFORMED) for rule in malformed),
        *(Limit.of(rule) for rule in quarantining(suites["silver"])),
    ]


def required_columns_check(
    file: BronzeFile, drift: Iterable[FileDrift], required: Sequence[str], table: str
) -> CheckResult:
    """Whether every required column is among the file's headers. Nobody can accept a file that fails this check."""
    missing = [event.drift for event in drift if event.drift.column in required]
    return _column_check(file, "required_column_missing", missing, CheckOutcome.HELD, table)


def column_checks(
    file: BronzeFile,
    drift: Iterable[FileDrift],
    required: Sequence[str],
    policies: Mapping[str, str],
    table: str,
) -> list[CheckResult]:
    """One check per kind of drift (added, missing, renamed) on the file's optional columns. `policies`: kind -> `warn`
    or `hold`."""
    optional = [event.drift for event in drift if event.drift.column not in required]
    return [
        _column_check(
            file,
            f"column_{kind}",
            [difference for difference in optional if difference.kind == kind],
            CheckOutcome.HELD if policies[kind] == HOLD else CheckOutcome.FAILED,
            table,
        )
        for kind in KINDS
    ]


def _column_check(
    file: BronzeFile, rule: str, differences: Sequence[Drift], outcome: CheckOutcome, table: str
) -> CheckResult:
    return CheckResult(
        gate="file",
        table=table,
        rule=rule,
        column=", ".join(drift.column for drift in differences) or None,
        severity=Severity.WARNING,
        evaluated=file.lines,
        failed=file.lines if differences else 0,
        limit=None,
        outcome=outcome if differences else CheckOutcome.PASSED,
        detail="; ".join(drift.detail for drift in differences),
        file=file.file,
        sha256=file.sha256,
    )


def survey_date_check(file: BronzeFile, table: str) -> CheckResult:
    """The failed check of a file without a survey date. Nobody can accept it: its lines belong to no month."""
    return CheckResult(
        gate="file",
        table=table,
        rule="survey_date_missing",
        column=c.SURVEY_DATE,
        severity=Severity.WARNING,
        evaluated=file.lines,
        failed=file.lines,
        limit=None,
        outcome=CheckOutcome.HELD,
        detail=why_undated(file.file, file.sha256),
        file=file.file,
        sha256=file.sha256,
    )


def why_undated(name: str, content: str) -> str:
    """Why a file is held: it has no survey date. Says what to do about it."""
    cause = delivered_date(name, None).cause
    return (
        f"no survey date in its lines, folders or name{f': {cause}' if cause else ''}. Run again with --survey-date "
        f"YYYY-MM-DD; or `lakehouse files redate {content[:12]} --to YYYY-MM-DD --reason …`; or put one date into its "
        "name or folder (survey_2025-02.csv, 2025/02/); or set undated: today in conf/base.yml, which takes the day of "
        "the run"
    )


def other_months_check(
    rule: Rule, file: BronzeFile, keys: int, known: int, response_key: Sequence[str], table: str
) -> CheckResult:
    """Whether too many of a file's keys are known under another month, so that it would overwrite that month's
    responses. `keys`: distinct keys of the file; `known`: those known under another month."""
    is_over = Limit.of(rule).is_exceeded(known, keys)
    return CheckResult(
        gate="file",
        table=table,
        rule=rule.id,
        column=", ".join(response_key),
        severity=rule.severity,
        evaluated=keys,
        failed=known,
        limit=rule.hold_above,
        outcome=CheckOutcome.HELD if is_over else CheckOutcome.PASSED,
        detail=f"{known} of {keys} keys are known under another month",
        file=file.file,
        sha256=file.sha256,
    )


def why_over_limit(check: CheckResult) -> str:
    """Why a file is held: the rule that rejects too many of its lines."""
    share, limit = check.share or 0, check.limit or 0
    return f"{check.rule} fails {check.failed} of {check.evaluated} lines ({share:.1%}, limit {limit:.0%})"


def why_other_months(check: CheckResult, content: str) -> str:
    """Why a file is held: its keys are known under other months. Says what to do about it."""
    return (
        f"{check.rule} fails {check.failed} of {check.evaluated} keys ({check.share or 0:.1%}, limit "
        f"{check.limit or 0:.0%}): they are known under another month, and the newer month would overwrite the older. "
        "Either ids restart every month, or the export repeats earlier months. If passengers or ids come again, set "
        "response_key: [id, survey_date] in conf/base.yml; if the file corrects the past, "
        f"`lakehouse files accept {content[:12]} --reason …`"
    )
