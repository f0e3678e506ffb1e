"""Keys of a file that are known under another month: ids that restart, or exports that repeat the past."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lakehouse.ledger.files import BronzeFile
from lakehouse.months import month_of
from lakehouse.pipeline.context import Run
from lakehouse.quality.gate import Limit
from lakehouse.quality.results import HELD, PASSED, CheckResult
from lakehouse.quality.suites import Rule
from schemas import columns as c

_KNOWN = "known_elsewhere"


class KeyMonths:
    """The keys of undecided files with their months, against silver and the files that passed before in this run."""

    def __init__(self, run: Run, undecided: Sequence[BronzeFile], lines: DataFrame) -> None:
        self._run = run
        self._passed: list[str] = []
        rules = [rule for rule in run.config.suites["silver"].rules if rule.expectation == "keys_of_one_month"]
        self._rule: Rule | None = rules[0] if rules else None
        is_silver_new = run.warehouse.is_new(run.tables.responses)
        self._bounds: dict[str, tuple[int, int]] = {}
        if self._rule and undecided and not (is_silver_new and len(undecided) == 1):
            self._keys = _keys(lines, [file.sha256 for file in undecided])
            self._silver = _silver(run, undecided)
            self._bounds = self._count_at_most()

    def passed(self, file: BronzeFile) -> None:
        """Files after this one are judged against it, too."""
        self._passed.append(file.sha256)

    def check(self, file: BronzeFile) -> CheckResult | None:
        """The check of a file; None when the rule file has no such rule."""
        rule = self._rule
        if rule is None:
            return None
        keys, known = self._bounds.get(file.sha256, (file.lines, 0))
        limit = Limit.of(rule)
        if limit.is_passed(known, keys):
            known = self._count(file)
        return CheckResult(
            gate="file",
            table=self._run.tables.responses.full_name,
            rule=rule.id,
            column=", ".join(self._run.config.response_key),
            severity=rule.severity,
            evaluated=keys,
            failed=known,
            limit=rule.hold_above,
            outcome=HELD if limit.is_passed(known, keys) else PASSED,
            detail=f"{known} of {keys} keys are known under another month",
            file=file.file,
            sha256=file.sha256,
        )

    def _count_at_most(self) -> dict[str, tuple[int, int]]:
        """By file: its keys, and those that have another month in silver or in any undecided file."""
        months = self._keys.select(c.RESPONSE_KEY, c.SURVEY_MONTH).unionByName(self._known_of(self._keys))
        spread = F.min(c.SURVEY_MONTH) != F.max(c.SURVEY_MONTH)
        per_key = months.groupBy(c.RESPONSE_KEY).agg(spread.alias(_KNOWN))
        counted = self._keys.join(per_key, on=c.RESPONSE_KEY, how="inner").groupBy(c.SOURCE_SHA256)
        rows = counted.agg(F.count("*").alias("keys"), F.count_if(F.col(_KNOWN)).alias("known")).collect()
        return {row[c.SOURCE_SHA256]: (row["keys"], row["known"]) for row in rows}

    def _known_of(self, keys: DataFrame) -> DataFrame:
        """Silver's months of the keys."""
        return self._silver.join(keys.select(c.RESPONSE_KEY).distinct(), on=c.RESPONSE_KEY, how="left_semi")

    def _count(self, file: BronzeFile) -> int:
        """Keys of the file that have another month in silver or in a file that passed."""
        mine = self._keys.where(F.col(c.SOURCE_SHA256) == file.sha256)
        earlier = self._keys.where(F.col(c.SOURCE_SHA256).isin(self._passed)).select(c.RESPONSE_KEY, c.SURVEY_MONTH)
        others = earlier.unionByName(self._known_of(mine)).withColumnRenamed(c.SURVEY_MONTH, "other_month")
        found = mine.join(others, on=c.RESPONSE_KEY, how="inner").where(F.col(c.SURVEY_MONTH) != F.col("other_month"))
        return found.select(c.RESPONSE_KEY).distinct().count()


def _silver(run: Run, undecided: Sequence[BronzeFile]) -> DataFrame:
    """Keys and months of silver, without what an interrupted run wrote of the files that are judged now."""
    responses = run.warehouse.read(run.tables.responses)
    decided = responses.where(~F.col(c.SOURCE_SHA256).isin([file.sha256 for file in undecided]))
    return decided.select(c.RESPONSE_KEY, c.SURVEY_MONTH)


def _keys(lines: DataFrame, shas: Sequence[str]) -> DataFrame:
    """One row per file, key and month of the lines that no rule rejects."""
    accepted = lines.where(F.col(c.SOURCE_SHA256).isin(list(shas)) & (F.size(c.REASONS) == 0))
    month = month_of(c.SURVEY_DATE).alias(c.SURVEY_MONTH)
    return accepted.select(c.SOURCE_SHA256, c.RESPONSE_KEY, month).distinct()


def why_held(check: CheckResult, sha256: str) -> str:
    """What a person should know of a file that is held for its keys."""
    return (
        f"{check.rule} fails {check.failed} of {check.evaluated} keys ({check.share or 0:.1%}, limit "
        f"{check.limit or 0:.0%}): they are known under another month, and the newer month would overwrite the older. "
        "Either ids restart every month, or the export repeats earlier months. If passengers or ids come again, set "
        "response_key: [id, survey_date] in conf/base.yml; if the file corrects the past, "
        f"`lakehouse files accept {sha256[:12]} --reason …`"
    )
