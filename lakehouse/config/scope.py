"""The names that the rules of a gate may use: columns, groups of columns, and values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from lakehouse.config.yaml_source import Node, nearest
from lakehouse.survey.catalogue import Catalogue
from lakehouse.survey.headers import RESERVED
from schemas import columns as c


@dataclass(frozen=True)
class Scope:
    """The columns, groups and values of one gate."""

    gate: str
    catalogue: Catalogue
    response_key: tuple[str, ...]

    def groups(self) -> dict[str, tuple[str, ...]]:
        """Name of a group, such as `$ratings` -> its columns."""
        questions = self.catalogue.question_ids
        # The id has a separate rule, because it may be longer than the other numbers.
        numbers = tuple(name for name in self.catalogue.of_type("whole_number") if name != c.ID)
        return {
            "$ratings": questions,
            "$ratings_unread": self._unread(questions),
            "$numbers_unread": self._unread(numbers),
            "$required_given": self._given(),
            "$response_key": self.response_key,
        }

    def columns(self) -> frozenset[str]:
        """Every column that a rule may name."""
        if self.gate == "silver":
            delivered = (*(column.name for column in self.catalogue.columns), *self.catalogue.question_ids)
            unread = self._unread((c.ID, *self.catalogue.of_type("whole_number"), *self.catalogue.question_ids))
            return frozenset({*delivered, *unread, *self._given(), c.SURVEY_DATE + c.BEYOND_SUFFIX, c.RESPONSE_KEY})
        if self.gate == "bronze":
            return frozenset(name for name in RESERVED if name.startswith("_"))
        return RESERVED

    def numbers(self) -> frozenset[str]:
        """Columns that can be compared with a number."""
        if self.gate == "bronze":
            return frozenset({c.SOURCE_ROW, c.SOURCE_LINES, c.DELIVERY})
        delivered = frozenset({*self.catalogue.of_type("whole_number"), c.RESPONSE_KEY})
        if self.gate == "silver":
            return delivered | frozenset(self.catalogue.question_ids)
        return delivered | {c.SERVICE_INDEX, c.WEIGHTED_SCORE, c.ANSWERED_CONCEPTS}

    def expand(self, words: Iterable[str], place: Node) -> tuple[str, ...]:
        """The columns for a list of columns and groups. Raises `ConfigError` at the place for a name that the gate does
        not have."""
        groups, known = self.groups(), self.columns()
        names: list[str] = []
        for position, word in enumerate(words):
            names += groups.get(word, (word,))
            if not known.issuperset(names):
                unknown = f"'{word}' is no column of this layer. {nearest(word, known.union(groups))}"
                raise place.at(position).error(unknown)
        if len(set(names)) < len(names):
            raise place.error("names a column twice. Name each once; groups count with all their columns.")
        return tuple(names)

    def values_of(self, column: str, place: Node) -> tuple[object, ...]:
        """The values that the catalogue lists for a column. Raises `ConfigError` at the place when it lists none."""
        if column in self.catalogue.question_ids:
            return self.catalogue.question(column).codes
        categories = self.catalogue.of_type("category")
        if column not in categories:
            known = (*categories, *self.catalogue.question_ids)
            raise place.error(f"the catalogue lists no values for '{column}'. {nearest(column, known)}")
        return tuple(self.catalogue.column(column).values)

    def _unread(self, names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(name + c.UNREAD_SUFFIX for name in names)

    def _given(self) -> tuple[str, ...]:
        return tuple(name + c.GIVEN_SUFFIX for name in self.catalogue.required)
