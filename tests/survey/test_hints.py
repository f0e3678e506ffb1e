"""Settings that would let cells be read: what is suggested, that it works when it is pasted, and when nothing is."""

from __future__ import annotations

from pathlib import Path

import pytest

from lakehouse.config.survey.catalogue import load_catalogue
from lakehouse.survey.catalogue import Catalogue
from lakehouse.survey.date_patterns import DatePattern
from lakehouse.survey.hints import Hint, hints
from lakehouse.survey.numbers import whole_number
from tests.support.catalogues import SHIPPED_QUESTIONS

pytestmark = pytest.mark.no_spark


def read(tmp_path: Path, text: str = SHIPPED_QUESTIONS) -> Catalogue:
    path = tmp_path / "questions.yml"
    path.write_text(text, encoding="utf-8")
    return load_catalogue(path, {})


def pasted(text: str, hint: Hint) -> str:
    """The catalogue with the lines of a hint: in place of the key, or below the section that it belongs to."""
    *sections, key = hint.key.split(".")
    indent = "  " * len(sections)
    lines = text.splitlines()
    at = lines.index(f"{'  ' * (len(sections) - 1)}{sections[-1]}:") + 1 if sections else 0
    end = next((i for i in range(at, len(lines)) if len(lines[i]) - len(lines[i].lstrip()) < len(indent)), len(lines))
    old = [i for i in range(at, end) if lines[i].startswith(f"{indent}{key}:")]
    for i in old:
        while i + 1 < end and lines[i + 1].startswith(f"{indent}  "):
            del lines[i + 1]
            end -= 1
        del lines[i]
    return "\n".join([*lines[:at], hint.lines, *lines[at:]]) + "\n"


def mended(tmp_path: Path, text: str, found: tuple[Hint, ...]) -> Catalogue:
    for hint in found:
        text = pasted(text, hint)
    return read(tmp_path, text)


@pytest.mark.parametrize(
    ("cells", "pattern"),
    [
        (["01/03/2025", "13/03/2025"], "dd/MM/yyyy"),
        (["03/01/2025", "03/13/2025"], "MM/dd/yyyy"),
        (["1/3/2025", "13/3/2025"], "d/M/yyyy"),
        (["01.03.2025"], "dd.MM.yyyy"),
        (["13-03-2025 10:15"], "dd-MM-yyyy HH:mm"),
        (["3/13/2025 1:15:00 PM"], "M/d/yyyy h:mm:ss a"),
        (["2025/03/01"], "yyyy/MM/dd"),
        (["20250301"], "yyyyMMdd"),
        (["4-Mar-2025", "14-Apr-2025"], "d-MMM-yyyy"),
        (["March 4, 2025"], "MMMM d, yyyy"),
        (["13/03/25"], "dd/MM/yy"),
    ],
)
def test_a_date_format_that_fits_every_cell(tmp_path: Path, cells: list[str], pattern: str) -> None:
    (hint,) = found = hints({"survey_date": cells}, read(tmp_path))
    assert (hint.key, pattern in hint.cause) == ("columns.survey_date.date_format", True)
    assert mended(tmp_path, SHIPPED_QUESTIONS, found).column("survey_date").dates.patterns == (pattern,)
    assert all(DatePattern(pattern).day(cell) for cell in cells)


def test_the_plainest_lines_are_suggested(tmp_path: Path) -> None:
    (hint,) = hints({"survey_date": ["01/03/2025", "28/03/2025"]}, read(tmp_path))
    assert hint.lines == "    date_format: dd/MM/yyyy"


def test_day_and_month_are_not_guessed(tmp_path: Path) -> None:
    (hint,) = found = hints({"survey_date": ["01/03/2025", "02/03/2025"]}, read(tmp_path))
    assert "fit dd/MM/yyyy and MM/dd/yyyy: only the sender knows which" in hint.cause
    assert hint.lines.splitlines() == ["    # date_format: dd/MM/yyyy", "    # date_format: MM/dd/yyyy"]
    assert mended(tmp_path, SHIPPED_QUESTIONS, found).column("survey_date").dates.patterns == ()


def test_a_second_date_format_joins_the_first(tmp_path: Path) -> None:
    text = SHIPPED_QUESTIONS.replace(
        "[Survey Date, survey_date]\n", "[Survey Date, survey_date]\n    date_format: dd/MM/yyyy\n"
    )
    catalogue = read(tmp_path, text)
    found = hints({"survey_date": ["2025-03-01"]}, catalogue)
    assert mended(tmp_path, text, found).column("survey_date").dates.patterns == ("dd/MM/yyyy", "yyyy-MM-dd")
    (hint,) = hints({"survey_date": ["03/13/2025"]}, catalogue)
    assert ("as two days" in hint.cause, hint.lines) == (True, "")


