"""The questions of a catalogue, one entry per version; refuses what would break a series in silence."""

from __future__ import annotations

from collections.abc import Iterable

from lakehouse.config.questions_file import QuestionsFile, RetirementEntry, VersionEntry
from lakehouse.config.successions import Entry, Retirement, check_successions, check_versions
from lakehouse.config.yaml_source import Node
from lakehouse.survey.questions import FOR_EVER, Question, Version


def questions_of(file: QuestionsFile, places: Node) -> tuple[Question, ...]:
    """The questions in the order of their first entries. Raises `ConfigError` with file and line for any fault."""
    entries = [(entry, places.at(position)) for position, entry in enumerate(file.questions)]
    versions = [_version(entry, place) for entry, place in entries if isinstance(entry, VersionEntry)]
    retirements = _retirements((entry, place) for entry, place in entries if isinstance(entry, RetirementEntry))
    by_id: dict[str, list[Entry]] = {}
    for version in sorted(versions, key=lambda one: one.version.valid_from):
        by_id.setdefault(version.id, []).append(version)
    check_versions(by_id, retirements)
    questions = tuple(_question(by_id[name], name in retirements) for name in dict.fromkeys(one.id for one in versions))
    check_successions(questions, by_id, retirements)
    return questions


def _version(entry: VersionEntry, place: Node) -> Entry:
    version = Version(
        entry.wording,
        entry.owner,
        float(entry.weight),
        entry.weight_reason,
        entry.valid_from,
        entry.valid_to or FOR_EVER,
        entry.change,
        entry.predecessors,
        entry.comparability,
    )
    return Entry(entry.id, place, entry.headers, entry.concept or entry.id, entry.not_applicable, version)


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
    versions = tuple(entry.version for entry in entries)
    return Question(first.id, tuple(headers), first.concept, versions, first.not_applicable, retired)
