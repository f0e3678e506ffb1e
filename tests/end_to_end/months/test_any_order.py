"""Any files, any order, any repeats, any decisions, kills in between, several runs at once: the same tables."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyspark.sql import SparkSession

from lakehouse.config.load import Config
from tests.support.content import TABLES, content
from tests.support.data.surveys import HEADERS, response, write_survey
from tests.support.pipeline import Pipeline
from tests.support.places import ROOT
from tests.support.processes.victims import WAYS, victim


def month_file(folder: Path, month: int) -> Path:
    """A month of twelve responses of its own, with a line for quarantine and a repeated one."""
    numbers = [100 * month + number for number in range(12)]
    rows = [
        response(number, cleanliness=number % 5 + 1, class_=("Economy", "Business")[number % 2]) for number in numbers
    ]
    rows += [response(9000 + month, age=222), rows[0]]
    return write_survey(folder / f"survey_2025-0{month}.csv", rows)


@pytest.mark.faults
def test_files_in_any_order_give_one_fingerprint(spark: SparkSession, config: Config, tmp_path: Path) -> None:
    files = [month_file(tmp_path / "files", month) for month in (1, 2, 3, 4)]
    # A warehouse for each beginning: the orders are the leaves of the tree of deliveries.
    begun: dict[tuple[int, ...], Pipeline] = {(): Pipeline(spark, config, tmp_path / "none")}

    def delivered(order: tuple[int, ...]) -> Pipeline:
        if order not in begun:
            root = tmp_path / "".join(map(str, order))
            begun[order] = delivered(order[:-1]).copy_to(root)
            shutil.copy(files[order[-1]], begun[order].landing)
            assert begun[order].run() == 0
        return begun[order]

    found = {order: delivered(order).fingerprints(TABLES) for order in permutations(range(len(files)))}
    assert len(found) == 24
    assert len({tuple(sorted(one.items())) for one in found.values()}) == 1


class World:
    """A warehouse to which things happen, one after another."""

    def __init__(self, pipeline: Pipeline) -> None:
        self.pipeline = pipeline
        self.delivered = 0

    def deliver(self, month: int) -> None:
        """A month's file, and the same content once more under another name."""
        self._land(month)
        self._run()

    def correct(self, month: int) -> None:
        """New answers to some of a month's responses, dated a month later."""
        rows = [response(100 * month + number, cleanliness=5 - number) for number in range(3)]
        write_survey(self.pipeline.landing / f"correction_{self.delivered}_2025-0{month + 1}.csv", rows)
        self._run()

    def deliver_spoilt(self, month: int) -> None:
        """A file that is held."""
        rows = [response(50_000 + 200 * month + number, age="old") for number in range(110)]
        write_survey(self.pipeline.landing / f"spoilt_2025-0{month}.csv", rows)
        self._run()

    def decide(self, action: str, which: int) -> None:
        """A person's decision about one of the files, if it can be taken."""
        files = self.pipeline.sql("SELECT DISTINCT sha256 FROM ops.files WHERE sha256 IS NOT NULL ORDER BY sha256")
        if files:
            chosen = files[which % len(files)]["sha256"]
            assert self.pipeline.run(f"files {action}", chosen, "--reason", "as the test says") in (0, 2)

    def kill(self, month: int, way: str, point: int) -> None:
        """A run over a month's file that is killed at one of its points, if it comes so far."""
        self._land(month)
        points = ("bronze.survey_responses_raw", "silver.survey_responses", "gold.fact_survey_responses")
        with victim(self.pipeline, f"after {points[point]} 1", "--wait", "120") as run:
            while run.python.poll() is None and f"after {points[point]} 1" not in run.reached():
                time.sleep(0.05)
            run.kill(way)

    def _land(self, month: int) -> None:
        file = month_file(self.pipeline.landing, month)
        again = self.pipeline.landing / f"again_{self.delivered}" / file.name
        again.parent.mkdir()
        shutil.copy(file, again)
        self.delivered += 1

    def _run(self) -> None:
        self.delivered += 1
        assert self.pipeline.run("run", "--wait", "120") in (0, 3)


Step = tuple[object, ...]
MONTH = st.integers(1, 4)
STEPS = st.one_of(
    st.tuples(st.just("deliver"), MONTH),
    st.tuples(st.just("correct"), MONTH),
    st.tuples(st.just("deliver_spoilt"), MONTH),
    st.tuples(st.just("decide"), st.sampled_from(("accept", "withdraw")), st.integers(0, 9)),
    st.tuples(st.just("kill"), MONTH, st.sampled_from(WAYS), st.integers(0, 2)),
)


