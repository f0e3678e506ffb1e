"""Ratings to scores: every score is a mean over concepts; codes that mean "not applicable" are no ratings."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add, or_

from pyspark.sql import Column
from pyspark.sql import functions as F

from lakehouse.lookups import in_force
from lakehouse.survey.catalogue import Catalogue
from lakehouse.survey.concepts import Concept, Member
from lakehouse.survey.questions import SCALE
from schemas import columns as c


def applicable(rating: Column, not_applicable: Collection[int]) -> Column:
    """The rating, or null where the answer means "not applicable". Every score, metric and dimension uses it."""
    return F.when(~rating.isin(*not_applicable), rating) if not_applicable else rating


def answer_state(rating: Column, not_applicable: Collection[int]) -> Column:
    """`answered`, `not_applicable` or `unanswered`, for a question that was asked."""
    return (
        F.when(rating.isNull(), "unanswered")
        .when(rating.isin(*not_applicable), "not_applicable")
        .when(rating.between(*SCALE), "answered")
    )


@dataclass(frozen=True)
class Concepts:
    """The concepts of a response, each map by concept name: value (1-5, null when not answered), weight, and whether
    it was asked."""

    values: Mapping[str, Column]
    weights: Mapping[str, Column | float]
    asked: Mapping[str, Column]


def concepts_of(catalogue: Catalogue, asked: Mapping[str, Column]) -> Concepts:
    """The concepts of a response. `asked`: question -> whether it was asked of the response."""
    return Concepts(
        values={concept.name: value_of(concept.members, catalogue, asked) for concept in catalogue.concepts},
        weights={concept.name: _weight(concept) for concept in catalogue.concepts},
        asked={concept.name: any_asked(concept.members, asked) for concept in catalogue.concepts},
    )


def any_asked(members: Iterable[Member], asked: Mapping[str, Column]) -> Column:
    """Whether any of the questions was asked of the response."""
    return reduce(or_, (asked[member.question] for member in members), F.lit(False))


def value_of(members: Sequence[Member], catalogue: Catalogue, asked: Mapping[str, Column]) -> Column:
    """Value of a concept for one response: the mean of its answered questions, weighted by share; null when none is
    answered.

    A question counts only when no question that replaces it was asked. The value of a single question is its rating.
    """
    ratings = [_counted(member, catalogue, asked).cast("double") for member in members]
    if len(ratings) == 1:
        return ratings[0]
    answered = [F.when(rating.isNotNull(), member.share) for member, rating in zip(members, ratings, strict=True)]
    weighted = [rating * member.share for member, rating in zip(members, ratings, strict=True)]
    zero = F.lit(0.0)
    shares = _total([F.coalesce(share, zero) for share in answered])
    return F.when(shares > 0, _total([F.coalesce(part, zero) for part in weighted]) / shares)


def _counted(member: Member, catalogue: Catalogue, asked: Mapping[str, Column]) -> Column:
    """The applicable rating of a question; null when a question that replaces it was asked."""
    rating = applicable(F.col(member.question), catalogue.question(member.question).not_applicable)
    if not member.successors:
        return rating
    replaced = reduce(or_, (asked[question] for question in sorted(member.successors)))
    return F.when(~replaced, rating)


def _weight(concept: Concept) -> Column | float:
    """The concept's weight on the survey date; a constant when it never changes."""
    if len(concept.weights) == 1:
        return concept.weights[0][1]
    return in_force(concept.weights, F.col(c.SURVEY_DATE))


def answered_concepts(concepts: Concepts) -> Column:
    """Number of concepts with an applicable rating."""
    return _total([F.when(value.isNotNull(), 1).otherwise(0) for value in concepts.values.values()])


def service_index(concepts: Concepts) -> Column:
    """(mean - 1) / 4 x 100 over the answered concepts, 0-100; null under half of the concepts asked."""
    return _score(concepts, dict.fromkeys(concepts.values, 1.0))


def weighted_score(concepts: Concepts) -> Column:
    """The service index with a weight per concept, normalised over the answered concepts."""
    return _score(concepts, concepts.weights)


def _score(concepts: Concepts, weights: Mapping[str, Column | float]) -> Column:
    low, high = SCALE
    zero, values = F.lit(0.0), concepts.values
    weighted = _total([F.coalesce(value * weights[name], zero) for name, value in values.items()])
    weight = _total([F.when(value.isNotNull(), weights[name]).otherwise(zero) for name, value in values.items()])
    asked = _total([F.when(was_asked, 1).otherwise(0) for was_asked in concepts.asked.values()])
    is_enough = (answered_concepts(concepts) > 0) & (answered_concepts(concepts) * 2 >= asked)
    return F.when(is_enough, (weighted / weight - low) / (high - low) * 100)


def _total(columns: Sequence[Column]) -> Column:
    """Sum of columns that are never null."""
    return reduce(add, columns)
