"""The Airflow DAG, read without Airflow: it needs an environment of its own. Each check first finds its own fault in a
sample."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from lakehouse.console.parser import Parser, add_shared_options
from lakehouse.errors import UsageError
from tests.support.places import ROOT

pytestmark = pytest.mark.no_spark

FILE = ROOT / "dags" / "passenger_feedback.py"
DAG = ast.parse(FILE.read_text(encoding="utf-8"))
STAGES = ["ingest_bronze.py", "build_silver.py", "build_gold.py", "publish_alerts.py"]
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


def texts(tree: ast.AST) -> list[str]:
    """String literals, in the order in which they are written."""
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    return [str(node.value) for node in sorted(found, key=lambda node: (node.lineno, node.col_offset))]


def stages(tree: ast.Module) -> dict[str, ast.Call]:
    """Variable -> the call of `stage` that it holds."""
    return {
        target.id: node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)
        for target in node.targets
        if isinstance(target, ast.Name) and node.value in list(calls(node, "stage"))
    }


def application(call: ast.Call) -> str:
    """The file that a task runs."""
    return texts(call)[1]


def chained_files(tree: ast.Module) -> list[str]:
    """Files of the tasks, in the order of the one `a >> b >> ...`."""
    (chain,) = (
        node.value for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.BinOp)
    )
    assert all(isinstance(node.op, ast.RShift) for node in ast.walk(chain) if isinstance(node, ast.BinOp))
    return [application(stages(tree)[name]) for name in ast.unparse(chain).split(" >> ")]


def arguments(tree: ast.Module) -> dict[str, list[str]]:
    """File -> the words of its command line; `{{ ds }}` is a day, and what is looked up at run time a place."""
    (place,) = (
        node.value for node in tree.body if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "PLACE"
    )
    assert isinstance(place, ast.Tuple)
    shared = [str(word.value) if isinstance(word, ast.Constant) else "place" for word in place.elts]
    return {
        application(call): [text.replace("{{ ds }}", "2025-01-31") for text in [*shared, *texts(call)[2:]]]
        for call in stages(tree).values()
    }


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


def sample(chain: str, option: str = "--strict") -> ast.Module:
    return ast.parse(
        f"PLACE = ('--warehouse', where())\na = stage('a', 'ingest_bronze.py', {option!r})\n"
        f"b = stage('b', 'no_such_job.py')\n{chain}"
    )


def test_it_compiles() -> None:
    with pytest.raises(SyntaxError):
        compile("with DAG( as dag:", "sample", "exec")
    compile(DAG, str(FILE), "exec")


def test_nothing_of_ours_and_no_spark_is_imported() -> None:
    assert imported(ast.parse("import pyspark.sql\ndef f():\n    from jobs.cli import main")) == {"pyspark", "jobs"}
    assert imported(DAG) & FORBIDDEN == set()
    assert "airflow" in imported(DAG)


def missing_files(tree: ast.Module) -> list[str]:
    """Files of tasks that are not in jobs/."""
    files = [application(call) for call in stages(tree).values()]
    return [file for file in files if not (ROOT / "jobs" / file).is_file()]


def test_each_task_runs_a_file_that_is_there() -> None:
    assert missing_files(sample("a >> b")) == ["no_such_job.py"]
    assert missing_files(DAG) == []
    assert "f'{HOME}/jobs/{application}'" in ast.unparse(DAG)


def misnamed(tree: ast.Module) -> list[str]:
    """Tasks that are not called as the file that they run."""
    names = {texts(call)[0]: Path(application(call)).stem for call in stages(tree).values()}
    return [name for name, file in names.items() if name != file]


def test_tasks_are_named_after_their_file() -> None:
    assert misnamed(sample("a >> b")) == ["a", "b"]
    assert misnamed(DAG) == []


def test_tasks_run_in_the_order_of_the_pipeline() -> None:
    assert chained_files(sample("b >> a")) == ["no_such_job.py", "ingest_bronze.py"]
    with pytest.raises(AssertionError):
        chained_files(sample("a << b"))
    assert chained_files(DAG) == STAGES
    assert len(stages(DAG)) == len(list(calls(DAG, "stage"))) == len(STAGES)


def test_every_command_line_is_understood() -> None:
    parse_all(sample("a >> b"))
    for wrong in ("--landings", "--survey-date=yesterday"):
        with pytest.raises(UsageError, match=re.escape(wrong.partition("=")[0])):
            parse_all(sample("a >> b", wrong))
    parse_all(DAG)


def test_no_task_is_told_a_day() -> None:
    given = {file: {word for word in words if word.startswith("--")} for file, words in arguments(DAG).items()}
    shared = {"--warehouse", "--landing", "--conf", "--log-format"}
    assert list(given) == STAGES
    assert all(options == shared for options in given.values())
    assert "application_args=[*PLACE]" in ast.unparse(DAG)


def test_one_run_at_a_time_and_no_catching_up() -> None:
    assert runs_alone(ast.parse("DAG(catchup=False, max_active_runs=1)"))
    for wrong in ("DAG()", "DAG(catchup=True, max_active_runs=1)", "DAG(catchup=False, max_active_runs=2)"):
        assert not runs_alone(ast.parse(wrong))
    assert runs_alone(DAG)
    assert settings(DAG)["schedule"] == "'@daily'"
    assert "'retry_exponential_backoff': True" in settings(DAG)["default_args"]
