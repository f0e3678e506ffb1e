"""Files that arrive while the pipeline watches: each once, when it has come to rest, until it is told to end."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from lakehouse.config.load import Config
from lakehouse.formats.landing import find_files, versions_of
from lakehouse.pipeline.watch import Arrivals
from lakehouse.places.objects import FileVersion
from tests.support.data.surveys import response, write_survey
from tests.support.pipeline import Pipeline
from tests.support.places import ROOT
from tests.support.processes.victims import victim

OLD, NEW = FileVersion(10, 1), FileVersion(20, 2)
PATIENCE = 240


@pytest.mark.no_spark
def test_a_file_has_arrived_when_it_is_still() -> None:
    arrivals = Arrivals(still=5)
    looks = [
        (0, {"a": OLD}, set()),
        # It grew: the time begins anew.
        (4, {"a": NEW}, set()),
        (8, {"a": NEW, "b": OLD}, set()),
        (9, {"a": NEW, "b": OLD}, {"a"}),
        # Not taken yet: a run that failed is tried again.
        (13, {"a": NEW, "b": OLD}, {"a", "b"}),
    ]
    for at, lying, expected in looks:
        assert arrivals.look(lying, at) == expected
    arrivals.take(frozenset({"a", "b"}))
    assert arrivals.look({"a": NEW, "b": OLD}, 20) == set()
    # Another content under an old name; the other file went, and came back as it was.
    assert arrivals.look({"a": OLD}, 30) == set()
    assert arrivals.look({"a": OLD, "b": OLD}, 36) == {"a"}
    assert arrivals.look({"a": OLD, "b": OLD}, 50) == {"a"}


@pytest.mark.no_spark
def test_what_cannot_be_read_has_a_version_that_stays(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("ab", encoding="utf-8")
    (tmp_path / "b.csv").symlink_to(tmp_path / "nowhere")
    versions = versions_of(find_files([str(tmp_path)], ()))
    assert versions == {
        str(file): FileVersion(2, file.stat().st_mtime_ns),
        str(tmp_path / "b.csv"): FileVersion(0, 0),
    }


class Watching:
    """`lakehouse watch` as a process."""

    def __init__(self, pipeline: Pipeline) -> None:
        self.log = pipeline.root / "watch.log"
        command = [sys.executable, "-m", "jobs.cli", *pipeline.arguments("watch", "--every", "1", "--still", "2")]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, env=dict(os.environ), stdout=log, stderr=log)

    def __enter__(self) -> Watching:
        return self

    def __exit__(self, *raised: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def wait_for(self, text: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while text not in self.log.read_text(encoding="utf-8"):
            assert self.process.poll() is None, self.log.read_text(encoding="utf-8")
            assert time.monotonic() < deadline, self.log.read_text(encoding="utf-8")
            time.sleep(0.2)

    def end(self) -> list[str]:
        """Tells it to end; its lines on stdout, without their time."""
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(timeout=PATIENCE) == 0
        lines = self.log.read_text(encoding="utf-8").splitlines()
        return [line[9:] for line in lines if re.match(r"\d\d:\d\d:\d\d ", line)]


@pytest.mark.long
def test_files_are_loaded_as_they_arrive(
    spark: SparkSession, config: Config, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pipeline = Pipeline(spark, config, tmp_path)
    write_survey(pipeline.landing / "survey_2025-01.csv", [response(1), response(2, age=222)])
    partial = pipeline.root / "survey_2025-02.csv"
    with Watching(pipeline) as watching:
        watching.wait_for("survey_2025-01.csv: admitted, 2 lines: 1 in silver, 1 in quarantine")
        # The warehouse is free while nothing arrives.
        assert pipeline.run("publish") == 0
        write_survey(partial, [response(3), response(4)])
        content = partial.read_bytes()
        # It is written in pieces, and is whole when it is loaded.
        with (pipeline.landing / partial.name).open("wb") as file:
            for piece in (content[:100], content[100:200], content[200:]):
                file.write(piece)
                file.flush()
                time.sleep(1)
        watching.wait_for("survey_2025-02.csv: admitted, 2 lines: 2 in silver")
        (pipeline.landing / "survey_2025-03.csv").write_bytes(b"")
        watching.wait_for("survey_2025-03.csv: refused: the file is empty")
        told = watching.end()
    assert told[0] == f"watching {pipeline.landing}; 0 file(s) known"
    assert [line.split(":")[0] for line in told[1:]] == [f"survey_2025-0{month}.csv" for month in (1, 2, 3)]
    assert pipeline.run("status") == 0
    assert "Watch: last heard of at " in capsys.readouterr().out
    # A full run finds nothing left to do.
    before = pipeline.versions()
    assert pipeline.run() == 0
    assert pipeline.versions() == before


@pytest.mark.long
def test_a_watch_may_be_killed(spark: SparkSession, config: Config, tmp_path: Path) -> None:
    calm, killed = Pipeline(spark, config, tmp_path / "calm"), Pipeline(spark, config, tmp_path / "killed")
    for pipeline in (calm, killed):
        write_survey(pipeline.landing / "survey_2025-01.csv", [response(1), response(2, age=222)])
    assert calm.run() == 0
    for way, point in (("group", "before gold.fact_survey_responses 1"), ("jvm", "after ops.files 1")):
        with victim(killed, point, "--every", "1", "--still", "1", command="watch") as watching:
            watching.wait_for(point)
            watching.kill(way)
            # One that lost its Spark ends by itself; whoever supervises it starts it again.
            assert watching.ended() in (1, -signal.SIGKILL), watching.said
    with Watching(killed) as watching_again:
        watching_again.wait_for("; 1 file(s) known")
        watching_again.end()
    assert killed.run() == 0
    assert killed.content() == calm.content()
