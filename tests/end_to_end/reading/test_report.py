"""The page of a whole warehouse: what it says is what the alerts and the tables say."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest
from pyspark.sql import Row

from lakehouse.errors import UsageError
from lakehouse.report import charts
from lakehouse.report.collect import collect
from lakehouse.storage.open import Opened
from tests.support.pipeline import Pipeline

MAX_BYTES = 1_000_000


def text_of(file: Path) -> str:
    """The page without markup, on one line."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", file.read_text(encoding="utf-8"))).split())


def open_alerts(pipeline: Pipeline) -> list[Row]:
    return pipeline.sql(
        "SELECT headline, team, parent_id FROM gold.v_satisfaction_alerts "
        "WHERE state = 'open' AND period_start = (SELECT max(period_start) FROM gold.satisfaction_metrics)"
    )


def test_the_page_says_what_the_alerts_say(
    months: Pipeline, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "report.html"
    months.call("report", "--out", str(out))
    assert capsys.readouterr().out == f"Report: {out}\n"
    text, opened = text_of(out), open_alerts(months)
    leaders = [alert for alert in opened if alert["parent_id"] is None]
    assert 0 < len(leaders) < len(opened)
    assert f"{len(leaders)} problem{'s' * (len(leaders) > 1)} open" in text
    assert [alert["headline"] for alert in leaders if alert["headline"] not in text] == []
    assert "Check-in service: rated" in text and "since Jun 2025" in text
    (balance,) = months.sql("SELECT sum(lines), sum(in_silver) FROM ops.files")
    assert f"{balance[0]:,} lines delivered = {balance[1]:,} in silver" in text
    assert out.stat().st_size < MAX_BYTES
    assert [file.name for file in tmp_path.iterdir()] == ["report.html"]


def test_the_rows_are_few_and_say_what_the_tables_say(months: Pipeline) -> None:
    # Names the views in the session's catalogue, as opening the warehouse does.
    months.sql("SELECT 1")
    rows, span = collect(Opened(months.config, months.warehouse, months.tables))
    assert span is not None and len(span.published) == 6
    assert len(rows.satisfaction) == 6
    told = {
        (row["travel_type"], row["question"]): (
            *(row["n_top"], row["n_top_satisfied"], row["n_low"], row["n_low_satisfied"], row["n_rated"]),
        )
        for row in rows.associations
    }
    assert len(told) == 28
    anew = months.sql(
        """
        SELECT travel_type, sum(CASE WHEN check_in_service > 3 THEN 1 ELSE 0 END),
               sum(CASE WHEN check_in_service > 3 AND is_satisfied THEN 1 ELSE 0 END),
               sum(CASE WHEN check_in_service < 3 THEN 1 ELSE 0 END),
               sum(CASE WHEN check_in_service < 3 AND is_satisfied THEN 1 ELSE 0 END), count(check_in_service)
        FROM gold.v_survey_flat WHERE survey_month >= '2025-04' GROUP BY travel_type
        """
    )
    assert {row[0]: tuple(row)[1:] for row in anew} == {
        kind: counts for (kind, question), counts in told.items() if question == "check_in_service"
    }
    stored = months.sql(
        "SELECT alert_id, difference, standard_error, value FROM gold.satisfaction_alerts "
        "WHERE segment = 'overall' AND periods_tested = 1 AND metric = 'mean_rating'"
    )
    known = {row["alert_id"]: row for row in rows.alerts}
    assert len(stored) > 14
    for row in stored:
        own = known[row["alert_id"]]
        assert (own["difference"], own["standard_error"]) == (row["difference"], row["standard_error"])
        assert own["value_tested"] == pytest.approx(row["value"])


def test_a_run_with_nothing_new_writes_the_page_alone(
    months: Pipeline, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = months.versions()
    out = tmp_path / "report.html"
    months.call("run", "--report", str(out))
    assert months.versions() == before
    assert capsys.readouterr().out.endswith(f"\nReport: {out}\n")
    assert "Check-in service: rated" in text_of(out)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--team", "grund", "--out", "{}/a.html"), "no such team. Teams: gate, in_flight, ground, digital, airline"),
        (("--out", "{}"), "it is a folder. Name a file"),
        (("--out", "{}/none/a.html"), "there is no folder"),
    ],
)
def test_bad_usage_is_named(months: Pipeline, tmp_path: Path, options: tuple[str, ...], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        months.call("report", *(option.format(tmp_path) for option in options))


@pytest.mark.parametrize(("command", "option"), [("report", "--out"), ("run", "--report")])
def test_without_the_extra_nothing_is_begun(
    months: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, option: str
) -> None:
    monkeypatch.setattr(charts, "vl_convert", None)
    before = months.versions()
    with pytest.raises(UsageError, match=r"the report needs the extra 'report': pip install .*\[report\]"):
        months.call(command, option, str(tmp_path / "report.html"))
    assert months.versions() == before
    assert list(tmp_path.iterdir()) == []
