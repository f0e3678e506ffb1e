"""Messages to real servers on loopback: delivered, refused, redirected, dead, or never answered."""

from __future__ import annotations

import json
from email import message_from_bytes
from email.header import decode_header, make_header
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from lakehouse.ledger.notifications import Undelivered
from lakehouse.notify.delivery import deliver
from lakehouse.notify.sinks import FolderSink, MailSink, Sink, WebhookSink
from tests.support.places import ROOT
from tests.support.processes.endpoints import answering, dead, hanging
from tests.support.processes.servers import free_port

pytestmark = pytest.mark.no_spark

SECRET = "s3cr3t-path"
TEAMS = ("ground",)
CONTENT: dict[str, Any] = {
    "id": "0123456789abcdef",
    "team": "ground",
    "subject": 'Satisfaction alerts, ground: 1 new "quoted" <b>',
    "text": "New: Check-in service: mean 3.13, was 3.30 (-0.18)",
    "news": [
        {
            "event": "begun",
            "words": "New",
            "headline": 'Check-in "service" & <more>: mean 3.13, was 3.30 (-0.18)',
            "alert_id": "fedcba9876543210",
            "period_type": "month",
            "period_start": "2026-10-01",
        }
    ],
}


def message(sink: str, number: int = 0) -> Undelivered:
    return Undelivered(f"{number}{CONTENT['id'][1:]}", sink, "ground", CONTENT, None)


def webhook(address: str, name: str = "desk", template: str | None = None, timeout: int = 30) -> WebhookSink:
    path = ROOT / "conf" / "notifications" / f"{template}.json.j2" if template else None
    return WebhookSink(name=name, teams=TEAMS, timeout=timeout, url=f"{address}/{SECRET}", template=path, token="t0k3n")


def failures(sinks: list[Sink], messages: list[Undelivered]) -> list[str | None]:
    return [attempt.failure for attempt in deliver(sinks, messages)]


def test_a_webhook_gets_the_message_with_its_id() -> None:
    with answering(204) as desk:
        assert failures([webhook(desk.url)], [message("desk"), message("other")]) == [None]
    assert desk.bodies == [CONTENT]
    assert desk.headers["Idempotency-Key"] == CONTENT["id"]
    assert (desk.headers["Authorization"], desk.headers["Content-Type"]) == ("Bearer t0k3n", "application/json")


@pytest.mark.parametrize(
    ("template", "place"),
    [
        ("slack", lambda body: (body["text"], body["blocks"][1]["text"]["text"])),
        (
            "teams",
            lambda body: tuple(block["text"] for block in body["attachments"][0]["content"]["body"]),
        ),
    ],
)
def test_the_shipped_templates_say_it_as_their_receivers_want(template: str, place: Any) -> None:
    with answering(200) as desk:
        assert failures([webhook(desk.url, template=template)], [message("desk")]) == [None]
    assert place(desk.bodies[0]) == (CONTENT["subject"], f"New: {CONTENT['news'][0]['headline']}")


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (500, "it answered 500"),
        (404, "it answered 404"),
        (307, "it answered 307, a redirect; these are not followed"),
    ],
)
def test_what_does_not_arrive_is_told_without_the_address(status: int, expected: str) -> None:
    with answering(status, Location="http://localhost:9/elsewhere") as desk:
        # A sink that failed is not tried again at once.
        assert failures([webhook(desk.url)], [message("desk"), message("desk", 1)]) == [expected]
    assert len(desk.bodies) == 1


def test_a_webhook_that_never_answers_is_not_waited_for() -> None:
    with hanging() as address:
        messages = [message("desk"), message("desk", 1)]
        assert failures([webhook(address, timeout=1)], messages) == ["no answer within 1 s"]


def test_a_dead_webhook_keeps_nobody_else_waiting() -> None:
    with answering(200) as desk:
        sinks: list[Sink] = [webhook(dead(), "dead"), webhook("not an address", "odd"), webhook(desk.url)]
        found = {
            attempt.message.sink: attempt.failure
            for attempt in deliver(sinks, [message("dead"), message("odd"), message("desk")])
        }
    assert found == {"dead": "no connection", "odd": "the request failed (InvalidURL)", "desk": None}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{ nothing }}", "template own.j2: 'nothing' is undefined"),
        ("{{ subject }}", "template own.j2 makes no JSON: Expecting value: line 1 column 1 (char 0)"),
        ("{% if %}", "template own.j2: Expected an expression, got 'end of statement block'"),
        ("{{ ''.__class__.__mro__ }}", "template own.j2: access to attribute '__class__' of 'str' object is unsafe."),
    ],
)
def test_a_template_that_makes_no_message_is_named(tmp_path: Path, text: str, expected: str) -> None:
    template = tmp_path / "own.j2"
    template.write_text(text, encoding="utf-8")
    sink = WebhookSink(name="desk", teams=TEAMS, timeout=30, url="http://127.0.0.1:9", template=template, token=None)
    assert failures([sink], [message("desk")]) == [expected]


def test_a_folder_gets_a_file_for_each_message_and_the_same_again(tmp_path: Path) -> None:
    sink = FolderSink(name="desk", teams=TEAMS, timeout=30, folder=tmp_path / "messages")
    assert failures([sink], [message("desk"), message("desk", 1)]) == [None, None]
    assert failures([sink], [message("desk")]) == [None]
    assert sorted(file.name for file in sink.folder.iterdir()) == [f"{n}{CONTENT['id'][1:]}.json" for n in (0, 1)]
    assert json.loads((sink.folder / f"{CONTENT['id']}.json").read_text(encoding="utf-8")) == CONTENT
    (tmp_path / "file").write_text("")
    blocked = FolderSink(name="desk", teams=TEAMS, timeout=30, folder=tmp_path / "file" / "below")
    assert failures([blocked], [message("desk")]) == ["the file cannot be written: Not a directory"]


class Mailbox:
    def __init__(self) -> None:
        self.got: list[bytes] = []

    async def handle_DATA(self, server: object, session: object, envelope: Any) -> str:  # noqa: N802
        self.got.append(envelope.content)
        return "250 OK"


def mail(port: int, security: str = "none") -> MailSink:
    return MailSink(
        name="desk",
        teams=TEAMS,
        timeout=30,
        host="127.0.0.1",
        port=port,
        security=security,
        user=None,
        password=None,
        sender="lakehouse@example.com",
        recipients=("ground@example.com", "duty@example.com"),
    )


def test_people_get_the_message_by_mail() -> None:
    mailbox = Mailbox()
    port = free_port()
    controller = Controller(mailbox, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        assert failures([mail(port)], [message("desk")]) == [None]
        # The server offers no encryption: nothing is said to it in the clear.
        assert failures([mail(port, "starttls")], [message("desk")]) == [
            "the mail server refused (SMTPNotSupportedError)"
        ]
    finally:
        controller.stop()
    (raw,) = mailbox.got
    mailed = message_from_bytes(raw)
    assert str(make_header(decode_header(mailed["Subject"]))) == CONTENT["subject"]
    assert mailed["Message-ID"] == f"<{CONTENT['id']}@example.com>"
    assert mailed["To"] == "ground@example.com, duty@example.com"
    assert mailed.get_payload(decode=True).decode().strip() == CONTENT["text"]  # type: ignore[union-attr]
    assert failures([mail(port)], [message("desk")]) == ["no connection to the mail server"]