@pytest.mark.faults
def test_a_sequence_of_events_equals_a_rebuild(spark: SparkSession, config: Config, tmp_path: Path) -> None:
    steps = [
        ("deliver_spoilt", 2),
        *(("decide", "accept", which) for which in range(2)),
        ("kill", 3, "jvm", 1),
        ("correct", 1),
        ("decide", "withdraw", 0),
    ]
    play(Pipeline(spark, config, tmp_path), steps)


@pytest.mark.faults
@settings(max_examples=20, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(STEPS, min_size=3, max_size=10))
def test_any_sequence_of_events_equals_a_rebuild(
    spark: SparkSession, config: Config, tmp_path_factory: pytest.TempPathFactory, steps: Sequence[Step]
) -> None:
    play(Pipeline(spark, config, tmp_path_factory.mktemp("world")), steps)


def play(pipeline: Pipeline, steps: Sequence[Step]) -> None:
    """Lets a first file and then the steps happen, and compares with a rebuild."""
    world = World(pipeline)
    world.deliver(1)
    for name, *arguments in steps:
        getattr(world, str(name))(*arguments)
    assert pipeline.run("run", "--wait", "120") in (0, 3)
    before = content(pipeline)
    assert pipeline.run("verify") == 0
    for command in ("silver --rebuild", "gold --rebuild", "publish"):
        assert pipeline.run(command) == 0
    assert content(pipeline) == before


@pytest.mark.faults
@pytest.mark.parametrize("runs", [2, 4])
def test_runs_at_once_do_what_one_does(spark: SparkSession, config: Config, tmp_path: Path, runs: int) -> None:
    one, several = (Pipeline(spark, config, tmp_path / name) for name in ("one", "several"))
    for month in (1, 2):
        month_file(one.landing, month)
    several.landing = one.landing
    assert one.run() == 0
    command = [sys.executable, "-m", "jobs.cli", *several.arguments("run", "--wait", "500")]
    pipe = subprocess.PIPE
    started = [subprocess.Popen(command, cwd=ROOT, stdout=pipe, stderr=pipe, text=True) for _ in range(runs)]

    said = [process.communicate(timeout=550)[1] for process in started]
    assert [process.returncode for process in started] == [0] * runs, said
    assert content(several) == content(one)
    assert len(several.sql("SELECT run_id FROM ops.runs WHERE exit_code = 0")) == runs
    assert several.run("verify") == 0


@pytest.mark.long
def test_without_patience_a_second_run_says_who_holds_the_warehouse(
    spark: SparkSession, config: Config, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pipeline = Pipeline(spark, config, tmp_path)
    month_file(pipeline.landing, 1)
    with victim(pipeline, "after bronze.survey_responses_raw 1") as run:
        run.wait_for("after bronze.survey_responses_raw 1")
        assert pipeline.run() == 4
        run.kill("group")
    assert pipeline.run() == 0


@pytest.mark.faults
def test_a_late_file_touches_the_files_of_its_own_month_alone(
    spark: SparkSession, config: Config, tmp_path: Path
) -> None:
    pipeline = Pipeline(spark, config, tmp_path)
    for month in (1, 2, 4):
        month_file(pipeline.landing, month)
    assert pipeline.run() == 0
    before = files_by_month(pipeline)
    month_file(pipeline.landing, 3)
    assert pipeline.run() == 0
    after = files_by_month(pipeline)
    assert {month: names for month, names in after.items() if month[1] != "2025-03"} == before
    # A correction of one of January's responses, dated March: both months, and no other.
    write_survey(pipeline.landing / "correction_2025-03.csv", [response(100, cleanliness=2)], [*HEADERS.values()])
    assert pipeline.run() == 0
    moved = {month[1] for month, names in files_by_month(pipeline).items() if after.get(month) != names}
    assert moved == {"2025-01", "2025-03"}
    restated = pipeline.sql("SELECT DISTINCT survey_month FROM ops.restatements")
    assert {row[0] for row in restated} == {"2025-01", "2025-03"}


def files_by_month(pipeline: Pipeline) -> dict[tuple[str, str], frozenset[str]]:
    """Data files of the newest versions of tables that are partitioned by month."""
    found: dict[tuple[str, str], set[str]] = {}
    for table in (pipeline.tables.responses, pipeline.tables.fact, pipeline.tables.ratings):
        for name in pipeline.warehouse.data_files(table):
            month = name.rpartition("survey_month=")[2].partition("/")[0]
            found.setdefault((table.full_name, month), set()).add(name)
    return {place: frozenset(names) for place, names in found.items()}
