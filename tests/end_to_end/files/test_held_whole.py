"""Short files of which too little would be left are held, and taken once the catalogue is mended."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from lakehouse.config.load import Config
from tests.support.data.surveys import HEADERS, response, write_survey
from tests.support.pipeline import Pipeline
from tests.support.places import ROOT, TEST_CONF

pytestmark = pytest.mark.long

DATED = (*HEADERS.values(), "Survey Date")
MISTYPED = {3: "2205-10-03", 4: "0025-10-04", 5: "1899-12-30"}


@pytest.fixture(scope="module")
def held(spark: SparkSession, config: Config, tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    """A warehouse after one run over seven short files."""
    pipeline = Pipeline(spark, config, tmp_path_factory.mktemp("held_whole"))
    files: dict[str, list[list[str]]] = {
        # The outcome of every fourth in a word that nobody knows: the others alone would all be satisfied.
        "words_2025-01": [
            response(n, satisfaction="Satisfied" if n % 4 else "dissatisfied") for n in range(1001, 1041)
        ],
        # Two such words are slips.
        "slips_2025-01": [response(n, class_="Economy" if n > 2002 else "Cattle") for n in range(2001, 2041)],
        # What decides neither outcome nor segment holds nothing.
        "gender_2025-01": [response(n, gender="F") for n in range(3001, 3005)]
        + [response(n) for n in range(3005, 3041)],
        "ids_2025-01": [[f"R{n}", *response(n)[1:]] for n in range(4001, 4041)],
        "half_2025-01": [response(n, age="old" if n <= 5006 else 40) for n in range(5001, 5011)],
        "totals_2025-01": [
            *(response(n) for n in range(6001, 6041)),
            ["Total", *[""] * 22, "40"],
            ["Exported by the office", *[""] * 23],
        ],
    }
    for name, rows in files.items():
        write_survey(pipeline.landing / f"{name}.csv", rows)
    dated = [[*response(7000 + n), MISTYPED.get(n, f"2025-10-{n:02}")] for n in range(1, 21)]
    write_survey(pipeline.landing / "dates.csv", dated, DATED)
    assert pipeline.run() == 3
    return pipeline


def test_each_file_has_its_fate(held: Pipeline) -> None:
    files = {row["file"].removesuffix(".csv"): row for row in held.read("ops.files").collect()}
    places = ("state", "in_silver", "quarantined", "waiting")
    assert {name: tuple(row[place] for place in places) for name, row in files.items()} == {
        "words_2025-01": ("held", 0, 0, 40),
        "slips_2025-01": ("admitted", 38, 2, 0),
        "gender_2025-01": ("admitted", 36, 4, 0),
        "ids_2025-01": ("held", 0, 0, 40),
        "half_2025-01": ("held", 0, 0, 10),
        "totals_2025-01": ("admitted", 40, 2, 0),
        "dates": ("admitted", 17, 3, 0),
    }
    why = {name: row["reason"] for name, row in files.items()}
    assert "unknown_value fails 10 of 40 lines (25.0%, limit 5%)" in why["words_2025-01"]
    assert "Neutral or Dissatisfied: [Neutral or unsatisfied, dissatisfied]" in why["words_2025-01"]
    assert "no record passes: id_not_a_number fails 40 of 40 lines in id." in why["ids_2025-01"]
    assert "6 of 10 records fail (60.0%, limit 50%)" in why["half_2025-01"]
    assert "not_a_number fails 6 of 10 lines in age." in why["half_2025-01"]


def test_an_impossible_date_makes_no_month(held: Pipeline) -> None:
    rejected = held.read("silver.quarantine").where("_source_file = 'dates.csv'").collect()
    assert {row["_source_row"] for row in rejected} == MISTYPED.keys()
    assert {tuple(row["reasons"]) for row in rejected} == {("survey_date_out_of_range:survey_date",)}
    months = (
        held.read("gold.satisfaction_metrics")
        .where("period_type = 'month'")
        .select("period_start")
        .distinct()
        .collect()
    )
    assert sorted(f"{row[0]:%Y-%m}" for row in months) == ["2025-01", "2025-10"]
    # The file's own date is not the mistyped one: else every question would count as asked outside its dates.
    assert held.read("ops.drift_events").where("file = 'dates.csv'").count() == 0


def test_a_total_and_a_foot_note_suggest_no_word(held: Pipeline) -> None:
    told = held.read("ops.drift_events").where("kind = 'unknown_value'").select("file", "delivered").collect()
    assert sorted(map(tuple, told)) == [
        ("gender_2025-01.csv", "F"),
        ("slips_2025-01.csv", "Cattle"),
        ("words_2025-01.csv", "dissatisfied"),
    ]


@pytest.mark.faults
def test_the_line_of_the_message_lets_the_file_in(held: Pipeline, tmp_path: Path) -> None:
    pipeline = held.copy_to(tmp_path)
    (row,) = pipeline.sql("SELECT suggestion FROM ops.drift_events WHERE delivered = 'dissatisfied'")
    questions = (ROOT / "conf" / "questions.yml").read_text(encoding="utf-8")
    pasted = re.sub(r"(?m)^      Neutral or Dissatisfied: .*$", lambda _: row["suggestion"], questions)
    assert pasted != questions
    (tmp_path / "questions.yml").write_text(pasted, encoding="utf-8")
    overlay = tmp_path / "mended.yml"
    overlay.write_text(
        f"{Path(TEST_CONF).read_text(encoding='utf-8')}\nquestions: {tmp_path / 'questions.yml'}\n", encoding="utf-8"
    )
    # The others are held again.
    assert pipeline.run("run", "--conf", str(overlay)) == 3
    outcome = pipeline.sql(
        "SELECT is_satisfied, count(*) FROM silver.survey_responses WHERE _source_file = 'words_2025-01.csv' GROUP BY 1"
    )
    assert sorted(map(tuple, outcome)) == [(False, 10), (True, 30)]


def test_a_person_lets_in_what_passes_but_not_nothing(held: Pipeline, tmp_path: Path) -> None:
    pipeline = held.copy_to(tmp_path)
    sha = {row["file"]: row["sha256"] for row in pipeline.read("ops.files").collect()}
    assert pipeline.run("files accept", sha["half_2025-01.csv"], "--reason", "ages are optional") == 0
    assert pipeline.run("files accept", sha["ids_2025-01.csv"], "--reason", "try it") == 3
    states = {row["file"]: (row["state"], row["in_silver"]) for row in pipeline.read("ops.files").collect()}
    assert states["half_2025-01.csv"] == ("admitted", 4)
    assert states["ids_2025-01.csv"] == ("held", 0)
