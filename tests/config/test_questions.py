"""Questions over time: what a catalogue may say of their changes, and what it is refused for."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from lakehouse.config.load import project_file
from lakehouse.config.survey.catalogue import load_catalogue
from lakehouse.errors import ConfigError
from lakehouse.survey.catalogue import Catalogue
from lakehouse.survey.concepts import Member
from lakehouse.survey.questions import FOR_EVER

pytestmark = pytest.mark.no_spark

SHIPPED = project_file("conf", "questions.yml").read_text(encoding="utf-8")
HEAD = SHIPPED[: SHIPPED.index("questions:\n")] + "questions:\n"
LINES = HEAD.count("\n")

# Two or three lines an entry, so that a fault's line tells its entry.
FOOD = """  - {id: food, wording: Food, headers: [Food], owner: in_flight, concept: food,
     weight: 1, weight_reason: why,
     valid_from: 2020-01-01, valid_to: 2025-06-30}
"""
MEAL = """  - {id: meal, wording: Meal, headers: [Meal], owner: in_flight, concept: food,
     weight: 1, weight_reason: why,
     valid_from: 2025-07-01, change: split, predecessors: {food: 0.6}, comparability: mean_only}
"""
SNACK = MEAL.replace("meal", "snack").replace("Meal", "Snack").replace("0.6", "0.4")
SPLIT = FOOD + MEAL + SNACK
HEAVY_SNACK = FOOD + MEAL + SNACK.replace("weight: 1", "weight: 2")
UNLINKED = MEAL.replace(", change: split, predecessors: {food: 0.6}, comparability: mean_only", "")
MERGED = """  - {id: a, wording: A, headers: [A], owner: gate, weight: 1, weight_reason: why,
     valid_from: 2020-01-01, valid_to: 2025-07-31}
  - {id: b, wording: B, headers: [B], owner: gate, weight: 2, weight_reason: why,
     valid_from: 2020-01-01, valid_to: 2025-06-30}
  - {id: both, wording: A and B, headers: [A and B], owner: gate, weight: 1, weight_reason: why,
     valid_from: 2025-07-01, change: merge, predecessors: {a: 0.25, b: 0.75}, comparability: mean_only}
"""
REWORDED = """  - {id: gate, wording: Gate, headers: [Gate], owner: gate, weight: 1, weight_reason: why,
     valid_from: 2020-01-01, valid_to: 2025-06-30}
  - {id: gate, wording: Way to the gate, headers: [Gate], owner: ground, weight: 2, weight_reason: why,
     valid_from: 2025-07-01, change: reword, comparability: none}
"""
RETIRED = """  - {id: gate, wording: Gate, headers: [Gate], owner: gate, weight: 1, weight_reason: why,
     valid_from: 2020-01-01, valid_to: 2025-06-30}
  - {id: gate, change: retire, valid_from: 2025-07-01}
