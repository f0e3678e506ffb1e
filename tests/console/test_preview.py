"""`lakehouse preview` says of a file what a run would say, without Spark."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from lakehouse.console.app import main
from lakehouse.errors import UsageError
from tests.support.data.delivered_files import many, quoted, text, three
from tests.support.data.surveys import HEADERS, QUESTIONS, response
from tests.support.places import ROOT

pytestmark = pytest.mark.no_spark
HEADER = list(HEADERS.values())


def shown(path: Path, content: str, capsys: pytest.CaptureFixture[str]) -> str:
    path.write_text(content, encoding="utf-8", newline="")
    main(["preview", str(path)])
    return capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        (
            "good_2025-01.csv",
            text(three(1)),
            ["3 record(s), read as comma-separated UTF-8", "2025-01-01 (filename)"],
        ),
        (
            "bars.csv",
            text(three(1), comma="|"),
            ["read as vertical bars", "it would be held. Name one with"],
        ),
        ("two_2025-01_2025-02.csv", text(three(1)), ["its name has two dates, 2025-01 and 2025-02"]),
        ("good_2025-01.csv", text(three(1)), ["None of the first 3 record(s) would be rejected."]),
        ("short_2025-01.csv", text(three(1)) + "4,5\n", ["1 of the first 4 record(s) would be rejected", "malformed"]),
        (
            "words_2025-01.csv",
            text(many(1, **dict.fromkeys(QUESTIONS, "4 - Good"))),
            ["No record passes: the file would be held.", 'rating_words:\n  4: ["4 - Good"]\n'],
        ),
        (
            "dates.csv",
            text([[*cells, "31/01/2025"] for cells in three(1)], [*HEADER, "Survey Date"]),
            ["survey_date_unreadable:survey_date", "    date_format: dd/MM/yyyy"],
        ),
        (
            "satisfied_2025-01.csv",
            quoted([*three(1), response(9, satisfaction="dissatisfied")]),
            ["Neutral or Dissatisfied: [Neutral or unsatisfied, dissatisfied]"],
        ),
        (
            "more_2025-01.csv",
            text([[*one, "5"] for one in three(1)], [*HEADER, "Lounge"]),
            ["unknown: stays in"],
        ),
        ("headless.csv", "1,2\n3,4\n", ["refused: line 1 has no column id, it looks like data"]),
    ],
)
def test_what_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, content: str, said: list[str]
) -> None:
    out = shown(tmp_path / name, content, capsys)
    assert [one for one in said if one not in out] == [], out


def test_totals_suggest_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = shown(tmp_path / "a_2025-01.csv", text([*three(1), ["Total", *[""] * 22, "40"]]), capsys)
    assert "unknown_value:satisfaction" in out
    assert "'40'" not in out


@pytest.mark.parametrize(("name", "said"), [("gone.csv", "no such file"), ("a.pdf", "not that of a survey")])
def test_what_is_no_survey_is_named(tmp_path: Path, name: str, said: str) -> None:
    (tmp_path / "a.pdf").write_bytes(b"%PDF")
    with pytest.raises(UsageError, match=said):
        main(["preview", str(tmp_path / name)])


def test_neither_spark_nor_great_expectations_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / "a_2025-01.csv"
    path.write_text(text(three(1)), encoding="utf-8")
    program = (
        "import sys; from lakehouse.console.app import main; "
        f"main(['preview', {str(path)!r}]); "
        "sys.exit(any(name in sys.modules for name in ('pyspark', 'great_expectations', 'pandas')))"
    )
    ended = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
