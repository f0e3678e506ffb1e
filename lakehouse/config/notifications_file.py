"""The model of `notifications` in the settings files: where messages to teams go."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import ConfigDict, Discriminator, Field, Tag

from lakehouse.config.sections import NAME, Count, Must, Section, Text, Texts, is_name
from lakehouse.config.yaml_source import Node, nearest
from lakehouse.notify.sinks import FolderSink, MailSink, Sink, WebhookSink

SHIPPED_TEMPLATES: Final = ("slack", "teams")
_FROM_ENVIRONMENT = "Always one `${env:NAME}`."
_KINDS = ("folder", "webhook", "mail")

SinkName = Annotated[
    str, Must(is_name, "'{value}' is no name: lower-case words joined by single _, a letter first.", NAME)
]


class SinkEntry(Section):
    """A place that messages go to."""

    teams: Texts | None = Field(default=None, description="Teams whose messages go there; without it, all.")
    timeout_seconds: Count = Field(default=10, description="Seconds that a run waits for it.")


class FolderEntry(SinkEntry):
    """A folder that gets a JSON file for each message."""

    model_config = ConfigDict(title="A folder")

    kind: Literal["folder"] = Field(description="A folder on this machine.")
    folder: Text = Field(description="The folder, relative to the working folder.")


class WebhookEntry(SinkEntry):
    """An address that gets each message as JSON by POST."""

    model_config = ConfigDict(title="A webhook")

    kind: Literal["webhook"] = Field(description="An HTTP address.")
    url: Text = Field(description=f"The address, which may be a secret. {_FROM_ENVIRONMENT}")
    template: Text | None = Field(
        default=None,
        description="Shape of the JSON: slack, teams, or a Jinja2 file, relative to the file that names it; without "
        "it, the message as it is.",
    )
    token: Text | None = Field(default=None, description=f"Sent as bearer token. {_FROM_ENVIRONMENT}")


class MailEntry(SinkEntry):
    """People who get each message as an e-mail."""

    model_config = ConfigDict(title="E-mail")

    kind: Literal["mail"] = Field(description="E-mail by SMTP.")
    host: Text = Field(description="The mail server.")
    port: Count = Field(default=587, description="Its port.")
    security: Literal["starttls", "tls", "none"] = Field(default="starttls", description="How the connection is kept.")
    user: Text | None = Field(default=None, description="Who logs in; without it, nobody.")
    password: Text | None = Field(default=None, description=f"The password of `user`. {_FROM_ENVIRONMENT}")
    sender: Text = Field(description="Address that the message comes from.")
    recipients: Texts = Field(description="Addresses that it goes to.")


def _kind_of(given: object) -> str:
    """Which model checks a sink; a folder's for a kind that is missing or unknown, which it then refuses."""
    kind = given.get("kind") if isinstance(given, dict) else None
    return kind if kind in _KINDS else "folder"


Entry = Annotated[
    Annotated[FolderEntry, Tag("folder")] | Annotated[WebhookEntry, Tag("webhook")] | Annotated[MailEntry, Tag("mail")],
    Discriminator(_kind_of),
]


def sinks_of(entries: Mapping[str, Entry], place: Node, owners: tuple[str, ...], shipped: Path) -> tuple[Sink, ...]:
    """The sinks of a configuration. `shipped`: folder of the shipped templates.

    Raises `ConfigError` for a team that nobody owns questions as, a secret in the file, and a template that is not
    there.
    """
    return tuple(_sink(name, entry, place.at(name), owners, shipped) for name, entry in entries.items())


def _sink(name: str, entry: Entry, place: Node, owners: tuple[str, ...], shipped: Path) -> Sink:
    for number, team in enumerate(entry.teams or ()):
        if team not in owners:
            raise place.at("teams", number).error(f"'{team}' is no team. {nearest(team, owners)}")
    teams = entry.teams or owners
    match entry:
        case FolderEntry():
            return FolderSink(name=name, teams=teams, timeout=entry.timeout_seconds, folder=Path(entry.folder))
        case WebhookEntry():
            _require_from_environment(place, "url", "token")
            return WebhookSink(
                name=name,
                teams=teams,
                timeout=entry.timeout_seconds,
                url=entry.url,
                template=_template(entry.template, place.at("template"), shipped),
                token=entry.token,
            )
    _require_from_environment(place, "password")
    if (entry.user is None) != (entry.password is None):
        raise place.error("user and password go together. Give both, or neither.")
    return MailSink(
        name=name,
        teams=teams,
        timeout=entry.timeout_seconds,
        host=entry.host,
        port=entry.port,
        security=entry.security,
        user=entry.user,
        password=entry.password,
        sender=entry.sender,
        recipients=entry.recipients,
    )


def _require_from_environment(place: Node, *keys: str) -> None:
    for key, written in place.entries().items():
        if key in keys:
            written.require_from_environment()


def _template(template: str | None, place: Node, shipped: Path) -> Path | None:
    if template is None:
        return None
    path = shipped / f"{template}.json.j2" if template in SHIPPED_TEMPLATES else Path(place.file).parent / template
    if not path.is_file():
        raise place.error(f"there is no file {path}. Shipped templates: {', '.join(SHIPPED_TEMPLATES)}.")
    return path
