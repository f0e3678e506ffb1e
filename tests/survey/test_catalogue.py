"""The shipped question catalogue: three dialects of one survey, their words, and who owns what."""

from __future__ import annotations

from datetime import date

import pytest

from lakehouse.config.load import project_file
from lakehouse.config.survey.catalogue import load_catalogue
from lakehouse.survey.catalogue import Catalogue, Column
from lakehouse.survey.headers import safe_names
from lakehouse.survey.questions import FOR_EVER

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
