"""An erased passenger is nowhere: not in a table, not in a file, not in a log; and does not come back."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from pyspark.sql import SparkSession

from lakehouse.config.load import load_config
from lakehouse.errors import UsageError
from tests.support.content import content
from tests.support.data.surveys import HEADERS, response, write_survey
from tests.support.pipeline import Pipeline
from tests.support.places import ROOT, TEST_CONF
from tests.support.processes.victims import victim

pytestmark = pytest.mark.long

ID, OTHER = 777_001_777, 777_001_778
KEY = "a key for tests, kept outside of the warehouse"


def private_pipeline(spark: SparkSession, root: Path) -> Pipeline:
    """A pipeline whose catalogue knows another header for the id, and that keeps erased ids out."""
    questions = (ROOT / "conf" / "questions.yml").read_text(encoding="utf-8")
    (root / "questions.yml").write_text(questions.replace("headers: [ID]", "headers: [ID, Pax No]"), encoding="utf-8")
    overlay = Path(TEST_CONF).read_text(encoding="utf-8")
    overlay += "\nquestions: questions.yml\nprivacy:\n  suppress: true\n  key: ${env:LAKEHOUSE_PRIVACY_KEY}\n"
    (root / "own.yml").write_text(overlay, encoding="utf-8")
    config = load_config(str(root / "own.yml"), None, (), {"LAKEHOUSE_PRIVACY_KEY": KEY})
    return Pipeline(spark, config, root, str(root / "own.yml"))


def write_files(landing: Path) -> None:
    """The passenger in every kind of place: a good line, an older version, another header, a rejected line, lines
    without their shape, a held file, and a file of nobody else."""
    write_survey(landing / "survey_2025-01.csv", [response(ID), response(1), response(2)])
    bad = [response(ID, age=222), response(ID)[:-3], [f'note on "{ID}"'], response(3)[:-3], response(4)]
    write_survey(landing / "survey_2025-02.csv", [*bad, response(5)])
    write_survey(landing / "survey_2025-03.csv", [response(ID)])
    headers = ["Pax No", *list(HEADERS.values())[1:]]
    write_survey(landing / "survey_2025-04.csv", [response(f"0{ID}", cleanliness=1), response(6)], headers)
    write_survey(landing / "survey_2025-05.csv", [["", *response(7)[1:]], [f"no {ID}", *response(8)[1:]], response(9)])
    held = [response(ID), *(response(number, age="old") for number in range(8001, 8111))]
    write_survey(landing / "survey_2025-06.csv", held)


def places_of(number: int, root: Path) -> list[str]:
    """Files below a folder that hold the number: in a cell of a Parquet file, or anywhere in another."""
    text = re.compile(rf"(?<![0-9]){number}(?![0-9])".encode())
    found = []
    for file in (one for one in root.rglob("*") if one.is_file()):
        data = file.read_bytes()
        if file.suffix == ".parquet":
            data = "\n".join(map(str, pq.ParquetFile(file).read().to_pylist())).encode()
        if text.search(data):
            found.append(str(file.relative_to(root)))
    return found


@pytest.fixture(scope="module")
def loaded(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    """A warehouse that holds the passenger; tests copy it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LAKEHOUSE_PRIVACY_KEY", KEY)
        pipeline = private_pipeline(spark, tmp_path_factory.mktemp("forget"))
        write_files(pipeline.landing)
        assert pipeline.run() == 3
    return pipeline


