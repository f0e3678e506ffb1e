"""Catalogues of questions: single questions in code, and edits of the shipped file."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from lakehouse.survey.catalogue import Catalogue, Column
from lakehouse.survey.questions import Question, Version
from tests.support.places import ROOT, TEST_CONF

SHIPPED_QUESTIONS = (ROOT / "conf" / "questions.yml").read_text(encoding="utf-8")
# Header of the question that `split_catalogue` splits, and those of its parts.
WHOLE, PARTS = "Food and Drink", ("Meal Quality", "Snack Quality")
_OTHER_FILES = {"alerts": "conf/alerts.yml", "expectations": "expectations"}
_PART = """  - id: {name}
    wording: Quality of the {words}
    headers: [{header}]
    owner: in_flight
    concept: food_and_drink
    weight: 1
    weight_reason: As the whole had
    valid_from: 2025-03-01
    change: split
    predecessors: {{food_and_drink: {share}}}
    comparability: mean_only
"""


def question(
    name: str,
    weight: float = 1.0,
    headers: tuple[str, ...] = (),
    owner: str = "team",
    concept: str | None = None,
    not_applicable: tuple[int, ...] = (0,),
    **version: Any,
) -> Question:
    """A question of one version, valid since 2000 unless said otherwise."""
    dates = {"valid_from": date(2000, 1, 1)} | version
    return Question(name, headers, concept or name, (Version(name, owner, weight, "why", **dates),), not_applicable)


def split_catalogue(text: str) -> str:
    """The shipped catalogue with food and drink split from March on."""
    start = text.index("  - id: food_and_drink")
    end = text.index("  - id:", start + 1)
    parts = _PART.format(name="meal_quality", words="meals", header=PARTS[0], share=0.75) + _PART.format(
        name="snack_quality", words="snacks", header=PARTS[1], share=0.25
    )
    return f"{text[:end]}    valid_to: 2025-03-31\n{parts}{text[end:]}"


def with_conf(root: Path, questions: str, extra: str = "") -> str:
    """An overlay with these questions, for tests."""
    root.mkdir(parents=True, exist_ok=True)
    (root / "questions.yml").write_text(questions, encoding="utf-8")
    overlay = root / "conf.yml"
    shipped = "".join(f"{key}: {ROOT / place}\n" for key, place in _OTHER_FILES.items())
    text = f"{Path(TEST_CONF).read_text(encoding='utf-8')}\nquestions: questions.yml\n{shipped}{extra}"
    overlay.write_text(text, encoding="utf-8")
    return str(overlay)


# For files of three columns.
SMALL = Catalogue(
    columns=(Column("id", ("ID",), "whole_number", True), Column("class", ("Class",), "category", True)),
    questions=(question("gate_location", headers=("Gate Location",)),),
    missing_values=("",),
    owners=("gate",),
)
