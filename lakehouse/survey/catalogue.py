"""The question catalogue: what a survey may deliver, under which headers, in which words, owned by whom and when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Literal

from lakehouse.survey.concepts import Concept, Member, concepts_of, trends_of
from lakehouse.survey.headers import snake_case
from lakehouse.survey.questions import Question
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
# An id of so many digits fits into a bigint, whatever they are.
MAX_ID_DIGITS = 18
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
class Catalogue:
    """All columns and questions. `missing_values` are in lower case; a cell is trimmed before it is compared."""

    columns: tuple[Column, ...]
    questions: tuple[Question, ...]
    missing_values: tuple[str, ...]
    owners: tuple[str, ...]
    measure_owners: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def question_ids(self) -> tuple[str, ...]:
        """Ids of all questions, in catalogue order."""
        return tuple(question.id for question in self.questions)

    @cached_property
    def required(self) -> tuple[str, ...]:
        """Names of the columns without which a response is rejected."""
        return tuple(column.name for column in self.columns if column.required)

    @cached_property
    def concepts(self) -> tuple[Concept, ...]:
        """What the scores are means over, in catalogue order."""
        return concepts_of(self.questions)

    @cached_property
    def trends(self) -> Mapping[str, tuple[Member, ...]]:
        """Concept -> the question whose series it is, and then all that can stand in for it across a break."""
        return trends_of(self.questions)

    def missing_required(self, snake_names: Iterable[str]) -> tuple[str, ...]:
        """Required columns that none of the names stands for."""
        found = {self.resolve(name) for name in snake_names}
        return tuple(name for name in self.required if name not in found)

    def column(self, name: str) -> Column:
        """The column of that name. Raises `KeyError` when the catalogue has none."""
        return self._columns[name]

    def question(self, name: str) -> Question:
        """The question of that id. Raises `KeyError` when the catalogue has none."""
        return self._questions[name]

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

    def owner(self, name: str, day: date) -> str:
        """Team that owned a question or a measure on a day. Raises `KeyError` when the catalogue has neither."""
        if name in self.measure_owners:
            return self.measure_owners[name]
        return self.question(name).at(day).owner

    def effective(self, month: str, asked: Iterable[str]) -> tuple[object, ...]:
        """All that decides what gold makes of answers to these questions in a month ('YYYY-MM').

        Wordings, owners and later versions are not part of it: they leave the numbers of the month alone.
        """
        found = frozenset(asked)
        first = date.fromisoformat(f"{month}-01")
        last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        versions = [
            (question.id, question.not_applicable, [version.valid_from for version in question.between(first, last)])
            for question in self.questions
            if question.id in found
        ]
        concepts = [
            (concept.name, concept.weights_between(first, last), members)
            for concept in self.concepts
            if (members := _among(concept.members, found))
        ]
        trends = [(name, members) for name, own in self.trends.items() if (members := _among(own, found))]
        return versions, concepts, trends

    @cached_property
    def reading(self) -> tuple[object, ...]:
        """All that decides what silver makes of a delivered line."""
        questions = [(question.id, question.headers, question.not_applicable) for question in self.questions]
        return self.columns, questions, self.missing_values

    @cached_property
    def _columns(self) -> dict[str, Column]:
        return {column.name: column for column in self.columns}

    @cached_property
    def _questions(self) -> dict[str, Question]:
        return {question.id: question for question in self.questions}

    @cached_property
    def _names(self) -> dict[str, str]:
        headers = {column.name: column.headers for column in self.columns}
        headers |= {question.id: question.headers for question in self.questions}
        names = {name: name for name in headers}
        for name, own in headers.items():
            names |= {snake_case(header, 1): name for header in own}
        return names


def _among(members: Iterable[Member], asked: frozenset[str]) -> list[tuple[object, ...]]:
    return [
        (member.question, member.share, sorted(member.successors & asked))
        for member in members
        if member.question in asked
    ]
