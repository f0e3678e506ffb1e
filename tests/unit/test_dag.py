"""The Airflow DAG, read without Airflow: it needs an environment of its own."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from jobs.options import Parser, add_shared_options

pytestmark = pytest.mark.no_spark

ROOT = Path(__file__).resolve().parents[2]
DAG = ast.parse((ROOT / "dags" / "passenger_feedback.py").read_text(encoding="utf-8"))
STAGES = ["ingest_bronze.py", "build_silver.py", "build_gold.py", "publish_alerts.py"]


def imported(tree: ast.Module) -> set[str]:
    """Top packages that a file imports."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(str(node.module).partition(".")[0])
    return found


def calls(tree: ast.Module, name: str) -> list[ast.Call]:
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name
    ]


def literals(tree: ast.AST) -> list[str]:
    return [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]


def test_nothing_of_ours_and_no_spark_is_imported() -> None:
    assert imported(ast.parse("import pyspark.sql\nfrom jobs.cli import main")) == {"pyspark", "jobs"}
    assert imported(DAG) == {"__future__", "os", "datetime", "airflow"}


def test_each_task_runs_a_file_that_is_there() -> None:
    files = [literals(call)[1] for call in calls(DAG, "stage")]
    assert files == STAGES
    assert all((ROOT / "jobs" / file).is_file() for file in files)


def test_tasks_run_in_the_order_of_the_pipeline() -> None:
    (chain,) = (
        node.value for node in ast.walk(DAG) if isinstance(node, ast.Expr) and isinstance(node.value, ast.BinOp)
    )
    assert ast.unparse(chain) == "ingest >> silver >> gold >> publish"


def test_every_option_exists() -> None:
    parser = Parser()
    add_shared_options(parser)
    known = {option for action in parser._actions for option in action.option_strings}
    passed = {text for text in literals(DAG) if text.startswith("--")}
    assert passed == {"--warehouse", "--landing", "--conf", "--log-format", "--survey-date"}
    assert passed <= known


def test_one_run_at_a_time_and_no_catching_up() -> None:
    (dag,) = calls(DAG, "DAG")
    settings = {keyword.arg: ast.unparse(keyword.value) for keyword in dag.keywords}
    assert (settings["catchup"], settings["max_active_runs"], settings["schedule"]) == ("False", "1", "'@daily'")
    assert "'retry_exponential_backoff': True" in settings["default_args"]
