"""Messages of real runs: to a place that is dead, then alive; killed around each send; and never again."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.catalogues import SHIPPED_QUESTIONS, with_conf
from tests.support.pipeline import Pipeline
from tests.support.processes.endpoints import answering, dead
from tests.support.processes.victims import victim

pytestmark = pytest.mark.long

ADDRESS = "GROUND_WEBHOOK"
SINKS = """
notifications:
  desk: {kind: webhook, url: "${env:GROUND_WEBHOOK}", teams: [ground]}
  archive: {kind: folder, folder: FOLDER}
"""
STEPS = "SELECT sink, state, failure, notification_id FROM ops.notifications WHERE team = 'ground' ORDER BY 1, 2"


@pytest.fixture
def told(months: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pipeline:
    """The six months with an open alert of the ground team, and two places to tell; the webhook is dead."""
    pipeline = months.copy_to(tmp_path / "told")
    folder = tmp_path / "archive"
    pipeline.conf = with_conf(pipeline.root / "conf", SHIPPED_QUESTIONS, SINKS.replace("FOLDER", str(folder)))
    monkeypatch.setenv(ADDRESS, f"{dead()}/s3cr3t")
    return pipeline


def test_a_dead_webhook_fails_no_run_and_gets_the_message_once_it_is_alive(
    told: Pipeline, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert told.run() == 0
    said = capsys.readouterr()
    assert "notifications: desk: no connection; the next run tries again" in said.err
    assert "Messages: 1 sent, 1 to be tried again" in said.out
    assert told.run("status") == 0
    shown = capsys.readouterr()
    assert "Messages that were not delivered:" in shown.out and "no connection" in shown.out
    with answering(200) as desk:
        monkeypatch.setenv(ADDRESS, f"{desk.url}/s3cr3t")
        assert told.run() == 0
        before = told.versions()
        assert told.run() == 0
    (message,) = desk.bodies
    assert message["subject"].startswith("Satisfaction alerts, ground: ")
    assert "New: Check-in service: mean " in message["text"]
    assert told.versions() == before
    steps = [tuple(row) for row in told.sql(STEPS)]
    assert [step[:3] for step in steps] == [
        ("archive", "queued", None),
        ("archive", "sent", None),
        ("desk", "failed", "no connection"),
        ("desk", "queued", None),
        ("desk", "sent", None),
    ]
    assert {step[3] for step in steps if step[0] == "desk"} == {message["id"]}
    said = capsys.readouterr()
    assert "s3cr3t" not in str(steps) + said.out + said.err


def test_kills_around_each_send_lose_no_message_and_repeat_none_under_another_id(
    told: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    with answering(200) as desk:
        monkeypatch.setenv(ADDRESS, f"{desk.url}/s3cr3t")
        for point, arrived in (
            ("before ops.notifications 1", 0),
            ("after ops.notifications 1", 0),
            ("before ops.notifications 1", 1),
        ):
            with victim(told, point, "--wait", "120") as run:
                run.wait_for(point)
                run.kill("group")
            assert len(desk.bodies) == arrived
        assert told.run("run", "--wait", "120") == 0
        assert told.run() == 0
    assert len(desk.bodies) == 2
    assert len({message["id"] for message in desk.bodies}) == 1
