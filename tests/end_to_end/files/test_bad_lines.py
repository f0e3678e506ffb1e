"""Each kind of bad line is in the one place where it belongs, with its reason and its line number."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.support.data.bad_lines import BAD_LINES, ROWS
from tests.support.pipeline import Pipeline

QUARANTINED = {
    10: ["rating_out_of_range:check_in_service"],
    20: ["not_a_number:seat_comfort"],
    30: ["unknown_value:class"],
    40: ["required_missing:id"],
    50: ["delay_out_of_range:departure_delay"],
    60: ["age_out_of_range:age"],
    70: ["malformed"],
    80: ["malformed"],
    99: ["conflicting_key"],
    100: ["conflicting_key"],
    110: ["not_a_number:age", "rating_out_of_range:cleanliness", "unknown_value:class"],
}
IN_SILVER = ROWS - len(QUARANTINED) - 1


def test_ten_kinds_of_bad_lines(bad_lines: Pipeline) -> None:
    quarantine = bad_lines.sql("SELECT _source_row, reasons, raw, status FROM silver.v_quarantine")
    assert {row["_source_row"]: row["reasons"] for row in quarantine} == QUARANTINED
    assert {row["status"] for row in quarantine} == {"open"}
    raw = {row["_source_row"]: json.loads(row["raw"]) for row in quarantine}
    assert (raw[30]["class"], raw[20]["seat_comfort"]) == ("Eco Premium", "abc")
    assert raw[70]["_corrupt_record"] == ",".join(BAD_LINES[70])
    assert raw[80]["_corrupt_record"] == ",".join(BAD_LINES[80])

    superseded = bad_lines.sql("SELECT _source_row, won_by_row, won_by_file FROM silver.v_superseded")
    assert [tuple(row) for row in superseded] == [(90, 89, "survey_2025-03.csv")]

    silver = {row["_source_row"] for row in bad_lines.read("silver.survey_responses").collect()}
    assert silver == set(range(1, ROWS + 1)) - QUARANTINED.keys() - {90}
    assert bad_lines.read("gold.fact_survey_responses").count() == IN_SILVER


def test_the_balance_adds_up_and_checks_are_kept(bad_lines: Pipeline) -> None:
    (file,) = bad_lines.read("ops.files").collect()
    places = ("lines", "in_silver", "superseded", "quarantined", "erased", "waiting")
    assert [file[place] for place in places] == [ROWS, IN_SILVER, 1, len(QUARANTINED), 0, 0]
    assert file["state"] == "admitted"

    failed = bad_lines.sql("SELECT rule, `column`, failed FROM ops.check_results WHERE gate = 'silver' AND failed > 0")
    assert sorted(tuple(row) for row in failed) == [
        ("age_out_of_range", "age", 1),
        ("delay_out_of_range", "departure_delay", 1),
        ("id_repeats", "id", 4),
        ("not_a_number", "age", 1),
        ("not_a_number", "seat_comfort", 1),
        ("rating_out_of_range", "check_in_service", 1),
        ("rating_out_of_range", "cleanliness", 1),
        ("required_missing", "id", 1),
        ("unknown_value", "class", 2),
    ]
    passed = bad_lines.sql("SELECT count(*) AS n FROM ops.check_results WHERE outcome = 'passed'")
    assert passed[0]["n"] > 50


def test_quarantine_is_listed_and_shown_without_personal_data(
    bad_lines: Pipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert bad_lines.run("quarantine list", "--rule", "rating_out_of_range", "--day", "2025-03-01") == 0
    listed = capsys.readouterr().out
    assert [line.split()[2] for line in listed.splitlines()[2:]] == ["10", "110"]
    quarantine_id = listed.splitlines()[3].split()[0]

    assert bad_lines.run("quarantine show", quarantine_id) == 0
    shown = capsys.readouterr().out
    assert all(reason in shown for reason in ("rating_out_of_range:cleanliness", "not_a_number:age", "Cattle"))
    assert shown.count("(personal; --personal shows it)") == 3
    assert bad_lines.run("quarantine show", quarantine_id, "--personal") == 0
    assert "old" in capsys.readouterr().out
    assert bad_lines.run("quarantine show", "zz") == 2


def test_failed_checks_are_shown_with_lines_but_without_personal_data(
    bad_lines: Pipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = bad_lines.sql("SELECT rule, samples FROM ops.check_results WHERE size(samples) > 0 AND column <> 'id'")
    lines = {row["rule"]: [sample["line"] for sample in row["samples"]] for row in kept}
    assert lines["unknown_value"] == [30, 110]
    assert lines["age_out_of_range"] == [60]
    passed = bad_lines.sql("SELECT sum(size(samples)) AS n FROM ops.check_results WHERE outcome = 'passed'")
    assert passed[0]["n"] == 0

    capsys.readouterr()
    assert bad_lines.run("status", "--samples") == 0
    shown = capsys.readouterr().out
    assert re.search(r"unknown_value +class +survey_2025-03.csv +30 +class = Eco Premium", shown)
    assert re.search(r"age_out_of_range +age +survey_2025-03.csv +60 +age = \(personal", shown)
    assert not re.search(r"\b222\b", shown)
    assert bad_lines.run("status", "--samples", "--personal") == 0
    assert re.search(r"age_out_of_range +age +survey_2025-03.csv +60 +age = 222", capsys.readouterr().out)


@pytest.mark.long
def test_a_replay_without_an_edit_moves_nothing(bad_lines: Pipeline, tmp_path: Path) -> None:
    pipeline = bad_lines.copy_to(tmp_path)
    tables = ("silver.survey_responses", "silver.quarantine", "silver.superseded", "gold.fact_survey_responses")
    before = {name: sorted(map(str, pipeline.read(name).collect())) for name in tables}
    assert pipeline.run("quarantine replay") == 0
    assert {name: sorted(map(str, pipeline.read(name).collect())) for name in tables} == before
    assert pipeline.sql("SELECT * FROM ops.check_results WHERE gate = 'recomputed'") == []
