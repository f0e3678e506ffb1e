"""OpenLineage events as they are sent, and what a run suffers from an endpoint that does not take them: a warning."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lakehouse.config.load import Lineage, load_config
from lakehouse.errors import GateBlockedError
from lakehouse.lineage.datasets import Dataset, dataset_of, tables_at
from lakehouse.lineage.emitter import Emitter, emitter_of
from lakehouse.storage.history import Written
from lakehouse.storage.tables.registry import Tables, registry
from tests.support.places import ROOT
from tests.support.processes.endpoints import answering, dead, hanging

pytestmark = pytest.mark.no_spark

OFF = Lineage(transport="none", namespace="ns", timeout_seconds=1, endpoint="api/v1/lineage")
RUN = "20260101T000000-0123abcd"


@pytest.fixture(scope="module")
def tables() -> Tables:
    config = load_config(None, None, (), {})
    return registry(config.catalogue, config.response_key)


def to_file(path: Path) -> Lineage:
    return replace(OFF, transport="file", file=str(path))


def to_url(url: str, key: str = "") -> Lineage:
    return replace(OFF, transport="http", url=url, key=key)


def read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def emitter(settings: Lineage, warnings: list[str]) -> Emitter:
    return emitter_of(settings, RUN, "files accept", warnings.append)


def test_a_stage_tells_its_datasets_rows_and_parent(tmp_path: Path, tables: Tables) -> None:
    warnings: list[str] = []
    events = emitter(to_file(tmp_path / "events.jsonl"), warnings)
    landing, outputs = dataset_of("/landing"), tables_at("/lake", (tables.bronze, tables.runs))
    with events.of_command(), events.of_stage("bronze", [landing], outputs) as sent:
        written = {"bronze.survey_responses_raw": Written(7, 30, 2, 900)}
        sent.writes = tables_at("/lake", (tables.bronze, tables.runs), written)
    began, started, completed, ended = read(tmp_path / "events.jsonl")
    assert [one["eventType"] for one in (began, started, completed, ended)] == [
        "START",
        "START",
        "COMPLETE",
        "COMPLETE",
    ]
    assert began["job"]["name"] == ended["job"]["name"] == "command.files_accept"
    assert started["job"] == completed["job"]
    assert (started["job"]["namespace"], started["job"]["name"]) == ("ns", "stage.bronze")
    assert started["run"]["runId"] == completed["run"]["runId"] != began["run"]["runId"]
    parent = completed["run"]["facets"]["parent"]
    assert (parent["run"]["runId"], parent["job"]["name"]) == (began["run"]["runId"], "command.files_accept")
    assert completed["run"]["facets"]["tags"]["tags"][0]["value"] == RUN
    assert [(one["namespace"], one["name"]) for one in completed["inputs"]] == [("file", "/landing")]
    bronze, runs = completed["outputs"]
    assert (bronze["namespace"], bronze["name"]) == ("file", "/lake/bronze/survey_responses_raw")
    counts = bronze["outputFacets"]["outputStatistics"]
    assert (counts["rowCount"], counts["size"], counts["fileCount"]) == (30, 900, 2)
    assert bronze["facets"]["version"]["datasetVersion"] == "7"
    # Bronze has delivered columns besides its contract; the contract of another table is its schema.
    assert "schema" not in bronze["facets"]
    first = runs["facets"]["schema"]["fields"][0]
    assert (first["name"], first["type"], first["description"]) == ("run_id", "string", "The run")
    assert started["outputs"][0].get("outputFacets", {}) == {}
    assert warnings == []


def test_a_failed_stage_says_why_and_an_unforeseen_error_only_its_kind(tmp_path: Path) -> None:
    events = emitter(to_file(tmp_path / "events.jsonl"), [])
    with pytest.raises(GateBlockedError), events.of_command(), events.of_stage("silver", (), ()):
        raise GateBlockedError("silver", ["ids_missing"])
    with pytest.raises(ZeroDivisionError), events.of_stage("gold", (), ()):
        _ = 1 // 0
    failed = [one for one in read(tmp_path / "events.jsonl") if one["eventType"] == "FAIL"]
    assert [one["job"]["name"] for one in failed] == ["stage.silver", "command.files_accept", "stage.gold"]
    messages = [one["run"]["facets"]["errorMessage"]["message"] for one in failed]
    assert "gate 'silver' blocked: ids_missing" in messages[0]
    assert messages[1:] == [messages[0], "ZeroDivisionError"]


def test_events_and_the_key_reach_an_endpoint(tables: Tables) -> None:
    with answering() as endpoint:
        warnings: list[str] = []
        with emitter(to_url(f"{endpoint.url}/base", "s3cret"), warnings).of_stage("gold", [], [Dataset("file", "/x")]):
            assert len(endpoint.bodies) == 1
    assert [one["eventType"] for one in endpoint.bodies] == ["START", "COMPLETE"]
    assert endpoint.path == "/base/api/v1/lineage"
    assert endpoint.headers["Authorization"] == "Bearer s3cret"
    assert warnings == []


@pytest.mark.parametrize(
    ("server", "said"),
    [
        (hanging, "no answer within 1 s"),
        (lambda: nullcontext(dead()), "ConnectionError"),
    ],
)
def test_an_endpoint_that_takes_nothing_is_one_warning(
    server: Callable[[], AbstractContextManager[str]], said: str
) -> None:
    warnings: list[str] = []
    with server() as url:
        events = emitter(to_url(url, "s3cret"), warnings)
        with events.of_command():
            for stage in ("bronze", "silver", "gold"):
                with events.of_stage(stage, (), ()):
                    assert not events.is_on
    assert warnings == [f"lineage events cannot be delivered ({said}): the run goes on, and sends no more of them"]
    assert "127.0.0.1" not in warnings[0]


def test_a_refusal_is_told_by_its_status_without_the_address() -> None:
    warnings: list[str] = []
    with answering(status=503) as endpoint, emitter(to_url(endpoint.url, "s3cret"), warnings).of_command():
        pass
    assert len(endpoint.bodies) == 1
    assert warnings == [
        "lineage events cannot be delivered (HTTP status 503): the run goes on, and sends no more of them"
    ]


def test_a_file_that_cannot_be_written_is_one_warning(tmp_path: Path) -> None:
    warnings: list[str] = []
    with emitter(to_file(tmp_path / "none" / "events.jsonl"), warnings).of_command():
        pass
    assert len(warnings) == 1
    assert "No such file or directory" in warnings[0]


def test_nothing_is_sent_when_it_is_off(tmp_path: Path) -> None:
    events = emitter(OFF, [])
    with events.of_command(), events.of_stage("gold", (), ()):
        assert not events.is_on
    assert list(tmp_path.iterdir()) == []


def test_address_and_key_are_in_no_representation() -> None:
    settings = to_url("http://10.0.0.1:5000", "s3cret")
    shown = repr(settings) + repr(emitter(settings, []))
    assert "s3cret" not in shown
    assert "10.0.0.1" not in shown


def test_without_the_extra_a_run_is_refused_before_it_begins(tmp_path: Path) -> None:
    overlay = tmp_path / "own.yml"
    overlay.write_text(f"lineage: {{transport: file, file: {tmp_path}/events.jsonl}}\n", encoding="utf-8")
    program = (
        "import sys; sys.modules['openlineage'] = None\n"
        "from lakehouse.console.app import main; from lakehouse.console.harness import run_as_program\n"
        "raise SystemExit(run_as_program(main))\n"
    )
    places = ("--warehouse", str(tmp_path / "warehouse"), "--landing", str(tmp_path), "--conf", str(overlay))
    ended = subprocess.run(
        [sys.executable, "-c", program, "run", *places],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == 2, ended.stderr
    assert ended.stderr == (
        "error: lineage.transport file needs the extra 'lineage': pip install 'passenger-feedback-lakehouse[lineage]', "
        "or set it to none.\n"
    )
    assert not (tmp_path / "warehouse").exists()
