"""Small catalogues: what is read from them, and every fault named with its line."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from lakehouse.config.survey.catalogue import load_catalogue
from lakehouse.errors import ConfigError
from lakehouse.survey.catalogue import Catalogue
from lakehouse.survey.date_patterns import DateReading
from lakehouse.survey.numbers import NumberMarks
from lakehouse.survey.questions import Question, Version
from tests.support.faults import fault_named

pytestmark = pytest.mark.no_spark


MINIMAL = """owners: [gate]
missing_values: ["", NA]
columns:
  id: {headers: [ID], required: true}
  gender: {headers: [Gender], values: {Female: [], Male: []}}
  age: {headers: [Age]}
  customer_type: {headers: [Customer Type], required: true, values: {First-time: [], Returning: []}}
  travel_type: {headers: [Type of Travel], required: true, values: {Business: [], Personal: []}}
  class: {headers: [Class], required: true, values: {Economy: [Eco], Business: []}}
  flight_distance: {headers: [Flight Distance]}
  departure_delay: {headers: [Departure Delay], required: true}
  arrival_delay: {headers: [Arrival Delay]}
  satisfaction: {headers: [Satisfaction], required: true, values: {Satisfied: [], Dissatisfied:}}
  survey_date: {headers: [Survey Date], date_format: dd.MM.yyyy}
measures: {departure_delay: gate, arrival_delay: gate, share_satisfied: gate, service_index: gate,
  weighted_satisfaction_score: gate, passenger_mix: gate}
questions:
  - id: gate_location
    wording: Where is the gate?
    headers: [Gate Location]
    owner: gate
    concept: gate
    weight: 2
    weight_reason: because
    valid_from: 2020-02-29
