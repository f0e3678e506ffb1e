"""A survey file with every kind of bad line."""

from __future__ import annotations

from tests.support.data.surveys import response

ROWS = 1000
# Line -> what stands there; every other line is a good response with its line number as id.
BAD_LINES = {
    10: response(10, check_in_service=7),
    20: response(20, seat_comfort="abc"),
    30: response(30, class_="Eco Premium"),
    40: ["", *response(40)[1:]],
    50: response(50, departure_delay=-5),
    60: response(60, age=222),
    70: response(70)[:-3],
    80: [*response(80), "extra"],
    90: response(89),
    100: response(99, cleanliness=5),
    110: response(110, cleanliness=9, age="old", class_="Cattle"),
}
