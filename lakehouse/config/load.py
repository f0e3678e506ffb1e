"""Reads and checks all configuration files once, into one frozen object; without Spark."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from enum import Enum
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

from lakehouse.alerts.rules import AlertPolicy
from lakehouse.config.alerts_file import load_alert_policy
from lakehouse.config.notifications_file import sinks_of
from lakehouse.config.sections import read_as
from lakehouse.config.settings_file import SAFE_HOURS, LineageSettings, PrivacySettings, Settings
from lakehouse.config.suites import load_suites
from lakehouse.config.survey.catalogue import load_catalogue
from lakehouse.config.yaml_source import Node, read_yaml
from lakehouse.errors import UsageError
from lakehouse.formats.dialect import FormatRule
from lakehouse.notify.sinks import Sink
from lakehouse.places.uris import fault_of, fault_of_landing
from lakehouse.quality.suites import DECIDING, Suite
from lakehouse.request import Request
from lakehouse.survey.catalogue import Catalogue

__all__ = ["SAFE_HOURS", "UMASK", "Config", "Lineage", "Privacy", "load_config", "project_file"]

WAREHOUSE_VARIABLE = "LAKEHOUSE_WAREHOUSE"
OVERLAY_VARIABLE = "LAKEHOUSE_CONF"
# Spark option: the umask of the files that Hadoop writes. The session sets the umask of its process to it as well.
UMASK = "spark.hadoop.fs.permissions.umask-mode"
_PRIVATE_FILES = {UMASK: "077"}
_SHORTEST_KEY = 32
# Spark options that hold a secret, by their names.
_SECRET_OPTION = re.compile(r"(?i)\.(access\.key|secret\.key|session\.token|account\.key)(\.|$)|password|private\.key")


@dataclass(frozen=True)
class Privacy:
    """`suppress`: whether erased ids are kept out of later deliveries. `key`: secret key of the hash of an id."""

    suppress: bool
    key: str = field(default="", repr=False)


@dataclass(frozen=True)
class Lineage:
    """Where OpenLineage events go. `transport`: `none`, `file` (appended to `file`) or `http` (to `endpoint` below
    `url`, with `key` as bearer token when there is one). `timeout_seconds`: the longest wait for one event."""

    transport: str
    namespace: str
    timeout_seconds: int
    endpoint: str
    file: str = ""
    url: str = field(default="", repr=False)
    key: str = field(default="", repr=False)


@dataclass(frozen=True)
class Config:
    """All settings of a run.

    `set_aside`: patterns of names that no run looks at. `undated`: `hold` or `today`, for files without a survey date.
    `drift`: kind of difference -> `warn` or `hold`. `sinks`: where messages to teams go. `rules_version`: hash of
    everything that decides which lines reach silver, and how they are typed: columns, values, headers, rules on lines,
    response key, drift and `undated`.
    """

    warehouse: str
    landing: tuple[str, ...]
    formats: tuple[FormatRule, ...]
    set_aside: tuple[str, ...]
    undated: str
    response_key: tuple[str, ...]
    drift: Mapping[str, str]
    spark: Mapping[str, str] = field(repr=False)
    unity_catalog: str | None
    privacy: Privacy
    lineage: Lineage
    lease_seconds: int
    vacuum_hours: int
    catalogue: Catalogue
    suites: Mapping[str, Suite]
    alert_policy: AlertPolicy
    sinks: tuple[Sink, ...]
    rules_version: str


def project_file(*parts: str) -> Path:
    """Path of a shipped file: in the checkout when this code runs from one, else in the installed package."""
    package = Path(__file__).resolve().parent.parent
    checkout = package.parent
    return (checkout if (checkout / "setup.py").is_file() else package).joinpath(*parts)


def configuration(request: Request) -> Config:
    """Loads the configuration for a request and the environment variables. Raises `ConfigError` with file and line."""
    return load_config(request.conf, request.warehouse, request.landing, os.environ)


def load_config(
    overlay: str | None, warehouse: str | None, landing: Sequence[str], environ: Mapping[str, str]
) -> Config:
    """Loads base.yml and the files that it names. The overlay replaces settings of base.yml, environment variables
    replace those of both, and the arguments (from the command line) replace all others.

    Raises `ConfigError` with file and line for a setting that is wrong or could not take effect.
    """
    warehouse = warehouse or environ.get(WAREHOUSE_VARIABLE)
    given = {key for key, value in (("warehouse", warehouse), ("landing", landing)) if value}
    root = _merged(overlay or environ.get(OVERLAY_VARIABLE), given, environ)
    settings = read_as(Settings, root)
    _require_places(warehouse, landing, root)
    _require_no_secrets(root.at("spark"))
    drift = settings.drift.model_dump()
    catalogue = load_catalogue(_beside(root.at("questions"), settings.questions), environ)
    rules = _beside(root.at("expectations"), settings.expectations)
    suites = load_suites(rules, catalogue, settings.response_key, environ)
    return Config(
        warehouse=_without_last_slash(warehouse or settings.warehouse),
        landing=tuple(landing) or settings.landing,
        formats=tuple(FormatRule(**one.model_dump()) for one in settings.formats),
        set_aside=settings.set_aside,
        undated=settings.undated,
        response_key=settings.response_key,
        drift=drift,
        spark=settings.spark | (_PRIVATE_FILES if settings.private_files else {}),
        unity_catalog=settings.unity_catalog,
        privacy=_privacy(settings.privacy, root.at("privacy")),
        lineage=_lineage(settings.lineage, root.at("lineage")),
        lease_seconds=settings.lease_seconds,
        vacuum_hours=settings.vacuum_hours,
        catalogue=catalogue,
        suites=suites,
        alert_policy=load_alert_policy(_beside(root.at("alerts"), settings.alerts), catalogue, environ),
        sinks=sinks_of(
            settings.notifications,
            root.at("notifications"),
            catalogue.owners,
            project_file("conf", "notifications"),
        ),
        rules_version=_rules_version(catalogue, suites, settings.response_key, drift, settings.undated),
    )


def _merged(overlay: str | None, given: Collection[str], environ: Mapping[str, str]) -> Node:
    """base.yml with the settings of the overlay in place of its own, except for the keys in `given`: these come from
    the environment or the command line, so the overlay's values need not even be valid."""
    base = read_yaml(project_file("conf", "base.yml"), environ)
    if not overlay:
        return base
    settings = {key: node for key, node in read_yaml(Path(overlay), environ).entries().items() if key not in given}
    if "spark" in settings:
        options = {**base.at("spark").entries(), **settings["spark"].entries()}
        without_removed = {key: node for key, node in options.items() if node.value is not None}
        settings["spark"] = replace(settings["spark"], value=without_removed)
    return replace(base, value={**base.entries(), **settings})


