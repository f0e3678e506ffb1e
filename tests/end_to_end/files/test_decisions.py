"""A person's decisions about files: silver and gold follow, and end as a rebuild would leave them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from lakehouse.config.load import Config
from tests.support.content import content
from tests.support.data.surveys import response, write_survey
from tests.support.pipeline import Pipeline
from tests.support.places import ROOT, TEST_CONF

pytestmark = pytest.mark.long

JANUARY, FEBRUARY, SPOILT = "survey_2025-01.csv", "survey_2025-02.csv", "survey_2025-03.csv"


@pytest.fixture(scope="module")
def held(spark: SparkSession, config: Config, tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    """January, a February that corrects one response of it, and a held March; each later state is a copy."""
    pipeline = Pipeline(spark, config, tmp_path_factory.mktemp("held"))
    write_survey(pipeline.landing / JANUARY, [response(number) for number in range(1, 6)])
    assert pipeline.run() == 0
    write_survey(pipeline.landing / FEBRUARY, [response(5, class_="Economy"), response(6)])
    write_survey(
        pipeline.landing / SPOILT,
        [response(number, age="old" if number <= 1100 else 40) for number in range(1001, 1201)],
    )
    assert pipeline.run() == 3
    return pipeline


@pytest.fixture(scope="module")
def accepted(held: Pipeline, tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    """The held March was accepted."""
    pipeline = held.copy_to(tmp_path_factory.mktemp("accepted"))
    decide(pipeline, "accept", sha(pipeline, SPOILT)[:10], "--reason", "the ages are known to be lost")
    return pipeline


@pytest.fixture(scope="module")
def withdrawn(accepted: Pipeline, tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    """And February was withdrawn."""
    pipeline = accepted.copy_to(tmp_path_factory.mktemp("withdrawn"))
    decide(pipeline, "withdraw", sha(pipeline, FEBRUARY), "--reason", "wrong export")
    return pipeline


@pytest.fixture(scope="module")
def readmitted(withdrawn: Pipeline, tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    """And February was accepted after all."""
    pipeline = withdrawn.copy_to(tmp_path_factory.mktemp("readmitted"))
    decide(pipeline, "accept", sha(pipeline, FEBRUARY), "--reason", "it was right after all")
    return pipeline


@pytest.fixture(scope="module")
def redated(readmitted: Pipeline, tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    """And March is April's."""
    pipeline = readmitted.copy_to(tmp_path_factory.mktemp("redated"))
    decide(pipeline, "redate", sha(pipeline, SPOILT), "--to", "2025-04-30", "--reason", "named wrongly")
    return pipeline


def decide(pipeline: Pipeline, decision: str, *arguments: str) -> None:
    assert pipeline.run(f"files {decision}", *arguments) == 0


def sha(pipeline: Pipeline, file: str) -> str:
    (row,) = pipeline.sql(f"SELECT sha256 FROM ops.files WHERE file = '{file}'")
    return str(row["sha256"])


def places(pipeline: Pipeline) -> dict[str, tuple[object, ...]]:
    columns = "file, state, in_silver, superseded, quarantined, waiting"
    return {row["file"]: tuple(row)[1:] for row in pipeline.sql(f"SELECT {columns} FROM ops.files")}


def months(pipeline: Pipeline) -> dict[str, int]:
    rows = pipeline.read("gold.fact_survey_responses").groupBy("survey_month").count().collect()
    return {row["survey_month"]: row["count"] for row in rows}


def equals_a_rebuild(pipeline: Pipeline) -> None:
    before = content(pipeline)
    assert pipeline.run("silver", "--rebuild") == 0
    assert pipeline.run("gold", "--rebuild") == 0
    assert content(pipeline) == before


def test_an_accepted_file_goes_in_with_its_bad_lines_in_quarantine(held: Pipeline, accepted: Pipeline) -> None:
    assert places(held)[SPOILT] == ("held", 0, 0, 0, 200)
    assert places(accepted)[SPOILT] == ("admitted", 100, 0, 100, 0)
    assert months(accepted) == {"2025-01": 4, "2025-02": 2, "2025-03": 100}
    assert accepted.run("files accept", sha(accepted, SPOILT), "--reason", "again") == 2


def test_a_withdrawn_file_gives_back_what_it_superseded(
    accepted: Pipeline, withdrawn: Pipeline, readmitted: Pipeline, tmp_path: Path
) -> None:
    assert places(accepted)[JANUARY] == ("admitted", 4, 1, 0, 0)
    assert places(withdrawn)[FEBRUARY] == ("withdrawn", 0, 0, 0, 2)
    assert places(withdrawn)[JANUARY] == ("admitted", 5, 0, 0, 0)
    assert months(withdrawn) == {"2025-01": 5, "2025-03": 100}
    pipeline = withdrawn.copy_to(tmp_path)
    before = pipeline.versions()
    assert pipeline.run() == 0
    assert pipeline.versions() == before
    equals_a_rebuild(pipeline)
    assert months(readmitted) == {"2025-01": 4, "2025-02": 2, "2025-03": 100}


def test_a_redated_file_moves_and_leaves_no_double(redated: Pipeline, tmp_path: Path) -> None:
    assert months(redated) == {"2025-01": 4, "2025-02": 2, "2025-04": 100}
    (row,) = redated.sql(
        "SELECT DISTINCT survey_date, survey_date_source, survey_date_precision FROM silver.survey_responses "
        "WHERE survey_month = '2025-04'"
    )
    assert [str(value) for value in row] == ["2025-04-30", "argument", "day"]
    quarantined = redated.sql("SELECT DISTINCT survey_date FROM silver.quarantine")
    assert [str(row[0]) for row in quarantined] == ["2025-04-30"]
    equals_a_rebuild(redated.copy_to(tmp_path))