@pytest.fixture(scope="module")
def calm(loaded: Pipeline, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """What an undisturbed erasure leaves."""
    pipeline = loaded.copy_to(tmp_path_factory.mktemp("calm"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LAKEHOUSE_PRIVACY_KEY", KEY)
        assert pipeline.run("forget", "--id", str(ID)) == 0
    return content(pipeline)


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAKEHOUSE_PRIVACY_KEY", KEY)


def tables_that_name(number: int, pipeline: Pipeline) -> list[str]:
    """Tables about surveys with a row that holds the number."""
    names = [table.full_name for table in pipeline.tables.all() if table.layer != "ops"]
    return [name for name in names if any(str(number) in row for row in pipeline.read(name).toJSON().collect())]


FILES = "SELECT file, state, lines, in_silver, superseded, quarantined, erased, waiting FROM ops.files ORDER BY file"
AFTERWARDS = [
    ("survey_2025-01.csv", "admitted", 3, 2, 0, 0, 1, 0),
    ("survey_2025-02.csv", "admitted", 6, 2, 0, 1, 3, 0),
    ("survey_2025-03.csv", "erased", 1, 0, 0, 0, 1, 0),
    ("survey_2025-04.csv", "admitted", 2, 1, 0, 0, 1, 0),
    ("survey_2025-05.csv", "admitted", 3, 1, 0, 1, 1, 0),
    ("survey_2025-06.csv", "held", 111, 0, 0, 0, 1, 110),
]


def test_nothing_is_left_and_nothing_comes_back(
    loaded: Pipeline, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline = loaded.copy_to(tmp_path)
    root = Path(pipeline.warehouse.root)
    assert {place.split("/")[1] for place in places_of(ID, root)} >= {
        *("survey_responses_raw", "survey_responses", "quarantine"),
        *("fact_survey_responses", "dim_passengers"),
    }
    assert pipeline.run("forget", "--id", str(ID), "--id", str(OTHER), "--reason", "letter of 3 May") == 0
    assert [tuple(row) for row in pipeline.sql(FILES)] == AFTERWARDS
    assert tables_that_name(ID, pipeline) == []
    events = pipeline.sql("SELECT DISTINCT reason FROM ops.file_events WHERE event = 'erased'")
    assert [row[0] for row in events] == ["letter of 3 May"]

    assert pipeline.run("maintain", "--vacuum", "--retain", "0") == 2
    assert pipeline.run("maintain", "--vacuum", "--retain", "0", "--force") == 0
    assert places_of(ID, root) == []

    # The same files again, and a new one that names both.
    before = pipeline.versions()
    assert pipeline.run() == 0
    assert pipeline.versions() == before
    shutil.copy(pipeline.landing / "survey_2025-03.csv", pipeline.landing / "again_2025-03.csv")
    write_survey(pipeline.landing / "survey_2025-07.csv", [response(ID), response(OTHER), response(10)])
    write_survey(pipeline.landing / "survey_2025-08.csv", [response(ID, age=30)])
    assert pipeline.run() == 0
    assert places_of(ID, root) == places_of(OTHER, root) == []
    files = pipeline.sql("SELECT file, state, lines, in_silver, erased FROM ops.files WHERE file > 'survey_2025-06'")
    assert sorted(tuple(row) for row in files) == [
        ("survey_2025-06.csv", "held", 111, 0, 1),
        ("survey_2025-07.csv", "admitted", 3, 1, 2),
        ("survey_2025-08.csv", "erased", 1, 0, 1),
    ]
    capsys.readouterr()
    assert pipeline.run("verify", "--deep") == 0, capsys.readouterr().out
    assert pipeline.run() == 0
    monkeypatch.setenv("LAKEHOUSE_PRIVACY_KEY", KEY[::-1])
    write_survey(pipeline.landing / "survey_2025-09.csv", [response(ID, age=31)])
    with pytest.raises(UsageError, match=r"privacy\.key is not the key"):
        pipeline.call()
    assert places_of(ID, root) == []


@pytest.mark.parametrize(
    "point",
    [
        pytest.param("before bronze.survey_responses_raw 1", marks=pytest.mark.faults),
        "after bronze.survey_responses_raw 1",
        pytest.param("after ops.file_events 1", marks=pytest.mark.faults),
    ],
)
def test_an_interrupted_erasure_is_finished_by_the_next_run(
    loaded: Pipeline, calm: dict[str, list[str]], tmp_path: Path, point: str
) -> None:
    pipeline = loaded.copy_to(tmp_path)
    with victim(pipeline, point, command=f"forget --id {ID}") as run:
        run.wait_for(point)
        run.kill("group")
    assert pipeline.run() == 0
    assert content(pipeline) == calm
    erased = pipeline.sql("SELECT sum(lines) FROM ops.file_events WHERE event = 'erased'")
    assert erased[0][0] == 8
    assert pipeline.run("verify") == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--id", "4x"), "--id 4x: no id. Write a whole number of at most 18 digits."),
        (("--id", "-1"), "no id"),
        (("--id", str(ID), "--reason", f"asked by {ID}"), "names the id"),
        (("--id", str(ID), "--reason", " "), "must not be empty"),
    ],
)
def test_bad_usage_changes_nothing(loaded: Pipeline, arguments: tuple[str, ...], message: str) -> None:
    before = loaded.versions()
    with pytest.raises(UsageError, match=message):
        loaded.call("forget", *arguments)
    assert loaded.versions() == before


def test_an_id_that_nobody_has_leaves_everything_as_it_is(loaded: Pipeline, tmp_path: Path) -> None:
    pipeline = loaded.copy_to(tmp_path)
    before = content(pipeline)
    assert pipeline.run("forget", "--id", "123456789123") == 0
    assert content(pipeline) == before
