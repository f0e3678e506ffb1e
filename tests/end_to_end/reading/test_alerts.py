"""The life of an alert on real tables: it opens, somebody takes it, late data takes its cause away."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import StructType

from lakehouse.config.load import Config
from lakehouse.errors import UsageError
from lakehouse.generate import Effect, generate_surveys
from lakehouse.storage.frames import frame_of
from tests.support.content import content
from tests.support.data.surveys import response, write_survey
from tests.support.pipeline import Pipeline

TEAMS = ("gate", "in_flight", "ground", "digital", "airline")
EVENTS = "SELECT event, period_start, who, note FROM ops.alert_events ORDER BY event_seq"


def events(pipeline: Pipeline, *kinds: str) -> list[tuple[str, str]]:
    """What happened to leading alerts on check-in, and when."""
    named = ", ".join(f"'{kind}'" for kind in kinds)
    return [
        (row["event"], f"{row['period_start']:%Y-%m}")
        for row in pipeline.sql(
            "SELECT event, period_start FROM ops.alert_events WHERE headline LIKE 'Check-in%mean%all passengers%' "
            f"AND event IN ({named}) ORDER BY event_seq"
        )
    ]


def test_every_alert_is_in_one_view_of_its_team_and_comes_from_stored_sums(months: Pipeline) -> None:
    stored = {
        row[0]: row[1] for row in months.sql("SELECT alert_id, team FROM gold.satisfaction_alerts WHERE state <> 'ok'")
    }
    shown = [
        (row[0], team)
        for team in TEAMS
        for row in months.sql(f"SELECT alert_id FROM gold.v_satisfaction_alerts_{team}")
    ]
    assert dict(shown) == stored
    assert len(shown) == len(stored) > 0
    assert months.sql("SELECT count(*) FROM gold.v_satisfaction_alerts WHERE handling <> 'new'")[0][0] == 0
    first = months.sql("SELECT * FROM gold.v_satisfaction_alerts_ground")[0].asDict()
    assert (next(iter(first)), first["state"], first["parent_id"]) == ("headline", "open", None)
    assert first["headline"].startswith("Check-in service: ")


def test_alerts_are_listed_shown_and_explained(months: Pipeline, capsys: pytest.CaptureFixture[str]) -> None:
    months.call("alerts")
    listed = capsys.readouterr().out
    (name,) = re.findall(r"^(\w{8}) +ground +open +new +Check-in service: mean", listed, re.MULTILINE)
    assert "Seat comfort" not in listed
    months.call("alerts", "--team", "gate")
    assert capsys.readouterr().out == "Nothing is open since 2025-06.\n"
    months.call("alerts show", name)
    shown = capsys.readouterr().out
    assert "What happened to the series:" in shown and "begun" in shown
    months.call("alerts explain", name, "--recompute")
    explained = capsys.readouterr().out
    assert "Computed again from the stored sums: the same." in explained
    for title in (
        "The numbers:",
        "Groups of passengers",
        "The same in other groups:",
        "Answers in 2025-06",
        "Files of",
    ):
        assert title in explained
    months.call("alerts selftest", "--draws", "1")
    assert "Answers drawn anew, 6 periods in which nothing changed" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("command", "options", "message"),
    [
        ("alerts", ("--team", "grund"), "no such team. Teams: gate, in_flight, ground, digital, airline"),
        ("alerts show", ("nothing",), "nothing: is the id of no alert"),
        ("alerts explain", ("",), "is the id of no alert"),
        ("alerts ack", ("nothing", "--note", " "), "--note and --who must not be empty"),
        ("alerts ack", ("nothing", "--note", "x"), "is the id of no alert"),
        ("alerts selftest", ("--draws", "0"), "nothing would be drawn"),
    ],
)
def test_bad_usage_is_named(months: Pipeline, command: str, options: tuple[str, ...], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        months.call(command, *options)


def deliver(pipeline: Pipeline, files: Iterable[Path]) -> None:
    """One run over these files too."""
    for file in files:
        shutil.copy(file, pipeline.landing)
    assert pipeline.run() == 0


@pytest.mark.long
def test_an_alert_from_beginning_to_withdrawal(
    spark: SparkSession, config: Config, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    worse = [Effect("check_in_service", f"2025-0{number}", 0.6) for number in (5, 6)]
    files = generate_surveys(tmp_path / "files", 600, 8, 4, effects=worse)
    pipeline = Pipeline(spark, config, tmp_path)
    for delivered in (files[:4], files[4:5], files[5:6]):
        deliver(pipeline, delivered)
    assert events(pipeline, "begun", "recovered", "withdrawn") == [("begun", "2025-05")]
    june = pipeline.sql(
        "SELECT alert_id, first_period, periods_open, headline FROM gold.v_satisfaction_alerts_ground "
        "WHERE segment = 'overall' AND metric = 'mean_rating' AND state = 'open' AND period_start = '2025-06-01'"
    )[0]
    assert (f"{june['first_period']:%Y-%m}", june["periods_open"]) == ("2025-05", 2)
    assert "since 2025-05, second month" in june["headline"]

    assert pipeline.run("alerts ack", june["alert_id"][:8], "--note", "two desks closed", "--who", "Ada") == 0
    handled = (
        "SELECT DISTINCT period_start, handling, handled_by FROM gold.v_satisfaction_alerts WHERE handling <> 'new'"
    )
    taken = sorted(tuple(row) for row in pipeline.sql(handled))
    assert [(f"{day:%Y-%m}", *rest) for day, *rest in taken] == [
        ("2025-05", "acknowledged", "Ada"),
        ("2025-06", "acknowledged", "Ada"),
    ]

    # A rebuild, and whatever is judged again, says nothing new.
    recorded = pipeline.sql(EVENTS)
    assert pipeline.run("gold", "--rebuild") == 0
    assert pipeline.run("publish") == 0
    assert pipeline.sql(EVENTS) == recorded
    assert sorted(tuple(row) for row in pipeline.sql(handled)) == taken

    deliver(pipeline, files[6:])
    assert events(pipeline, "begun", "recovered", "withdrawn") == [("begun", "2025-05"), ("recovered", "2025-08")]

    # The file behind the first bad month is taken out: its alert is gone, the second month's is another one.
    (sha,) = pipeline.sql("SELECT sha256 FROM ops.files WHERE file LIKE '%2025-05%'")[0]
    assert pipeline.run("files withdraw", sha, "--reason", "a test file") == 0
    assert ("withdrawn", "2025-05") in events(pipeline, "withdrawn")
    assert pipeline.run("verify") == 0


@pytest.mark.long
def test_a_month_of_bad_lines_is_not_judged_until_somebody_lets_it_through(
    spark: SparkSession, config: Config, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pipeline = Pipeline(spark, config, tmp_path)
    for number in range(1, 5):
        rows = [response(1000 * number + one, cleanliness=1 + one % 5) for one in range(300)]
        write_survey(pipeline.landing / f"survey_2025-0{number}.csv", rows)
    bad = [response(5000 + one, cleanliness=1, age=222 if one % 4 == 0 else 30) for one in range(380)]
    write_survey(pipeline.landing / "survey_2025-05.csv", bad)
    assert pipeline.run() == 0
    of_may = "SELECT alert_id, state, reason FROM gold.v_satisfaction_alerts WHERE period_start = '2025-05-01'"
    before = pipeline.sql(of_may)
    assert {row["state"] for row in before} == {"not_judged"}
    assert "25% of its lines are in quarantine (limit 10%)" in before[0]["reason"]
    with pytest.raises(UsageError, match="only what is not judged"):
        pipeline.call(
            "alerts judge",
            pipeline.sql("SELECT alert_id FROM gold.v_satisfaction_alerts WHERE state = 'ok'")[0][0],
            "--note",
            "x",
        )
    capsys.readouterr()
    pipeline.call("alerts")
    assert len(re.findall("not_judged", capsys.readouterr().out)) == 5
    assert pipeline.run("alerts judge", before[0]["alert_id"], "--note", "ages are known", "--who", "Ada") == 0
    after = pipeline.sql(of_may)
    assert "open" in {row["state"] for row in after}
    assert not {row["state"] for row in after} & {"not_judged"}
    assert pipeline.run("publish") == 0
    assert pipeline.sql(of_may) == after


@pytest.mark.long
def test_the_tables_of_an_older_release_are_brought_up_to_date(months: Pipeline, tmp_path: Path) -> None:
    pipeline = months.copy_to(tmp_path)
    tables, expected = pipeline.tables, content(months)
    of_alerts = ("series_id", "parent_id", "is_preliminary", "first_period", "cells", "baseline_periods")
    of_metrics = ("sum_squares_service_index", "sum_squares_weighted_score")
    for table, columns in ((tables.alerts, of_alerts), (tables.satisfaction_metrics, of_metrics)):
        before = pipeline.read(table.full_name).drop(*columns).collect()
        kept = [column for column in table.schema if column.name not in columns]
        older = replace(table, schema=StructType(kept))
        shutil.rmtree(table.path(pipeline.warehouse.root))
        pipeline.warehouse.create_missing([older])
        frame = frame_of(pipeline.spark, before, older.schema)
        pipeline.warehouse.append(frame.withColumn("_built_from", F.lit("an older release")), older)
    shutil.rmtree(tables.alert_events.path(pipeline.warehouse.root))
    assert pipeline.run() == 0
    assert content(pipeline) == expected
    assert all(pipeline.warehouse.contract_differences(table) == [] for table in tables.all())
    assert pipeline.run("verify") == 0
