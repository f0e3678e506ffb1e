"""Loading month by month, in any way, gives what one load or a rebuild gives."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from tests.support.content import TABLES, content
from tests.support.pipeline import Pipeline


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
        "SELECT team, period_start, question, value > threshold AS beyond FROM gold.satisfaction_alerts "
        "WHERE state = 'open'"
    )
    assert [tuple(row) for row in opened] == [("ground", date(2025, 6, 1), "check_in_service", True)]
    views = {
        team: months.sql(f"SELECT question, state FROM gold.v_satisfaction_alerts_{team}")
        for team in ("gate", "in_flight", "ground", "digital", "airline")
    }
    assert tuple(views["ground"][0]) == ("check_in_service", "open")
    assert {row["question"] for row in views["ground"]} == {"check_in_service", "baggage_handling"}
    assert {team: len(rows) for team, rows in views.items()} == {
        "gate": 12,
        "in_flight": 42,
        "ground": 12,
        "digital": 12,
        "airline": 12,
    }


def test_a_run_with_nothing_new_writes_nothing(months: Pipeline) -> None:
    before = months.versions()
    assert months.run() == 0
    assert months.versions() == before


@pytest.mark.long
def test_a_gold_month_can_be_rebuilt_alone(months: Pipeline, tmp_path: Path) -> None:
    pipeline, before = months.copy_to(tmp_path), content(months)
    assert pipeline.run("gold", "--rebuild", "--month", "2025-03") == 0
    assert content(pipeline) == before
    assert pipeline.run("gold", "--month", "2025-03") == 2
