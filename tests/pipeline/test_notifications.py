"""Messages of real runs: to a place that is dead, then alive; killed around each send; and never again."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from tests.support.catalogues import SHIPPED_QUESTIONS, with_conf
from tests.support.pipeline import Pipeline
from tests.support.victims import victim

ADDRESS = "GROUND_WEBHOOK"
SINKS = """
notifications:
  desk: {kind: webhook, url: "${env:GROUND_WEBHOOK}", teams: [ground]}
  archive: {kind: folder, folder: FOLDER}
"""
STEPS = "SELECT sink, state, failure, notification_id FROM ops.notifications WHERE team = 'ground' ORDER BY 1, 2"


class Desk(HTTPServer):
    """A webhook that keeps what it gets."""

    def __init__(self, port: int = 0) -> None:
        self.got: list[dict[str, str]] = []
        super().__init__(("127.0.0.1", port), _Handler)

    def __enter__(self) -> Desk:
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *raised: object) -> None:
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: Desk

    def do_POST(self) -> None:
        self.server.got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def told(months: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pipeline]:
    """The six months with an open alert of the ground team, and two places to tell; the webhook is dead."""
    pipeline = months.copy_to(tmp_path / "told")
    folder = tmp_path / "archive"
    pipeline.conf = with_conf(pipeline.root / "conf", SHIPPED_QUESTIONS, SINKS.replace("FOLDER", str(folder)))
    with Desk() as unused:
        monkeypatch.setenv(ADDRESS, f"http://127.0.0.1:{unused.server_address[1]}/s3cr3t")
    yield pipeline


def port_of(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch, desk: Desk) -> None:
    monkeypatch.setenv(ADDRESS, f"http://127.0.0.1:{desk.server_address[1]}/s3cr3t")


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
    with Desk() as desk:
        port_of(told, monkeypatch, desk)
        assert told.run() == 0
        before = told.versions()
        assert told.run() == 0
    (message,) = desk.got
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


@pytest.mark.long
def test_kills_around_each_send_lose_no_message_and_repeat_none_under_another_id(
    told: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Desk() as desk:
        port_of(told, monkeypatch, desk)
        for point, arrived in (
            ("before ops.notifications 1", 0),
            ("after ops.notifications 1", 0),
            ("before ops.notifications 1", 1),
        ):
            with victim(told, point, "--wait", "120") as run:
                run.wait_for(point)
                run.kill("group")
            assert len(desk.got) == arrived
        assert told.run("run", "--wait", "120") == 0
        assert told.run() == 0
    assert len(desk.got) == 2
    assert len({message["id"] for message in desk.got}) == 1
