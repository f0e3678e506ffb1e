"""Files delivered to the preflight, with a small catalogue."""

import hashlib
from pathlib import Path

from lakehouse.formats.landing import LandingFile
from lakehouse.formats.preflight import Accepted, Refused, preflight
from lakehouse.survey.catalogue import Catalogue, Column
from tests.support.catalogues import question

CATALOGUE = Catalogue(
    columns=(
        Column("id", ("ID",), "whole_number", True),
        Column("class", ("Class",), "category", True),
        Column("travel_type", ("Type of Travel", "travel_type"), "category", True),
    ),
    questions=(
        question("gate_location", headers=("Gate Location",)),
        question("cleanliness", headers=("Cleanliness",)),
    ),
    missing_values=("",),
    owners=("gate", "in_flight"),
)

HEADER = b"ID,Class\n"


def deliver(folder: Path, content: bytes, name: str = "survey.csv") -> LandingFile:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return LandingFile(path, folder, name)


def accepted(folder: Path, content: bytes, name: str = "survey.csv") -> Accepted:
    (judged,) = preflight(deliver(folder, content, name), CATALOGUE)
    assert isinstance(judged, Accepted), judged
    return judged


def refused(folder: Path, content: bytes, name: str = "survey.csv") -> Refused:
    (judged,) = preflight(deliver(folder, content, name), CATALOGUE)
    assert isinstance(judged, Refused), judged
    return judged


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
