"""What an edited catalogue changes, told against the versions that gold holds."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from lakehouse.errors import UsageError
from lakehouse.survey.catalogue import Catalogue
from lakehouse.survey.changes import Effect, StoredVersion, effects, require_all
from lakehouse.survey.questions import Question, Version
from tests.support.catalogues import question

pytestmark = pytest.mark.no_spark

JULY = date(2025, 7, 1)
JUNE = JULY - timedelta(days=1)
FOOD, GATE = question("food", owner="in_flight"), question("gate", owner="gate")


def catalogue(*questions: Question) -> Catalogue:
    return Catalogue((), questions, ("",), ("gate",))


def known(*questions: Question) -> list[StoredVersion]:
    """The questions as gold.dim_questions has them."""
    return [
        StoredVersion(
            *(one.id, version.wording, version.owner, one.concept, version.weight, version.change),
            *(dict(version.predecessors), version.comparability, version.valid_from, version.valid_to),
        )
        for one in questions
        for version in one.versions
    ]


def later(one: Question, **changed: object) -> Question:
    """The question with a second version from July on."""
    first = replace(one.first, valid_to=JUNE)
    second = Version(**{**vars(one.first), "valid_from": JULY, **changed})
    return replace(one, versions=(first, second))


def split() -> tuple[Question, ...]:
    dates = {"valid_from": JULY, "change": "split", "comparability": "mean_only"}
    meal = question("meal", concept="food", predecessors={"food": 0.6}, **dates)  # type: ignore[arg-type]
    snack = question("snack", concept="food", predecessors={"food": 0.4}, **dates)  # type: ignore[arg-type]
    return replace(FOOD, versions=(replace(FOOD.first, valid_to=JUNE),)), meal, snack


BRIDGED = "bridged from 2025-07-01 on by {}, share {} of food; the mean only"


@pytest.mark.parametrize(
    ("edited", "expected"),
    [
        ((FOOD, GATE), []),
        (
            (FOOD, GATE, question("crew", owner="gate", valid_from=JULY)),
            [Effect("question", "crew", "new, asked from 2025-07-01 on, owned by gate")],
        ),
        (
            (*split(), GATE),
            [
                Effect("question", "food", "the entry of 2000-01-01 ends on 2025-06-30"),
                Effect("question", "meal", "new, asked from 2025-07-01 on, owned by team"),
                Effect("trend", "food", BRIDGED.format("meal", 0.6)),
                Effect("question", "snack", "new, asked from 2025-07-01 on, owned by team"),
                Effect("trend", "food", BRIDGED.format("snack", 0.4)),
            ],
        ),
        (
            (FOOD, later(GATE, wording="Way", change="reword", comparability="none")),
            [
                Effect("question", "gate", "the entry of 2000-01-01 ends on 2025-06-30"),
                Effect("question", "gate", "reword from 2025-07-01 on"),
                Effect("trend", "gate", "broken on 2025-07-01: a new series begins"),
            ],
        ),
        (
            (FOOD, later(GATE, owner="ground", weight=2.0)),
            [
                Effect("question", "gate", "the entry of 2000-01-01 ends on 2025-06-30"),
                Effect("question", "gate", "new owner or weight from 2025-07-01 on"),
                Effect("owner", "gate", "gate to ground from 2025-07-01"),
                Effect("weight", "gate", "1 to 2 from 2025-07-01"),
            ],
        ),
        (
            (FOOD, question("gate", owner="ground", weight=0.5)),
            [
                Effect("owner", "gate", "gate to ground in the entry of 2000-01-01: the past is restated"),
                Effect("weight", "gate", "1 to 0.5 in the entry of 2000-01-01: the past is restated"),
            ],
        ),
        (
            (FOOD, replace(GATE, retired=True, versions=(replace(GATE.first, valid_to=JUNE),))),
            [
                Effect("question", "gate", "the entry of 2000-01-01 ends on 2025-06-30"),
                Effect("trend", "gate", "broken on 2025-06-30: gate is retired"),
            ],
        ),
    ],
)
def test_effects_of_an_edit(edited: tuple[Question, ...], expected: list[Effect]) -> None:
    assert effects(known(FOOD, GATE), catalogue(*edited)) == expected


def test_a_question_that_lost_its_entry_is_named() -> None:
    require_all(["food"], catalogue(FOOD, GATE))
    with pytest.raises(UsageError, match=r"no entry for food, but silver\.survey_responses has"):
        require_all(["food", "gate"], catalogue(GATE))
