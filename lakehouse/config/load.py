"""Configuration files -> one frozen object, read and checked once, without Spark."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import Enum
from hashlib import sha256
from pathlib import Path
from typing import Any

from lakehouse.alerts.rules import AlertRule, Threshold
from lakehouse.config.catalogue import load_catalogue
from lakehouse.config.yaml_source import Node, is_from_environment, nearest, read_yaml
from lakehouse.quality.suites import DECIDING, Suite, load_suites
from lakehouse.survey.catalogue import Catalogue
from lakehouse.survey.drift import KINDS, POLICIES
from lakehouse.survey.headers import snake_case
from schemas import columns as c

WAREHOUSE_VARIABLE = "LAKEHOUSE_WAREHOUSE"
OVERLAY_VARIABLE = "LAKEHOUSE_CONF"
SEGMENTS = ("overall", c.CLASS, c.TRAVEL_TYPE, c.CUSTOMER_TYPE, "class_travel_type")
# The side of a threshold on which each metric is bad.
METRICS: Mapping[str, str] = {"share_satisfied": "below", "share_low": "above", "share_not_applicable": "above"}
_KEYS = (
    "warehouse",
    "landing",
    "private_files",
    "privacy",
    "vacuum_hours",
    "response_key",
    "drift",
    "spark",
    "questions",
    "alerts",
    "expectations",
)
# The mask of the modes of what Hadoop's file system writes; the session's processes take it over.
UMASK = "spark.hadoop.fs.permissions.umask-mode"
_FOR_THE_OWNER_ALONE = {UMASK: "077"}
_SHORTEST_KEY = 32
# Delta refuses to remove what is younger: a reader of an old version or an unfinished writer may need it.
SAFE_HOURS = 168
_RESPONSE_KEYS = ((c.ID,), (c.ID, c.SURVEY_DATE))


@dataclass(frozen=True)
class Privacy:
    """Whether an erased id stays out of later deliveries, and the key under which it is recognised."""

    suppress: bool
    key: str = field(default="", repr=False)


@dataclass(frozen=True)
class Config:
    """All settings of a run.

    `drift`: kind of difference -> `warn` or `hold`.
    `rules_version` changes with all that decides which lines reach silver, and as what: columns, values, headers,
    rules on lines, response key and drift.
    """

    warehouse: str
    landing: tuple[str, ...]
    response_key: tuple[str, ...]
    drift: Mapping[str, str]
    spark: Mapping[str, str] = field(repr=False)
    privacy: Privacy
    vacuum_hours: int
    catalogue: Catalogue
    suites: Mapping[str, Suite]
    alert_rules: tuple[AlertRule, ...]
    rules_version: str


def project_file(*parts: str) -> Path:
    """A shipped file: from the checkout when there is one, else from the installed package."""
    package = Path(__file__).resolve().parent.parent
    checkout = package.parent
    return (checkout if (checkout / "setup.py").is_file() else package).joinpath(*parts)


def load_config(
    overlay: str | None, warehouse: str | None, landing: Sequence[str], environ: Mapping[str, str]
) -> Config:
    """Base settings, the overlay on top, then the environment, then the arguments (the command line).

    Raises `ConfigError` with file and line for anything that cannot take effect.
    """
    settings = _settings(overlay or environ.get(OVERLAY_VARIABLE), environ)
    response_key = _response_key(settings["response_key"])
    drift = {kind: node.choice(POLICIES) for kind, node in settings["drift"].fields(KINDS).items()}
    catalogue = load_catalogue(_neighbour(settings["questions"]), environ)
    suites = load_suites(_neighbour(settings["expectations"]), catalogue, response_key, environ)
    return Config(
        _place(warehouse or environ.get(WAREHOUSE_VARIABLE) or settings["warehouse"].text()),
        tuple(landing) or settings["landing"].texts(),
        response_key,
        drift,
        _spark_options(settings["spark"]) | (_FOR_THE_OWNER_ALONE if settings["private_files"].flag() else {}),
        _privacy(settings["privacy"]),
        _vacuum_hours(settings["vacuum_hours"]),
        catalogue,
        suites,
        _alert_rules(_neighbour(settings["alerts"]), catalogue, environ),
        _rules_version(catalogue, suites, response_key, drift),
    )


def _settings(overlay: str | None, environ: Mapping[str, str]) -> dict[str, Node]:
    base = read_yaml(project_file("conf", "base.yml"), environ).fields(_KEYS)
    if not overlay:
        return dict(base)
    own = read_yaml(Path(overlay), environ).fields((), _KEYS)
    merged = {**base, **own}
    if "spark" in own:
        options = {**base["spark"].entries(), **own["spark"].entries()}
        kept = {key: node for key, node in options.items() if node.value is not None}
        merged["spark"] = Node(own["spark"].file, own["spark"].line, "spark", kept, environ)
    return merged


def _neighbour(node: Node) -> Path:
    return Path(node.file).parent / node.text()


def _place(uri: str) -> str:
    return uri.rstrip("/") or "/"


def _response_key(node: Node) -> tuple[str, ...]:
    key = node.texts()
    if key not in _RESPONSE_KEYS:
        raise node.error(f"[{', '.join(key)}] identifies no response. Use [id] or [id, survey_date].")
    return key


def _privacy(node: Node) -> Privacy:
    fields = node.fields(("suppress",), ("key",))
    if not fields["suppress"].flag():
        return Privacy(False)
    if "key" not in fields:
        raise node.error("suppress needs a key. Add `key: ${env:LAKEHOUSE_PRIVACY_KEY}`, and keep it for ever.")
    key = fields["key"]
    if not is_from_environment(str(key.value)):
        raise key.error("a secret does not belong in a file. Write ${env:LAKEHOUSE_PRIVACY_KEY}, and set the variable.")
    secret = key.text()
    if len(secret) < _SHORTEST_KEY:
        raise key.error(f"must have at least {_SHORTEST_KEY} characters: a short one can be found by trying.")
    return Privacy(True, secret)


def _vacuum_hours(node: Node) -> int:
    hours = node.count()
    if hours < SAFE_HOURS:
        raise node.error(f"must be at least {SAFE_HOURS}. For once, use `lakehouse maintain --retain HOURS --force`.")
    return hours


def _spark_options(node: Node) -> dict[str, str]:
    return {key: _spark_option(key, value) for key, value in node.entries().items()}


def _spark_option(key: str, node: Node) -> str:
    if not key.startswith("spark."):
        raise node.error("Spark options begin with 'spark.'.")
    if isinstance(node.value, bool):
        return str(node.value).lower()
    return str(node.value) if isinstance(node.value, int | float) else node.text(blank=True)


def _alert_rules(path: Path, catalogue: Catalogue, environ: Mapping[str, str]) -> tuple[AlertRule, ...]:
    rules = read_yaml(path, environ).fields(("rules",))["rules"]
    return tuple(_alert_rule(name, node, catalogue) for name, node in rules.entries().items())


def _alert_rule(name: str, node: Node, catalogue: Catalogue) -> AlertRule:
    if snake_case(name, 1) != name:
        raise node.error(f"'{name}' is no rule name: lower-case words joined by single _, a letter first.")
    fields = node.fields(
        ("metric", "direction", "threshold", "reason"),
        ("questions", "segment", "confidence", "min_answers", "period_type"),
    )
    metric = fields["metric"].choice(METRICS)
    if "questions" in fields and metric == "share_satisfied":
        raise fields["questions"].error(
            f"{metric} has no questions. Remove the key, or use metric share_low or share_not_applicable."
        )
    questions = fields["questions"].entries() if "questions" in fields else {}
    return AlertRule(
        name,
        metric,
        fields["direction"].choice((METRICS[metric],)),
        fields["threshold"].share(),
        {question: _threshold(question, own, catalogue) for question, own in questions.items()},
        fields["reason"].text(),
        **{key: read(fields[key]) for key, read in _OPTIONAL_SETTINGS.items() if key in fields},
    )


def _threshold(question: str, node: Node, catalogue: Catalogue) -> Threshold:
    if question not in catalogue.question_ids:
        raise node.error(f"'{question}' is no question. {nearest(question, catalogue.question_ids)}")
    fields = node.fields(("value", "reason"))
    return Threshold(fields["value"].share(), fields["reason"].text())


_OPTIONAL_SETTINGS: Mapping[str, Callable[[Node], Any]] = {
    "segment": lambda node: node.choice(SEGMENTS),
    "confidence": lambda node: node.share(),
    "min_answers": lambda node: node.count(),
    "period_type": lambda node: node.choice(("month",)),
}


def _rules_version(
    catalogue: Catalogue, suites: Mapping[str, Suite], response_key: tuple[str, ...], drift: Mapping[str, str]
) -> str:
    content = {
        "catalogue": catalogue.reading,
        "rules": {gate: [asdict(rule) for rule in suites[gate].rules] for gate in DECIDING},
        "response_key": response_key,
        "drift": drift,
    }
    text = json.dumps(content, sort_keys=True, default=_plain)
    return sha256(text.encode()).hexdigest()[:12]


def _plain(value: object) -> str:
    return str(value.value) if isinstance(value, Enum) else str(value)
