"""Files that are refused or held stop nobody else, and are told once."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from lakehouse.config.load import Config
from lakehouse.errors import IncompleteRunError, UsageError
from tests.support.data.surveys import HEADERS, response, write_survey
from tests.support.pipeline import Pipeline
from tests.support.places import ROOT, TEST_CONF


@pytest.fixture(scope="module")
def waiting(spark: SparkSession, config: Config, tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    """A warehouse with a good file and a poor one; one is refused, and two are held."""
    pipeline = Pipeline(spark, config, tmp_path_factory.mktemp("waiting"))
    landing = pipeline.landing
    write_survey(landing / "survey_2025-01.csv", [response(number) for number in range(1, 6)])
    (landing / "survey_2025-02.csv").write_bytes(b"ID,Class\r\n1,Business\0\r\n")
    without_class = [name for name in HEADERS if name != "class"]
    write_survey(
        landing / "survey_2025-03.csv",
        [[cell for name, cell in zip(HEADERS, response(9), strict=True) if name in without_class]],
        [HEADERS[name] for name in without_class],
    )
    spoilt = [response(number, age="old" if number <= 1120 else 40) for number in range(1001, 3001)]
    write_survey(landing / "survey_2025-04.csv", spoilt)
    # 4 % of bad lines, more than a hundred: below the limit of 5 %.
    poor = [response(number, age="old" if number <= 5104 else 40) for number in range(5001, 7601)]
    write_survey(landing / "survey_2024-12.csv", poor)

    assert pipeline.run() == 5
    return pipeline


@pytest.fixture(scope="module")
def corrected(waiting: Pipeline, tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    """Then a file that moves a response, brings a new one, and has a line for quarantine."""
    pipeline = waiting.copy_to(tmp_path_factory.mktemp("corrected"))
    write_survey(
        pipeline.landing / "survey_2025-05.csv",
        [response(2, class_="Economy"), response(6), response(7, class_="Eco Premium")],
    )
    assert pipeline.run() == 0
    return pipeline


def test_refused_and_held_files_beside_a_good_one(waiting: Pipeline) -> None:
    files = waiting.sql("SELECT file, state, lines, in_silver, quarantined, waiting FROM ops.files ORDER BY file")
    assert [tuple(row) for row in files] == [
        ("survey_2024-12.csv", "admitted", 2600, 2496, 104, 0),
        ("survey_2025-01.csv", "admitted", 5, 5, 0, 0),
        ("survey_2025-02.csv", "refused", None, None, None, None),
        ("survey_2025-03.csv", "held", 1, 0, 0, 1),
        ("survey_2025-04.csv", "held", 2000, 0, 0, 2000),
    ]
    reasons = {row["file"]: row["reason"] for row in waiting.sql("SELECT file, reason FROM ops.files")}
    assert "NUL byte" in reasons["survey_2025-02.csv"]
    assert "no column for class" in reasons["survey_2025-03.csv"]
    assert "not_a_number fails 120 of 2000 lines (6.0%, limit 5%)" in reasons["survey_2025-04.csv"]
    assert "First lines: 1, 2, 3, 4, 5, 6, 7, 8, 9, 10" in reasons["survey_2025-04.csv"]
    assert {row["_source_file"] for row in waiting.read("silver.quarantine").collect()} == {"survey_2024-12.csv"}
    assert waiting.read("gold.fact_survey_responses").count() == 2501

    before = waiting.versions()
    assert waiting.run("run", "--strict") == 5
    assert waiting.versions() == before
    events = waiting.sql("SELECT event, file FROM ops.file_events ORDER BY event_seq")
    assert [tuple(row) for row in events] == [
        ("refused", "survey_2025-02.csv"),
        ("held", "survey_2025-03.csv"),
        ("held", "survey_2025-04.csv"),
        ("admitted", "survey_2024-12.csv"),
        ("admitted", "survey_2025-01.csv"),
    ]


@pytest.mark.long
def test_lenient_stages_pass_and_a_strict_status_tells_who_waits(
    waiting: Pipeline, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pipeline = waiting.copy_to(tmp_path)
    refused = [pipeline.landing / f"survey_2025-{month}.csv" for month in ("02", "06")]
    refused[1].write_bytes(b"ID,Class\r\n2,Business\0\r\n")
    assert pipeline.run("ingest", "--lenient") == 0
    assert pipeline.run("status") == 0
    with pytest.raises(IncompleteRunError) as told:
        pipeline.call("status", "--strict")
    assert told.value.exit_code == 5
    assert str(told.value) == (
        "2 file(s) refused: survey_2025-02.csv, survey_2025-06.csv; 2 file(s) held: survey_2025-03.csv, "
        "survey_2025-04.csv. Reasons above and in ops.files."
    )
    assert "survey_2025-06.csv  refused  line 2 has a NUL byte" in capsys.readouterr().out
    for file in refused:
        file.unlink()
    assert pipeline.run("status", "--strict") == pipeline.run("run", "--strict") == 3
    with pytest.raises(UsageError, match="not allowed with argument --strict"):
        pipeline.call("run", "--strict", "--lenient")


def test_a_correction_moves_a_response_and_leaves_no_double(corrected: Pipeline) -> None:
    rows = corrected.sql(
        "SELECT f.id, f.survey_month, d.class FROM gold.fact_survey_responses f "
        "JOIN gold.dim_flight_details d USING (flight_details_key) WHERE f.id < 100 ORDER BY id"
    )
    assert [tuple(row) for row in rows] == [
        (1, "2025-01", "Business"),
        (2, "2025-05", "Economy"),
        (3, "2025-01", "Business"),
        (4, "2025-01", "Business"),
        (5, "2025-01", "Business"),
        (6, "2025-05", "Business"),
    ]
    superseded = corrected.sql("SELECT _source_file, _source_row, won_by_file, won_by_row FROM silver.v_superseded")
    assert [tuple(row) for row in superseded] == [("survey_2025-01.csv", 2, "survey_2025-05.csv", 1)]
    long = corrected.sql("SELECT survey_month, count(*) AS n FROM gold.dim_service_ratings GROUP BY 1 ORDER BY 1")
    assert [tuple(row) for row in long] == [("2024-12", 2496 * 14), ("2025-01", 56), ("2025-05", 28)]
    assert len(corrected.sql("SELECT * FROM gold.dim_passengers WHERE id < 100")) == 6


@pytest.mark.long
def test_a_new_alias_moves_lines_out_of_quarantine(
    corrected: Pipeline, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pipeline = corrected.copy_to(tmp_path)
    (row,) = pipeline.sql("SELECT get_json_object(raw, '$.id') AS id FROM silver.quarantine WHERE survey_date > '2025'")
    assert row["id"] == "7"
    questions = (ROOT / "conf" / "questions.yml").read_text(encoding="utf-8")
    assert "[Eco Plus]" in questions
    mended = pipeline.root / "questions.yml"
    mended.write_text(questions.replace("[Eco Plus]", "[Eco Plus, Eco Premium]"), encoding="utf-8")
    overlay = pipeline.root / "conf.yml"
    overlay.write_text(f"{Path(TEST_CONF).read_text(encoding='utf-8')}\nquestions: {mended}\n", encoding="utf-8")

    capsys.readouterr()
    assert pipeline.run("quarantine list") == 0
    assert "unknown_value:class  survey_2025-05.csv      1     1" in capsys.readouterr().out
    # Refused and held files are judged again under the new rules, with the same end.
    assert pipeline.run("run", "--conf", str(overlay)) == 5
    assert "survey_2025-05.csv: 1 line(s) with unknown_value:class moved out of quarantine" in capsys.readouterr().err
    moved = pipeline.sql(
        "SELECT rule, column, file, evaluated, failed FROM ops.check_results WHERE gate = 'recomputed'"
    )
    assert [tuple(row) for row in moved] == [("unknown_value", "class", "survey_2025-05.csv", 1, 0)]
    assert pipeline.read("silver.quarantine").where("survey_date > '2025'").count() == 0
    (row,) = pipeline.read("silver.survey_responses").where("id = 7").collect()
    assert row["class"] == "Economy Plus"
    assert pipeline.read("gold.fact_survey_responses").where("id < 100").count() == 7
    before = pipeline.versions()
    assert pipeline.run("run", "--conf", str(overlay)) == 0
    assert pipeline.versions() == before
