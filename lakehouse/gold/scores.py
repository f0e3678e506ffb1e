"""Ratings to scores: 0 is not a rating, and every score is a mean over concepts."""

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
    """The rating, or null where the passenger answered "not applicable": the only place that says so."""
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
    """Value (1-5, null when not answered), weight, and whether it was asked, by concept."""

    values: Mapping[str, Column]
    weights: Mapping[str, Column | float]
    asked: Mapping[str, Column]


def concepts(catalogue: Catalogue, asked: Mapping[str, Column]) -> Concepts:
    """The concepts of a response. `asked`: whether each question was asked of it."""
    return Concepts(
        {of.name: value_of(of.members, catalogue, asked) for of in catalogue.concepts},
        {of.name: _weight(of) for of in catalogue.concepts},
        {of.name: any_asked(of.members, asked) for of in catalogue.concepts},
    )


def any_asked(members: Iterable[Member], asked: Mapping[str, Column]) -> Column:
    """Whether any of the questions was asked of the response."""
    return reduce(or_, (asked[member.question] for member in members), F.lit(False))


def value_of(members: Sequence[Member], catalogue: Catalogue, asked: Mapping[str, Column]) -> Column:
    """Value of a concept for one response: the mean of its answered questions by share; null when there is none.

    A question counts where it was asked and nothing that replaces it was. A single question is its own rating.
    """
    ratings = [_counted(member, catalogue, asked).cast("double") for member in members]
    if len(ratings) == 1:
        return ratings[0]
    answered = [F.when(rating.isNotNull(), member.share) for member, rating in zip(members, ratings, strict=True)]
    weighted = [rating * member.share for member, rating in zip(members, ratings, strict=True)]
    nothing = F.lit(0.0)
    shares = _total([F.coalesce(share, nothing) for share in answered])
    return F.when(shares > 0, _total([F.coalesce(part, nothing) for part in weighted]) / shares)


def _counted(member: Member, catalogue: Catalogue, asked: Mapping[str, Column]) -> Column:
    rating = applicable(F.col(member.question), catalogue.question(member.question).not_applicable)
    if not member.successors:
        return rating
    replaced = reduce(or_, (asked[question] for question in sorted(member.successors)))
    return F.when(~replaced, rating)


def _weight(concept: Concept) -> Column | float:
    (_, weight), *later = concept.weights
    return in_force(concept.weights, F.col(c.SURVEY_DATE)) if later else weight


def answered_concepts(of: Concepts) -> Column:
    """Number of concepts with an applicable rating."""
    return _total([F.when(value.isNotNull(), 1).otherwise(0) for value in of.values.values()])


def service_index(of: Concepts) -> Column:
    """(mean - 1) / 4 x 100 over the answered concepts, 0-100; null under half of the concepts asked."""
    return _score(of, dict.fromkeys(of.values, 1.0))


def weighted_score(of: Concepts) -> Column:
    """As the service index, each concept with its weight, renormalised over the answered ones."""
    return _score(of, of.weights)


def _score(of: Concepts, weights: Mapping[str, Column | float]) -> Column:
    low, high = SCALE
    nothing = F.lit(0.0)
    weighted = _total([F.coalesce(value * weights[name], nothing) for name, value in of.values.items()])
    weight = _total([F.when(value.isNotNull(), weights[name]).otherwise(nothing) for name, value in of.values.items()])
    asked = _total([F.when(was_asked, 1).otherwise(0) for was_asked in of.asked.values()])
    enough = (answered_concepts(of) > 0) & (answered_concepts(of) * 2 >= asked)
    return F.when(enough, (weighted / weight - low) / (high - low) * 100)


def _total(columns: Sequence[Column]) -> Column:
    """Sum of columns that are never null."""
    return reduce(add, columns)
