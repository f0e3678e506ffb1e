"""The questions of a catalogue from the entries of its file, of which each is one version of a question."""

from __future__ import annotations

from collections.abc import Iterable

from lakehouse.config.questions_file import QuestionsFile, RetirementEntry, VersionEntry
from lakehouse.config.successions import Entry, Retirement, check_successions, check_versions
from lakehouse.config.yaml_source import Node
from lakehouse.survey.questions import FOR_EVER, Question, Version


def questions_of(file: QuestionsFile, places: Node) -> tuple[Question, ...]:
    """The questions in the order of their first entries.

    Raises `ConfigError` with file and line when the versions do not follow each other, see `successions`.
    """
    entries = [(entry, places.at(position)) for position, entry in enumerate(file.questions)]
    versions = [_version(entry, place) for entry, place in entries if isinstance(entry, VersionEntry)]
    retirements = _retirements((entry, place) for entry, place in entries if isinstance(entry, RetirementEntry))
    by_id: dict[str, list[Entry]] = {}
    for version in sorted(versions, key=lambda entry: entry.version.valid_from):
        by_id.setdefault(version.id, []).append(version)
    check_versions(by_id, retirements)
    ids = dict.fromkeys(entry.id for entry in versions)
    questions = tuple(_question(by_id[name], name in retirements) for name in ids)
    check_successions(questions, by_id, retirements)
    return questions


def _version(entry: VersionEntry, place: Node) -> Entry:
    version = Version(
        wording=entry.wording,
        owner=entry.owner,
        weight=float(entry.weight),
        weight_reason=entry.weight_reason,
        valid_from=entry.valid_from,
        valid_to=entry.valid_to or FOR_EVER,
        change=entry.change,
        predecessors=entry.predecessors,
        comparability=entry.comparability,
    )
    return Entry(
        id=entry.id,
        place=place,
        headers=entry.headers,
        concept=entry.concept or entry.id,
        not_applicable=entry.not_applicable,
        version=version,
    )


def _retirements(entries: Iterable[tuple[RetirementEntry, Node]]) -> dict[str, Retirement]:
    retirements: dict[str, Retirement] = {}
    for entry, place in entries:
        if entry.id in retirements:
            line = retirements[entry.id].place.line
            raise place.error(f"'{entry.id}' is already retired in line {line}. Keep one.")
        retirements[entry.id] = Retirement(entry.id, place, entry.valid_from)
    return retirements


def _question(entries: list[Entry], retired: bool) -> Question:
    headers = dict.fromkeys(header for entry in entries for header in entry.headers)
    first = entries[0]
    return Question(
        id=first.id,
        headers=tuple(headers),
        concept=first.concept,
        versions=tuple(entry.version for entry in entries),
        not_applicable=first.not_applicable,
        retired=retired,
    )
