"""What was answered: sums per period, measure and cell, of which every series and segment is made up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np

from lakehouse.alerts.evidence.statistics import Flags, Numbers, Sums
from schemas.segments import CELLS, EVERYBODY, OVERALL, SEGMENTS, SEPARATOR


class Cell(NamedTuple):
    """The finest group of passengers."""

    class_: str
    travel_type: str
    customer_type: str


class Segment(NamedTuple):
    """A group of passengers that is judged: a segment and its value, as in the metrics."""

    name: str
    value: str


ALL_PASSENGERS = Segment(OVERALL, EVERYBODY)


def _value(segment: str, cell: Cell) -> str:
    """The value of a segment for a cell."""
    own = dict(zip(SEGMENTS[CELLS], cell, strict=True))
    return SEPARATOR.join(own[column] for column in SEGMENTS[segment]) or EVERYBODY


def cells_of(segment: Segment, cells: Iterable[Cell]) -> list[Cell]:
    """The cells that a segment value consists of."""
    return [cell for cell in cells if _value(segment.name, cell) == segment.value]


class Measure(NamedTuple):
    """What a series measures. `question`: None for measures of the whole response."""

    metric: str
    question: str | None


@dataclass(frozen=True)
class Observed:
    """`sums`: arrays of periods x measures x cells. `passengers`: responses, periods x cells. Periods in order, each
    named by its first day."""

    period_type: str
    periods: tuple[date, ...]
    measures: tuple[Measure, ...]
    cells: tuple[Cell, ...]
    sums: Sums
    passengers: Numbers

    def segments(self, name: str) -> dict[Segment, Flags]:
        """The values of a segment, in order, each with the cells that it consists of."""
        values = [_value(name, cell) for cell in self.cells]
        return {Segment(name, value): np.array([one == value for one in values]) for value in sorted(set(values))}

    def of(self, measures: Sequence[Measure]) -> Sums:
        """The sums of some measures, in their order."""
        return self.sums[:, [self.measures.index(measure) for measure in measures]]

    def asked_share(self) -> Numbers:
        """Share of the responses that were asked each question that anybody was asked: periods x questions."""
        asked = self.of([measure for measure in self.measures if measure.metric == "share_not_applicable"]).answers
        responses = self.passengers.sum(-1)[:, None]
        share: Numbers = np.divide(asked, responses, out=np.zeros_like(asked), where=responses > 0)
        return share


class Observation(NamedTuple):
    """The sums of one measure in one period and cell."""

    period_start: date
    cell: Cell
    measure: Measure
    n: float
    total: float
    squares: float


def observed(period_type: str, rows: Iterable[Observation], responses: Mapping[tuple[date, Cell], int]) -> Observed:
    """The arrays of these observations. `responses`: those of each period and cell."""
    rows = list(rows)
    periods = tuple(sorted({day for day, _ in responses}))
    cells = tuple(sorted({cell for _, cell in responses}))
    measures = tuple(sorted({row.measure for row in rows}, key=lambda one: (one.metric, one.question or "")))
    places = [{name: place for place, name in enumerate(names)} for names in (periods, measures, cells)]
    at_period, at_measure, at_cell = places
    arrays = np.zeros((3, len(periods), len(measures), len(cells)))
    for row in rows:
        place = (slice(None), at_period[row.period_start], at_measure[row.measure], at_cell[row.cell])
        arrays[place] += (row.n, row.total, row.squares)
    passengers = np.zeros((len(periods), len(cells)))
    for (day, cell), n in responses.items():
        passengers[at_period[day], at_cell[cell]] += n
    return Observed(period_type, periods, measures, cells, Sums(*arrays), passengers)


def as_weeks(days: Observed) -> Observed:
    """Days added up to ISO weeks, each named by its Monday."""
    mondays = [day - timedelta(days=day.weekday()) for day in days.periods]
    weeks = tuple(sorted(set(mondays)))
    belongs = np.array([[monday == week for monday in mondays] for week in weeks], dtype=float).reshape(
        len(weeks), len(mondays)
    )

    def added(values: Numbers) -> Numbers:
        return np.tensordot(belongs, values, axes=1)

    sums = Sums(added(days.sums.n), added(days.sums.total), added(days.sums.squares))
    return Observed("week", weeks, days.measures, days.cells, sums, added(days.passengers))
