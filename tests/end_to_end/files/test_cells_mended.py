"""A file whose cells are written otherwise is held; the catalogue says how to read them, and the next run admits it."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from lakehouse.config.load import load_config
from tests.support.catalogues import SHIPPED_QUESTIONS, with_conf
from tests.support.data.surveys import HEADERS, QUESTIONS, response, write_survey
from tests.support.pipeline import Pipeline

LINES = 120
MENDED = SHIPPED_QUESTIONS.replace(
    "columns:\n",
    'numbers: {decimal: ",", thousands: "."}\nrating_words: {3: [3 - Fair], 0: [Not applicable]}\ncolumns:\n',
    1,
).replace(
    "    headers: [Survey Date, survey_date]\n",
    "    headers: [Survey Date, survey_date]\n    date_format: dd/MM/yyyy\n",
)


def write_odd_survey(path: Path) -> None:
    odd = {"gate_location": "Not applicable", "seat_comfort": '"4,0"', "flight_distance": "1.821"}
    cells = {**dict.fromkeys(QUESTIONS, "3 - Fair"), **odd}
    rows = [[*response(number, **cells), f"{number % 28 + 1:02}/03/2025"] for number in range(LINES)]
    write_survey(path, rows, [*HEADERS.values(), "Survey Date"])


@pytest.mark.long
def test_a_held_file_is_read_anew_when_the_catalogue_is_mended(spark: SparkSession, tmp_path: Path) -> None:
    conf = with_conf(tmp_path / "conf", SHIPPED_QUESTIONS)
    pipeline = Pipeline(spark, load_config(conf, None, (), os.environ), tmp_path, conf)
    # The older one by its dates; bronze cannot tell as long as it cannot read them.
    write_odd_survey(pipeline.landing / "odd.csv")
    assert pipeline.run() == 3
    waiting = pipeline.read("bronze.survey_responses_raw").selectExpr("count(*)", "count(_survey_date)").collect()
    assert [tuple(row) for row in waiting] == [(LINES, 0)]
    assert pipeline.read("silver.survey_responses").isEmpty()

    # Shares every id with the odd file, in a later month: what is judged first is admitted, and the other is held.
    later = [response(number) for number in range(LINES)]
    write_survey(pipeline.landing / "2025-06.csv", later)
    with_conf(tmp_path / "conf", MENDED)
    assert pipeline.run() == 3
    columns = ("survey_date", "flight_distance", "seat_comfort", "gate_location", "cleanliness")
    silver = pipeline.read("silver.survey_responses").orderBy("id").select(*columns).collect()
    assert [tuple(row) for row in silver] == [
        (date(2025, 3, number % 28 + 1), 1821, 4, 0, 3) for number in range(LINES)
    ]
    assert pipeline.run() == 0
    assert pipeline.run("verify") == 0
