"""What docs/deploy-cluster.md says, on a real cluster: the tables are those of local mode.

For minutes: `make test-cluster`.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import time
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from lakehouse.config.load import Config
from lakehouse.storage.crash_points import FOLDER, STOP, TRACE
from lakehouse.storage.delta_jars import DELTA_PACKAGE
from tests.support.markdown import page, shell_blocks
from tests.support.pipeline import Pipeline
from tests.support.places import ROOT
from tests.support.processes.cluster import MASTER, WORKER, Cluster, can_hide, standalone

pytestmark = pytest.mark.cluster

PAGE = page("deploy-cluster.md")
PATIENCE = 900
LOADED = "after bronze.survey_responses_raw 2"


def documented(beginning: str, cluster: Cluster, shared: Path) -> str:
    """The block of the page that has this line, for this cluster and this shared folder."""
    (block,) = (block for block in shell_blocks(PAGE) if beginning in block)
    for example, real in (
        ("spark://spark-master:7077", cluster.master),
        ("spark.driver.host=driver-host", "spark.driver.host=127.0.0.1"),
        ("bindAddress=0.0.0.0", "bindAddress=127.0.0.1"),
        ("/mnt/surveys", str(shared)),
    ):
        assert example in block
        block = block.replace(example, real)
    return block


def start(script: str, cluster: Cluster, log: Path, **environment: str) -> subprocess.Popen[bytes]:
    """A script under bash, called in the checkout."""
    with log.open("wb") as output:
        return subprocess.Popen(
            ["bash", "-uc", script],
            cwd=ROOT,
            env={**cluster.environment(), **environment},
            stdout=output,
            stderr=output,
        )


def places(log: str) -> set[str]:
    """Local files and folders that an executor names in its log."""
    return set(re.findall(r"file:/+([^\s,)'\"\]]+)", log))


def test_stages_one_by_one(
    cluster: Cluster, local: Pipeline, shared: Path, spark: SparkSession, config: Config, tmp_path: Path
) -> None:
    script = documented("submit jobs/ingest_bronze.py", cluster, shared)
    stages = script.replace("\nsubmit jobs/", "\nset -e\nsubmit jobs/", 1)
    assert len(re.findall(r"^submit jobs/", stages, re.MULTILINE)) == 5
    before = cluster.executor_logs().keys()
    ended = start(stages, cluster, tmp_path / "log")
    said = f"{ended.wait(timeout=2 * PATIENCE)}\n{(tmp_path / 'log').read_text(encoding='utf-8')}"
    # The last program alone counts the refused file.
    assert ended.returncode == 5, said
    assert "error: 1 file(s) refused: survey_2025-04.csv" in said
    assert said.count("adds up") == 5
    assert Pipeline(spark, config, shared).content() == local.content()
    logs = {app: logs for app, logs in cluster.executor_logs().items() if app not in before}
    assert [len(one) for one in logs.values()] == [2] * 5
    named = {place for one in logs.values() for log in one for place in places(log)}
    inside = (f"{shared}/".lstrip("/"), f"{cluster.folder}/work-".lstrip("/"))
    assert any("landing/survey_2025-02.csv" in place for place in named)
    assert any("_staging/files" in place for place in named)
    assert sorted(place for place in named if not place.startswith(inside)) == []


def test_all_stages_while_an_executor_is_killed(
    cluster: Cluster, local: Pipeline, shared: Path, spark: SparkSession, config: Config, tmp_path: Path
) -> None:
    (tmp_path / TRACE).write_text("")
    (tmp_path / STOP).write_text("")
    before = cluster.executor_logs().keys()
    script = documented("jobs/run_pipeline.py", cluster, shared)
    run = start(script, cluster, tmp_path / "log", **{FOLDER: str(tmp_path)})
    deadline = time.monotonic() + PATIENCE
    while LOADED not in (tmp_path / TRACE).read_text(encoding="utf-8"):
        assert run.poll() is None, (tmp_path / "log").read_text(encoding="utf-8")
        assert time.monotonic() < deadline
        time.sleep(0.1)
    (app,) = cluster.executor_logs().keys() - before
    cluster.kill_an_executor(app)
    run.wait(timeout=PATIENCE)
    assert run.returncode == 5, (tmp_path / "log").read_text(encoding="utf-8")
    assert Pipeline(spark, config, shared).content() == local.content()
    of_app = "\n".join(line for line in cluster.worker_logs().splitlines() if app in line)
    assert len(re.findall(r"finished with state EXITED .*exitStatus 137", of_app)) == 1, of_app
    # The one that was killed was replaced.
    assert len(re.findall(r"Asked to launch executor", of_app)) == 3, of_app


@pytest.mark.skipif(not can_hide(), reason="this machine does not let a user hide a folder from the workers")
def test_landing_files_that_only_the_driver_sees(shared: Path, tmp_path: Path) -> None:
    (tmp_path / "cluster").mkdir()
    with standalone(tmp_path / "cluster", workers=1, hidden=shared / "landing") as cluster:
        script = documented("jobs/run_pipeline.py", cluster, shared)
        ended = start(script, cluster, tmp_path / "log").wait(timeout=PATIENCE)
    said = (tmp_path / "log").read_text(encoding="utf-8")
    assert (ended, said.count("Traceback")) == (2, 0), said
    assert "error: an executor does not find a file that is here: landing places and the warehouse need the" in said


def test_the_cluster_that_the_page_starts_is_the_one_of_these_tests() -> None:
    (block,) = (block for block in shell_blocks(PAGE) if "spark-class" in block)
    master, worker = map(shlex.split, block.strip().splitlines())
    assert master == ["spark-class", *MASTER, "7077"]
    assert worker == ["spark-class", *WORKER, "spark://127.0.0.1:7077"]


def test_the_page_names_the_versions() -> None:
    assert f"`--packages {DELTA_PACKAGE}`" in PAGE
    pinned = re.findall(r"^pyspark==(.+)$", (ROOT / "requirements.in").read_text(encoding="utf-8"), re.MULTILINE)
    assert f"Spark {pinned[0]} for Scala 2.13" in PAGE
