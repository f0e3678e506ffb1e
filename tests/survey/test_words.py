"""What an unknown word means, where only one reading is possible."""

from __future__ import annotations

import pytest

from lakehouse.config.load import project_file
from lakehouse.config.survey.catalogue import load_catalogue
from lakehouse.survey.words import reading_of

pytestmark = pytest.mark.no_spark

CATALOGUE = load_catalogue(project_file("conf", "questions.yml"), {})
UNHAPPY = "Neutral or Dissatisfied"


@pytest.mark.parametrize(
    ("column", "word", "reading"),
    [
        # Opposites are spelled alike.
        ("satisfaction", "dissatisfied", UNHAPPY),
        ("satisfaction", "Unsatisfied", UNHAPPY),
        ("satisfaction", "not satisfied", UNHAPPY),
        ("satisfaction", "neutral", UNHAPPY),
        ("satisfaction", "dissatisfied/neutral", UNHAPPY),
        ("satisfaction", "Satisfied!", "Satisfied"),
        # Whoever is not dissatisfied may be neutral.
        ("satisfaction", "not dissatisfied", None),
        ("satisfaction", "satisfied or neutral", None),
        ("satisfaction", "very satisfied", None),
        ("class", "Economy Class", "Economy"),
        ("class", "eco_plus", "Economy Plus"),
        ("class", "Plus", "Economy Plus"),
        # Economy, or Economy Plus?
        ("class", "Eco Premium", None),
        ("class", "Premium", None),
        ("class", "Class", None),
        ("customer_type", "loyal", "Returning"),
        ("customer_type", "Disloyal", "First-time"),
        ("customer_type", "non-loyal customer", "First-time"),
        ("travel_type", "for business", "Business"),
        ("travel_type", "Private", None),
        ("gender", "Femal", None),
        ("gender", "not male", None),
        # No words at all.
        ("satisfaction", "40", None),
        ("satisfaction", "-", None),
        ("satisfaction", "Satisfied\x07", None),
    ],
)
def test_reading(column: str, word: str, reading: str | None) -> None:
    assert reading_of(word, CATALOGUE.column(column)) == reading
