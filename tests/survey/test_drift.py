"""Headers and words that the catalogue does not expect, and the lines that would make it expect them."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from lakehouse.config.load import project_file
from lakehouse.config.survey.catalogue import load_catalogue
from lakehouse.survey.catalogue import Catalogue
from lakehouse.survey.drift import drift_of, unknown_values
from tests.support.catalogues import question
from tests.support.data.surveys import HEADERS

pytestmark = pytest.mark.no_spark

SHIPPED = project_file("conf", "questions.yml")
DAY = date(2025, 7, 14)


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue(SHIPPED, {})


def delivered(**changed: str | None) -> list[str]:
    """The public headers with some under another name, or left out."""
    names = {name: changed.get(name, header) for name, header in HEADERS.items()}
    return [header for header in names.values() if header is not None]


@pytest.mark.parametrize(
    "headers",
    [
        delivered(),
        delivered()[::-1],
        ["", *delivered()],
        ["Unnamed: 0", *delivered()],
        [*delivered(), "Survey Date"],
        [*HEADERS],
    ],
)
def test_order_row_numbers_and_dialects_are_no_difference(catalogue: Catalogue, headers: list[str]) -> None:
    assert drift_of(headers, catalogue, DAY) == ()


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ([*delivered(), "Crew Friendliness"], [("added", "crew_friendliness", "Crew Friendliness")]),
        (delivered(cleanliness=None), [("missing", "cleanliness", None)]),
        (delivered(gender=None), [("missing", "gender", None)]),
        (delivered(cleanliness="Cabin Cleanliness"), [("renamed", "cleanliness", "Cabin Cleanliness")]),
        (delivered(class_=None, **{"class": "Travel Class"}), [("renamed", "class", "Travel Class")]),
        # One new header stands for the column that it looks most like; the other one stays missing.
        (
            delivered(in_flight_service=None, in_flight_wifi_service="Wifi Service"),
            [("renamed", "in_flight_wifi_service", "Wifi Service"), ("missing", "in_flight_service", None)],
        ),
        # Not alike: gone, and new.
        (
            delivered(cleanliness="Crew Friendliness"),
            [("missing", "cleanliness", None), ("added", "crew_friendliness", "Crew Friendliness")],
        ),
    ],
)
def test_columns_that_differ(
    catalogue: Catalogue, headers: list[str], expected: list[tuple[str, str, str | None]]
) -> None:
    found = drift_of(headers, catalogue, DAY)
    assert [(drift.kind, drift.column, drift.delivered) for drift in found] == expected


def test_what_is_expected_depends_on_the_day(catalogue: Catalogue) -> None:
    new = question("crew", headers=("Crew",), valid_from=date(2025, 7, 1))
    ended = question("lounge", headers=("Lounge",), valid_to=date(2025, 6, 30))
    grown = replace(catalogue, questions=(*catalogue.questions, new, ended))

    def kinds(headers: list[str], day: date | None) -> list[tuple[str, str]]:
        return [(drift.kind, drift.column) for drift in drift_of(headers, grown, day)]

    assert kinds([*delivered(), "Lounge"], date(2025, 6, 30)) == []
    assert kinds([*delivered(), "Crew"], date(2025, 7, 1)) == []
    assert kinds([*delivered(), "Lounge", "Crew"], date(2025, 7, 1)) == [("outside_dates", "lounge")]
    assert kinds([*delivered(), "Lounge", "Crew"], date(2025, 6, 1)) == [("outside_dates", "crew")]
    assert kinds(delivered(), date(2025, 6, 1)) == [("missing", "lounge")]
    assert kinds([*delivered(), "Lounge", "Crew"], None) == []


@pytest.mark.parametrize(
    "header", ["Crew Friendliness", 'Say "hello": a # question', "Yes", "état", "status", "a'b\\c"]
)
def test_a_suggested_entry_is_taken_as_it_is(catalogue: Catalogue, tmp_path: Path, header: str) -> None:
    (added,) = drift_of([*delivered(), header], catalogue, DAY)
    path = tmp_path / "questions.yml"
    path.write_text(f"{SHIPPED.read_text(encoding='utf-8')}{added.suggestion}\n", encoding="utf-8")
    grown = load_catalogue(path, {})
    taken = grown.questions[-1]
    assert (taken.headers, taken.newest.wording, taken.first.valid_from) == ((header,), header, date(2025, 7, 1))
    assert drift_of([*delivered(), header], grown, DAY) == ()


def test_a_suggested_header_makes_the_column_known(catalogue: Catalogue, tmp_path: Path) -> None:
    headers = delivered(cleanliness="Cabin Cleanliness")
    (renamed,) = drift_of(headers, catalogue, DAY)
    line = renamed.suggestion.splitlines()[0].split("  #")[0]
    path = tmp_path / "questions.yml"
    text = SHIPPED.read_text(encoding="utf-8").replace("headers: [Cleanliness]", line)
    path.write_text(text, encoding="utf-8")
    assert drift_of(headers, load_catalogue(path, {}), DAY) == ()


@pytest.mark.parametrize(
    ("column", "words", "line"),
    [
        ("satisfaction", ("dissatisfied",), "Neutral or Dissatisfied: [Neutral or unsatisfied, dissatisfied]"),
        ("class", ("Economy Class",), "Economy: [Eco, Economy Class]"),
        ("class", ("eco-plus", 'Eco, "Plus"'), r'Economy Plus: [Eco Plus, eco-plus, "Eco, \"Plus\""]'),
        ("customer_type", ("non-loyal",), "First-time: [disloyal Customer, non-loyal]"),
    ],
)
def test_a_suggested_line_works_in_place_of_the_one_that_is_there(
    catalogue: Catalogue, tmp_path: Path, column: str, words: tuple[str, ...], line: str
) -> None:
    found = unknown_values([(column, word) for word in words], catalogue)
    (suggestion,) = {drift.suggestion for drift in found.values()}
    assert suggestion.split("  #")[0] == f"      {line}"
    assert all(line in drift.detail and repr(word)[1:-1] in drift.detail for (_, word), drift in found.items())
    value = line.partition(":")[0]
    pasted = re.sub(rf"(?m)^      {value}: \[.*\]$", lambda _: suggestion, SHIPPED.read_text(encoding="utf-8"), count=1)
    path = tmp_path / "questions.yml"
    path.write_text(pasted, encoding="utf-8")
    spellings = load_catalogue(path, {}).column(column).spellings
    assert {spellings[word.lower()] for word in words} == {value}


def test_a_word_with_more_than_one_reading_is_given_the_values_to_choose_from(catalogue: Catalogue) -> None:
    drift = unknown_values([("class", "Eco Premium")], catalogue)["class", "Eco Premium"]
    assert (drift.kind, drift.column, drift.delivered, drift.suggestion) == (
        "unknown_value",
        "class",
        "Eco Premium",
        "",
    )
    assert drift.detail.endswith(
        "Add it to the one that it means under columns.class.values of conf/questions.yml: "
        "Business, Economy, Economy Plus"
    )
