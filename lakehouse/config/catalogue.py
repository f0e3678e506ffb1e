"""Reads the question catalogue from its YAML file, and refuses an ambiguous catalogue."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from lakehouse.config.questions import questions_of
from lakehouse.config.questions_file import (
    CategoryColumn,
    DateColumn,
    DeliveredColumn,
    NumberColumn,
    QuestionsFile,
    VersionEntry,
)
from lakehouse.config.sections import read_as
from lakehouse.config.yaml_source import Node, nearest, read_yaml
from lakehouse.survey.catalogue import COLUMN_TYPES, NEVER_NULL, SATISFIED, Catalogue, Column
from lakehouse.survey.headers import snake_case
from schemas import columns as c


def load_catalogue(path: Path, environ: Mapping[str, str]) -> Catalogue:
    """Reads a catalogue from a YAML file. Raises `ConfigError` with file and line where it is ambiguous or wrong."""
    root = read_yaml(path, environ)
    file = read_as(QuestionsFile, root)
    columns = {name: (column, root.at("columns", name)) for name, column in file.columns.by_name().items()}
    versions = [
        (entry, root.at("questions", position))
        for position, entry in enumerate(file.questions)
        if isinstance(entry, VersionEntry)
    ]
    measure_owners = file.measures.model_dump()
    missing_values = tuple(word.strip().lower() for word in file.missing_values)
    _check_owners(
        file.owners,
        [
            *((owner, root.at("measures", name)) for name, owner in measure_owners.items()),
            *((entry.owner, place.at("owner")) for entry, place in versions),
        ],
    )
    _check_headers(
        [
            *((name, column.headers, place.at("headers")) for name, (column, place) in columns.items()),
            *((entry.id, entry.headers, place.at("headers")) for entry, place in versions),
        ]
    )
    return Catalogue(
        columns=tuple(_column(name, *columns[name], missing_values) for name in COLUMN_TYPES),
        questions=questions_of(file, root.at("questions")),
        missing_values=missing_values,
        owners=file.owners,
        measure_owners=measure_owners,
    )


def _check_owners(owners: Collection[str], owned: Collection[tuple[str, Node]]) -> None:
    for owner, place in owned:
        if owner not in owners:
            raise place.error(f"'{owner}' is not among the owners. {nearest(owner, owners)}")


def _check_headers(entries: Collection[tuple[str, tuple[str, ...], Node]]) -> None:
    claims = {name: name for name, _, _ in entries}
    for name, headers, place in entries:
        for position, header in enumerate(headers):
            owner = claims.setdefault(snake_case(header, 1), name)
            if owner != name:
                raise place.at(position).error(f"header '{header}' already belongs to {owner}. Keep it in one place.")


def _column(name: str, entry: DeliveredColumn, place: Node, missing_values: Collection[str]) -> Column:
    values = entry.values if isinstance(entry, CategoryColumn) else {}
    required = isinstance(entry, NumberColumn) and entry.required
    date_format = entry.date_format if isinstance(entry, DateColumn) else None
    _check_words(values, place.at("values"), missing_values)
    if name == c.SATISFACTION and SATISFIED not in values:
        raise place.at("values").error(f"'{SATISFIED}' is missing: satisfied passengers are counted by this word.")
    if name in NEVER_NULL and not required:
        raise place.at("required").error("silver and gold cannot do without this column. Say required: true.")
    return Column(
        name=name,
        headers=entry.headers,
        type=COLUMN_TYPES[name],
        required=required,
        values=values,
        date_format=date_format,
    )


def _check_words(values: Mapping[str, tuple[str, ...]], place: Node, missing_values: Collection[str]) -> None:
    claimed = dict.fromkeys(missing_values, "missing_values")
    for canonical, others in values.items():
        places = [place.at(canonical), *(place.at(canonical, position) for position in range(len(others)))]
        for word, word_place in zip((canonical, *others), places, strict=True):
            owner = claimed.setdefault(word.strip().lower(), canonical)
            if owner != canonical:
                raise word_place.error(f"'{word}' is already claimed by {owner}. One word can mean one value only.")
