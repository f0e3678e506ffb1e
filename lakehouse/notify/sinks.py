"""Where messages to teams go: folders, webhooks and mailboxes, as configured."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Sink:
    """A place for messages. `teams`: those whose messages go there. `timeout`: seconds that one run waits for it."""

    name: str
    teams: tuple[str, ...]
    timeout: int


@dataclass(frozen=True, kw_only=True)
class FolderSink(Sink):
    """Each message becomes a JSON file in a folder."""

    folder: Path


@dataclass(frozen=True, kw_only=True)
class WebhookSink(Sink):
    """Each message is posted as JSON. `template`: file that shapes the JSON; without one, the message as it is.
    `token`: sent as bearer token."""

    url: str = field(repr=False)
    template: Path | None
    token: str | None = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class MailSink(Sink):
    """Each message is an e-mail. `security`: `starttls`, `tls` or `none`. `user`: None for a server without login."""

    host: str
    port: int
    security: str
    user: str | None
    password: str | None = field(repr=False)
    sender: str
    recipients: tuple[str, ...]
