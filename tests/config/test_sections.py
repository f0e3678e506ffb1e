"""How a fault in a file becomes one line with its place: which one is told, what is shown, and what never is."""

from __future__ import annotations

from pathlib import Path

import pytest

from lakehouse.config.load import Config, load_config, project_file
from lakehouse.config.sections import Count, Section, Text, read_as
from lakehouse.config.yaml_source import read_yaml
from lakehouse.errors import ConfigError
from tests.support.faults import fault_named

pytestmark = pytest.mark.no_spark


class Team(Section):
    name: Text
    size: Count = 1
    lead: Text | None = None


class Teams(Section):
    teams: dict[str, Team]


def read(tmp_path: Path, text: str, **environ: str) -> Teams:
    path = tmp_path / "teams.yml"
    path.write_text(text, encoding="utf-8")
    return read_as(Teams, read_yaml(path, environ))


def overlay(tmp_path: Path, text: str, **environ: str) -> Config:
    path = tmp_path / "own.yml"
    path.write_text(text, encoding="utf-8")
    return load_config(str(path), None, (), environ)


def test_a_section_is_read_with_its_defaults(tmp_path: Path) -> None:
    teams = read(tmp_path, "teams:\n  gate: {name: '${env:NAME} at the gate'}\n", NAME="Us").teams
    assert teams == {"gate": Team(name="Us at the gate", size=1)}


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        # The first fault of the file is told; of one section, unknown keys before missing ones before values.
        ("teams:\n  a:\n    name: x\n    size: 0\n  b:\n    name: 7\n", 4, "teams.a.size: expected a whole number of"),
        ("teams:\n  a:\n    size: 0\n    nam: x\n", 4, "teams.a.nam: unknown key 'nam'. Did you mean 'name'?"),
        ("teams:\n  a:\n    size: 0\n", 2, "teams.a: missing: name. Add the key(s) here."),
        # A key without a value is neither a default nor an empty text.
        ("teams:\n  a:\n    name: x\n    lead:\n", 4, "teams.a.lead: is empty. Give it a value, or remove the key."),
        ("teams:\n  a:\n    name:\n", 3, "teams.a.name: expected text (put it in quotes), found nothing."),
        ("teams:\n  a: x\n", 2, "teams.a: expected keys with values, found 'x'."),
        ("teams: [a]\n", 1, "teams: expected keys with values, found a list."),
        ("teams:\n  a:\n    name: ${env:NAME}\n", 3, "teams.a.name: the environment variable NAME is not set."),
        ("teams:\n  a:\n    name: x\n    size: ${env:SIZE}\n", 4, "the environment variable SIZE is not set."),
        ("teams:\n  a:\n    name: x\n    size: true\n", 4, "expected a whole number, found a yes/no value."),
    ],
)
def test_the_first_fault_is_told_at_its_line(tmp_path: Path, text: str, line: int, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, text)
    assert message in str(caught.value)
    assert caught.value.line == line


def test_a_word_can_come_from_the_environment_and_is_not_shown(tmp_path: Path) -> None:
    text = "drift: {added: '${env:POLICY}', missing: warn, renamed: warn}\n"
    assert overlay(tmp_path, text, POLICY="hold").drift == {"added": "hold", "missing": "warn", "renamed": "warn"}
    with pytest.raises(ConfigError, match=r"'\$\{env:POLICY\}' is not known\. Known: hold, warn\.") as caught:
        overlay(tmp_path, text, POLICY="s3cret")
    assert "s3cret" not in str(caught.value)


def test_a_fault_shows_no_secret_of_the_same_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"own\.yml:3: spark\.b: Spark options begin with 'spark\.'\.") as caught:
        overlay(tmp_path, "spark:\n  spark.a: ${env:KEY}\n  b: x\n", KEY="s3cret")
    chain = (caught.value, caught.value.__cause__, caught.value.__context__)
    assert not any("s3cret" in repr(error) for error in chain)


ALERTS = """rules:
  low:
    metric: share_low
    direction: above
    threshold: 0.4
    reason: x
    questions: {}
"""


def test_what_is_not_used_need_not_be_set(tmp_path: Path) -> None:
    assert not overlay(tmp_path, "privacy: {suppress: false, key: '${env:KEY}'}\n").privacy.suppress
    path = tmp_path / "own.yml"
    path.write_text("warehouse: ${env:NOWHERE}\nlanding: [x, '${env:NOWHERE}']\n", encoding="utf-8")
    config = load_config(str(path), "w/${x}", ["l"], {})
    assert (config.warehouse, config.landing) == ("w/${x}", ("l",))
    with pytest.raises(ConfigError, match=r"own\.yml:1: warehouse: the environment variable NOWHERE is not set"):
        load_config(str(path), None, ["l"], {})


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("metric: share_low", "metrics: share_low", 3, "unknown key 'metrics'. Did you mean 'metric'?"),
        ("    metric: share_low\n", "", 2, "rules.low: missing: metric. Add the key(s) here."),
        ("metric: share_low", "metric: ${env:METRIC}", 3, "the environment variable METRIC is not set"),
        (
            "metric: share_low",
            "metric: 7",
            3,
            "expected one of mean_rating, share_low, share_not_applicable, share_satisfied",
        ),
        ("direction: above", "direction:", 4, "expected one of below, above, found nothing"),
        ("threshold: 0.4", "threshold: 0.4\n    segment: [class]", 6, "class_travel_customer, found a list"),
        ("threshold: 0.4", "threshold: 0.4\n    period_type: weak", 6, "'weak' is not known. Did you mean 'week'?"),
        ("questions: {}", "questions:", 7, "rules.low.questions: is empty"),
    ],
)
def test_faults_where_one_key_decides_about_the_others(
    tmp_path: Path, old: str, new: str, line: int, message: str
) -> None:
    assert old in ALERTS
    (tmp_path / "a.yml").write_text(ALERTS.replace(old, new), encoding="utf-8")
    with fault_named("a.yml", line, message):
        overlay(tmp_path, "alerts: a.yml\n")


def test_an_overlay_is_told_apart_from_the_base(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        overlay(tmp_path, "vacuum_hours: 1\n")
    assert caught.value.file == str(tmp_path / "own.yml")
    assert project_file("conf", "base.yml").is_file()
