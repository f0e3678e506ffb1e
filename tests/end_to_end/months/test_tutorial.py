"""The tutorial of the documents, command by command."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from lakehouse.config.load import Config
from lakehouse.console.app import main
from tests.support.pipeline import Pipeline
from tests.support.places import ROOT, TEST_CONF

pytestmark = pytest.mark.long

TUTORIAL = (ROOT / "docs" / "tutorial-new-question.md").read_text(encoding="utf-8")


def commands() -> list[list[str]]:
    """The command lines of each section, in order; a here-document belongs to the line that opens it."""
    return [blocks.splitlines() for blocks in re.findall(r"```sh\n(.*?)```", TUTORIAL, re.DOTALL)]


def play(lines: list[str], place: Path) -> None:
    """Runs lakehouse commands in this process, for its Spark session, and everything else in a shell."""
    shell: list[str] = []
    for line in lines:
        if line.startswith("lakehouse "):
            run_in_shell(shell, place)
            shell = []
            main(shlex.split(line)[1:])
        else:
            shell.append(line)
    run_in_shell(shell, place)


def run_in_shell(lines: list[str], place: Path) -> None:
    if lines:
        script = "set -eu\n" + "\n".join(lines)
        subprocess.run(["sh", "-c", script], cwd=place, check=True, env={"LAKEHOUSE_HOME": str(ROOT), "PATH": PATH})


def add_options_for_small_tables(overlay: Path) -> None:
    """Those of the session of the tests; a reader's machine has its own."""
    with overlay.open("a", encoding="utf-8") as opened:
        opened.write(Path(TEST_CONF).read_text(encoding="utf-8"))


PATH = f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin"


def test_a_new_question_arrives(
    spark: SparkSession,
    config: Config,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    setup, february, first_run, drift, edit, second_run = commands()
    pipeline = Pipeline(spark, config, tmp_path)

    play([*setup, *february], tmp_path)
    add_options_for_small_tables(tmp_path / "my.yml")
    play(first_run, tmp_path)
    told = capsys.readouterr()
    assert "survey_2026-02.csv: the column 'Crew Friendliness' is not in the catalogue" in told.err
    pasted = "\n".join(edit)
    suggested = next(line for line in told.out.splitlines() if "weight_reason" in line)
    assert suggested in pasted
    assert "crew_friendliness" not in pipeline.read("silver.survey_responses").columns
    assert pipeline.read("bronze.survey_responses_raw").where("crew_friendliness is not null").count() == 300

    play(drift, tmp_path)
    assert "Crew Friendliness" in capsys.readouterr().out

    before = pipeline.versions()
    play(edit, tmp_path)
    plan = capsys.readouterr().out
    assert "new, asked from 2026-02-01 on, owned by in_flight" in plan
    assert "1 month(s) with their ratings, scores and metrics are restated: 2026-02." in plan
    assert pipeline.versions() == before

    play(second_run, tmp_path)
    trend = pipeline.sql(
        "SELECT period_start, n, mean_rating FROM gold.v_question_trend "
        "WHERE concept = 'crew_friendliness' AND segment = 'overall'"
    )
    # 300 lines in turn 3, 4, 5, 1, 2.
    assert [tuple(row) for row in trend] == [(date(2026, 2, 1), 300, 3.0)]
    changed = {name for name, version in pipeline.versions().items() if version != before[name]}
    assert "bronze.survey_responses_raw" not in changed
    january = pipeline.read("gold.fact_survey_responses").where("survey_month = '2026-01'")
    assert january.select("_built_from").distinct().count() == 1