@pytest.mark.parametrize(
    ("unread", "key", "line"),
    [
        ({"cleanliness": ["4,0", "5,0"]}, "numbers", 'numbers: {decimal: ","}'),
        ({"arrival_delay": ["18,0"], "age": ["31,0"]}, "numbers", 'numbers: {decimal: ","}'),
        ({"flight_distance": ["1,190", "2,579"]}, "columns.flight_distance.numbers", '    numbers: {thousands: ","}'),
        (
            {"flight_distance": ["1.190"]},
            "columns.flight_distance.numbers",
            '    numbers: {decimal: ",", thousands: "."}',
        ),
        ({"flight_distance": ["1\u00a0190"]}, "columns.flight_distance.numbers", '    numbers: {thousands: " "}'),
        ({"flight_distance": ["1'190"]}, "columns.flight_distance.numbers", '    numbers: {thousands: "\'"}'),
    ],
)
def test_marks_in_numbers(tmp_path: Path, unread: dict[str, list[str]], key: str, line: str) -> None:
    (hint,) = found = hints(unread, read(tmp_path))
    assert (hint.key, hint.lines) == (key, line)
    catalogue = mended(tmp_path, SHIPPED_QUESTIONS, found)
    for name, cells in unread.items():
        marks = catalogue.numbers if name in catalogue.question_ids else catalogue.column(name).numbers
        assert None not in [whole_number(cell, marks) for cell in cells]


def test_a_decimal_comma_and_a_comma_between_thousands_in_one_file(tmp_path: Path) -> None:
    unread = {"cleanliness": ["2,0", "5,0"], "flight_distance": ["1,190"]}
    catalogue = mended(tmp_path, SHIPPED_QUESTIONS, hints(unread, read(tmp_path)))
    assert whole_number("2,0", catalogue.numbers) == 2
    assert whole_number("1,190", catalogue.column("flight_distance").numbers) == 1190


def test_words_that_begin_with_their_rating(tmp_path: Path) -> None:
    unread = {
        "gate_location": ["4 - Good", "5 (Excellent)", "Not applicable"],
        "cleanliness": ["1: Very poor", "4 - Good"],
    }
    (hint,) = found = hints(unread, read(tmp_path))
    assert hint.lines.splitlines() == [
        "rating_words:",
        '  0: ["Not applicable"]',
        '  1: ["1: Very poor"]',
        '  4: ["4 - Good"]',
        '  5: ["5 (Excellent)"]',
    ]
    words = mended(tmp_path, SHIPPED_QUESTIONS, found).question("seat_comfort").words
    assert words == {"not applicable": 0, "1: very poor": 1, "4 - good": 4, "5 (excellent)": 5}


def test_words_without_a_number_are_a_persons_to_place(tmp_path: Path) -> None:
    text = SHIPPED_QUESTIONS.replace("columns:\n", "rating_words:\n  4: [Good]\ncolumns:\n", 1)
    (hint,) = found = hints({"gate_location": ["Excellent", "2 - Poor", "9 - Never"]}, read(tmp_path, text))
    assert "put each of '9 - Never', 'Excellent' behind the rating" in hint.cause
    assert mended(tmp_path, text, found).rating_words == {
        0: (),
        1: (),
        2: ("2 - Poor",),
        3: (),
        4: ("Good",),
        5: (),
    }


@pytest.mark.parametrize("cells", [["R_2xYz", "R_3a"], ["1" * 19], ["7A", "8B", "Total"]])
def test_ids_that_are_text(tmp_path: Path, cells: list[str]) -> None:
    (hint,) = found = hints({"id": cells}, read(tmp_path))
    assert mended(tmp_path, SHIPPED_QUESTIONS, found).ids_are_text
    assert not any(cell in hint.cause for cell in cells), "ids are personal data"


def test_words_for_nothing(tmp_path: Path) -> None:
    (hint,) = found = hints({"age": ["-", "n.a."], "gate_location": ["-"]}, read(tmp_path))
    assert hint.key == "missing_values"
    assert {"-", "n.a.", "null", "\\n"} <= set(mended(tmp_path, SHIPPED_QUESTIONS, found).missing_values)


@pytest.mark.parametrize(
    "unread",
    [
        {},
        {"age": []},
        # 1 or 1000; not whole; not the scale's; several ways to write.
        {"flight_distance": ["1,000"]},
        {"flight_distance": ["1,190", "4.5"]},
        {"gate_location": ["4,5"]},
        {"gate_location": ["1.190"]},
        {"gate_location": ["7"]},
        {"age": ["forty"]},
        {"id": ["Total", "Source: survey of 2025", "1,190", "4.5"]},
        {"survey_date": ["01/03/2025", "2025"]},
        {"survey_date": ["yesterday"]},
        {"class": ["Eco Premium"]},
    ],
)
def test_nothing_is_suggested_where_no_reading_is_certain(tmp_path: Path, unread: dict[str, list[str]]) -> None:
    assert hints(unread, read(tmp_path)) == ()
