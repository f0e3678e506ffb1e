"""Reads the question catalogue from its YAML file, and refuses one that is ambiguous."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from lakehouse.survey.catalogue import COLUMN_TYPES, MEASURES, NEVER_NULL, SATISFIED, Catalogue, Column, Question
from lakehouse.survey.headers import snake_case
from lakehouse.yaml_source import Node, nearest, read_yaml
from schemas import columns as c

# Names that tables of ours already use.
RESERVED = frozenset(value for name, value in vars(c).items() if name.isupper())

# Required and optional keys of a column, by its type.
_COLUMN_KEYS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "whole_number": (("headers",), ("required",)),
    "category": (("headers", "values"), ("required",)),
    "date": (("headers",), ("date_format",)),
}


def load_catalogue(path: Path, environ: Mapping[str, str]) -> Catalogue:
    """The catalogue in a YAML file. Raises `ConfigError` with file and line for anything ambiguous or missing."""
    root = read_yaml(path, environ).fields(("owners", "missing_values", "columns", "questions", "measures"))
    owners = root["owners"].texts()
    for owner in root["owners"].items():
        _check_id(owner, owner.text())
    columns = root["columns"].fields(tuple(COLUMN_TYPES))
    questions = root["questions"].entries()
    if not questions:
        raise root["questions"].error("at least one question is needed.")
    missing_values = tuple(item.text(blank=True).strip().lower() for item in root["missing_values"].items())
    catalogue = Catalogue(
        tuple(_column(name, columns[name], missing_values) for name in COLUMN_TYPES),
        tuple(_question(name, node, owners) for name, node in questions.items()),
        missing_values,
        owners,
        measure_owners={name: _owner(node, owners) for name, node in root["measures"].fields(MEASURES).items()},
    )
    _check_headers({**columns, **questions})
    _check_concepts(catalogue, questions)
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


def _question(name: str, node: Node, owners: Collection[str]) -> Question:
    _check_id(node, name)
    if name in RESERVED:
        raise node.error(f"'{name}' is a column of the tables already. Choose another id.")
    fields = node.fields(("wording", "headers", "owner", "weight", "weight_reason", "valid_from"), ("concept",))
    concept = fields["concept"].text() if "concept" in fields else name
    _check_id(fields.get("concept", node), concept)
    weight = fields["weight"].number()
    if weight <= 0:
        raise fields["weight"].error(f"must be above 0, found {weight}. To leave a question out, remove it.")
    return Question(
        name,
        fields["wording"].text(),
        fields["headers"].texts(),
        _owner(fields["owner"], owners),
        concept,
        float(weight),
        fields["weight_reason"].text(),
        fields["valid_from"].date(),
    )


def _owner(node: Node, owners: Collection[str]) -> str:
    owner = node.text()
    if owner not in owners:
        raise node.error(f"'{owner}' is not among the owners. {nearest(owner, owners)}")
    return owner


def _check_id(node: Node, name: str) -> None:
    if snake_case(name, 1) != name:
        raise node.error(
            f"'{name}' is no id: lower-case words joined by single _, a letter first, at most 63 characters."
        )


def _check_headers(entries: Mapping[str, Node]) -> None:
    claims = {name: name for name in entries}
    for name, node in entries.items():
        for header in node.entries()["headers"].items():
            owner = claims.setdefault(snake_case(header.text(), 1), name)
            if owner != name:
                raise header.error(f"header '{header.text()}' already belongs to {owner}. Keep it in one place.")


def _check_concepts(catalogue: Catalogue, entries: Mapping[str, Node]) -> None:
    measured: dict[str, str] = {}
    for question in catalogue.questions:
        first = measured.setdefault(question.concept, question.id)
        if first != question.id:
            raise entries[question.id].error(
                f"the concept '{question.concept}' is already measured by {first}. Give each question one of its own."
            )
