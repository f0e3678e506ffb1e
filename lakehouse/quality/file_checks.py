"""Checks of a delivered file as a whole: its columns, its rejected lines, and keys known under other months."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from pyspark.sql import DataFrame

from lakehouse.ledger.drift import FileDrift
from lakehouse.ledger.files import BronzeFile
from lakehouse.quality.gate import FileCounts, Limit
from lakehouse.quality.results import CheckOutcome, CheckResult
from lakehouse.quality.suites import MALFORMED, Rule, Severity, Suite, quarantining, subject
from lakehouse.survey.dates import delivered_date
from lakehouse.survey.drift import HOLD, KINDS, UNKNOWN_VALUE, UNREAD_CELLS, Drift
from schemas import columns as c

_COLUMNS_SHOWN = 3
_WORDS_SHOWN = 3
_SHA_SHOWN = 12


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
        detail=f"{known} of {keys} keys are known under another month with other answers",
        file=file.file,
        sha256=file.sha256,
    )


def passing_check(rule: Rule, file: BronzeFile, counts: FileCounts, table: str) -> CheckResult:
    """Whether too few records of a file pass: none at all, or a smaller share than the rule asks for."""
    share, records = rule.kwargs["min_share"], rule.kwargs["min_records"]
    assert isinstance(share, float) and isinstance(records, int)
    passed = counts.lines - counts.rejected
    is_small = counts.lines >= records and passed < share * counts.lines
    is_held = counts.lines > 0 and (passed == 0 or is_small)
    return CheckResult(
        gate="file",
        table=table,
        rule=rule.id,
        column=None,
        severity=rule.severity,
        evaluated=counts.lines,
        failed=counts.rejected,
        limit=1 - share,
        outcome=CheckOutcome.HELD if is_held else CheckOutcome.PASSED,
        detail=_main_cause(counts) if counts.rejected else "every record passes",
        file=file.file,
        sha256=file.sha256,
    )


def _main_cause(counts: FileCounts) -> str:
    """The rule that most lines fail, with its columns, the most frequent first."""
    rule = counts.main_rule
    own = {name.partition(":")[2]: n for name, n in counts.reasons.items() if name.startswith(f"{rule}:")}
    columns = sorted(own, key=lambda column: (-own[column], column))
    more = f" and {len(columns) - _COLUMNS_SHOWN} more" if len(columns) > _COLUMNS_SHOWN else ""
    where = f" in {', '.join(columns[:_COLUMNS_SHOWN])}{more}" if columns else ""
    return f"{rule} fails {counts.rules[rule]} of {counts.lines} lines{where}"


def nothing_passes(check: CheckResult) -> bool:
    """Whether a person's word cannot help a file, since there is no record to let in."""
    return check.outcome is CheckOutcome.HELD and check.failed == check.evaluated


def why_few_pass(check: CheckResult) -> str:
    """Why a file is held: the cause that most of its rejected lines share. Says whether a person may let it in."""
    if nothing_passes(check):
        return f"no record passes: {check.detail}. To accept the file would let nothing in"
    return (
        f"{check.failed} of {check.evaluated} records fail ({check.share or 0:.1%}, limit {check.limit or 0:.0%}), "
        f"mostly for one cause: {check.detail}. `lakehouse files accept {_short(check)} --reason …` lets in the others"
    )


def way_out(suite: Suite, check: CheckResult, rule_name: str, drift: Iterable[Drift]) -> str:
    """What mends a file that `check` holds because of a rule. `drift`: differences of the file from the catalogue, its
    unknown words among them."""
    rule = next((rule for rule in suite.rules if rule.id == rule_name), None)
    if rule is None:
        return "The lines do not have the shape of the header: deliver the file again"
    drift = tuple(drift)
    words = [one.detail for one in drift if one.kind == UNKNOWN_VALUE and one.column in rule.columns]
    causes = words or [one.detail for one in drift if one.kind == UNREAD_CELLS]
    if causes:
        return "; ".join(causes[:_WORDS_SHOWN])
    if c.SURVEY_DATE in map(subject, rule.columns):
        return (
            "How a date column is written is set in conf/questions.yml, as date_format of survey_date; a file without "
            f"one gets another date by `lakehouse files redate {_short(check)} --to DATE --reason …`"
        )
    return f"What these cells may hold is set in conf/questions.yml, and by the rule in {suite.file}"


def _short(check: CheckResult) -> str:
    return (check.sha256 or "")[:_SHA_SHOWN]


def why_over_limit(check: CheckResult) -> str:
    """Why a file is held: the rule that rejects too many of its lines."""
    share, limit = check.share or 0, check.limit or 0
    return f"{check.rule} fails {check.failed} of {check.evaluated} lines ({share:.1%}, limit {limit:.0%})"


def why_other_months(check: CheckResult, content: str) -> str:
    """Why a file is held: its keys are known under other months. Says what to do about it."""
    return (
        f"{check.rule} fails {check.failed} of {check.evaluated} keys ({check.share or 0:.1%}, limit "
        f"{check.limit or 0:.0%}): they are known under another month with other answers, and the newer month would "
        "overwrite the older. Either ids restart every month, or the file changes the past. If passengers or ids come "
        "again, set response_key: [id, survey_date] in conf/base.yml; if the file corrects the past, "
        f"`lakehouse files accept {content[:_SHA_SHOWN]} --reason …`"
    )
