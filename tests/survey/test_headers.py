import csv
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lakehouse.survey.headers import parse_header, safe_names, snake_case

pytestmark = pytest.mark.no_spark

CASES = [
    ("ID", "id"),
    ("Type of Travel", "type_of_travel"),
    ("Check-in Service", "check_in_service"),
    ("Departure/Arrival time convenient", "departure_arrival_time_convenient"),
    ("  On-board   Service ", "on_board_service"),
    ("_survey_date", "survey_date"),
    ("Größe", "gr_e"),
    ("", "unnamed_4"),
    (" \t", "unnamed_4"),
    ("---", "c_cb3f91d5"),
    ("満足度", "c_fe05c21c"),
    ("2nd rating", "c_0a7e4b4c"),
    ("x" * 63, "x" * 63),
    ("x" * 64, "c_7ce10097"),
]


@pytest.mark.parametrize(("header", "expected"), CASES)
def test_snake_case(header: str, expected: str) -> None:
    assert snake_case(header, 4) == expected


@given(st.text(), st.integers(1, 30_000))
def test_every_header_gives_a_safe_name_that_is_its_own(header: str, position: int) -> None:
    name = snake_case(header, position)
    assert re.fullmatch("[a-z][a-z0-9_]{0,62}", name)
    assert snake_case(name, position) == name


@settings(max_examples=3000, deadline=None)
@given(st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), max_size=60))
def test_any_header_line_gives_safe_names_or_one_error(line: str) -> None:
    try:
        headers = parse_header(line)
    except csv.Error:
        return
    names = safe_names(headers)
    assert all(re.fullmatch("[a-z][a-z0-9_]{0,62}", name) for name in names)
    assert len(set(names)) == len(headers)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("ID,Gender", ("ID", "Gender")),
        (",id,", ("", "id", "")),
        ('ID,"Food, Drink","a ""b"""', ("ID", "Food, Drink", 'a "b"')),
        ("", ()),
    ],
)
def test_parse_header(line: str, expected: tuple[str, ...]) -> None:
    assert parse_header(line) == expected


@pytest.mark.parametrize("line", ['ID,"Gender', '"ID"x,Gender', "ID\rGender"])
def test_a_header_line_with_broken_quotes_is_an_error(line: str) -> None:
    with pytest.raises(csv.Error):
        parse_header(line)


def test_safe_names_keep_order_and_count_unnamed_columns_by_place() -> None:
    assert safe_names(("", "ID", "")) == ("unnamed_1", "id", "unnamed_3")


@pytest.mark.parametrize(
    ("headers", "names"),
    [
        (("Comment", "ID", "comment "), ("comment", "id", "comment_2")),
        (("Comment", "Comment", "Comment 2"), ("comment", "comment_3", "comment_2")),
        (("unnamed_2", ""), ("unnamed_2", "unnamed_2_2")),
        (("a" * 63, "a" * 63), ("a" * 63, "a" * 58 + "_2")),
    ],
)
def test_a_name_that_comes_again_is_numbered(headers: tuple[str, ...], names: tuple[str, ...]) -> None:
    assert safe_names(headers) == names
