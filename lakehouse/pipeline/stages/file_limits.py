"""Judges each file without decision as a whole: one over a limit is held, and nothing of it goes further."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lakehouse.clock import now
from lakehouse.config.load import Config
from lakehouse.ledger.drift import FileDrift, grouped
from lakehouse.ledger.events import Decision, Event
from lakehouse.ledger.files import BronzeFile, FileState, Ledger
from lakehouse.pipeline.context import Context
from lakehouse.quality.file_checks import (
    column_checks,
    file_counts,
    limits_of,
    nothing_passes,
    other_months_check,
    passing_check,
    required_columns_check,
    survey_date_check,
    way_out,
    why_few_pass,
    why_other_months,
    why_over_limit,
)
from lakehouse.quality.gate import FileCounts, Limit, file_results
from lakehouse.quality.quarantine import counts_per_file
from lakehouse.quality.results import CheckOutcome, CheckResult
from lakehouse.quality.rules import has_reason_of
from lakehouse.quality.samples import SAMPLE_SIZE, sampled, with_samples
from lakehouse.quality.suites import Rule
from lakehouse.quality.words import unknown_words, unread_cells, value_checks
from lakehouse.silver.keys import count_keys_of_other_months, keys_by_month, keys_of_other_months
from lakehouse.survey.drift import HOLD, QUARANTINE, WARN, drift_of, unknown_values, unread_drift
from lakehouse.survey.headers import parse_header
from lakehouse.survey.hints import hints
from schemas import columns as c
from schemas.bronze import LINE

_FILES_SHOWN = 3


@dataclass(frozen=True)
class Judged:
    """What judging the files gave: counts by file content, files newly held, and differences from the catalogue."""

    ledger: Ledger
    counts: Mapping[str, FileCounts]
    held: tuple[BronzeFile, ...]
    drift: tuple[FileDrift, ...]


def judge_files(context: Context, ledger: Ledger, pending: Iterable[BronzeFile], lines: DataFrame) -> Judged:
    """Counts the reasons of all files, and holds each pending one that is over a limit. `lines`: typed and judged.

    Files are judged in the order of their survey dates, each against silver and those that passed before it.
    """
    counts = file_counts(counts_per_file(lines))
    undecided = sorted(pending, key=lambda file: file.order)
    drift = {file.sha256: header_drift(context.config, file) for file in undecided}
    words = _value_drift(context, undecided, counts, lines)
    every = [*chain(*drift.values()), *words]
    _record_drift(context, every)
    months = _KeyMonths(context, undecided, lines)
    held: list[BronzeFile] = []
    unread: list[FileDrift] = []
    decisions: list[Decision] = []
    for file in undecided:
        checks = _checks(context, file, counts[file.sha256], drift[file.sha256], months)
        own = [*drift[file.sha256], *(one for one in words if one.file == file)]
        state = ledger.state(file.sha256)
        verdict = _undated(context, file) or _verdict(context.config, state, file, checks, own, lines)
        context.checks.add(*verdict.results)
        unread += verdict.unread
        if verdict.reason is None:
            repeated = months.add_passed(file)
            if repeated:
                context.reporter.say(repeated)
            continue
        held.append(file)
        decisions.append(Decision(Event.HELD, file.file, file.sha256, verdict.reason))
        context.reporter.warn(f"{file.file} held: {verdict.reason}")
    _record_drift(context, unread)
    # Before silver changes: a run that goes on after an interruption would judge against other months.
    return Judged(context.record_decisions(ledger, decisions), counts, tuple(held), (*every, *unread))


class _Verdict(NamedTuple):
    """The results of a file's checks. `reason`: why it is held; None when it is not. `unread`: why its cells cannot be
    read, as differences from the catalogue."""

    results: Sequence[CheckResult]
    reason: str | None
    unread: Sequence[FileDrift] = ()


@dataclass(frozen=True)
class _Checks:
    """The checks of one file, by what they look at. `main_rule`: the rule that most lines fail, if any line fails."""

    required: CheckResult
    columns: tuple[CheckResult, ...]
    passing: CheckResult | None
    months: CheckResult | None
    limits: tuple[CheckResult, ...]
    main_rule: str

    @property
    def every(self) -> list[CheckResult]:
        of_file = [check for check in (self.passing, self.months) if check]
        return [self.required, *self.columns, *of_file, *self.limits]


def _checks(
    context: Context, file: BronzeFile, counts: FileCounts, drift: Sequence[FileDrift], months: _KeyMonths
) -> _Checks:
    config = context.config
    suite, required = config.suites["silver"], config.catalogue.required
    rules = (rule for rule in suite.rules if rule.expectation == "records_pass")
    return _Checks(
        required_columns_check(file, drift, required, suite.table),
        tuple(column_checks(file, drift, required, config.drift, suite.table)),
        next((passing_check(rule, file, counts, suite.table) for rule in rules), None),
        months.check(file),
        file_results(suite, counts, limits_of(config.suites)),
        counts.main_rule,
    )


def _undated(context: Context, file: BronzeFile) -> _Verdict | None:
    """The verdict on a file without a survey date; None when it has one."""
    if not file.is_undated:
        return None
    check = survey_date_check(file, context.config.suites["silver"].table)
    return _Verdict([check], check.detail)


def _verdict(
    config: Config,
    state: FileState,
    file: BronzeFile,
    checks: _Checks,
    drift: Sequence[FileDrift],
    lines: DataFrame,
) -> _Verdict:
    """The verdict, with lines that fail where these hold the file. `drift`: differences of the file's columns and
    words."""
    over = [result for result in checks.every if result.outcome is CheckOutcome.HELD]
    if state is FileState.ACCEPTED:
        # A person's word is above every limit, but not above a column that every response needs, or no record at all.
        hopeless = checks.passing if checks.passing and nothing_passes(checks.passing) else None
        over = [result for result in over if result in (checks.required, hopeless)]
    if any(result in over for result in (checks.required, *checks.columns)):
        return _Verdict(checks.every, "; ".join(one.drift.detail for one in drift if one.policy == HOLD))
    if checks.passing in over or any(result in over for result in checks.limits):
        return _rejected(config, file, checks, over, drift, lines)
    if checks.months and checks.months in over:
        return _Verdict(checks.every, why_other_months(checks.months, file.sha256))
    return _Verdict(checks.every, None)


def _rejected(
    config: Config,
    file: BronzeFile,
    checks: _Checks,
    over: Sequence[CheckResult],
    drift: Sequence[FileDrift],
    lines: DataFrame,
) -> _Verdict:
    """The verdict on a file of which too many lines are rejected, with lines that fail."""
    if checks.passing and checks.passing in over:
        why, holding, rules = why_few_pass(checks.passing), checks.passing, [checks.main_rule]
    else:
        beyond = sorted((one for one in checks.limits if one in over), key=lambda one: -one.failed)
        why, holding, rules = "; ".join(map(why_over_limit, beyond)), beyond[0], [one.rule for one in beyond]
    cells: dict[str, list[str]] = {}
    for row in unread_cells(lines, file.sha256).collect():
        cells.setdefault(row["column"], []).append(row["cell"])
    unread = [FileDrift(file, unread_drift(hint), HOLD) for hint in hints(cells, config.catalogue)]
    differences = [one.drift for one in (*drift, *unread)]
    mend = way_out(config.suites["silver"], holding, rules[0], differences)
    own = lines.where(F.col(c.SOURCE_SHA256) == file.sha256)
    results = list(with_samples(checks.every, sampled(own, {rule: has_reason_of(rule) for rule in rules}, LINE)))
    numbers = sorted({line for result in results for _, line in result.samples})[:SAMPLE_SIZE]
    return _Verdict(results, f"{why}. {mend}. First lines: {', '.join(map(str, numbers))}", unread)


class _KeyMonths:
    """The keys of pending files with their months, against silver and the files that passed before in this run."""

    def __init__(self, context: Context, undecided: Sequence[BronzeFile], lines: DataFrame) -> None:
        self._config, self._table = context.config, context.tables.responses
        self._passed: list[str] = []
        rules = [rule for rule in self._config.suites["silver"].rules if rule.expectation == "keys_of_one_month"]
        self._rule: Rule | None = rules[0] if rules else None
        self._bounds: dict[str, tuple[int, int]] = {}
        self._repeats: dict[str, int] = {}
        is_first = context.warehouse.is_new(self._table) and len(undecided) == 1
        if self._rule and undecided and not is_first:
            contents = [file.sha256 for file in undecided]
            self._keys = keys_by_month(lines, contents)
            # Without what an interrupted run wrote of the files that are judged now.
            others = context.warehouse.read(self._table).where(~F.col(c.SOURCE_SHA256).isin(contents))
            self._silver = others.select(c.RESPONSE_KEY, c.SURVEY_MONTH, c.ROW_HASH)
            rows = count_keys_of_other_months(self._keys, self._silver).collect()
            self._bounds = {row[c.SOURCE_SHA256]: (row["keys"], row["known"]) for row in rows}
            self._repeats = {row[c.SOURCE_SHA256]: row["repeat"] for row in rows}

    def add_passed(self, file: BronzeFile) -> str | None:
        """Files after this one are judged against it, too. Returns what it repeats of earlier months, in words."""
        self._passed.append(file.sha256)
        repeated = self._repeats.get(file.sha256, 0)
        if not repeated:
            return None
        return (
            f"{file.file}: {repeated:,} of {file.lines:,} lines repeat earlier responses, as in a cumulative export: "
            "these stay in their earlier months"
        )

    def check(self, file: BronzeFile) -> CheckResult | None:
        """The check of a file; None when the rule file has no such rule."""
        rule = self._rule
        if rule is None:
            return None
        keys, known = self._bounds.get(file.sha256, (file.lines, 0))
        if Limit.of(rule).is_exceeded(known, keys):
            # The bound counts files that are held, too: only now is it worth an exact count.
            known = keys_of_other_months(self._keys, file.sha256, self._passed, self._silver).count()
        return other_months_check(rule, file, keys, known, self._config.response_key, self._table.full_name)


def header_drift(config: Config, file: BronzeFile) -> list[FileDrift]:
    """Differences of a file's columns; one that every response needs always holds."""
    required = config.catalogue.required
    differences = drift_of(parse_header(file.header), config.catalogue, file.survey_date)
    return [
        FileDrift(file, one, HOLD if one.column in required else config.drift.get(one.kind, WARN))
        for one in differences
    ]


