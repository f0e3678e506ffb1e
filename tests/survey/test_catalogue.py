"""The question catalogue: three dialects of one survey, and every ambiguity refused by line."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from lakehouse.config.catalogue import load_catalogue
from lakehouse.config.load import project_file
from lakehouse.errors import ConfigError
from lakehouse.survey.catalogue import Catalogue, Column
from lakehouse.survey.headers import safe_names
from lakehouse.survey.questions import FOR_EVER, Question, Version

pytestmark = pytest.mark.no_spark

SHIPPED = project_file("conf", "questions.yml")
DELIVERED = (
    "id,gender,age,customer_type,travel_type,class,flight_distance,departure_delay,arrival_delay,"
    "departure_arrival_time_convenience,ease_of_online_booking,check_in_service,online_boarding,gate_location,"
    "on_board_service,seat_comfort,leg_room_service,cleanliness,food_and_drink,in_flight_service,"
    "in_flight_wifi_service,in_flight_entertainment,baggage_handling,satisfaction"
)
MAVEN = (
    "ID,Gender,Age,Customer Type,Type of Travel,Class,Flight Distance,Departure Delay,Arrival Delay,"
    "Departure and Arrival Time Convenience,Ease of Online Booking,Check-in Service,Online Boarding,Gate Location,"
    "On-board Service,Seat Comfort,Leg Room Service,Cleanliness,Food and Drink,In-flight Service,"
    "In-flight Wifi Service,In-flight Entertainment,Baggage Handling,Satisfaction"
)
KAGGLE = (
    "id,Gender,Age,Customer Type,Type of Travel,Class,Flight Distance,Departure Delay in Minutes,"
    "Arrival Delay in Minutes,Departure/Arrival time convenient,Ease of Online booking,Checkin service,"
    "Online boarding,Gate location,On-board service,Seat comfort,Leg room service,Cleanliness,Food and drink,"
    "Inflight service,Inflight wifi service,Inflight entertainment,Baggage handling,satisfaction"
)
SNAKE_CASE = (
    "id,gender,age,customer_type,type_of_travel,class,flight_distance,departure_delay_in_minutes,"
    "arrival_delay_in_minutes,departure_arrival_time_convenient,ease_of_online_booking,checkin_service,"
    "online_boarding,gate_location,onboard_service,seat_comfort,leg_room_service,cleanliness,food_and_drink,"
    "inflight_service,inflight_wifi_service,inflight_entertainment,baggage_handling,satisfaction"
)


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue(SHIPPED, {})


@pytest.mark.parametrize("header", [MAVEN, KAGGLE, SNAKE_CASE, DELIVERED])
def test_every_dialect_resolves(catalogue: Catalogue, header: str) -> None:
    names = safe_names(header.split(","))
    assert [catalogue.resolve(name) for name in names] == DELIVERED.split(",")
    assert catalogue.asked(reversed(names)) == catalogue.question_ids


def test_unknown_names_resolve_to_nothing(catalogue: Catalogue) -> None:
    assert [catalogue.resolve(name) for name in ("unnamed_1", "lounge", "Gate Location")] == [None, None, None]
    assert catalogue.asked(["lounge", "class"]) == ()
    assert catalogue.asked(["inflight_service", "gate_location"]) == ("gate_location", "in_flight_service")


def test_aliases_begin_with_the_name_itself(catalogue: Catalogue) -> None:
    assert catalogue.aliases("travel_type") == ("travel_type", "type_of_travel")
    assert catalogue.aliases("on_board_service") == ("on_board_service", "onboard_service")
    assert catalogue.aliases("survey_date") == ("survey_date",)


@pytest.mark.parametrize(
    ("column", "word", "canonical"),
    [
        ("customer_type", "Loyal Customer", "Returning"),
        ("customer_type", "disloyal Customer", "First-time"),
        ("travel_type", "Business travel", "Business"),
        ("travel_type", "Personal Travel", "Personal"),
        ("class", "Eco", "Economy"),
        ("class", "ECO PLUS", "Economy Plus"),
        ("satisfaction", "satisfied", "Satisfied"),
        ("satisfaction", "neutral or dissatisfied", "Neutral or Dissatisfied"),
        ("satisfaction", "Neutral or unsatisfied", "Neutral or Dissatisfied"),
        ("gender", "female", "Female"),
        ("class", "Eco Premium", None),
    ],
)
def test_words_of_both_dialects(catalogue: Catalogue, column: str, word: str, canonical: str | None) -> None:
    assert catalogue.column(column).spellings.get(word.lower()) == canonical


def test_contract_of_the_columns(catalogue: Catalogue) -> None:
    assert catalogue.required == ("id", "customer_type", "travel_type", "class", "departure_delay", "satisfaction")
    assert catalogue.of_type("date") == ("survey_date",)
    assert catalogue.of_type("category") == ("gender", "customer_type", "travel_type", "class", "satisfaction")
    assert catalogue.column("age") == Column("age", ("Age",), "whole_number")
    assert {"", "na", "n/a", "null"} <= set(catalogue.missing_values)
    assert {question.codes for question in catalogue.questions} == {(0, 1, 2, 3, 4, 5)}
    with pytest.raises(KeyError):
        catalogue.column("gate_location")


@pytest.mark.parametrize(
    ("owner", "owned"),
    [
        ("gate", {"gate_location", "on_board_service", "departure_delay"}),
        ("ground", {"check_in_service", "baggage_handling", "arrival_delay"}),
        ("digital", {"ease_of_online_booking", "online_boarding"}),
        (
            "in_flight",
            {
                "seat_comfort",
                "leg_room_service",
                "cleanliness",
                "food_and_drink",
                "in_flight_service",
                "in_flight_wifi_service",
                "in_flight_entertainment",
            },
        ),
        (
            "airline",
            {
                "departure_arrival_time_convenience",
                "share_satisfied",
                "service_index",
                "weighted_satisfaction_score",
                "passenger_mix",
            },
        ),
    ],
)
def test_who_owns_what(catalogue: Catalogue, owner: str, owned: set[str]) -> None:
    names = (*catalogue.question_ids, *catalogue.measure_owners)
    assert {name for name in names if catalogue.owner(name, date(2025, 1, 1)) == owner} == owned


def test_questions_state_their_weight_and_reason(catalogue: Catalogue) -> None:
    assert catalogue.question_ids == tuple(DELIVERED.split(",")[9:23])
    assert all(question.concept == question.id for question in catalogue.questions)
    versions = [version for question in catalogue.questions for version in question.versions]
    assert all(0.5 <= version.weight <= 2 and len(version.weight_reason) > 15 for version in versions)
    assert {(version.valid_from, version.valid_to) for version in versions} == {(date(2000, 1, 1), FOR_EVER)}


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
    assert catalogue.column("survey_date").date_format == "dd.MM.yyyy"
    assert catalogue.column("class").values == {"Economy": ("Eco",), "Business": ()}
    assert catalogue.missing_values == ("", "na")


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
    ],
)
def test_faults_are_named(tmp_path: Path, old: str, new: str, line: int, message: str) -> None:
    assert MINIMAL.count(old) >= 1
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, MINIMAL.replace(old, new, 1))
    assert message in str(caught.value)
    assert (Path(caught.value.file).name, caught.value.line) == ("q.yml", line)


def test_a_catalogue_without_questions_is_refused(tmp_path: Path) -> None:
    head, _, _ = MINIMAL.partition("questions:\n")
    with pytest.raises(ConfigError, match="17: questions: expected a list with at least one item"):
        read(tmp_path, f"{head}questions: []\n")
