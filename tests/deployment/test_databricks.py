"""The Databricks bundle, read without a workspace. Each check first finds its own fault in a sample."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from importlib.metadata import EntryPoint, distribution
from typing import Any

import pytest
import yaml
from databricks.sdk.service.jobs import JobSettings

from lakehouse.config.load import load_config
from lakehouse.console.command import Command
from lakehouse.console.parser import Parser
from lakehouse.errors import UsageError
from tests.support.markdown import page
from tests.support.places import ROOT

pytestmark = pytest.mark.no_spark

BUNDLE: dict[str, Any] = yaml.safe_load((ROOT / "databricks.yml").read_text(encoding="utf-8"))
RESOURCES = sorted((ROOT / "resources").glob("*.job.yml"))
# What a target must be given, and what Databricks fills in.
GIVEN = {
    "var.warehouse": "abfss://lakehouse@account.dfs.core.windows.net/warehouse",
    "var.landing": "/Volumes/main/surveys/landing/",
    "var.node_type_id": "Standard_D4ds_v5",
    "var.email_notifications": {"on_failure": ["on-call@example.com"]},
    "var.webhook_notifications": {"on_failure": [{"id": "7c1e"}]},
    "workspace.file_path": str(ROOT),
}
REFERENCE = re.compile(r"\$\{([\w.]+)\}")
SECRET_NAME = re.compile(r"token|secret|password|api_?key|credential|account_?key", re.IGNORECASE)
SECRET_VALUE = re.compile(r"dapi[0-9a-f]{8,}|dose[0-9a-f]{8,}|AKIA[0-9A-Z]{16}|-----BEGIN|[A-Za-z0-9+/]{40,}|\bsig=")

DRIVER = re.compile(r"\b(_jvm|_jdf|_jsparkSession|sparkContext|newSession|rdd)\b|^from py4j", re.MULTILINE)


def scalars(value: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    """Every value with the key under which it stands; items of a list have the list's key."""
    if isinstance(value, Mapping):
        for name, below in value.items():
            yield from scalars(below, str(name))
    elif isinstance(value, list):
        for item in value:
            yield from scalars(item, key)
    else:
        yield key, value


def references(value: Any) -> set[str]:
    """Names of the references `${name}` in all values."""
    return {name for _, text in scalars(value) if isinstance(text, str) for name in REFERENCE.findall(text)}


def resolved(value: Any, values: Mapping[str, Any]) -> Any:
    """The value with its references replaced; one that is nothing but a reference takes the type of what it names."""
    if isinstance(value, Mapping):
        return {key: resolved(below, values) for key, below in value.items()}
    if isinstance(value, list):
        return [resolved(item, values) for item in value]
    if not isinstance(value, str):
        return value
    whole = REFERENCE.fullmatch(value)
    if whole:
        return resolved(values[whole[1]], values)
    return REFERENCE.sub(lambda found: str(values[found[1]]), value)


def as_written() -> dict[str, dict[str, Any]]:
    """The jobs of all resource files, by name."""
    files = [yaml.safe_load(file.read_text(encoding="utf-8")) for file in RESOURCES]
    return {name: job for file in files for name, job in file["resources"]["jobs"].items()}


def as_deployed() -> dict[str, dict[str, Any]]:
    """The jobs with every reference resolved."""
    defaults = {f"var.{name}": one["default"] for name, one in BUNDLE["variables"].items() if "default" in one}
    return {name: resolved(job, defaults | GIVEN) for name, job in as_written().items()}


def tasks() -> list[dict[str, Any]]:
    return [task for job in as_deployed().values() for task in job["tasks"]]


def lost_keys(job: Mapping[str, Any]) -> set[str]:
    """Keys that the API of Databricks does not know."""
    known = {key for key, _ in keyed(JobSettings.from_dict(dict(job)).as_dict())}
    return {key for key, _ in keyed(job)} - known


