"""Judges each undecided file as a whole: one over a limit is held, and nothing of it goes further."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lakehouse.ledger.drift import FileDrift
from lakehouse.ledger.files import ACCEPTED, BronzeFile
from lakehouse.ledger.files import HELD as FILE_HELD
from lakehouse.pipeline.context import Run
from lakehouse.pipeline.key_months import why_held
from lakehouse.quality import gate
from lakehouse.quality.results import FAILED, PASSED, CheckResult
from lakehouse.quality.results import HELD as OVER_LIMIT
from lakehouse.quality.rules import MALFORMED, has_reason_of, quarantining
from lakehouse.quality.samples import SAMPLE_SIZE, sampled, with_samples
from lakehouse.quality.suites import Severity
from lakehouse.survey.drift import HOLD, KINDS, Drift
from schemas import columns as c
from schemas.bronze import LINE


def counts(per_file: DataFrame) -> dict[str, gate.FileCounts]:
    """Lines, reasons and rules by file content, from the counts of all files."""
    found: dict[str, gate.FileCounts] = {}
    for row in per_file.collect():
        sha, reason, lines = row[c.SOURCE_SHA256], row["reason"], row["lines"]
        counts = found.setdefault(sha, gate.FileCounts(sha, row[c.SOURCE_FILE]))
        counts.add(reason, lines)
    return found


def _limits(run: Run) -> list[gate.Limit]:
    malformed = [rule for rule in run.config.suites["bronze"].rules if rule.columns == (c.CORRUPT_RECORD,)]
    return [
        *(gate.Limit.of(rule, MALFORMED) for rule in malformed),
        *(gate.Limit.of(rule) for rule in quarantining(run.config.suites["silver"])),
    ]


def is_held(
    run: Run,
    file: BronzeFile,
    counts: gate.FileCounts,
    drift: Sequence[FileDrift],
    lines: DataFrame,
    months: CheckResult | None,
) -> bool:
    """Whether an undecided file is over a limit, or differs from the catalogue in a way that holds it; records the
    checks and the decision. `months`: the check of its keys against other months."""
    shape = [_shape(run, file, drift), *(_drift_check(run, file, kind, drift) for kind in KINDS)]
    limits = gate.file_results(run.config.suites["silver"], counts, _limits(run))
    results = [*shape, *([months] if months else []), *limits]
    over = [result for result in results if result.outcome == OVER_LIMIT]
    if run.ledger.state(file.sha256) == ACCEPTED:
        # A person's word is above every limit, but not above a column that every response needs.
        over = [result for result in over if result is shape[0]]
    if any(result in over for result in shape):
        _hold(run, file, "; ".join(one.drift.detail for one in drift if one.policy == HOLD))
    elif any(result in over for result in limits):
        results = list(with_samples(results, _failing_lines(lines, file, (one for one in over if one in limits))))
        numbers = sorted({line for result in results for _, line in result.samples})[:SAMPLE_SIZE]
        _hold(run, file, f"{'; '.join(map(_over_limit, over))}. First lines: {', '.join(map(str, numbers))}")
    elif months and months in over:
        _hold(run, file, why_held(months, file.sha256))
    run.results.extend(results)
    return bool(over)


def _hold(run: Run, file: BronzeFile, reason: str) -> None:
    run.decide(FILE_HELD, file.file, file.sha256, None, reason)
    run.held.append(file.file)
    run.progress.warn(f"{file.file} held: {reason}")


def _over_limit(result: CheckResult) -> str:
    share, limit = result.share or 0, result.limit or 0
    return f"{result.rule} fails {result.failed} of {result.evaluated} lines ({share:.1%}, limit {limit:.0%})"


def _shape(run: Run, file: BronzeFile, drift: Sequence[FileDrift]) -> CheckResult:
    """Whether every required column is among the file's headers."""
    missing = [one.drift for one in drift if one.drift.column in run.config.catalogue.required]
    return _file_check(run, file, "required_column_missing", missing, OVER_LIMIT)


def _drift_check(run: Run, file: BronzeFile, kind: str, drift: Sequence[FileDrift]) -> CheckResult:
    """Whether a file's other columns are those that the catalogue expects."""
    optional = [one.drift for one in drift if one.drift.column not in run.config.catalogue.required]
    outcome = OVER_LIMIT if run.config.drift[kind] == HOLD else FAILED
    return _file_check(run, file, f"column_{kind}", [one for one in optional if one.kind == kind], outcome)


def _file_check(run: Run, file: BronzeFile, rule: str, found: Sequence[Drift], outcome: str) -> CheckResult:
    return CheckResult(
        gate="file",
        table=run.config.suites["silver"].table,
        rule=rule,
        column=", ".join(drift.column for drift in found) or None,
        severity=Severity.WARNING,
        evaluated=file.lines,
        failed=file.lines if found else 0,
        limit=None,
        outcome=outcome if found else PASSED,
        detail="; ".join(drift.detail for drift in found),
        file=file.file,
        sha256=file.sha256,
    )


def _failing_lines(lines: DataFrame, file: BronzeFile, over: Iterable[CheckResult]) -> DataFrame:
    """Some lines of a file for each rule that it fails too often."""
    own = lines.where(F.col(c.SOURCE_SHA256) == file.sha256)
    rules = {result.rule: has_reason_of(result.rule) for result in over}
    return sampled(own, rules, LINE)
