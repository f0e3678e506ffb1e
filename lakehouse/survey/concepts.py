"""Concepts: what questions measure, as one series across splits and merges of questions.

A concept has one root question, and members that measure a share of it: the parts of a question that was split, or
the questions that were merged into it. When questions that replace each other were asked together, only the newest
counts: the parts instead of the whole, the merged question instead of its predecessors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from lakehouse.survey.questions import Question, in_force_between


@dataclass(frozen=True)
class Member:
    """A question of a concept: its share of the root question, and the questions that replace it when asked."""

    question: str
    share: float
    successors: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Concept:
    """A concept of the scores: its questions, root first. `weights`: (first day, weight from then on), in order."""

    name: str
    members: tuple[Member, ...]
    weights: tuple[tuple[date, float], ...]

    def weights_between(self, first: date, last: date) -> tuple[tuple[date, float], ...]:
        """The weights that apply on these days."""
        return in_force_between([(entry[0], entry) for entry in self.weights], first, last)


class Edge(NamedTuple):
    """One replacement: `part` measures the share `share` of `whole`; `successor` is the newer of the two questions."""

    whole: str
    part: str
    share: float
    successor: str
    is_comparable: bool


def edges_of(questions: Iterable[Question]) -> tuple[Edge, ...]:
    """Every replacement of one question by another: splits and merges."""
    return tuple(
        _edge(question, predecessor, share)
        for question in questions
        for predecessor, share in question.first.predecessors.items()
    )


def _edge(question: Question, predecessor: str, share: float) -> Edge:
    is_split = question.first.change == "split"
    return Edge(
        whole=predecessor if is_split else question.id,
        part=question.id if is_split else predecessor,
        share=share,
        successor=question.id,
        is_comparable=question.first.comparability != "none",
    )


def roots_of(questions: Iterable[Question]) -> dict[str, tuple[str, ...]]:
    """Concept -> its root questions: those that are not a part of another question of the concept."""
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

    def is_within_concept(edge: Edge) -> bool:
        return by_id[edge.part].concept == by_id[edge.whole].concept

    concepts: list[Concept] = []
    for name, roots in roots_of(questions).items():
        members = _members(roots[0], edges, is_within_concept)
        concepts.append(Concept(name, members, _weights(by_id[member.question] for member in members)))
    return tuple(concepts)


def trends_of(questions: tuple[Question, ...]) -> Mapping[str, tuple[Member, ...]]:
    """Concept -> its root question, and then the questions that continue its series, of whatever concept they are."""
    edges = edges_of(questions)
    return {
        name: _members(roots[0], edges, lambda edge: edge.is_comparable) for name, roots in roots_of(questions).items()
    }


def _members(root: str, edges: tuple[Edge, ...], is_followed: Callable[[Edge], bool]) -> tuple[Member, ...]:
    """The root, and all questions that can be reached from it along the edges that are followed."""
    shares = {root: 1.0}
    queue = [root]
    while queue:
        whole = queue.pop(0)
        for edge in edges:
            if edge.whole == whole and edge.part not in shares and is_followed(edge):
                shares[edge.part] = shares[whole] * edge.share
                queue.append(edge.part)
    replaced = {question: _successors(question, edges) & shares.keys() for question in shares}
    return tuple(Member(question, share, frozenset(replaced[question])) for question, share in shares.items())


def _successors(question: str, edges: tuple[Edge, ...]) -> set[str]:
    """The questions that replaced the question, and those that replaced these in turn."""
    successors: set[str] = set()
    queue = [question]
    while queue:
        current = queue.pop()
        newer = {edge.successor for edge in edges if current in (edge.whole, edge.part) and edge.successor != current}
        queue += newer - successors
        successors |= newer
    return successors


def _weights(questions: Iterable[Question]) -> tuple[tuple[date, float], ...]:
    """(First day, weight) of a concept, one per change; its questions of the same day all have the same weight."""
    stated = sorted({(version.valid_from, version.weight) for question in questions for version in question.versions})
    changes: list[tuple[date, float]] = []
    for day, weight in stated:
        if not changes or changes[-1][1] != weight:
            changes.append((day, weight))
    return tuple(changes)