"""


def read(tmp_path: Path, questions: str) -> Catalogue:
    path = tmp_path / "questions.yml"
    path.write_text(HEAD + questions, encoding="utf-8")
    return load_catalogue(path, {})


def test_a_split_keeps_one_concept(tmp_path: Path) -> None:
    catalogue = read(tmp_path, SPLIT)
    (concept,) = catalogue.concepts
    members = (
        Member("food", 1.0, frozenset({"meal", "snack"})),
        Member("meal", 0.6),
        Member("snack", 0.4),
    )
    assert (concept.name, concept.members, concept.weights) == ("food", members, ((date(2020, 1, 1), 1.0),))
    assert catalogue.trends == {"food": members}


def test_the_parts_of_a_part_share_its_share(tmp_path: Path) -> None:
    ended = MEAL.replace("2025-07-01", "2025-07-01, valid_to: 2025-12-31")
    hot = MEAL.replace("id: meal", "id: hot").replace("[Meal]", "[Hot]").replace("2025-07-01", "2026-01-01")
    hot = hot.replace("{food: 0.6}", "{meal: 0.5}")
    cold = hot.replace("id: hot", "id: cold").replace("[Hot]", "[Cold]")
    catalogue = read(tmp_path, FOOD + ended + SNACK + hot + cold)
    members = {member.question: (member.share, member.successors) for member in catalogue.concepts[0].members}
    assert members == {
        "food": (1.0, {"meal", "snack", "hot", "cold"}),
        "meal": (0.6, {"hot", "cold"}),
        "snack": (0.4, frozenset()),
        "hot": (0.3, frozenset()),
        "cold": (0.3, frozenset()),
    }


def test_a_merge_bridges_concepts_that_stay_apart_in_the_scores(tmp_path: Path) -> None:
    catalogue = read(tmp_path, MERGED)
    assert [(concept.name, concept.members) for concept in catalogue.concepts] == [
        ("a", (Member("a", 1.0),)),
        ("b", (Member("b", 1.0),)),
        ("both", (Member("both", 1.0),)),
    ]
    replaced = frozenset({"both"})
    assert catalogue.trends["both"] == (Member("both", 1.0), Member("a", 0.25, replaced), Member("b", 0.75, replaced))
    assert catalogue.trends["a"] == (Member("a", 1.0),)


def test_what_cannot_be_compared_is_not_bridged(tmp_path: Path) -> None:
    catalogue = read(tmp_path, SPLIT.replace("mean_only", "none"))
    assert catalogue.trends == {"food": (Member("food", 1.0),)}
    assert len(catalogue.concepts[0].members) == 3


def test_a_past_period_keeps_owner_words_and_weight(tmp_path: Path) -> None:
    catalogue = read(tmp_path, REWORDED)
    (question,) = catalogue.questions
    days = (date(2019, 1, 1), date(2025, 6, 30), date(2025, 7, 1), date(2030, 1, 1))
    assert [question.at(day).wording for day in days] == ["Gate", "Gate", "Way to the gate", "Way to the gate"]
    assert [catalogue.owner("gate", day) for day in days] == ["gate", "gate", "ground", "ground"]
    assert catalogue.concepts[0].weights == ((date(2020, 1, 1), 1.0), (date(2025, 7, 1), 2.0))
    assert [question.is_valid(day) for day in days] == [False, True, True, True]


def test_a_question_can_retire(tmp_path: Path) -> None:
    (question,) = read(tmp_path, RETIRED).questions
    assert (question.retired, question.newest.valid_to) == (True, date(2025, 6, 30))
    assert not question.is_valid(date(2025, 7, 1))


def test_codes_of_not_applicable_are_the_questions_own(tmp_path: Path) -> None:
    (question,) = read(tmp_path, RETIRED.replace("owner: gate", "owner: gate, not_applicable: [9, -1]")).questions
    assert question.codes == (-1, 1, 2, 3, 4, 5, 9)


@pytest.mark.parametrize(
    ("old", "new", "month", "is_touched"),
    [
        # A later version, an owner or a word leaves a past month alone.
        ("owner: ground, weight: 2", "owner: digital, weight: 3", "2025-06", False),
        ("wording: Gate,", "wording: The gate,", "2025-06", False),
        ("owner: ground, weight: 2", "owner: digital, weight: 2", "2025-07", False),
        ("owner: ground, weight: 2", "owner: ground, weight: 3", "2025-07", True),
        ("owner: gate, weight: 1", "owner: gate, weight: 3", "2025-06", True),
        ("owner: gate, weight: 1", "owner: gate, weight: 3", "2025-07", False),
        ("2020-01-01", "2020-01-02", "2025-06", True),
    ],
)
def test_an_edit_touches_the_months_it_speaks_of(
    tmp_path: Path, old: str, new: str, month: str, is_touched: bool
) -> None:
    assert old in REWORDED
    before, after = (read(tmp_path, text).effective(month, ["gate"]) for text in (REWORDED, REWORDED.replace(old, new)))
    assert (before != after) is is_touched


def test_a_split_to_come_leaves_past_months_alone(tmp_path: Path) -> None:
    whole = FOOD.replace(", valid_to: 2025-06-30", "")
    before, after = (read(tmp_path, text).effective("2025-06", ["food"]) for text in (whole, SPLIT))
    assert before == after
    assert read(tmp_path, SPLIT).questions[1].newest.valid_to == FOR_EVER


@pytest.mark.parametrize(
    ("text", "old", "new", "line", "message"),
    [
        (
            REWORDED,
            "valid_to: 2025-06-30",
            "valid_to: 2025-06-29",
            3,
            "'gate' has a gap: nothing applies from 2025-06-30",
        ),
        (REWORDED, "valid_to: 2025-06-30", "valid_to: 2025-07-01", 3, "end that one with valid_to: 2025-06-30"),
        (REWORDED, ", valid_to: 2025-06-30", "", 3, "'gate' overlaps its version of line {1}"),
        (REWORDED, "change: reword, comparability: none", "", 3, "differs from line {1}: say change: rename"),
        (REWORDED, "change: reword,", "change: split, predecessors: {gate: 1},", 4, "'gate' is there already"),
        (REWORDED, "change: reword, comparability: none", "change: rename, comparability: none", 4, "say exact"),
        (REWORDED, ", comparability: none", "", 4, "a change needs comparability"),
        (REWORDED, "comparability: none", "comparability: some", 4, "'some' is not known"),
        (REWORDED, "change: reword", "change: rewrite", 4, "'rewrite' is not known. Did you mean 'reword'"),
        (REWORDED, "2020-01-01", "2020-01-01 10:00:00", 2, "valid_from: expected a date YYYY-MM-DD, found '2020-01-01"),
        (REWORDED, "2020-01-01", "text", 2, "questions[1].valid_from: expected a date YYYY-MM-DD, found 'text'"),
        (REWORDED, "2020-01-01", "12", 2, "questions[1].valid_from: expected a date YYYY-MM-DD, found '12'"),
        (REWORDED, "2025-06-30", "2019-06-30", 2, "2019-06-30 is before valid_from 2020-01-01"),
        (REWORDED, "owner: ground", "owner: grund", 3, "'grund' is not among the owners. Did you mean 'ground'?"),
        (REWORDED, "owner: ground, ", "", 3, "missing: owner"),
        (
            REWORDED,
            "Gate, headers: [Gate], owner: gate",
            "G, headers: [Gate], owner: gate, concept: x",
            3,
            "another concept",
        ),
        (REWORDED, "owner: ground", "owner: ground, not_applicable: [9]", 3, "another not_applicable in line {1}"),
        (REWORDED, "owner: ground", "owner: ground, not_applicable: [5]", 3, "5 is a rating"),
        (REWORDED, "owner: ground", "owner: ground, scale: [1, 10]", 3, "only [1, 5] is understood"),
        (SPLIT, "{food: 0.4}", "{food: 0.5}", 9, "the shares of the parts of food sum to 1.1 (0.6 + 0.5), not to 1"),
        (SPLIT, "{food: 0.4}", "{fod: 0.4}", 9, "'fod' is no question that came before. Did you mean 'food'?"),
        (SPLIT, "{food: 0.4}", "{food: 1.4}", 9, "must be a share between 0 and 1"),
        (SPLIT, "{food: 0.4}", "{snack: 0.4}", 9, "'snack' is no question that came before"),
        (
            SPLIT,
            ", valid_to: 2025-06-30",
            "",
            1,
            "by meal (line {4}) but never ends. Add valid_to: 2025-06-30",
        ),
        (SPLIT, "valid_to: 2025-06-30", "valid_to: 2025-05-31", 4, "the gap breaks the series"),
        (SPLIT, "2020-01-01", "2025-07-01", 3, "is before valid_from"),
        (SPLIT, "predecessors: {food: 0.6}, ", "", 6, "a split needs predecessors"),
        (FOOD + UNLINKED, ", valid_to: 2025-06-30", "", 4, "the concept 'food' is already measured by food"),
        (SPLIT, "mean_only", "exact", 6, "a split carries a mean at most"),
        (SPLIT, "change: split", "change: rename", 6, "give this entry the id food"),
        (SPLIT, "change: split, ", "", 6, "says nothing without a change"),
        (HEAVY_SNACK, "", "", 8, "2, but meal gives the concept 'food' the weight 1 at that time"),
        (SPLIT, "[Snack]", "[Meal]", 7, "header 'Meal' already belongs to meal"),
        (MERGED, "a: 0.25", "a: 0.5", 6, "the shares of the merge sum to 1.25"),
        (MERGED, "2025-06-30", "2025-05-31", 5, "the gap breaks the series"),
        (RETIRED, "valid_to: 2025-06-30", "valid_to: 2025-07-30", 3, "must say valid_to: 2025-06-30"),
        (RETIRED, ", valid_to: 2025-06-30", "", 3, "must say valid_to: 2025-06-30"),
        (
            RETIRED,
            "  - {id: gate, change: retire, valid_from: 2025-07-01}\n",
            "",
            1,
            "ends on 2025-06-30 and nothing says why",
        ),
        (RETIRED, "{id: gate, change", "{id: gat, change", 3, "'gat' is no question. Did you mean 'gate'?"),
        (RETIRED, "change: retire", "change: retire, owner: gate", 3, "unknown key 'owner'"),
        (RETIRED + RETIRED[RETIRED.index("  - {id: gate, change") :], "", "", 4, "already retired in line {3}"),
        (SPLIT + "  - {id: food, change: retire, valid_from: 2025-07-01}\n", "", "", 10, "lives on in other questions"),
    ],
)
def test_faults_are_named(tmp_path: Path, text: str, old: str, new: str, line: int, message: str) -> None:
    assert old in text
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, text.replace(old, new, 1))
    for number in range(1, 11):
        message = message.replace(f"{{{number}}}", str(LINES + number))
    assert message in str(caught.value)
    assert caught.value.line == LINES + line