def _require_places(warehouse: str | None, landing: Sequence[str], root: Node) -> None:
    """Raises `UsageError` for a place that cannot be used; never repeats it, because a secret may stand in it.
    `warehouse`, `landing`: as given outside of the files; when they are not, those of the settings count."""
    _require(warehouse, root.at("warehouse"), "--warehouse (or LAKEHOUSE_WAREHOUSE)", fault_of)
    for uri in landing:
        _require(uri, root, "--landing", fault_of_landing)
    settings = root.at("landing").value
    for setting in settings if isinstance(settings, tuple) and not landing else ():
        _require(None, setting, "", fault_of_landing)


def _require(given: str | None, setting: Node, option: str, fault_in: Callable[[str], str | None]) -> None:
    fault = fault_in(given or str(setting.resolved()))
    if fault:
        raise UsageError(f"{option}: {fault}") if given else setting.error(fault)


def _require_no_secrets(spark: Node) -> None:
    """Raises `ConfigError` for a Spark option that holds a secret in the file itself."""
    for key, node in spark.entries().items():
        if _SECRET_OPTION.search(key) and node.value is not None:
            node.require_from_environment()


def _beside(setting: Node, path: str) -> Path:
    """The path that a setting gives relative to the file in which the setting stands."""
    return Path(setting.file).parent / path


def _without_last_slash(uri: str) -> str:
    return uri.rstrip("/") or "/"


def _privacy(settings: PrivacySettings, place: Node) -> Privacy:
    if not settings.suppress:
        return Privacy(False)
    if settings.key is None:
        raise place.error("suppress needs a key. Add `key: ${env:LAKEHOUSE_PRIVACY_KEY}`, and keep it for ever.")
    written = place.at("key")
    written.require_from_environment("LAKEHOUSE_PRIVACY_KEY")
    if len(settings.key) < _SHORTEST_KEY:
        raise written.error(f"must have at least {_SHORTEST_KEY} characters: a short one can be found by trying.")
    return Privacy(True, settings.key)


def _lineage(settings: LineageSettings, place: Node) -> Lineage:
    needed = {"file": settings.file, "http": settings.url}
    if settings.transport in needed and needed[settings.transport] is None:
        key = "file" if settings.transport == "file" else "url"
        raise place.error(f"transport {settings.transport} needs {key}. Add the key here.")
    for key in ("url", "key"):
        if getattr(settings, key) is not None:
            variable, what = f"LAKEHOUSE_LINEAGE_{key.upper()}", "it may hold a secret, which does"
            place.at(key).require_from_environment(variable, what)
    if settings.url is not None and not _is_web_address(settings.url):
        raise place.at("url").error("the value of the variable is no address that begins with http:// or https://.")
    given = {key: value for key, value in settings.model_dump().items() if value is not None}
    return Lineage(**given)


def _is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and text == text.strip()


def _rules_version(
    catalogue: Catalogue,
    suites: Mapping[str, Suite],
    response_key: tuple[str, ...],
    drift: Mapping[str, str],
    undated: str,
) -> str:
    content = {
        "catalogue": catalogue.reading,
        "rules": {gate: [asdict(rule) for rule in suites[gate].rules] for gate in DECIDING},
        "response_key": response_key,
        "drift": drift,
        "undated": undated,
    }
    text = json.dumps(content, sort_keys=True, default=_plain)
    return sha256(text.encode()).hexdigest()[:12]


def _plain(value: object) -> str:
    return str(value.value) if isinstance(value, Enum) else str(value)