"""


def read(tmp_path: Path, text: str) -> Catalogue:
    path = tmp_path / "q.yml"
    path.write_text(text, encoding="utf-8")
    return load_catalogue(path, {})


def test_a_small_catalogue(tmp_path: Path) -> None:
    catalogue = read(tmp_path, MINIMAL)
    assert catalogue.questions == (
        Question(
            "gate_location",
            ("Gate Location",),
            "gate",
            (Version("Where is the gate?", "gate", 2.0, "because", date(2020, 2, 29)),),
        ),
    )
    assert catalogue.column("survey_date").dates == DateReading(("dd.MM.yyyy",))
    assert catalogue.column("class").values == {"Economy": ("Eco",), "Business": ()}
    assert catalogue.missing_values == ("", "na")


def test_how_cells_are_written(tmp_path: Path) -> None:
    text = MINIMAL.replace("[Age]}", "[Age], numbers: {thousands: none}}")
    text = text.replace("date_format: dd.MM.yyyy", "time_zone: Europe/Berlin")
    text = text.replace("owner: gate\n    concept", "owner: gate\n    words: {3: [Good]}\n    concept")
    top = "numbers: {decimal: ',', thousands: ' '}\nrating_words: {4: [4 - Good, Very good], 0: }\ncolumns:\n"
    catalogue = read(tmp_path, text.replace("columns:\n", top))
    marks = NumberMarks(",", " ")
    numbers = {name: catalogue.column(name).numbers for name in ("age", "arrival_delay")}
    assert (catalogue.numbers, numbers) == (marks, {"age": NumberMarks(), "arrival_delay": marks})
    assert catalogue.column("survey_date").dates == DateReading((), "Europe/Berlin")
    assert catalogue.question("gate_location").words == {"4 - good": 4, "very good": 4, "good": 3}
    assert catalogue.rating_words == {4: ("4 - Good", "Very good"), 0: ()}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("dd.MM.yyyy", "[dd.MM.yyyy, yyyy-MM-dd]"),
        ("date_format: dd.MM.yyyy", "time_zone: Asia/Tokyo"),
        ("[Age]}", "[Age], numbers: {decimal: ','}}"),
        ("columns:\n", "numbers: {decimal: ','}\ncolumns:\n"),
        ("columns:\n", "rating_words: {4: [Good]}\ncolumns:\n"),
        ("owner: gate\n    concept", "owner: gate\n    words: {4: [Good]}\n    concept"),
    ],
)
def test_how_cells_are_written_is_part_of_the_rules_version(tmp_path: Path, old: str, new: str) -> None:
    assert old in MINIMAL
    assert read(tmp_path, MINIMAL).reading != read(tmp_path, MINIMAL.replace(old, new, 1)).reading


def test_a_column_can_be_made_required(tmp_path: Path) -> None:
    catalogue = read(tmp_path, MINIMAL.replace("{headers: [Age]}", "{headers: [Age], required: true}"))
    assert catalogue.missing_required(["id", "type_of_travel", "class", "departure_delay", "satisfaction"]) == (
        "age",
        "customer_type",
    )


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("[Gate Location]", "[Gate Location, class]", 20, "header 'class' already belongs to class"),
        ("[Gate Location]", "[Flight  distance]", 20, "header 'Flight  distance' already belongs to flight_distance"),
        ("{headers: [Age]}", "{headers: [Age, Gate location]}", 6, "'Gate location' already belongs to gate_location"),
        ("owner: gate", "owner: gat", 21, "'gat' is not among the owners. Did you mean 'gate'?"),
        ("passenger_mix: gate", "passenger_mix: sea", 16, "'sea' is not among the owners. Known: gate."),
        ("owners: [gate]", "owners: [Gate Team]", 1, "'Gate Team' is no id"),
        ("- id: gate_location", "- id: Gate", 18, "'Gate' is no id"),
        ("- id: gate_location", "- id: gate__text", 18, "'gate__text' is no id"),
        ("- id: gate_location", "- id: " + "g" * 64, 18, "is no id"),
        ("- id: gate_location", "- id: response_key", 18, "'response_key' is a column of the tables already"),
        ("- id: gate_location", "- id: age", 18, "'age' is a column of the tables already"),
        ("concept: gate", "concept: The Gate", 22, "'The Gate' is no id"),
        ("weight: 2", "weight: 0", 23, "must be above 0, found 0"),
        ("weight: 2", "weight: -1.5", 23, "must be above 0"),
        ("weight: 2", "weight: .inf", 23, "expected a number"),
        ("weight: 2", "weight: 'two'", 23, "expected a number, found 'two'"),
        ("weight: 2", "weigth: 2", 23, "unknown key 'weigth'. Did you mean 'weight'?"),
        ("    wording: Where is the gate?\n", "", 18, "missing: wording"),
        ("    owner: gate\n", "", 18, "missing: owner"),
        ("weight_reason: because", "weight_reason: ' '", 24, "must not be empty"),
        ("2020-02-29", "2021-02-29", 25, "'2021-02-29' cannot be read"),
        ("2020-02-29", "soon", 25, "expected a date YYYY-MM-DD"),
        ("{Economy: [Eco]", "{Economy: [Eco, business]", 9, "'Business' is already claimed by Economy"),
        ("{Economy: [Eco]", "{Economy: [na]", 9, "'na' is already claimed by missing_values"),
        ("{Economy: [Eco]", "{Economy: [No]", 9, "put it in quotes"),
        ("{Economy: [Eco], Business: []}", "{}", 9, "at least one value is needed"),
        ("Satisfied: [],", "Happy: [],", 13, "'Satisfied' is missing"),
        ("{headers: [Age]}", "{headers: [Age], values: {A: []}}", 6, "unknown key 'values'"),
        ("{headers: [Age]}", "{headers: ['']}", 6, "must not be empty"),
        ("{headers: [Age]}", "{headers: [Age], required: 1}", 6, "columns.age.required: expected true or false"),
        ("[Departure Delay], required: true", "[Departure Delay]", 11, "cannot do without this column"),
        ("[Departure Delay], required: true", "[Departure Delay], required: false", 11, "Say required: true"),
        ("  age: {headers: [Age]}\n", "", 3, "missing: age"),
        ("  age:", "  agee:", 6, "unknown key 'agee'. Did you mean 'age'?"),
        ("owners: [gate]", "owners: []", 1, "found an empty list"),
        ("dd.MM.yyyy", "DD.MM.yyyy", 14, "'DD' in 'DD.MM.yyyy' is not understood. Letters: d day"),
        ("dd.MM.yyyy", "dd.mm.yyyy", 14, "must have day (d), month (M) and year (y)"),
        ("dd.MM.yyyy", "dd.MM.yyyy hh:mm", 14, "h needs a (AM or PM)"),
        ("dd.MM.yyyy", "dMyyyy", 14, "'dM' in 'dMyyyy' can be cut in several ways: write ddM"),
        ("dd.MM.yyyy", "'[dd].MM.yyyy'", 14, "[ in '[dd].MM.yyyy' is not understood"),
        ("dd.MM.yyyy", "[]", 14, "date_format: expected a list with at least one item"),
        ("dd.MM.yyyy", "[dd.MM.yyyy, dd.MM.yyyy G]", 14, "date_format[2]: 'G' in 'dd.MM.yyyy G' is not understood"),
        ("dd.MM.yyyy", "[dd/MM/yyyy, MM/dd/yyyy]", 14, "read 03/02/2021 as two days, 2021-02-03 and 2021-03-02"),
        ("dd.MM.yyyy", "dd.MM.yyyy, time_zone: UTC", 14, "time_zone: says nothing beside date_format"),
        ("date_format: dd.MM.yyyy", "time_zone: Europe/Berlni", 14, "'Europe/Berlni' is no time zone"),
        ("[Age]}", "[Age], numbers: {decimal: ';'}}", 6, "columns.age.numbers.decimal: ';' is no decimal mark"),
        ("[Age]}", "[Age], numbers: {thousands: '_'}}", 6, "'_' is no thousands mark: say none"),
        ("[Age]}", "[Age], numbers: {thousands: '.'}}", 6, "'.' is the decimal mark, too. Add decimal: ','"),
        ("[Gender],", "[Gender], numbers: {decimal: ','},", 5, "unknown key 'numbers'"),
        (
            "owner: gate",
            "owner: gate\n    words: {6: [Superb]}",
            22,
            "'Superb' cannot stand for 6. gate_location has: 0, 1,",
        ),
        ("owner: gate", "owner: gate\n    words: {good: [4]}", 22, "'good' is no rating. Write the number"),
        (
            "owner: gate",
            "owner: gate\n    words: {4: [Good], 5: [' GOOD']}",
            22,
            "' GOOD' already stands for 4 in gate_loc",
        ),
        ("owner: gate", "owner: gate\n    words: {0: [na]}", 22, "'na' is already claimed by missing_values"),
        ("owner: gate", "owner: gate\n    words: {0: ['99']}", 22, "'99' is a number, and is read as one"),
        ("columns:\n", "rating_words: {7: [Superb]}\ncolumns:\n", 3, "'Superb' cannot stand for 7. No question has it"),
    ],
)
def test_faults_are_named(tmp_path: Path, old: str, new: str, line: int, message: str) -> None:
    assert MINIMAL.count(old) >= 1
    with fault_named("q.yml", line, message):
        read(tmp_path, MINIMAL.replace(old, new, 1))


def test_a_catalogue_without_questions_is_refused(tmp_path: Path) -> None:
    head, _, _ = MINIMAL.partition("questions:\n")
    with pytest.raises(ConfigError, match="17: questions: expected a list with at least one item"):
        read(tmp_path, f"{head}questions: []\n")