def _value_drift(
    context: Context, files: Iterable[BronzeFile], counts: Mapping[str, FileCounts], lines: DataFrame
) -> list[FileDrift]:
    """Words of the files that stand for no value; looked up only where a rule rejected some."""
    catalogue = context.config.catalogue
    checks = value_checks(context.config.suites["silver"], catalogue)
    affected = {file.sha256: file for file in files if checks.keys() & counts[file.sha256].reasons.keys()}
    if not affected:
        return []
    rows = unknown_words(lines, checks, affected).collect()
    drift = unknown_values(((row["column"], row["word"]) for row in rows), catalogue)
    return [FileDrift(affected[row[0]], drift[row["column"], row["word"]], QUARANTINE) for row in rows]


def _record_drift(context: Context, drift: Sequence[FileDrift]) -> None:
    """Tells each difference once, whatever the number of files, and keeps a row per file; neither for a file of which
    it is on record already.

    A file that is held for it is told by its own message.
    """
    known = _recorded_drift(context, {one.file.sha256 for one in drift}) if drift else set()
    new = [one for one in drift if (one.file.sha256, *one.key) not in known]
    for same in grouped(one for one in new if one.policy != HOLD):
        names = ", ".join(one.file.file for one in same[:_FILES_SHOWN])
        more = f" and {len(same) - _FILES_SHOWN} more" if len(same) > _FILES_SHOWN else ""
        context.reporter.warn(f"{names}{more}: {same[0].drift.detail}")
    rules_version, at = context.config.rules_version, now()
    context.append_rows((one.as_row(context.run_id, rules_version, at) for one in new), context.tables.drift_events)


def _recorded_drift(context: Context, contents: Collection[str]) -> set[tuple[object, ...]]:
    """Differences of the files that were told already under the same rules, by an attempt that was given up or a run
    that was interrupted."""
    events = context.warehouse.read(context.tables.drift_events)
    same_rules = F.col("rules_version") == context.config.rules_version
    recorded = events.where(same_rules & F.col(c.SHA256).isin(sorted(contents)))
    return set(map(tuple, recorded.select(c.SHA256, "kind", "column", "delivered").collect()))
