"""The public survey file: as its other exports have it, and read back by a reader that is not Spark."""

from __future__ import annotations

import pyarrow as pa
import pytest
from deltalake import DeltaTable

from tests.support.pipeline import Pipeline
from tests.support.places import REAL_SURVEY

needs_real_survey = pytest.mark.skipif(
    not REAL_SURVEY.exists(), reason="the public survey file is not beside the project (../shared/data)"
)

# Words and headers of the public file -> those of the other exports.
WORDS = {
    "Returning": "Loyal Customer",
    "First-time": "disloyal Customer",
    "Economy": "Eco",
    "Economy Plus": "Eco Plus",
    "Satisfied": "satisfied",
    "Neutral or Dissatisfied": "neutral or dissatisfied",
}
TRAVEL = {"Business": "Business travel", "Personal": "Personal Travel"}
RENAMED = {
    "ID": "id",
    "Departure Delay": "Departure Delay in Minutes",
    "Arrival Delay": "Arrival Delay in Minutes",
    "Departure and Arrival Time Convenience": "Departure/Arrival time convenient",
    "Ease of Online Booking": "Ease of Online booking",
    "Check-in Service": "Checkin service",
    "On-board Service": "On-board service",
    "Online Boarding": "Online boarding",
    "Gate Location": "Gate location",
    "Seat Comfort": "Seat comfort",
    "Leg Room Service": "Leg room service",
    "Food and Drink": "Food and drink",
    "In-flight Service": "Inflight service",
    "In-flight Wifi Service": "Inflight wifi service",
    "In-flight Entertainment": "Inflight entertainment",
    "Baggage Handling": "Baggage handling",
    "Satisfaction": "satisfaction",
}


def other_words(header: str, cell: str) -> str:
    """A cell as the other exports write it; the header is the public file's."""
    if header == "Type of Travel":
        return TRAVEL[cell]
    if header == "Arrival Delay":
        return f"{cell}.0" if cell else ""
    return WORDS.get(cell, cell) if header in ("Customer Type", "Class", "Satisfaction") else cell


def table(pipeline: Pipeline, name: str, columns: list[str] | None = None) -> pa.Table:
    """A Delta table by its name, without Spark."""
    place = f"{pipeline.warehouse.root}/{name.replace('.', '/')}"
    return DeltaTable(place).to_pyarrow_table(columns=columns)
