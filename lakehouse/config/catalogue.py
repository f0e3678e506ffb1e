"""Reads the question catalogue from its YAML file, and refuses one that is ambiguous."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from lakehouse.config.questions import check_id, load_questions, owner_of
from lakehouse.config.yaml_source import Node, read_yaml
from lakehouse.survey.catalogue import COLUMN_TYPES, MEASURES, NEVER_NULL, SATISFIED, Catalogue, Column
from lakehouse.survey.headers import snake_case
from schemas import columns as c

# Required and optional keys of a column, by its type.
_COLUMN_KEYS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "whole_number": (("headers",), ("required",)),
    "category": (("headers", "values"), ("required",)),
    "date": (("headers",), ("date_format",)),
}


def load_catalogue(path: Path, environ: Mapping[str, str]) -> Catalogue:
    """The catalogue in a YAML file. Raises `ConfigError` with file and line for anything ambiguous or missing."""
    root = read_yaml(path, environ).fields(("owners", "missing_values", "columns", "measures", "questions"))
    owners = root["owners"].texts()
    for owner in root["owners"].items():
        check_id(owner, owner.text())
    columns = root["columns"].fields(tuple(COLUMN_TYPES))
    missing_values = tuple(item.text(blank=True).strip().lower() for item in root["missing_values"].items())
    questions = root["questions"]
    catalogue = Catalogue(
        tuple(_column(name, columns[name], missing_values) for name in COLUMN_TYPES),
        load_questions(questions, owners),
        missing_values,
        owners,
        {name: owner_of(node, owners) for name, node in root["measures"].fields(MEASURES).items()},
    )
    _check_headers([*columns.items(), *((entry.entries()["id"].text(), entry) for entry in questions.items())])
    return catalogue


def _column(name: str, node: Node, missing_values: Collection[str]) -> Column:
    column_type = COLUMN_TYPES[name]
    fields = node.fields(*_COLUMN_KEYS[column_type])
    values = _values(fields["values"], missing_values) if "values" in fields else {}
    if name == c.SATISFACTION and SATISFIED not in values:
        raise fields["values"].error(f"'{SATISFIED}' is missing: satisfied passengers are counted by this word.")
    required = "required" in fields and fields["required"].flag()
    if name in NEVER_NULL and not required:
        place = fields.get("required", node)
        raise place.error("silver and gold cannot do without this column. Say required: true.")
    date_format = fields["date_format"].text() if "date_format" in fields else None
    return Column(name, fields["headers"].texts(), column_type, required, values, date_format)


def _values(node: Node, missing_values: Collection[str]) -> dict[str, tuple[str, ...]]:
    claimed = dict.fromkeys(missing_values, "missing_values")
    values: dict[str, tuple[str, ...]] = {}
    for canonical, others in node.entries().items():
        words = others.items() if others.value else ()
        for place, word in ((others, canonical), *((item, item.text()) for item in words)):
            owner = claimed.setdefault(word.strip().lower(), canonical)
            if owner != canonical:
                raise place.error(f"'{word}' is already claimed by {owner}. One word can mean one value only.")
        values[canonical] = tuple(item.text() for item in words)
    if not values:
        raise node.error("at least one value is needed.")
    return values


def _check_headers(entries: Collection[tuple[str, Node]]) -> None:
    claims = {name: name for name, _ in entries}
    for name, node in entries:
        headers = node.entries().get("headers")
        for header in headers.items() if headers else ():
            owner = claims.setdefault(snake_case(header.text(), 1), name)
            if owner != name:
                raise header.error(f"header '{header.text()}' already belongs to {owner}. Keep it in one place.")
