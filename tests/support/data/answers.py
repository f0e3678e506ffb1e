"""Answers of made-up months as the alerts see them: sums per month, measure and cell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from lakehouse.alerts.evidence.observed import Cell, Measure, Observation, Observed, observed

ECONOMY = Cell("Economy", "Business", "Returning")
BUSINESS = Cell("Business", "Business", "Returning")
# Standard deviation of made-up ratings, and answers per month and cell.
SPREAD, ANSWERS = 1.2, 1000
# Values of a question or a measure: one for each month, the same in every cell or by cell.
Values = Sequence[float] | Mapping[Cell, Sequence[float]]


def month(number: int) -> date:
    """First day of a month; 1 is January 2024."""
    return date(2024 + (number - 1) // 12, (number - 1) % 12 + 1, 1)


def ratings(
    values: Mapping[str, Values],
    *,
    answers: Mapping[Cell, Sequence[int]] | None = None,
    cells: Iterable[Cell] = (ECONOMY, BUSINESS),
    more: Iterable[Observation] = (),
) -> Observed:
    """Mean ratings of questions. `answers`: those per month, by cell; `ANSWERS` without. `more`: other measures."""
    months = max(len(of) if isinstance(of, Sequence) else max(map(len, of.values())) for of in values.values())
    answers = answers or {cell: [ANSWERS] * months for cell in cells}
    rows = [
        Observation(month(number), cell, Measure("mean_rating", question), n, n * mean, n * (mean**2 + SPREAD**2))
        for question, of in values.items()
        for cell in answers
        for number, (mean, n) in enumerate(
            zip(of if isinstance(of, Sequence) else of[cell], answers[cell], strict=False), start=1
        )
    ]
    responses = {(month(number), cell): n for cell, ns in answers.items() for number, n in enumerate(ns, start=1)}
    return observed("month", [*rows, *more], responses)


def shares(metric: str, question: str | None, values: Sequence[float], n: int = ANSWERS) -> list[Observation]:
    """A share in every month, the same in both cells."""
    return [
        Observation(month(number), cell, Measure(metric, question), n, n * share, n * share)
        for number, share in enumerate(values, start=1)
        for cell in (ECONOMY, BUSINESS)
    ]