def test_a_widened_rule_lets_its_lines_in_once(
    redated: Pipeline, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pipeline = redated.copy_to(tmp_path / "copy")
    write_survey(pipeline.landing / "survey_2025-05.csv", [response(11), response(12, age=130), response(13, age=222)])
    assert pipeline.run() == 0
    assert places(pipeline)["survey_2025-05.csv"] == ("admitted", 1, 0, 2, 0)

    rules = shutil.copytree(ROOT / "expectations", tmp_path / "expectations")
    file = rules / "silver" / "survey_responses.yml"
    text = file.read_text(encoding="utf-8")
    assert "max_value: 120" in text
    file.write_text(text.replace("max_value: 120", "max_value: 150"), encoding="utf-8")
    overlay = tmp_path / "conf.yml"
    overlay.write_text(f"{Path(TEST_CONF).read_text(encoding='utf-8')}\nexpectations: {rules}\n", encoding="utf-8")
    pipeline.conf = str(overlay)
    capsys.readouterr()
    assert pipeline.run("quarantine replay") == 0
    moved = "survey_2025-05.csv: 1 line(s) with age_out_of_range:age moved out of quarantine"
    assert moved in capsys.readouterr().err
    assert places(pipeline)["survey_2025-05.csv"] == ("admitted", 2, 0, 1, 0)
    once = content(pipeline)
    assert pipeline.run("quarantine replay") == 0
    assert "moved" not in capsys.readouterr().err
    assert content(pipeline) == once
    assert pipeline.sql("SELECT count(*) AS n FROM gold.fact_survey_responses WHERE id = 12")[0]["n"] == 1
    equals_a_rebuild(pipeline)

    # A corrected file with the same id: the line stays in quarantine, and is no longer open.
    write_survey(pipeline.landing / "survey_2025-06.csv", [response(13)])
    assert pipeline.run() == 0
    (row,) = pipeline.sql("SELECT status FROM silver.v_quarantine WHERE _source_file = 'survey_2025-05.csv'")
    assert row["status"] == "superseded"
    # A trial that is taken back: files that are gone from the landing folder can be withdrawn all the same.
    for name in ("survey_2025-05.csv", "survey_2025-06.csv"):
        (pipeline.landing / name).unlink()
        decide(pipeline, "withdraw", sha(pipeline, name), "--reason", "a trial")


def test_decisions_are_kept_and_shown(redated: Pipeline, capsys: pytest.CaptureFixture[str]) -> None:
    events = redated.sql("SELECT event, file, reason FROM ops.file_events WHERE event <> 'admitted' ORDER BY event_seq")
    assert [tuple(row)[:2] for row in events] == [
        ("held", SPOILT),
        ("accepted", SPOILT),
        ("withdrawn", FEBRUARY),
        ("accepted", FEBRUARY),
        ("redated", SPOILT),
    ]
    capsys.readouterr()
    assert redated.run("files show", sha(redated, SPOILT)) == 0
    shown = capsys.readouterr().out
    assert "the ages are known to be lost" in shown
    assert "named wrongly" in shown
    assert "not_a_number" in shown
    assert redated.run("files list") == 0
    assert f"{sha(redated, FEBRUARY)[:12]}  {FEBRUARY}  admitted" in capsys.readouterr().out


def test_decisions_that_make_no_sense_are_refused(accepted: Pipeline) -> None:
    before = accepted.versions()
    assert accepted.run("files show", "0000") == 2
    assert accepted.run("files withdraw", "", "--reason", "x") == 2
    assert accepted.run("files withdraw", sha(accepted, JANUARY), "--reason", "  ") == 2
    assert accepted.run("files redate", sha(accepted, JANUARY), "--to", "2025-02-30", "--reason", "x") == 2
    assert accepted.versions() == before


def test_ids_that_restart_every_month_are_held(spark: SparkSession, config: Config, tmp_path: Path) -> None:
    pipeline = Pipeline(spark, config, tmp_path)
    ids = {1: range(1, 201), 2: range(1, 201), 3: range(1001, 1201), 4: [*range(1, 16), *range(2001, 2186)]}
    for month, numbers in ids.items():
        rows = [response(number, age=20 + month) for number in numbers]
        write_survey(pipeline.landing / f"survey_2025-{month:02d}.csv", rows)
    assert pipeline.run() == 3
    states = {file: place[0] for file, place in places(pipeline).items()}
    assert states == {
        JANUARY: "admitted",
        FEBRUARY: "held",
        SPOILT: "admitted",
        # 15 of 200 are fewer than a hundred.
        "survey_2025-04.csv": "admitted",
    }
    (row,) = pipeline.sql(f"SELECT reason FROM ops.files WHERE file = '{FEBRUARY}'")
    assert "200 of 200 keys (100.0%, limit 10%)" in row["reason"]
    assert "response_key: [id, survey_date] in conf/base.yml" in row["reason"]
    assert months(pipeline) == {"2025-01": 185, "2025-03": 200, "2025-04": 200}

    # The same ids against silver, in a later run.
    write_survey(pipeline.landing / "survey_2025-05.csv", [response(number) for number in range(1001, 1201)])
    assert pipeline.run() == 3
    assert places(pipeline)["survey_2025-05.csv"][0] == "held"
    assert pipeline.run("files accept", sha(pipeline, "survey_2025-05.csv"), "--reason", "a correction") == 0
    assert months(pipeline) == {"2025-01": 185, "2025-04": 200, "2025-05": 200}
