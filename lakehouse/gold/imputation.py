"""The back-test of imputed arrival delays: the error of each imputation rule where the delay was reported."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from pyspark.sql import Column, DataFrame, Row
from pyspark.sql import functions as F

from lakehouse.contracts import row_of
from schemas import columns as c
from schemas.ops import IMPUTATION_BACKTEST

# Fewer reported delays than this are too few to say that another rule is better.
ENOUGH_DELAYS = 100
DEPARTURE, MEDIAN, MEAN = "departure_delay", "median", "mean"
# Last minute of each band of departure delays; the highest band has none.
_BANDS = (0, 15, 60, 180)
_BAND = "band"


@dataclass(frozen=True)
class Backtest:
    """Mean absolute error of each imputation rule in minutes, on `reported` delays; `missing` delays are imputed.

    `plain`: over the reported delays. `reweighted`: the same, with bands of departure delay weighted as they occur
    among the responses whose arrival delay is missing; None when none is missing.
    """

    reported: int
    missing: int
    plain: Mapping[str, float]
    reweighted: Mapping[str, float] | None

    @property
    def is_best(self) -> bool:
        """Whether no other rule has a smaller error than the departure delay."""
        errors = [self.plain, *([self.reweighted] if self.reweighted else [])]
        return all(error[DEPARTURE] <= min(error[MEDIAN], error[MEAN]) for error in errors)

    @property
    def is_beaten(self) -> bool:
        """Whether another rule has a smaller error, on enough reported delays to say so."""
        return not self.is_best and self.reported >= ENOUGH_DELAYS

    def __str__(self) -> str:
        """The error of each rule, in one line."""
        text = f"{self.missing:,} imputed; mean absolute error in minutes: {_listed(self.plain)}"
        if not self.reweighted:
            return text
        return f"{text}; among responses like the imputed ones: {_listed(self.reweighted)}"

    def as_rows(self, run_id: str, at: datetime) -> list[tuple[object, ...]]:
        """The rows in the order of the contract of ops.imputation_backtest."""
        reweighted = self.reweighted or {}
        return [
            row_of(
                IMPUTATION_BACKTEST,
                run_id=run_id,
                method=method,
                n_reported=self.reported,
                n_imputed=self.missing,
                mean_absolute_error=error,
                reweighted_error=reweighted.get(method),
                at=at,
            )
            for method, error in self.plain.items()
        ]


def _listed(errors: Mapping[str, float]) -> str:
    return ", ".join(f"{method.replace('_', ' ')} {error:.2f}" for method, error in errors.items())


def delay_counts(facts: DataFrame) -> DataFrame:
    """One row per band of departure delay and reported arrival delay (null: not reported): responses `n`, and `off`,
    the sum of the distances between the two delays. A few thousand rows, however many responses there are."""
    reported = F.when(~F.col(c.ARRIVAL_DELAY_IS_IMPUTED), F.col(c.ARRIVAL_DELAY))
    delays = facts.select(
        _band(F.col(c.DEPARTURE_DELAY)).alias(_BAND),
        reported.alias(c.ARRIVAL_DELAY),
        F.abs(reported - F.col(c.DEPARTURE_DELAY)).alias("off"),
    )
    return delays.groupBy(_BAND, c.ARRIVAL_DELAY).agg(F.count("*").alias("n"), F.sum("off").alias("off"))


def _band(minutes: Column) -> Column:
    return F.coalesce(*(F.when(minutes <= last, number) for number, last in enumerate(_BANDS)), F.lit(len(_BANDS)))


def backtest(counts: Iterable[Row]) -> Backtest | None:
    """The back-test from the rows of `delay_counts`; None when no delay was reported."""
    rows = list(counts)
    reported = [row for row in rows if row[c.ARRIVAL_DELAY] is not None]
    missing = {row[_BAND]: row["n"] for row in rows if row[c.ARRIVAL_DELAY] is None}
    if not reported:
        return None
    errors: dict[str, Callable[[Row], float]] = {
        DEPARTURE: lambda row: row["off"],
        MEDIAN: _distance_from(_median(reported)),
        MEAN: _distance_from(_mean(reported)),
    }
    return Backtest(
        reported=sum(row["n"] for row in reported),
        missing=sum(missing.values()),
        plain={name: _error(reported, error) for name, error in errors.items()},
        reweighted=_reweighted(reported, missing, errors),
    )


def _distance_from(minutes: float) -> Callable[[Row], float]:
    return lambda row: row["n"] * abs(row[c.ARRIVAL_DELAY] - minutes)


def _error(rows: Iterable[Row], error: Callable[[Row], float]) -> float:
    """Mean over all responses. `error`: sum over the responses of one row."""
    rows = list(rows)
    return float(sum(error(row) for row in rows) / sum(row["n"] for row in rows))


def _reweighted(
    reported: list[Row], missing: Mapping[int, int], errors: Mapping[str, Callable[[Row], float]]
) -> dict[str, float] | None:
    """Mean of the errors per band, weighted by the missing delays of the band; bands without reported delays are left
    out."""
    bands = {band: [row for row in reported if row[_BAND] == band] for band in missing}
    testable = {band: rows for band, rows in bands.items() if rows}
    weight = sum(missing[band] for band in testable)
    if not weight:
        return None
    return {
        name: sum(missing[band] * _error(rows, error) for band, rows in testable.items()) / weight
        for name, error in errors.items()
    }


def _mean(rows: Iterable[Row]) -> float:
    return _error(rows, lambda row: row["n"] * row[c.ARRIVAL_DELAY])


def _median(rows: Iterable[Row]) -> float:
    """Median delay; the mean of the two middle delays when their number is even."""
    counts: dict[int, int] = {}
    for row in rows:
        counts[row[c.ARRIVAL_DELAY]] = counts.get(row[c.ARRIVAL_DELAY], 0) + row["n"]
    total = sum(counts.values())
    return (_ranked(counts, (total + 1) // 2) + _ranked(counts, total // 2 + 1)) / 2


def _ranked(counts: Mapping[int, int], rank: int) -> int:
    """The value at a rank (1-based) in sorted order. `counts`: value -> how often it occurs."""
    cumulative = 0
    for value in sorted(counts):
        cumulative += counts[value]
        if cumulative >= rank:
            return value
    raise ValueError(f"rank {rank} of {cumulative}")
