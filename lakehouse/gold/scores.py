"""Ratings to scores: 0 is not a rating, and every score is a mean over concepts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add

from pyspark.sql import Column
from pyspark.sql import functions as F

from lakehouse.survey.catalogue import Catalogue


def applicable(rating: Column, not_applicable: int) -> Column:
    """The rating, or null where the passenger answered "not applicable": the only place that says so."""
    return F.when(rating != not_applicable, rating)


def answer_state(rating: Column, not_applicable: int) -> Column:
    """`answered`, `not_applicable` or `unanswered`, for a question that was asked."""
    return (
        F.when(rating.isNull(), "unanswered")
        .when(rating == not_applicable, "not_applicable")
        .when(rating > 0, "answered")
    )


@dataclass(frozen=True)
class Concepts:
    """Value (1-5, null when not answered), weight, and whether it was asked, by concept."""

    values: Mapping[str, Column]
    weights: Mapping[str, float]
    asked: Mapping[str, Column]


def concepts(catalogue: Catalogue, asked: Mapping[str, Column]) -> Concepts:
    """The concepts of a response. `asked`: whether each question was asked of it."""
    questions = catalogue.questions
    return Concepts(
        {q.concept: applicable(F.col(q.id), catalogue.not_applicable).cast("double") for q in questions},
        {q.concept: q.weight for q in questions},
        {q.concept: asked[q.id] for q in questions},
    )


def answered_concepts(of: Concepts) -> Column:
    """Number of concepts with an applicable rating."""
    return _total([F.when(value.isNotNull(), 1).otherwise(0) for value in of.values.values()])


def service_index(of: Concepts, scale: tuple[int, int]) -> Column:
    """(mean - 1) / 4 x 100 over the answered concepts, 0-100; null under half of the concepts asked."""
    return _score(of, dict.fromkeys(of.values, 1.0), scale)


def weighted_score(of: Concepts, scale: tuple[int, int]) -> Column:
    """As the service index, each concept with its weight, renormalised over the answered ones."""
    return _score(of, of.weights, scale)


def _score(of: Concepts, weights: Mapping[str, float], scale: tuple[int, int]) -> Column:
    low, high = scale
    weighted = _total([F.coalesce(value * weights[name], F.lit(0.0)) for name, value in of.values.items()])
    weight = _total([F.when(value.isNotNull(), weights[name]).otherwise(0.0) for name, value in of.values.items()])
    asked = _total([F.when(was_asked, 1).otherwise(0) for was_asked in of.asked.values()])
    enough = (answered_concepts(of) > 0) & (answered_concepts(of) * 2 >= asked)
    return F.when(enough, (weighted / weight - low) / (high - low) * 100)


def _total(columns: Sequence[Column]) -> Column:
    return reduce(add, columns)
