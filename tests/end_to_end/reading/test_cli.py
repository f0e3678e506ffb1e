"""The command line as a process of its own: what stands on stdout and stderr, and the exit code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from lakehouse.console.command_list import COMMANDS
from tests.support.data.bad_lines import ROWS
from tests.support.data.surveys import response, write_survey
from tests.support.pipeline import Pipeline
from tests.support.places import ROOT, TEST_CONF

LAKEHOUSE = (sys.executable, "-m", "jobs.cli")


def start(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A finished process, started in the project's folder."""
    return subprocess.run(
        command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, timeout=300
    )


@pytest.mark.no_spark
@pytest.mark.parametrize(
    ("arguments", "environment", "code", "said"),
    [
        (("run", "--landing", "nowhere"), {}, 2, "The landing path 'nowhere' does not exist on this machine"),
        (("run", "--landing", "setup.py"), {}, 2, "The landing file 'setup.py' is not .csv, .tsv"),
        (("run", "--conf", "nowhere.yml"), {}, 2, "nowhere.yml: cannot be read"),
        (("run", "--colour"), {}, 2, "unrecognized arguments: --colour"),
        (("fly",), {}, 2, "invalid choice: 'fly'"),
        (("stauts",), {}, 2, "no command 'stauts'. Did you mean 'status'? See `lakehouse --help`."),
        (("status", "--chekcs"), {}, 2, "status: no option '--chekcs'. Did you mean '--checks'?"),
        (("run", "--survey-date", "31.01.2025"), {}, 2, "--survey-date 31.01.2025: no such day"),
        (("status",), {"JAVA_HOME": "/nowhere"}, 2, "Spark needs Java 17 or newer: JAVA_HOME is /nowhere"),
        (("generate", "--rows", "0", "--out", "x"), {}, 2, "--rows 0: expected at least 1"),
    ],
)
def test_what_a_user_can_cause_is_one_clear_line(
    tmp_path: Path, arguments: tuple[str, ...], environment: dict[str, str], code: int, said: str
) -> None:
    ended = start(*LAKEHOUSE, *arguments, LAKEHOUSE_WAREHOUSE=str(tmp_path / "warehouse"), **environment)
    assert (ended.returncode, ended.stdout) == (code, "")
    assert ended.stderr.startswith("error: ") and said in ended.stderr
    assert len(ended.stderr.splitlines()) == 1
    assert not (tmp_path / "warehouse").exists()


@pytest.mark.no_spark
def test_help_and_validate_need_neither_spark_nor_great_expectations() -> None:
    probe = (
        "import sys; from lakehouse.console.app import main\n"
        "for line in sys.argv[1:]:\n"
        "    try: main(line.split())\n"
        "    except SystemExit as ended: assert not ended.code, line\n"
        "    found = {'pyspark', 'great_expectations', 'pandas'} & sys.modules.keys()\n"
        "    assert not found, (line, found)"
    )
    helps = [f"{command.name} --help" for command in COMMANDS]
    ended = start(sys.executable, "-c", probe, "--help", *helps, "files accept --help", "validate")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert [ended.stdout.count(f"usage: lakehouse {command.name} ") for command in COMMANDS] == [
        2 if command.name == "files" else 1 for command in COMMANDS
    ]
    assert ended.stdout.splitlines()[-1].startswith("valid: ")


@pytest.mark.no_spark
def test_statistics_are_imported_when_something_is_judged() -> None:
    probe = (
        "import sys; from lakehouse.alerts.evidence.statistics import wilson; import lakehouse.pipeline.run\n"
        "print('scipy.stats' in sys.modules)\n"
        "wilson(1, 2, 0.95)\n"
        "print('scipy.stats' in sys.modules)"
    )
    ended = start(sys.executable, "-c", probe)
    assert (ended.stdout, ended.stderr) == ("False\nTrue\n", "")


def test_a_run_as_a_process(bad_lines: Pipeline) -> None:
    place = ("--warehouse", bad_lines.warehouse.root, "--conf", TEST_CONF)
    before = bad_lines.versions()
    ended = start(*LAKEHOUSE, "run", *place, "--landing", str(bad_lines.landing), "--log-format", "json")
    assert ended.returncode == 0, ended.stderr
    assert f"{ROWS:,} lines delivered = 988 in silver + 1 superseded + 11 quarantined (adds up)" in ended.stdout
    logged = [json.loads(line) for line in ended.stderr.splitlines() if line.startswith("{")]
    assert [line["message"] for line in logged if line["message"].endswith("…")] == [
        f"{stage} …" for stage in ("starting Spark", "bronze", "silver", "gold", "alerts", "balance")
    ]
    assert bad_lines.versions() == before


