"""The Airflow DAGs, read without Airflow, which needs an environment of its own (`make test-airflow`). Each check first
finds its own fault in a sample."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from lakehouse.console.parser import Parser, add_shared_options
from lakehouse.errors import UsageError
from tests.support.places import ROOT

pytestmark = pytest.mark.no_spark

DAGS = {file.name: ast.parse(file.read_text(encoding="utf-8")) for file in sorted((ROOT / "dags").glob("*.py"))}
SPARK = DAGS["passenger_feedback.py"]
STAGES = ["ingest_bronze", "build_silver", "build_gold", "publish_alerts"]
FORBIDDEN = {"jobs", "lakehouse", "schemas", "pyspark"}


def imported(tree: ast.Module) -> set[str]:
    """Top packages that a file imports."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(str(node.module).partition(".")[0])
    return found


def calls(tree: ast.AST, name: str) -> Iterator[ast.Call]:
    """Calls of a plain name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name:
            yield node


def arguments(tree: ast.Module) -> dict[str, list[str]]:
    """Task -> the words of its command line, with a word for each that is looked up at run time."""
    (place,) = (
        node.value for node in tree.body if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "PLACE"
    )
    assert isinstance(place, ast.Tuple)
    shared = [str(word.value) if isinstance(word, ast.Constant) else "place" for word in place.elts]
    given = [[word.value for word in call.args if isinstance(word, ast.Constant)] for call in calls(tree, "stage")]
    return {str(name): [*shared, *map(str, counted or ["--lenient"])] for name, *counted in given}


def parse_all(tree: ast.Module) -> None:
    """Raises `UsageError` for the first command line that a stage would refuse."""
    parser = Parser()
    add_shared_options(parser)
    for words in arguments(tree).values():
        parser.parse_args(words)


def settings(tree: ast.Module) -> dict[str | None, str]:
    """What the DAG is made with."""
    (dag,) = calls(tree, "DAG")
    return {keyword.arg: ast.unparse(keyword.value) for keyword in dag.keywords}


def runs_alone(tree: ast.Module) -> bool:
    """Whether the DAG catches up on nothing and has one run at a time."""
    found = settings(tree)
    return (found.get("catchup"), found.get("max_active_runs")) == ("False", "1")


def sample(option: str = "--strict") -> ast.Module:
    return ast.parse(f"PLACE = ('--warehouse', where())\na = stage('build_gold', {option!r})\nb = stage('no_such_job')")


def missing_files(tree: ast.Module) -> list[str]:
    """Tasks without a file in jobs/."""
    return [name for name in arguments(tree) if not (ROOT / "jobs" / f"{name}.py").is_file()]


def test_nothing_of_ours_and_no_spark_is_imported() -> None:
    assert imported(ast.parse("import pyspark.sql\ndef f():\n    from jobs.cli import main")) == {"pyspark", "jobs"}
    assert [name for name, tree in DAGS.items() if imported(tree) & FORBIDDEN] == []
    assert [name for name, tree in DAGS.items() if "airflow" not in imported(tree)] == []


def test_each_task_runs_a_file_that_is_there() -> None:
    assert missing_files(sample()) == ["no_such_job"]
    assert missing_files(SPARK) == []
    assert "f'{HOME}/jobs/{name}.py'" in ast.unparse(SPARK)
    assert list(arguments(SPARK)) == [*STAGES, "report_held_files"]


def test_every_command_line_is_understood() -> None:
    parse_all(sample())
    for wrong in ("--landings", "--survey-date=yesterday"):
        with pytest.raises(UsageError, match=re.escape(wrong.partition("=")[0])):
            parse_all(sample(wrong))
    parse_all(SPARK)


def test_no_task_is_told_a_day_and_the_last_alone_counts_files() -> None:
    given = {name: [word for word in words if word.startswith("--")] for name, words in arguments(SPARK).items()}
    shared = ["--warehouse", "--landing", "--conf", "--log-format"]
    assert given == {
        **{name: [*shared, "--lenient"] for name in STAGES},
        "report_held_files": [*shared, "--strict"],
    }
    assert "application_args=[*PLACE, counted]" in ast.unparse(SPARK)


@pytest.mark.parametrize("name", DAGS)
def test_one_run_at_a_time_and_no_catching_up(name: str) -> None:
    assert runs_alone(ast.parse("DAG(catchup=False, max_active_runs=1)"))
    for wrong in ("DAG()", "DAG(catchup=True, max_active_runs=1)", "DAG(catchup=False, max_active_runs=2)"):
        assert not runs_alone(ast.parse(wrong))
    assert runs_alone(DAGS[name])
    assert settings(DAGS[name])["schedule"] == "'@daily'"
