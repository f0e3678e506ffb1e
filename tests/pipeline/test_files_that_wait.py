"""Files that are refused or held stop nobody else, and are told once."""

from __future__ import annotations

from tests.conftest import Pipeline
from tests.support import HEADERS, response, write_survey


def test_refused_and_held_files_beside_a_good_one(pipeline: Pipeline) -> None:
    landing = pipeline.landing
    write_survey(landing / "survey_2025-01.csv", [response(number) for number in range(1, 6)])
    (landing / "survey_2025-02.csv").write_bytes("ID,Class\r\n1,Business\r\n".encode("utf-16"))
    without_class = [name for name in HEADERS if name != "class"]
    write_survey(
        landing / "survey_2025-03.csv",
        [[cell for name, cell in zip(HEADERS, response(9), strict=True) if name in without_class]],
        [HEADERS[name] for name in without_class],
    )
    spoilt = [response(number, age="old" if number <= 1100 else 40) for number in range(1001, 1201)]
    write_survey(landing / "survey_2025-04.csv", spoilt)

    assert pipeline.run() == 5
    files = pipeline.sql("SELECT file, state, lines, in_silver, quarantined, waiting FROM ops.files ORDER BY file")
    assert [tuple(row) for row in files] == [
        ("survey_2025-01.csv", "admitted", 5, 5, 0, 0),
        ("survey_2025-02.csv", "refused", None, None, None, None),
        ("survey_2025-03.csv", "held", 1, 0, 0, 1),
        ("survey_2025-04.csv", "held", 200, 0, 0, 200),
    ]
    reasons = {row["file"]: row["reason"] for row in pipeline.sql("SELECT file, reason FROM ops.files")}
    assert "UTF-16" in reasons["survey_2025-02.csv"]
    assert "no column for class" in reasons["survey_2025-03.csv"]
    assert "not_a_number fails 100 of 200 lines (50.0%, limit 5%)" in reasons["survey_2025-04.csv"]
    assert "First lines: 1, 2, 3, 4, 5, 6, 7, 8, 9, 10" in reasons["survey_2025-04.csv"]
    assert pipeline.read("silver.quarantine").count() == 0
    assert pipeline.read("gold.fact_survey_responses").count() == 5

    before = pipeline.versions()
    assert pipeline.run() == 0
    assert pipeline.versions() == before
    assert pipeline.run("run", "--strict") == 5
    events = pipeline.sql("SELECT event, file FROM ops.file_events ORDER BY event_seq")
    assert [tuple(row) for row in events] == [
        ("refused", "survey_2025-02.csv"),
        ("held", "survey_2025-03.csv"),
        ("held", "survey_2025-04.csv"),
        ("admitted", "survey_2025-01.csv"),
    ]
