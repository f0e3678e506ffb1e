"""Reads the questions of a catalogue, one entry per version, and refuses what would break a series in silence."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import get_args

from lakehouse.config.successions import OF_SEVERAL, RETIRE, Entry, Retirement, check_successions, check_versions
from lakehouse.config.yaml_source import Node, nearest
from lakehouse.survey.headers import RESERVED, snake_case
from lakehouse.survey.questions import FOR_EVER, SCALE, Change, Comparability, Question, Version

_REQUIRED = ("id", "wording", "headers", "owner", "weight", "weight_reason", "valid_from")
_OPTIONAL = ("concept", "scale", "not_applicable", "valid_to", "change", "predecessors", "comparability")
_CHANGES = (*get_args(Change), RETIRE)


def load_questions(node: Node, owners: Collection[str]) -> tuple[Question, ...]:
    """The questions in the order of their first entries. Raises `ConfigError` with file and line for any fault."""
    read = [_entry(item, owners) for item in node.items()]
    retirements = _retirements(read)
    by_id: dict[str, list[Entry]] = {}
    for entry in sorted((one for one in read if isinstance(one, Entry)), key=lambda one: one.version.valid_from):
        by_id.setdefault(entry.id, []).append(entry)
    check_versions(by_id, retirements)
    order = dict.fromkeys(one.id for one in read if isinstance(one, Entry))
    questions = tuple(_question(by_id[name], name in retirements) for name in order)
    check_successions(questions, by_id, retirements)
    return questions


def check_id(node: Node, name: str) -> None:
    """Raises `ConfigError` for a name that cannot become a column."""
    if snake_case(name, 1) != name:
        raise node.error(
            f"'{name}' is no id: lower-case words joined by single _, a letter first, at most 63 characters."
        )


def owner_of(node: Node, owners: Collection[str]) -> str:
    """A team among the owners."""
    owner = node.text()
    if owner not in owners:
        raise node.error(f"'{owner}' is not among the owners. {nearest(owner, owners)}")
    return owner


def _entry(node: Node, owners: Collection[str]) -> Entry | Retirement:
    given = node.entries()
    change = given["change"].choice(_CHANGES) if "change" in given else None
    if change == RETIRE:
        fields = node.fields(("id", "change", "valid_from"))
        return Retirement(fields["id"].text(), node, fields["valid_from"].date())
    fields = node.fields(_REQUIRED, _OPTIONAL)
    name = fields["id"].text()
    check_id(fields["id"], name)
    if name in RESERVED:
        raise fields["id"].error(f"'{name}' is a column of the tables already. Choose another id.")
    concept = fields["concept"].text() if "concept" in fields else name
    check_id(fields.get("concept", node), concept)
    if "scale" in fields and tuple(item.number() for item in fields["scale"].items()) != SCALE:
        raise fields["scale"].error(f"only {list(SCALE)} is understood: other scales do not average with the rest.")
    return Entry(
        name,
        fields,
        node,
        fields["headers"].texts(),
        concept,
        _not_applicable(fields),
        _version(fields, owners, change),
    )


def _not_applicable(fields: Mapping[str, Node]) -> tuple[int, ...]:
    if "not_applicable" not in fields:
        return Question.not_applicable
    codes = tuple(item.whole_number() for item in fields["not_applicable"].items())
    for code in codes:
        if SCALE[0] <= code <= SCALE[1]:
            raise fields["not_applicable"].error(f"{code} is a rating. Codes lie outside of {list(SCALE)}.")
    return codes


def _version(fields: Mapping[str, Node], owners: Collection[str], change: str | None) -> Version:
    weight = fields["weight"].number()
    if weight <= 0:
        raise fields["weight"].error(f"must be above 0, found {weight}. To leave a question out, retire it.")
    first = fields["valid_from"].date()
    last = fields["valid_to"].date() if "valid_to" in fields else FOR_EVER
    if last < first:
        raise fields["valid_to"].error(f"{last} is before valid_from {first}. Swap them.")
    return Version(
        fields["wording"].text(),
        owner_of(fields["owner"], owners),
        float(weight),
        fields["weight_reason"].text(),
        first,
        last,
        change,  # type: ignore[arg-type]
        {name: node.share(whole=True) for name, node in fields["predecessors"].entries().items()}
        if "predecessors" in fields
        else {},
        _comparability(fields, change),
    )


def _comparability(fields: Mapping[str, Node], change: str | None) -> Comparability | None:
    if change is None:
        for key in ("predecessors", "comparability"):
            if key in fields:
                raise fields[key].error("says nothing without a change. Add change: rename, reword, split or merge.")
        return None
    if "predecessors" in fields and change not in OF_SEVERAL:
        before = next(iter(fields["predecessors"].entries()), "of the question before it")
        raise fields["predecessors"].error(
            f"a {change} keeps the id, for ids name a question for ever: give this entry the id {before} and "
            "remove the key. Only split and merge have predecessors."
        )
    if change in OF_SEVERAL and "predecessors" not in fields:
        raise fields["change"].error(f"a {change} needs predecessors: question and share, e.g. {{food: 0.5}}.")
    if "comparability" not in fields:
        raise fields["change"].error("a change needs comparability: exact, mean_only or none.")
    word = fields["comparability"].choice(get_args(Comparability))
    if change == "rename" and word != "exact":
        raise fields["comparability"].error("a rename changes no word of the question: say exact, or change: reword.")
    if change in OF_SEVERAL and word == "exact":
        raise fields["comparability"].error(f"a {change} carries a mean at most: say mean_only or none.")
    return word  # type: ignore[return-value]


def _retirements(read: list[Entry | Retirement]) -> dict[str, Retirement]:
    found: dict[str, Retirement] = {}
    for one in read:
        if isinstance(one, Retirement):
            if one.id in found:
                raise one.place.error(f"'{one.id}' is already retired in line {found[one.id].place.line}. Keep one.")
            found[one.id] = one
    return found


def _question(entries: list[Entry], retired: bool) -> Question:
    headers = dict.fromkeys(header for entry in entries for header in entry.headers)
    first = entries[0]
    versions = tuple(entry.version for entry in entries)
    return Question(first.id, tuple(headers), first.concept, versions, first.not_applicable, retired)
