"""A run that was killed, and run again, leaves what an undisturbed run leaves."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.conftest import Pipeline
from tests.pipeline.test_increments import content
from tests.victims import victim


def test_killed_three_times_in_three_ways(months: Pipeline, tmp_path: Path) -> None:
    pipeline = Pipeline(months.spark, months.config, tmp_path)
    shutil.copytree(months.landing, pipeline.landing, dirs_exist_ok=True)
    for way, point, waits in (
        ("python", "after bronze.survey_responses_raw 1", ()),
        ("jvm", "before silver.survey_responses 1", ("--wait", "120")),
        ("group", "before gold.fact_survey_responses 1", ()),
    ):
        with victim(pipeline, point, *waits) as run:
            run.wait_for(point)
            run.kill(way)
            if way == "jvm":
                assert run.ended() == 1
                assert run.said.splitlines()[-1].startswith("error: Spark ended before the run did")
    assert pipeline.run("run", "--wait", "120") == 0
    assert content(pipeline) == content(months)
