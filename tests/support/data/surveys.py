"""Surveys as the tests write them: one response with everything in order, and only what matters named."""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Sequence
from pathlib import Path

# Canonical name -> header of the public file, in its order.
HEADERS = {
    "id": "ID",
    "gender": "Gender",
    "age": "Age",
    "customer_type": "Customer Type",
    "travel_type": "Type of Travel",
    "class": "Class",
    "flight_distance": "Flight Distance",
    "departure_delay": "Departure Delay",
    "arrival_delay": "Arrival Delay",
    "departure_arrival_time_convenience": "Departure and Arrival Time Convenience",
    "ease_of_online_booking": "Ease of Online Booking",
    "check_in_service": "Check-in Service",
    "online_boarding": "Online Boarding",
    "gate_location": "Gate Location",
    "on_board_service": "On-board Service",
    "seat_comfort": "Seat Comfort",
    "leg_room_service": "Leg Room Service",
    "cleanliness": "Cleanliness",
    "food_and_drink": "Food and Drink",
    "in_flight_service": "In-flight Service",
    "in_flight_wifi_service": "In-flight Wifi Service",
    "in_flight_entertainment": "In-flight Entertainment",
    "baggage_handling": "Baggage Handling",
    "satisfaction": "Satisfaction",
}
QUESTIONS = tuple(HEADERS)[9:23]
_GOOD = {
    "gender": "Female",
    "age": "40",
    "customer_type": "Returning",
    "travel_type": "Business",
    "class": "Business",
    "flight_distance": "821",
    "departure_delay": "2",
    "arrival_delay": "5",
    **dict.fromkeys(QUESTIONS, "3"),
    "satisfaction": "Satisfied",
}


def response(number: object, **changed: object) -> list[str]:
    """The cells of a good line with that id, but for what is changed; `class_` stands for `class`."""
    own = {name.rstrip("_"): str(value) for name, value in changed.items()}
    assert own.keys() <= HEADERS.keys()
    return list({"id": str(number), **_GOOD, **own}.values())


def write_survey(path: Path, rows: Iterable[Sequence[str]], headers: Sequence[str] = tuple(HEADERS.values())) -> Path:
    """A survey file of these lines, gzipped when its name says so."""
    text = "".join(",".join(cells) + "\r\n" for cells in (headers, *rows))
    path.parent.mkdir(parents=True, exist_ok=True)
    data = text.encode()
    path.write_bytes(gzip.compress(data, mtime=0) if path.suffix == ".gz" else data)
    return path
