"""The back-test of imputed arrival delays: how far each rule would be off where the delay was reported."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from pyspark.sql import Column, DataFrame, Row
from pyspark.sql import functions as F

from schemas import columns as c

# Below this many reported delays an error says little.
ENOUGH_DELAYS = 100
DEPARTURE, MEDIAN, MEAN = "departure_delay", "median", "mean"
# Last minute of each band of departure delays but the highest.
_BANDS = (0, 15, 60, 180)
_BAND = "band"


@dataclass(frozen=True)
class Backtest:
    """Mean absolute error of each rule in minutes. `plain`: over the reported delays; `reweighted`: over bands of
    departure delay as the responses have them whose arrival delay is missing, None when none is."""

    reported: int
    missing: int
    plain: Mapping[str, float]
    reweighted: Mapping[str, float] | None

    @property
    def is_best(self) -> bool:
        """Whether no other rule is closer than the departure delay."""
        errors = [self.plain, *([self.reweighted] if self.reweighted else [])]
        return all(error[DEPARTURE] <= min(error[MEDIAN], error[MEAN]) for error in errors)

    @property
    def is_beaten(self) -> bool:
        """Whether another rule is closer, on enough reported delays to say so."""
        return not self.is_best and self.reported >= ENOUGH_DELAYS

    def __str__(self) -> str:
        """The error of each rule, in one line."""
        plain, reweighted = (
            ", ".join(f"{name.replace('_', ' ')} {error:.2f}" for name, error in (errors or {}).items())
            for errors in (self.plain, self.reweighted)
        )
        among = f"; among responses like the imputed ones: {reweighted}" if reweighted else ""
        return f"{self.missing:,} imputed; mean absolute error in minutes: {plain}{among}"

    def as_rows(self, run_id: str, at: datetime) -> list[tuple[object, ...]]:
        """The rows in the order of the contract of ops.imputation_backtest."""
        reweighted = self.reweighted or {}
        return [
            (run_id, method, self.reported, self.missing, error, reweighted.get(method), at)
            for method, error in self.plain.items()
        ]


def delay_counts(facts: DataFrame) -> DataFrame:
    """One row per band of departure delay and reported arrival delay (null: not reported): responses `n`, and the
    summed distance `off` of the two delays. A few thousand rows, however many responses there are."""
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
        sum(row["n"] for row in reported),
        sum(missing.values()),
        {name: _error(reported, error) for name, error in errors.items()},
        _reweighted(reported, missing, errors),
    )


def _distance_from(minutes: float) -> Callable[[Row], float]:
    return lambda row: row["n"] * abs(row[c.ARRIVAL_DELAY] - minutes)


def _error(rows: Iterable[Row], error: Callable[[Row], float]) -> float:
    rows = list(rows)
    return float(sum(error(row) for row in rows) / sum(row["n"] for row in rows))


def _reweighted(
    reported: list[Row], missing: Mapping[int, int], errors: Mapping[str, Callable[[Row], float]]
) -> dict[str, float] | None:
    """Error per band, weighted by the missing ones; bands in which nothing was reported have none and are left out."""
    bands = {band: [row for row in reported if row[_BAND] == band] for band in missing}
    known = {band: rows for band, rows in bands.items() if rows}
    weight = sum(missing[band] for band in known)
    if not weight:
        return None
    return {
        name: sum(missing[band] * _error(rows, error) for band, rows in known.items()) / weight
        for name, error in errors.items()
    }


def _mean(rows: Iterable[Row]) -> float:
    return _error(rows, lambda row: row["n"] * row[c.ARRIVAL_DELAY])


def _median(rows: Iterable[Row]) -> float:
    """Middle delay; the mean of the two in the middle when their number is even."""
    counts: dict[int, int] = {}
    for row in rows:
        counts[row[c.ARRIVAL_DELAY]] = counts.get(row[c.ARRIVAL_DELAY], 0) + row["n"]
    total = sum(counts.values())
    return (_ranked(counts, (total + 1) // 2) + _ranked(counts, total // 2 + 1)) / 2


def _ranked(counts: Mapping[int, int], rank: int) -> int:
    """The value at a rank, 1-based."""
    passed = 0
    for value in sorted(counts):
        passed += counts[value]
        if passed >= rank:
            return value
    raise ValueError(f"rank {rank} of {passed}")
