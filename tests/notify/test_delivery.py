"""Messages to real servers on loopback: delivered, refused, redirected, dead, or never answered."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.header import decode_header, make_header
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from lakehouse.ledger.notifications import Undelivered
from lakehouse.notify.delivery import deliver
from lakehouse.notify.sinks import FolderSink, MailSink, Sink, WebhookSink
from tests.support.places import ROOT

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


class Receiver(ThreadingHTTPServer):
    """A webhook that answers with `status`; None: it takes the message and never answers."""

    daemon_threads = True

    def __init__(self, status: int | None) -> None:
        self.status = status
        self.got: list[tuple[dict[str, str], Any]] = []
        self.over = threading.Event()
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/{SECRET}"


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((dict(self.headers), json.loads(body)))
        if self.server.status is None:
            self.server.over.wait()
            return
        self.send_response(self.server.status)
        if self.server.status == 307:
            self.send_header("Location", "http://localhost:9/elsewhere")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def receiver(status: int | None) -> Iterator[Receiver]:
    server = Receiver(status)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server
    finally:
        server.over.set()
        server.shutdown()
        server.server_close()
        thread.join()


def webhook(url: str, name: str = "desk", template: str | None = None, timeout: int = 30) -> WebhookSink:
    path = ROOT / "conf" / "notifications" / f"{template}.json.j2" if template else None
    return WebhookSink(name=name, teams=TEAMS, timeout=timeout, url=url, template=path, token="t0k3n")


def failures(sinks: list[Sink], messages: list[Undelivered]) -> list[str | None]:
    return [attempt.failure for attempt in deliver(sinks, messages)]


def test_a_webhook_gets_the_message_with_its_id() -> None:
    with receiver(204) as server:
        assert failures([webhook(server.url)], [message("desk"), message("other")]) == [None]
    ((headers, body),) = server.got
    assert body == CONTENT
    assert headers["Idempotency-Key"] == CONTENT["id"]
    assert (headers["Authorization"], headers["Content-Type"]) == ("Bearer t0k3n", "application/json")


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
    with receiver(200) as server:
        assert failures([webhook(server.url, template=template)], [message("desk")]) == [None]
    assert place(server.got[0][1]) == (CONTENT["subject"], f"New: {CONTENT['news'][0]['headline']}")


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (500, "it answered 500"),
        (404, "it answered 404"),
        (307, "it answered 307, a redirect; these are not followed"),
        (None, "no answer within 1 s"),
    ],
)
def test_what_does_not_arrive_is_told_without_the_address(status: int | None, expected: str) -> None:
    with receiver(status) as server:
        # A sink that failed is not tried again at once.
        timeout = 1 if status is None else 30
        assert failures([webhook(server.url, timeout=timeout)], [message("desk"), message("desk", 1)]) == [expected]


def test_a_dead_webhook_keeps_nobody_else_waiting() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        dead = f"http://127.0.0.1:{unused.getsockname()[1]}/{SECRET}"
        with receiver(200) as server:
            sinks: list[Sink] = [webhook(dead, "dead"), webhook("not an address", "odd"), webhook(server.url)]
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
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
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
