"""Loading month by month, in any way, gives what one load or a rebuild gives."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from tests.support.content import TABLES, content
from tests.support.pipeline import Pipeline


@pytest.mark.long
def test_rebuilds_equal_the_increments(months: Pipeline, tmp_path: Path) -> None:
    pipeline, before = months.copy_to(tmp_path), content(months)
    assert all(before[name] for name in TABLES)
    assert pipeline.run("silver", "--rebuild") == 0
    assert pipeline.run("gold", "--rebuild") == 0
    assert pipeline.run("publish") == 0
    assert content(pipeline) == before


@pytest.mark.long
def test_one_load_equals_the_increments(months: Pipeline, tmp_path: Path) -> None:
    at_once = Pipeline(months.spark, months.config, tmp_path)
    shutil.copytree(months.landing, at_once.landing, dirs_exist_ok=True)
    assert at_once.run() == 0
    assert content(at_once) == content(months)


def test_the_planted_alert_reaches_its_team_alone(months: Pipeline) -> None:
    opened = months.sql(
        "SELECT rule, team, period_start, question FROM gold.satisfaction_alerts "
        "WHERE state = 'open' AND parent_id IS NULL ORDER BY rule"
    )
    place = ("ground", date(2025, 6, 1), "check_in_service")
    assert [tuple(row) for row in opened] == [("low_ratings", *place), ("worse_rating", *place)]
    judged = months.sql(
        "SELECT period_start, count(*), count(DISTINCT alert_id) FROM gold.satisfaction_alerts GROUP BY 1"
    )
    # Per month: targets 1 + 14; means of 14 questions in 14 segment values, shares not applicable in 4; satisfied in
    # 14, index in 6, late departures and arrivals in 4 each, and the mix.
    assert {row[1:] for row in judged} == {(15 + 14 * 14 + 14 * 4 + 14 + 6 + 8 + 1,) * 2}


@pytest.mark.long
def test_a_gold_month_can_be_rebuilt_alone(months: Pipeline, tmp_path: Path) -> None:
    pipeline, before = months.copy_to(tmp_path), content(months)
    assert pipeline.run("gold", "--rebuild", "--month", "2025-03") == 0
    assert content(pipeline) == before
    assert pipeline.run("gold", "--month", "2025-03") == 2
