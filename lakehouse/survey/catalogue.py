"""The question catalogue: the columns and questions of a survey, their headers, accepted words, wordings and owners."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Literal

from lakehouse.errors import UsageError
from lakehouse.survey.concepts import Concept, Member, concepts_of, trends_of
from lakehouse.survey.date_patterns import ISO, DateReading
from lakehouse.survey.headers import snake_case
from lakehouse.survey.numbers import PLAIN, NumberMarks
from lakehouse.survey.questions import Question
from schemas import columns as c

ColumnType = Literal["whole_number", "text", "category", "date"]
IdKind = Literal["whole_number", "text"]

# The type of every column that is not a question; the catalogue may say that ids are text. Then the columns that are
# never null, as in silver's contract.
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
# The value of `satisfaction` that counts as satisfied.
SATISFIED = "Satisfied"
# Every number of this many digits fits into a bigint.
MAX_ID_DIGITS = 18
# Measures that a team can own, besides questions.
OWNABLE_MEASURES = (
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
    other words for it, for categories; the canonical word itself is understood too. `numbers`: the marks of a number
    column. `dates`: how a date column is read.
    """

    name: str
    headers: tuple[str, ...]
    type: ColumnType
    required: bool = False
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    numbers: NumberMarks = PLAIN
    dates: DateReading = ISO

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
    """All columns and questions. `missing_values` are in lower case; a cell is trimmed before it is compared.

    `numbers`: the marks of every number whose column states no others. `rating_words`: rating -> words for it in every
    question, as written.
    """

    columns: tuple[Column, ...]
    questions: tuple[Question, ...]
    missing_values: tuple[str, ...]
    owners: tuple[str, ...]
    measure_owners: Mapping[str, str] = field(default_factory=dict)
    numbers: NumberMarks = PLAIN
    rating_words: Mapping[int, tuple[str, ...]] = field(default_factory=dict)

    def require_team(self, team: str) -> None:
        """Raises `UsageError` when a team that was asked for with --team is no owner of anything."""
        if team not in self.owners:
            raise UsageError(f"--team {team}: no such team. Teams: {', '.join(self.owners)}.")

    @cached_property
    def question_ids(self) -> tuple[str, ...]:
        """Ids of all questions, in catalogue order."""
        return tuple(question.id for question in self.questions)

    @cached_property
    def required(self) -> tuple[str, ...]:
        """Names of the columns without which a response is rejected."""
        return tuple(column.name for column in self.columns if column.required)

    @property
    def ids_are_text(self) -> bool:
        """Whether ids are text, in which every character counts, and not whole numbers."""
        return self.column(c.ID).type == "text"

    @cached_property
    def concepts(self) -> tuple[Concept, ...]:
        """The concepts, over which the scores are means, in catalogue order."""
        return concepts_of(self.questions)

    @cached_property
    def trends(self) -> Mapping[str, tuple[Member, ...]]:
        """Concept -> its root question, and then the questions that continue its series across a split or merge."""
        return trends_of(self.questions)

    def missing_required(self, snake_names: Iterable[str]) -> tuple[str, ...]:
        """Required columns that are not among the delivered names."""
        delivered = {self.resolve(name) for name in snake_names}
        return tuple(name for name in self.required if name not in delivered)

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
        """Snake-case names under which a column or question may be delivered; first its canonical name."""
        return tuple(alias for alias, canonical in self._names.items() if canonical == name)

    def resolve(self, snake_name: str) -> str | None:
        """The column name or question id of a delivered snake-case name; None when it is unknown."""
        return self._names.get(snake_name)

    def asked(self, snake_names: Iterable[str]) -> tuple[str, ...]:
        """Ids of the questions among the delivered names, in catalogue order."""
        delivered = {self.resolve(name) for name in snake_names}
        return tuple(question for question in self.question_ids if question in delivered)

    def owner(self, name: str, day: date) -> str:
        """Team that owned a question or a measure on a day. Raises `KeyError` when the catalogue has neither."""
        if name in self.measure_owners:
            return self.measure_owners[name]
        return self.question(name).at(day).owner

    def effective(self, month: str, asked: Iterable[str]) -> tuple[object, ...]:
        """Everything in the catalogue that changes gold's figures of a month ('YYYY-MM') in which these questions were
        asked.

        Wordings, owners and later versions are not part of it: they do not change the figures of the month.
        """
        asked = frozenset(asked)
        first = date.fromisoformat(f"{month}-01")
        last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        versions = [
            (question.id, question.not_applicable, [version.valid_from for version in question.between(first, last)])
            for question in self.questions
            if question.id in asked
        ]
        concepts = [
            (concept.name, concept.weights_between(first, last), _asked_members(concept.members, asked))
            for concept in self.concepts
            if _any_asked(concept.members, asked)
        ]
        trends = [
            (name, _asked_members(members, asked))
            for name, members in self.trends.items()
            if _any_asked(members, asked)
        ]
        return versions, concepts, trends

    @cached_property
    def reading(self) -> tuple[object, ...]:
        """Everything in the catalogue that changes how silver reads a delivered line."""
        questions = [
            (question.id, question.headers, question.not_applicable, sorted(question.words.items()))
            for question in self.questions
        ]
        return self.columns, questions, self.missing_values, self.numbers

    @cached_property
    def _columns(self) -> dict[str, Column]:
        return {column.name: column for column in self.columns}

    @cached_property
    def _questions(self) -> dict[str, Question]:
        return {question.id: question for question in self.questions}

    @cached_property
    def _names(self) -> dict[str, str]:
        """Every snake-case name that may be delivered -> canonical name of its column or question."""
        headers_by_name = {column.name: column.headers for column in self.columns}
        headers_by_name |= {question.id: question.headers for question in self.questions}
        names = {name: name for name in headers_by_name}
        for name, headers in headers_by_name.items():
            names |= {snake_case(header, 1): name for header in headers}
        return names


def _any_asked(members: Iterable[Member], asked: frozenset[str]) -> bool:
    return any(member.question in asked for member in members)


def _asked_members(members: Iterable[Member], asked: frozenset[str]) -> list[tuple[object, ...]]:
    return [
        (member.question, member.share, sorted(member.successors & asked))
        for member in members
        if member.question in asked
    ]
