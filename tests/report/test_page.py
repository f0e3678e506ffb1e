"""The page in a real browser: it loads alone, fits a phone, prints, and can be read by a screen reader."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from lakehouse.report.model import Page
from lakehouse.report.render import html_of
from tests.support.data.report_rows import alert, collected, files, page, version

pytestmark = [pytest.mark.no_spark, pytest.mark.browser]

HERE = Path(__file__).resolve().parent
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
NODE = shutil.which("node")
MODULES = HERE / "node_modules" / "playwright-core"
SERIOUS = ("serious", "critical")


@pytest.fixture(scope="module")
def shown() -> Page:
    """A page with something in every section."""
    late = alert(
        **{"alert_id": "b1", "series_id": "t1", "rule": "low_ratings", "metric": "share_low", "team": "in_flight"},
        **{"question": "seat_comfort", "value": 0.52, "threshold": 0.45, "ci_low": 0.49, "ci_high": 0.55},
        **{"baseline_value": None, "difference": None, "headline": "Comfort of the seat: 52.0% low ratings (1 or 2)"},
    )
    few = alert(alert_id="c1", series_id="u1", state="insufficient", reason="few_answers: 98", segment="class")
    rows = collected()
    versions = [*rows.versions, version("baggage_handling", valid_from=rows.satisfaction[3]["period_start"])]
    check = {"gate": "silver", "rule": "unknown_value", "column": "class", "severity": "warning", "failed": 2}
    return page(
        collected(
            alerts=[*rows.alerts, late, few],
            versions=versions,
            files=[files(), files(state="held", lines=10, in_silver=0, superseded=0, quarantined=0, waiting=10)],
            waiting=[
                {"file": "a_rather_long_name_of_a_file_that_waits_2026-11.csv", "state": "held", "reason": "no date"}
            ],
            checks=[{**check, "evaluated": 6005, "outcome": "failed"}],
        )
    )


@pytest.fixture(scope="module")
def seen(shown: Page, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the browser found on the page."""
    if CHROMIUM is None or NODE is None:
        pytest.skip("no Chromium, or no node, is installed: apt-get install chromium nodejs npm")
    if not MODULES.is_dir():
        pytest.skip("playwright-core and axe-core are not installed: make test-page installs them")
    file = tmp_path_factory.mktemp("page") / "report.html"
    file.write_text(html_of(shown), encoding="utf-8")
    command = [NODE, str(HERE / "check_page.mjs"), str(file), CHROMIUM]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=180)
    assert answer.returncode == 0, answer.stderr
    found: dict[str, Any] = json.loads(answer.stdout)
    return found


def test_it_loads_alone_without_a_word_on_the_console(seen: dict[str, Any]) -> None:
    assert (seen["console"], seen["requests"]) == ([], [])


def test_it_never_scrolls_sideways(seen: dict[str, Any]) -> None:
    assert seen["wider"] == {"390": 0, "768": 0, "1280": 0}


def test_every_open_alert_is_there_as_text(shown: Page, seen: dict[str, Any]) -> None:
    opened = [problem for team in shown.teams for problem in team.problems]
    assert len(opened) == 2
    text = " ".join(seen["text"].split())
    for problem in opened:
        assert " ".join(problem.headline.split()) in text
        assert " ".join(problem.published.split()) in text


def test_a_screen_reader_finds_its_way(seen: dict[str, Any]) -> None:
    assert [one for one in seen["violations"] if one["impact"] in SERIOUS] == []


def test_it_prints_on_a_few_sheets(seen: dict[str, Any]) -> None:
    assert 1 < seen["pages"] <= 8