@pytest.mark.long
def test_private_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    write_survey(tmp_path / "landing" / "survey_2025-01.csv", [response(1)])
    overlay = tmp_path / "conf.yml"
    overlay.write_text(f"{Path(TEST_CONF).read_text(encoding='utf-8')}\nprivate_files: true\n", encoding="utf-8")
    warehouse = tmp_path / "warehouse"
    ended = start(
        *(*LAKEHOUSE, "run", "--conf", str(overlay), "--warehouse", str(warehouse)),
        *("--landing", str(tmp_path / "landing")),
    )
    assert ended.returncode == 0, ended.stderr
    files = [warehouse, *warehouse.rglob("*")]
    assert len(files) > 100
    assert [file for file in files if file.stat().st_mode & 0o077] == []


def test_sql_only_reads(bad_lines: Pipeline, capsys: pytest.CaptureFixture[str]) -> None:
    before = bad_lines.versions()
    for statement in (
        "DELETE FROM gold.dim_date",
        "DROP TABLE gold.dim_date",
        "INSERT INTO gold.dim_date SELECT * FROM gold.dim_date",
        "CREATE TABLE gold.x AS SELECT 1",
        "SELEC 1",
        "SELECT nope FROM gold.dim_date",
    ):
        assert bad_lines.run("sql", statement) == 2
    assert bad_lines.versions() == before
    capsys.readouterr()
    assert bad_lines.run("sql", "--format", "csv", "SELECT class FROM gold.dim_flight_details") == 0
    assert capsys.readouterr().out.splitlines() == ["class", "Business"]
    assert bad_lines.run("sql", "--format", "json", "SELECT class, 1 AS n FROM gold.dim_flight_details") == 0
    assert json.loads(capsys.readouterr().out) == {"class": "Business", "n": 1}


def test_csv_runs_no_formula_in_a_spreadsheet(bad_lines: Pipeline, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    statement = "SELECT '=1+1' AS a, '@x' AS b, -5 AS c, 'a=b' AS d, 'a\\u001b[31m' AS e"
    assert bad_lines.run("sql", "--format", "csv", statement) == 0
    assert capsys.readouterr().out.splitlines()[1] == "'=1+1,'@x,-5,a=b,a\x1b[31m"
    assert bad_lines.run("sql", statement) == 0
    assert "a\\x1b[31m" in capsys.readouterr().out


def test_a_release_is_read_as_its_run_left_it(months: Pipeline, capsys: pytest.CaptureFixture[str]) -> None:
    runs = months.sql("SELECT run_id FROM ops.runs WHERE message = '' ORDER BY started_at")
    first, second = runs[0]["run_id"], runs[1]["run_id"]

    def count(*options: str) -> list[str]:
        capsys.readouterr()
        assert months.run("sql", "--format", "csv", "SELECT count(*) FROM gold.v_survey_flat", *options) == 0
        return capsys.readouterr().out.splitlines()[1:]

    in_months = {
        row["survey_month"]: row["n"]
        for row in months.sql(
            "SELECT survey_month, count(*) AS n FROM gold.fact_survey_responses GROUP BY survey_month"
        )
    }
    newest_three = sum(n for month, n in in_months.items() if month >= "2025-04")
    assert count("--release", first) == [str(newest_three)]
    assert count("--release", second) == count() == [str(sum(in_months.values()))]
    assert months.run("sql", "SELECT 1", "--release", "20200101T000000-00000000") == 2


def test_status_shows_runs_balance_and_alerts(bad_lines: Pipeline, capsys: pytest.CaptureFixture[str]) -> None:
    assert bad_lines.run("status") == 0
    shown = capsys.readouterr().out
    assert "lines delivered = 988 in silver + 1 superseded + 11 quarantined (adds up)" in shown
    assert "Open alerts of the newest month, 2025-03, 988 responses:\n(no rows)" in shown


@pytest.mark.long
def test_a_stage_under_plain_spark_submit(bad_lines: Pipeline) -> None:
    submit = Path(sys.executable).with_name("spark-submit")
    ended = start(
        *(str(submit), "--master", "local[2]", "jobs/publish_alerts.py", "--warehouse", bad_lines.warehouse.root),
        *("--conf", TEST_CONF),
    )
    assert ended.returncode == 0, ended.stderr
    assert "adds up" in ended.stdout
