"""The public file, which has no dates, shuffled into months in which nothing changed, and changes planted there."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from lakehouse.alerts.evidence.observed import Cell, Measure, Observed
from lakehouse.alerts.evidence.statistics import Sums
from tests.support.data.answers import month
from tests.support.data.surveys import HEADERS, QUESTIONS
from tests.support.places import REAL_SURVEY

Numbers = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int_]
Flags = npt.NDArray[np.bool_]
_LATE = 15


@dataclass(frozen=True)
class Survey:
    """Responses of the public file: `ratings` as delivered (0 to 5), by question; `cell`: number of each one's cell."""

    cells: tuple[Cell, ...]
    cell: Whole
    ratings: Numbers
    satisfied: Numbers
    departure_late: Numbers
    arrival_late: Numbers

    @property
    def size(self) -> int:
        return len(self.cell)

    def group(self, **values: str) -> Flags:
        """Responses of a group, e.g. class_="Economy"."""
        own = [number for number, cell in enumerate(self.cells) if _matches(cell, values)]
        return np.isin(self.cell, own)

    def only(self, rows: Flags) -> Survey:
        """Some of the responses."""
        names = ("cell", "ratings", "satisfied", "departure_late", "arrival_late")
        return replace(self, **{name: getattr(self, name)[rows] for name in names})

    def moved(self, rows: Flags, question: str, by: float, random: np.random.Generator) -> Survey:
        """A random share of the ratings a step lower or higher, so that the mean of the question moves by so much."""
        place = QUESTIONS.index(question)
        ratings = self.ratings.copy()
        own = ratings[:, place]
        can_move = rows & ((own >= 2) if by < 0 else (own >= 1) & (own <= 4))
        share = abs(by) * (rows & (own >= 1)).sum() / can_move.sum()
        own[can_move & (random.random(self.size) < share)] += np.sign(by)
        return replace(self, ratings=ratings)

    def not_applicable(self, rows: Flags, question: str, share: float, random: np.random.Generator) -> Survey:
        """So many of the answers are "not applicable"."""
        ratings = self.ratings.copy()
        ratings[rows & (random.random(self.size) < share), QUESTIONS.index(question)] = 0
        return replace(self, ratings=ratings)

    def observed(self, months: Whole, unasked: Iterable[tuple[int, str]] = ()) -> Observed:
        """The months as the alerts see them. `months`: number of the month of each response, from 0 on. `unasked`:
        months and questions that were not asked then."""
        asked = np.ones(self.ratings.shape, dtype=bool)
        for number, question in unasked:
            asked[months == number, QUESTIONS.index(question)] = False
        applicable = asked & (self.ratings > 0)
        values: dict[Measure, tuple[Numbers, Flags]] = {}
        for place, question in enumerate(QUESTIONS):
            own, rated = self.ratings[:, place], applicable[:, place]
            values[Measure("mean_rating", question)] = (own, rated)
            values[Measure("share_low", question)] = ((own <= 2).astype(float), rated)
            values[Measure("share_not_applicable", question)] = ((own == 0).astype(float), asked[:, place])
        everybody = np.ones(self.size, dtype=bool)
        values[Measure("share_satisfied", None)] = (self.satisfied, everybody)
        values[Measure("share_late_departures", None)] = (self.departure_late, everybody)
        values[Measure("share_late_arrivals", None)] = (self.arrival_late, ~np.isnan(self.arrival_late))
        answered = applicable.sum(1)
        mean = np.where(applicable, self.ratings, 0).sum(1) / np.maximum(answered, 1)
        values[Measure("service_index", None)] = ((mean - 1) * 25, 2 * answered >= asked.sum(1))
        number = int(months.max()) + 1
        place_of = months * len(self.cells) + self.cell
        shape = (number, len(self.cells))

        def added(value: Numbers, rows: Flags) -> Numbers:
            sums: Numbers = np.bincount(place_of[rows], value[rows], minlength=shape[0] * shape[1]).astype(float)
            return sums.reshape(shape)

        ones = np.ones(self.size)
        arrays = [
            np.stack([added(of(value), rows) for value, rows in values.values()], axis=1)
            for of in (lambda _: ones, lambda value: value, lambda value: value**2)
        ]
        periods = tuple(month(one + 1) for one in range(number))
        return Observed("month", periods, tuple(values), self.cells, Sums(*arrays), added(ones, everybody))


def _matches(cell: Cell, values: dict[str, str]) -> bool:
    return all(getattr(cell, name) == value for name, value in values.items())


def shuffled(survey: Survey, months: int, random: np.random.Generator) -> Whole:
    """A month for each response, by chance, all of the same size."""
    return random.permutation(np.arange(survey.size) % months)


@lru_cache(maxsize=1)
def public_survey() -> Survey:
    """The public file."""
    with gzip.open(REAL_SURVEY, "rt", encoding="ascii", newline="") as file:
        rows = list(csv.DictReader(file))

    def column(name: str) -> list[str]:
        return [row[HEADERS[name]] for row in rows]

    def numbers(name: str) -> Numbers:
        return np.array([float(cell) if cell else np.nan for cell in column(name)])

    names: list[Any] = list(zip(column("class"), column("travel_type"), column("customer_type"), strict=True))
    cells = sorted(set(names))
    places = {cell: number for number, cell in enumerate(cells)}
    arrival = numbers("arrival_delay")
    return Survey(
        tuple(Cell(*cell) for cell in cells),
        np.array([places[name] for name in names]),
        np.stack([numbers(question) for question in QUESTIONS], axis=1),
        np.array([1.0 if word == "Satisfied" else 0.0 for word in column("satisfaction")]),
        (numbers("departure_delay") >= _LATE).astype(float),
        np.where(np.isnan(arrival), np.nan, arrival >= _LATE),
    )


def seeds(number: int) -> Sequence[np.random.Generator]:
    """Generators of random numbers, the same every time."""
    return [np.random.default_rng(seed) for seed in range(number)]
