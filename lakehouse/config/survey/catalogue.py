"""Reads the question catalogue from its YAML file, and refuses an ambiguous catalogue."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from lakehouse.config.sections import read_as
from lakehouse.config.survey.questions import questions_of
from lakehouse.config.survey.questions_file import (
    CategoryColumn,
    DateColumn,
    DeliveredColumn,
    IdColumn,
    NumberColumn,
    QuestionsFile,
    RequirableColumn,
    VersionEntry,
)
from lakehouse.config.yaml_source import Node, nearest, read_yaml
from lakehouse.survey.catalogue import COLUMN_TYPES, NEVER_NULL, SATISFIED, Catalogue, Column
from lakehouse.survey.date_patterns import ISO
from lakehouse.survey.headers import snake_case
from lakehouse.survey.numbers import NumberMarks, whole_number
from lakehouse.survey.questions import Question
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
    marks = file.numbers.marks
    questions = questions_of(file, root.at("questions"))
    everywhere = list(_words(file.rating_words, root.at("rating_words")))
    _check_codes(everywhere, {code for question in questions for code in question.codes}, "No question has it")
    return Catalogue(
        columns=tuple(_column(name, *columns[name], missing_values, marks) for name in COLUMN_TYPES),
        questions=tuple(_with_words(question, everywhere, versions, missing_values, marks) for question in questions),
        missing_values=missing_values,
        owners=file.owners,
        measure_owners=measure_owners,
        numbers=marks,
        rating_words={int(code): words for code, words in file.rating_words.items()},
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


def _column(
    name: str, entry: DeliveredColumn, place: Node, missing_values: Collection[str], marks: NumberMarks
) -> Column:
    values = entry.values if isinstance(entry, CategoryColumn) else {}
    required = isinstance(entry, RequirableColumn) and entry.required
    _check_words(values, place.at("values"), missing_values)
    if name == c.SATISFACTION and SATISFIED not in values:
        raise place.at("values").error(f"'{SATISFIED}' is missing: satisfied passengers are counted by this word.")
    if name in NEVER_NULL and not required:
        raise place.at("required").error("silver and gold cannot do without this column. Say required: true.")
    return Column(
        name=name,
        headers=entry.headers,
        type=entry.kind if isinstance(entry, IdColumn) else COLUMN_TYPES[name],
        required=required,
        values=values,
        numbers=entry.numbers.marks if isinstance(entry, NumberColumn) and entry.numbers else marks,
        dates=entry.reading if isinstance(entry, DateColumn) else ISO,
    )


def _check_words(values: Mapping[str, tuple[str, ...]], place: Node, missing_values: Collection[str]) -> None:
    claimed = dict.fromkeys(missing_values, "missing_values")
    for canonical, others in values.items():
        places = [place.at(canonical), *(place.at(canonical, position) for position in range(len(others)))]
        for word, word_place in zip((canonical, *others), places, strict=True):
            owner = claimed.setdefault(word.strip().lower(), canonical)
            if owner != canonical:
                raise word_place.error(f"'{word}' is already claimed by {owner}. One word can mean one value only.")


# A rating or code, a word for it, and where the word stands.
_RatingWord = tuple[int, str, Node]


def _words(words: Mapping[str, tuple[str, ...]], place: Node) -> Iterator[_RatingWord]:
    for code, listed in words.items():
        yield from ((int(code), word, place.at(code, position)) for position, word in enumerate(listed))


def _check_codes(words: Sequence[_RatingWord], codes: Collection[int], cause: str) -> None:
    for code, word, place in words:
        if code not in codes:
            known = ", ".join(map(str, sorted(codes)))
            raise place.error(f"'{word}' cannot stand for {code}. {cause}: {known}. Codes: not_applicable.")


def _with_words(
    question: Question,
    everywhere: Sequence[_RatingWord],
    versions: Sequence[tuple[VersionEntry, Node]],
    missing_values: Collection[str],
    marks: NumberMarks,
) -> Question:
    """The question with the words for its ratings: those of every question, and its own."""
    entries = [(entry, place) for entry, place in versions if entry.id == question.id]
    own = [word for entry, place in entries for word in _words(entry.words, place.at("words"))]
    _check_codes(own, question.codes, f"{question.id} has")
    claimed: dict[str, int] = {}
    for code, word, place in (*(one for one in everywhere if one[0] in question.codes), *own):
        plain = word.strip().lower()
        if plain in missing_values:
            raise place.error(f"'{word}' is already claimed by missing_values. Keep it in one place.")
        if whole_number(word, marks) is not None:
            raise place.error(f"'{word}' is a number, and is read as one. For a code, use not_applicable.")
        if claimed.setdefault(plain, code) != code:
            raise place.error(
                f"'{word}' already stands for {claimed[plain]} in {question.id}. One word can mean one rating only."
            )
    return replace(question, words=claimed)
