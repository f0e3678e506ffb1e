"""Questions over time: a stable id, and a version for each change of wording, owner or weight."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, TypeVar

Change = Literal["rename", "reword", "split", "merge"]
Comparability = Literal["exact", "mean_only", "none"]

T = TypeVar("T")

FOR_EVER = date(9999, 12, 31)
# Lowest and highest rating: the same scale for all questions, because scores average over questions.
SCALE = (1, 5)


@dataclass(frozen=True)
class Version:
    """A question as it was asked from `valid_from` to `valid_to` (both included).

    `weight`: of its concept in the weighted score, with the reason for it. `change`: how the version came about; None
    for a question that was there from the start. `predecessors`: for a part of a split, the whole question and this
    part's share of it; for a merge, the questions that it replaces and the share of each. `comparability`: how far
    answers from before the change may be compared with answers after it.
    """

    wording: str
    owner: str
    weight: float
    weight_reason: str
    valid_from: date
    valid_to: date = FOR_EVER
    change: Change | None = None
    predecessors: Mapping[str, float] = field(default_factory=dict)
    comparability: Comparability | None = None


@dataclass(frozen=True)
class Question:
    """A rated question. `versions` follow each other without gaps; `concept` is what the question measures.

    `not_applicable`: codes outside of the scale that mean "not applicable". `words`: word in lower case -> the rating
    or code that it stands for. `retired`: it ended without a successor.
    """

    id: str
    headers: tuple[str, ...]
    concept: str
    versions: tuple[Version, ...]
    not_applicable: tuple[int, ...] = (0,)
    words: Mapping[str, int] = field(default_factory=dict)
    retired: bool = False

    @property
    def first(self) -> Version:
        """The earliest version."""
        return self.versions[0]

    @property
    def newest(self) -> Version:
        """The latest version."""
        return self.versions[-1]

    @property
    def codes(self) -> tuple[int, ...]:
        """Every answer that may be delivered."""
        return tuple(sorted({*self.not_applicable, *range(SCALE[0], SCALE[1] + 1)}))

    def is_valid(self, day: date) -> bool:
        """Whether the question is asked on a day."""
        return self.first.valid_from <= day <= self.newest.valid_to

    def at(self, day: date) -> Version:
        """The version of a day; the nearest version for a day before the first or after the last."""
        return self.between(day, day)[0]

    def between(self, first: date, last: date) -> tuple[Version, ...]:
        """The versions that answers of these days belong to."""
        return in_force_between([(version.valid_from, version) for version in self.versions], first, last)


def in_force_between(steps: Sequence[tuple[date, T]], first: date, last: date) -> tuple[T, ...]:
    """The values in force on some day from `first` to `last`.

    `steps`: (first day, value from then on), in order; the first value is also in force before its first day.
    """
    current = max((number for number, (start, _) in enumerate(steps) if start <= first), default=0)
    return tuple(value for number, (start, value) in enumerate(steps) if number == current or first < start <= last)
