"""Every kind of file has a named fate, and stops none of the others: docs/files.md lists them."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from lakehouse.config.load import Config
from lakehouse.formats.preflight import Accepted
from lakehouse.ledger.events import Event
from lakehouse.ledger.files import Ledger
from lakehouse.pipeline.context import Context
from lakehouse.pipeline.run import Outcome, execute
from lakehouse.pipeline.stages.bronze import Loaded, load_files
from lakehouse.pipeline.stages.landing import preflight_landing
from lakehouse.request import Request
from tests.support.data.delivered_files import Fate, loaded, refused, table, text, three
from tests.support.data.kinds_by_content import BY_CONTENT
from tests.support.data.kinds_by_dialect import BY_DIALECT
from tests.support.data.kinds_by_packing import BY_PACKING
from tests.support.data.surveys import write_survey
from tests.support.pipeline import Pipeline
from tests.support.places import ROOT

BEGIN, END = "<!-- every kind of file, as tried -->", "<!-- end -->"
KINDS = (*BY_DIALECT, *BY_CONTENT, *BY_PACKING)
ARCHIVE = {"two.zip/a.csv": loaded(3), "two.zip/deep/b.csv": loaded(3, 0, "semicolons")}
# What is no file with content of its own, by name.
PLACES = {
    "pipe.csv": refused("a pipe, a socket or a device"),
    "link.csv": refused("outside of its landing folder"),
    "a\\tb.csv": refused("control characters"),
    "dangling.csv": refused("cannot be read"),
}


EXPECTED = {**{one.name: one.fate for one in KINDS}, **ARCHIVE, **PLACES}


@pytest.fixture(scope="module")
def fates(spark: SparkSession, config: Config, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Fate]:
    """The fate of each file of one run over all of them."""
    pipeline = Pipeline(spark, config, tmp_path_factory.mktemp("files"))
    for one in KINDS:
        (pipeline.landing / one.name).write_bytes(one.content)
    with zipfile.ZipFile(pipeline.landing / "two.zip", "w") as archive:
        archive.writestr("a.csv", text(three(1)))
        archive.writestr("deep/b.csv", text(three(11), comma=";"))
    os.mkfifo(pipeline.landing / "pipe.csv")
    (pipeline.root / "secret.csv").write_text(text(three(21)))
    (pipeline.landing / "link.csv").symlink_to(pipeline.root / "secret.csv")
    (pipeline.landing / "dangling.csv").symlink_to(pipeline.root / "nowhere.csv")
    (pipeline.landing / "a\tb.csv").write_text(text(three(31)))
    assert pipeline.run("run", "--survey-date", "2025-01-31") == 5
    columns = ("state", "lines", "in_silver", "quarantined", "reason", "dialect")
    files = {row["file"]: row for row in pipeline.read("ops.files").collect()}
    return {name: Fate(*(row[column] for column in columns)) for name, row in files.items()}


@pytest.mark.parametrize("name", EXPECTED)
def test_fate(fates: dict[str, Fate], name: str) -> None:
    found, expected = fates[name], EXPECTED[name]
    assert found._replace(why="") == expected._replace(why=""), found
    assert expected.why in found.why


def test_no_file_is_passed_over(fates: dict[str, Fate]) -> None:
    assert fates.keys() == EXPECTED.keys()


@pytest.mark.no_spark
def test_the_documents_list_every_fate() -> None:
    document = ROOT / "docs" / "files.md"
    written = document.read_text(encoding="utf-8")
    before, _, rest = written.partition(f"{BEGIN}\n")
    _, _, after = rest.partition(f"\n{END}")
    now = f"{before}{BEGIN}\n{table(KINDS)}\n{END}{after}"
    if os.environ.get("LAKEHOUSE_WRITE_DOCUMENTS"):
        document.write_text(now, encoding="utf-8")
    assert written == now, "run this test once with LAKEHOUSE_WRITE_DOCUMENTS=1"


def test_files_that_go_or_change_while_they_are_read_stop_nobody_else(
    spark: SparkSession, config: Config, tmp_path: Path
) -> None:
    pipeline = Pipeline(spark, config, tmp_path)
    for name, number in (("good", 1), ("gone", 11), ("grown", 21)):
        write_survey(pipeline.landing / f"{name}_2025-01.csv", three(number))
    place = Request(pipeline.warehouse.root, (str(pipeline.landing),), pipeline.conf)

    def work(context: Context, ledger: Ledger) -> Outcome:
        files = [file for file in preflight_landing(context.config) if isinstance(file, Accepted)]
        (pipeline.landing / "gone_2025-01.csv").unlink()
        with (pipeline.landing / "grown_2025-01.csv").open("a") as grown:
            grown.write("one more line\n")
        loaded, decisions = load_files(context, ledger, files)
        refused = tuple(decision.file for decision in decisions if decision.event is Event.REFUSED)
        ledger = context.record_decisions(ledger.with_files(loaded), decisions)
        return Outcome(ledger, Loaded(ledger, len(loaded), 0, refused))

    finished = execute(place, "ingest", work)
    assert sorted(finished.outcome.waiting.refused) == ["gone_2025-01.csv", "grown_2025-01.csv"]
    assert finished.exit_code == 5
    bronze = {row["_source_file"] for row in pipeline.read("bronze.survey_responses_raw").collect()}
    assert bronze == {"good_2025-01.csv"}
    events = {row["file"]: row["reason"] for row in pipeline.read("ops.file_events").collect()}
    assert all("changed while it was read" in reason for reason in events.values())
    assert events.keys() == {"gone_2025-01.csv", "grown_2025-01.csv"}
