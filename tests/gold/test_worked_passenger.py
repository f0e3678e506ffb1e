"""The passenger worked by hand in the documents gets the scores that stand there."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from lakehouse.config.survey.catalogue import load_catalogue
from lakehouse.gold.scores import answered_concepts, concepts_of, service_index, weighted_score
from lakehouse.storage.frames import frame_of
from tests.support.catalogues import SHIPPED_QUESTIONS, split_catalogue
from tests.support.places import ROOT

PAGE = (ROOT / "docs" / "survey-evolution.md").read_text(encoding="utf-8")


def test_the_scores_of_the_document(spark: SparkSession, tmp_path: Path) -> None:
    path = tmp_path / "questions.yml"
    path.write_text(split_catalogue(SHIPPED_QUESTIONS), encoding="utf-8")
    catalogue = load_catalogue(path, {})
    lines = re.findall(r"^\| (\w+) \| ([\d.]+) \| (\d|empty) \|", PAGE, re.MULTILINE)
    answers = {name: None if answer == "empty" else int(answer) for name, _, answer in lines}
    assert answers.keys() == set(catalogue.question_ids) - {"food_and_drink"}
    weights = {name: float(weight) for name, weight, _ in lines}
    assert weights == {name: catalogue.question(name).newest.weight for name in answers}

    schema = ", ".join(["survey_date date", *(f"{name} int" for name in catalogue.question_ids)])
    row = (date(2025, 7, 1), *(answers.get(name) for name in catalogue.question_ids))
    of = concepts_of(catalogue, {name: F.lit(name in answers) for name in catalogue.question_ids})
    found = frame_of(spark, [row], schema).select(service_index(of), weighted_score(of), answered_concepts(of))
    index, weighted = map(float, re.findall(r"\*\*([\d.]+)\*\*", PAGE)[-2:])
    (scores,) = found.collect()
    # The document gives ten decimals.
    assert list(scores) == [pytest.approx(index, abs=1e-9), pytest.approx(weighted, abs=1e-9), 11]
