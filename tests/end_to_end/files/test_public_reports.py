"""Small files made after public reports of people who do this job: what becomes of each, before and after the mend."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest
from pyspark.sql import Row, SparkSession

from lakehouse.config.load import Config, load_config
from tests.support.catalogues import SHIPPED_QUESTIONS, with_conf
from tests.support.pipeline import Pipeline
from tests.support.places import ROOT

CASES = ROOT.parent / "shared" / "cases"

pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason="the cases are not part of the repository")

# File -> dialect that it is told to be read with.
LOADED = {
    "multiline_2025-01.csv": None,
    "comment_like_a_response_2025-01.csv": None,
    "three_headers_2025-01.csv": "2 label row(s) after the header",
    "semicolon_2025-01.csv": "semicolons",
    "tabs_2025-01.tsv": "tabs",
    "cp1252_2025-01.csv": "Windows-1252",
    "zip_2025-01.zip/a.csv": None,
}


def deliver(pipeline: Pipeline, *names: str) -> None:
    for name in names:
        shutil.copy(CASES / name.partition("/")[0], pipeline.landing)


def files(pipeline: Pipeline) -> dict[str, Row]:
    return {row["file"]: row for row in pipeline.read("ops.files").collect()}


@pytest.mark.long
def test_files_that_are_read_as_they_are(spark: SparkSession, config: Config, tmp_path: Path) -> None:
    pipeline = Pipeline(spark, config, tmp_path)
    deliver(pipeline, *LOADED, "totals_2025-01.csv", "one_year_mistyped.csv")
    assert pipeline.run() == 0
    found = files(pipeline)
    for name, dialect in LOADED.items():
        row = found[name]
        # Their responses are the same: one file has them in silver, and the others repeat it.
        assert (row["lines"], row["in_silver"] + row["superseded"], row["dialect"]) == (40, 40, dialect), name
    assert (found["totals_2025-01.csv"]["lines"], found["totals_2025-01.csv"]["quarantined"]) == (42, 2)
    mistyped = found["one_year_mistyped.csv"]
    assert (mistyped["lines"], mistyped["quarantined"]) == (200, 1)
    months = {row[0] for row in pipeline.read("silver.survey_responses").select("survey_month").distinct().collect()}
    assert months == {"2025-01", "2026-10"}
    # Nothing is suggested of a total or a foot note.
    events = pipeline.read("ops.drift_events").where("file = 'totals_2025-01.csv'")
    assert {row["kind"] for row in events.collect()} <= {"added"}
    comments = (
        pipeline.read("bronze.survey_responses_raw").where("comment like '%\n%'").select("comment", "_source_file")
    )
    assert {row["_source_file"] for row in comments.collect()} >= {
        "multiline_2025-01.csv",
        "comment_like_a_response_2025-01.csv",
    }


def pasted(catalogue: str, suggestion: str) -> str:
    """The catalogue with the lines that a message suggests: at the top, at the end, below its key, or for a line."""
    if suggestion.startswith("    kind: text"):
        return re.sub(r"(    headers: \[ID\]\n)", rf"\1{suggestion}\n", catalogue)
    if suggestion.startswith("    date_format"):
        line = suggestion.partition("  #")[0]
        return re.sub(r"(    headers: \[Survey Date.*\n)", rf"\1{line}\n", catalogue)
    if suggestion.startswith("      "):
        value = suggestion.partition(":")[0]
        return re.sub(rf"^{re.escape(value)}:.*$", suggestion, catalogue, count=1, flags=re.MULTILINE)
    if suggestion.startswith("  - id"):
        return f"{catalogue.rstrip()}\n{suggestion}\n"
    return catalogue.replace("columns:\n", f"{suggestion}\ncolumns:\n", 1)


@pytest.mark.long
@pytest.mark.parametrize(
    ("name", "records", "month"),
    [
        ("day_first.csv", 40, "2025-03"),
        pytest.param("numbers_2025-01.csv", 40, "2025-01", marks=pytest.mark.faults),
        pytest.param("words_2025-01.csv", 40, "2025-01", marks=pytest.mark.faults),
        ("other_words_2025-01.csv", 60, "2025-01"),
        ("ids_2025-01.csv", 40, "2025-01"),
    ],
)
def test_a_held_file_goes_in_when_what_its_message_says_is_pasted(
    spark: SparkSession, tmp_path: Path, name: str, records: int, month: str
) -> None:
    conf = with_conf(tmp_path / "conf", SHIPPED_QUESTIONS)
    pipeline = Pipeline(spark, load_config(conf, None, (), os.environ), tmp_path, conf)
    deliver(pipeline, name)
    assert pipeline.run() == 3
    assert files(pipeline)[name]["state"] == "held"
    suggestions = [row[0] for row in pipeline.read("ops.drift_events").select("suggestion").collect() if row[0]]
    mended = SHIPPED_QUESTIONS
    for suggestion in suggestions:
        mended = pasted(mended, suggestion)
    with_conf(tmp_path / "conf", mended)
    assert pipeline.run() == 0
    row = files(pipeline)[name]
    assert (row["state"], row["in_silver"], row["quarantined"]) == ("admitted", records, 0)
    months = {row[0] for row in pipeline.read("silver.survey_responses").select("survey_month").distinct().collect()}
    assert months == {month}
