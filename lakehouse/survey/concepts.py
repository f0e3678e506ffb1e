"""What questions measure: concepts that outlive splits and merges.

A concept has one root question. A part of a split stands for its share of the whole, a question that was merged
for its share of what replaced it. Of questions that were asked together the newest counts: a whole gives way to
its parts, merged questions give way to their successor.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from lakehouse.survey.questions import Question, within


@dataclass(frozen=True)
class Member:
    """A question in a concept, its share of the root, and the questions that replace it where they were asked."""

    question: str
    share: float
    successors: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Concept:
    """A concept of the scores: its root and what stands in for it. `weights`: first day -> weight from then on."""

    name: str
    members: tuple[Member, ...]
    weights: tuple[tuple[date, float], ...]

    def weights_between(self, first: date, last: date) -> tuple[tuple[date, float], ...]:
        """The weights that apply on these days."""
        return within([(entry[0], entry) for entry in self.weights], first, last)


class Edge(NamedTuple):
    """`part` stands for `share` of `whole`; `successor` is the newer of the two."""

    whole: str
    part: str
    share: float
    successor: str
    is_comparable: bool


def edges_of(questions: Iterable[Question]) -> tuple[Edge, ...]:
    """How questions replace each other."""
    found: list[Edge] = []
    for question in questions:
        version = question.first
        comparable = version.comparability != "none"
        for other, share in version.predecessors.items():
            ends = (other, question.id) if version.change == "split" else (question.id, other)
            found.append(Edge(*ends, share, question.id, comparable))
    return tuple(found)


def roots_of(questions: Iterable[Question]) -> dict[str, tuple[str, ...]]:
    """Concept -> its questions that are no part of another question of the same concept."""
    questions = tuple(questions)
    concept = {question.id: question.concept for question in questions}
    parts = {edge.part for edge in edges_of(questions) if concept[edge.part] == concept[edge.whole]}
    roots: dict[str, tuple[str, ...]] = dict.fromkeys(concept.values(), ())
    for question in questions:
        if question.id not in parts:
            roots[question.concept] += (question.id,)
    return roots


def concepts_of(questions: tuple[Question, ...]) -> tuple[Concept, ...]:
    """The concepts of the scores, in the order of their roots."""
    by_id = {question.id: question for question in questions}
    edges = edges_of(questions)
    return tuple(
        Concept(name, members, _weights([by_id[member.question] for member in members]))
        for name, roots in roots_of(questions).items()
        for members in [_members(roots[0], edges, lambda edge: by_id[edge.part].concept == by_id[edge.whole].concept)]
    )


def trends_of(questions: tuple[Question, ...]) -> Mapping[str, tuple[Member, ...]]:
    """Concept -> its root, and what can stand in for it in a trend, whatever concept that has by itself."""
    edges = edges_of(questions)
    return {
        name: _members(roots[0], edges, lambda edge: edge.is_comparable) for name, roots in roots_of(questions).items()
    }


def _members(root: str, edges: tuple[Edge, ...], is_followed: Callable[[Edge], bool]) -> tuple[Member, ...]:
    shares = {root: 1.0}
    waiting = [root]
    while waiting:
        whole = waiting.pop(0)
        for edge in edges:
            if edge.whole == whole and edge.part not in shares and is_followed(edge):
                shares[edge.part] = shares[whole] * edge.share
                waiting.append(edge.part)
    replaced = {question: _successors(question, edges) & shares.keys() for question in shares}
    return tuple(Member(question, share, frozenset(replaced[question])) for question, share in shares.items())


def _successors(question: str, edges: tuple[Edge, ...]) -> set[str]:
    found: set[str] = set()
    waiting = [question]
    while waiting:
        current = waiting.pop()
        newer = {edge.successor for edge in edges if current in (edge.whole, edge.part) and edge.successor != current}
        waiting += newer - found
        found |= newer
    return found


def _weights(questions: Iterable[Question]) -> tuple[tuple[date, float], ...]:
    """First day -> weight of the concept, which all its questions of a day agree on."""
    stated = sorted({(version.valid_from, version.weight) for question in questions for version in question.versions})
    changes = [entry for place, entry in enumerate(stated) if place == 0 or entry[1] != stated[place - 1][1]]
    return tuple(changes)