def keyed(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every path of keys and places in lists, with its value."""
    below = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    for name, item in below:
        yield f"{path}/{name}", item
        yield from keyed(item, f"{path}/{name}")


def test_every_key_is_one_of_the_api() -> None:
    sample = {"name": "x", "tasks": [{"task_key": "a", "depnds_on": [], "new_cluster": {"num_wrokers": 1}}]}
    assert lost_keys(sample) == {"/tasks/0/depnds_on", "/tasks/0/new_cluster/num_wrokers"}
    jobs = as_deployed()
    assert jobs.keys() == {"passenger_feedback", "maintain", "register"}
    assert set().union(*map(lost_keys, jobs.values())) == set()
    assert all(JobSettings.from_dict(job).as_dict() == job for job in jobs.values())


def dangling(job: Mapping[str, Any]) -> list[str]:
    """Tasks and clusters that a task names and that are not there; a task may only depend on one above it."""
    clusters = {one["job_cluster_key"] for one in job["job_clusters"]}
    found, above = [], set[str]()
    for task in job["tasks"]:
        found += [one["task_key"] for one in task.get("depends_on", []) if one["task_key"] not in above]
        found += [] if task.get("job_cluster_key") in clusters else [str(task.get("job_cluster_key"))]
        above.add(task["task_key"])
    return found


def test_tasks_and_clusters_that_are_named_are_there() -> None:
    sample = {
        "job_clusters": [{"job_cluster_key": "small"}],
        "tasks": [{"task_key": "a", "depends_on": [{"task_key": "b"}], "job_cluster_key": "big"}, {"task_key": "b"}],
    }
    assert dangling(sample) == ["b", "big", "None"]
    assert [found for job in as_deployed().values() for found in dangling(job)] == []


def test_stages_run_one_after_the_other() -> None:
    stages = as_deployed()["passenger_feedback"]["tasks"]
    names = ["ingest", "silver", "gold", "publish", "status"]
    assert [task["python_wheel_task"]["entry_point"] for task in stages] == names
    assert [task["task_key"] for task in stages] == names
    assert [one["task_key"] for task in stages[1:] for one in task["depends_on"]] == names[:-1]


def test_a_file_that_waits_fails_the_last_task_alone() -> None:
    *stages, last = as_deployed()["passenger_feedback"]["tasks"]
    assert {parsed(task).lenient for task in stages} == {True}
    assert (parsed(last).strict, last["max_retries"]) == (True, 0)


def entry_points(task: Mapping[str, Any]) -> list[EntryPoint]:
    """As Databricks finds them: in the metadata of the package, by the name alone, whatever the group."""
    wheel_task = task["python_wheel_task"]
    found = distribution(wheel_task["package_name"]).entry_points
    return [one for one in found if one.name == wheel_task["entry_point"]]


def command(task: Mapping[str, Any]) -> Command:
    """The command that a task runs."""
    (entry_point,) = entry_points(task)
    found = entry_point.load().__self__
    assert isinstance(found, Command)
    return found


def parsed(task: Mapping[str, Any]) -> Any:
    """The arguments that the task's command takes from its parameters. Raises `UsageError` for one that is wrong."""
    parser = Parser(prog=task["task_key"])
    command(task).add_arguments(parser)
    return parser.parse_args(task["python_wheel_task"]["parameters"])


def test_every_entry_point_is_in_the_metadata_once_and_takes_its_parameters() -> None:
    wheel_task = {"package_name": "passenger_feedback_lakehouse", "entry_point": "gold", "parameters": ["--landings"]}
    with pytest.raises(UsageError, match="--landings"):
        parsed({"task_key": "x", "python_wheel_task": wheel_task})
    assert entry_points({"python_wheel_task": {**wheel_task, "entry_point": "fly"}}) == []
    for task in tasks():
        assert command(task).name == task["task_key"]
        arguments = parsed(task)
        config = load_config(arguments.conf, arguments.warehouse, arguments.landing, {})
        assert config.warehouse == GIVEN["var.warehouse"]
        assert "spark.master" not in config.spark
        assert config.unity_catalog


def undeclared(text: Mapping[str, Any], declared: Mapping[str, Any]) -> set[str]:
    """Variables that are used and not declared."""
    used = {name.removeprefix("var.") for name in references(text) if name.startswith("var.")}
    return used - declared.keys()


def test_variables_are_declared_described_and_used() -> None:
    assert undeclared({"a": ["x-${var.b}-${bundle.name}", {"c": "${var.d}"}]}, {"d": {}}) == {"b"}
    everything = {"bundle": BUNDLE, "jobs": as_written()}
    assert undeclared(everything, BUNDLE["variables"]) == set()
    assert {f"var.{name}" for name in BUNDLE["variables"]} - references(everything) == set()
    assert all(one["description"] for one in BUNDLE["variables"].values())
    others = {name for name in references(everything) if not name.startswith("var.")}
    assert others == {"workspace.file_path", "bundle.name", "bundle.target"}


def secrets(value: Any) -> list[str]:
    """Keys whose value is a secret by the key's name or by its own look."""
    found = [(key, text) for key, text in scalars(value) if isinstance(text, str) and not REFERENCE.search(text)]
    return [key for key, text in found if text and (SECRET_NAME.search(key) or SECRET_VALUE.search(text))]


def test_no_secret_is_written_down() -> None:
    sample = {"a": {"client_secret": "x"}, "b": ["dapi0123456789abcdef"], "token": "${var.token}", "url": "https://x"}
    assert secrets(sample) == ["client_secret", "b"]
    assert secrets({"bundle": BUNDLE, "jobs": as_written()}) == []


def test_one_run_at_a_time_on_a_dedicated_cluster_with_the_wheel_alone() -> None:
    for job in as_deployed().values():
        assert job["max_concurrent_runs"] == 1
        assert [one["new_cluster"]["data_security_mode"] for one in job["job_clusters"]] == ["SINGLE_USER"]
    for task in tasks():
        assert task["libraries"] == [{"whl": "../dist/*.whl"}]
        assert task["email_notifications"]["on_failure"] and task["webhook_notifications"]["on_failure"]


def test_dev_is_the_default_and_prod_runs_as_a_service_principal() -> None:
    dev, prod = BUNDLE["targets"]["dev"], BUNDLE["targets"]["prod"]
    assert (dev["default"], dev["mode"]) == (True, "development")
    assert (prod["mode"], prod["run_as"]) == ("production", {"service_principal_name": "${var.run_as}"})
    assert sorted(ROOT.glob(BUNDLE["include"][0])) == RESOURCES


def driver_files() -> set[str]:
    """Modules that reach into the driver's JVM, which a Spark Connect session does not have."""
    found = (ROOT / "lakehouse").rglob("*.py")
    return {str(file.relative_to(ROOT)) for file in found if DRIVER.search(file.read_text(encoding="utf-8"))}


def test_what_stands_in_the_way_of_spark_connect_is_listed() -> None:
    assert all(map(DRIVER.search, ("spark._jvm.java", "spark.sparkContext", "from py4j.protocol import x", "df.rdd")))
    assert not any(map(DRIVER.search, ('{"pyspark", "py4j", "delta"}', "spark.range(3)")))
    section = page("deploy.md").partition("\n### Spark Connect\n")[2].partition("\n## ")[0]
    assert set(re.findall(r"^\| `(lakehouse/\S+)` \|", section, re.MULTILINE)) == driver_files()
