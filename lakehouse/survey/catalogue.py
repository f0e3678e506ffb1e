"""The question catalogue: what a survey may deliver, under which headers, in which words, owned by whom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Literal

from lakehouse.survey.headers import snake_case
from schemas import columns as c

ColumnType = Literal["whole_number", "category", "date"]

# Mirrors silver's contract: the type of every column that is not a question, and those that are never null.
COLUMN_TYPES: Mapping[str, ColumnType] = {
    c.ID: "whole_number",
    c.GENDER: "category",
    c.AGE: "whole_number",
    c.CUSTOMER_TYPE: "category",
    c.TRAVEL_TYPE: "category",
    c.CLASS: "category",
    c.FLIGHT_DISTANCE: "whole_number",
    c.DEPARTURE_DELAY: "whole_number",
    c.ARRIVAL_DELAY: "whole_number",
    c.SATISFACTION: "category",
    c.SURVEY_DATE: "date",
}
NEVER_NULL = (c.ID, c.CUSTOMER_TYPE, c.TRAVEL_TYPE, c.CLASS, c.DEPARTURE_DELAY, c.SATISFACTION)
# The word of `satisfaction` that counts as satisfied.
SATISFIED = "Satisfied"
# What a team can own besides questions.
MEASURES = (
    c.DEPARTURE_DELAY,
    c.ARRIVAL_DELAY,
    "share_satisfied",
    c.SERVICE_INDEX,
    c.WEIGHTED_SCORE,
    "passenger_mix",
)


@dataclass(frozen=True)
class Column:
    """A delivered column that is not a question.

    `required`: a file without the column is held, a line without a value is rejected. `values`: canonical word ->
    other words for it, for categories; the canonical word itself is understood too. `date_format`: Spark's pattern
    of a date column, None for ISO dates.
    """

    name: str
    headers: tuple[str, ...]
    type: ColumnType
    required: bool = False
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    date_format: str | None = None

    @property
    def spellings(self) -> dict[str, str]:
        """Every accepted word, trimmed and in lower case -> its canonical word."""
        return {
            word.strip().lower(): canonical
            for canonical, others in self.values.items()
            for word in (canonical, *others)
        }


@dataclass(frozen=True)
class Question:
    """A rated question. `weight` is a stated policy, `concept` what the question measures."""

    id: str
    wording: str
    headers: tuple[str, ...]
    owner: str
    concept: str
    weight: float
    weight_reason: str
    valid_from: date


@dataclass(frozen=True)
class Catalogue:
    """All columns and questions. `missing_values` are in lower case; a cell is trimmed before it is compared."""

    columns: tuple[Column, ...]
    questions: tuple[Question, ...]
    missing_values: tuple[str, ...]
    owners: tuple[str, ...]
    not_applicable: int = 0
    scale: tuple[int, int] = (1, 5)
    measure_owners: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def question_ids(self) -> tuple[str, ...]:
        """Ids of all questions, in catalogue order."""
        return tuple(question.id for question in self.questions)

    @cached_property
    def required(self) -> tuple[str, ...]:
        """Names of the columns without which a response is rejected."""
        return tuple(column.name for column in self.columns if column.required)

    def missing_required(self, snake_names: Iterable[str]) -> tuple[str, ...]:
        """Required columns that none of the names stands for."""
        found = {self.resolve(name) for name in snake_names}
        return tuple(name for name in self.required if name not in found)

    def column(self, name: str) -> Column:
        """The column of that name. Raises `KeyError` when the catalogue has none."""
        return self._columns[name]

    def of_type(self, column_type: ColumnType) -> tuple[str, ...]:
        """Names of the columns of one type, in catalogue order."""
        return tuple(column.name for column in self.columns if column.type == column_type)

    def aliases(self, name: str) -> tuple[str, ...]:
        """Snake-case names under which a column or question may arrive, its own first."""
        return tuple(alias for alias, canonical in self._names.items() if canonical == name)

    def resolve(self, snake_name: str) -> str | None:
        """Column name or question id that a snake-case name stands for; None when it is unknown."""
        return self._names.get(snake_name)

    def asked(self, snake_names: Iterable[str]) -> tuple[str, ...]:
        """Ids of the questions among the names, in catalogue order."""
        found = {self.resolve(name) for name in snake_names}
        return tuple(question for question in self.question_ids if question in found)

    def owner(self, name: str) -> str:
        """Team that owns a question or a measure. Raises `KeyError` when nobody does."""
        return self._owners[name]

    @cached_property
    def _columns(self) -> dict[str, Column]:
        return {column.name: column for column in self.columns}

    @cached_property
    def _owners(self) -> dict[str, str]:
        return {**self.measure_owners, **{question.id: question.owner for question in self.questions}}

    @cached_property
    def _names(self) -> dict[str, str]:
        headers = {column.name: column.headers for column in self.columns}
        headers |= {question.id: question.headers for question in self.questions}
        names = {name: name for name in headers}
        for name, own in headers.items():
            names |= {snake_case(header, 1): name for header in own}
        return names
