"""The questions of a catalogue from the entries of its file, of which each is one version of a question.

Checks how versions of a question, and questions, follow each other: a gap would silently break a time series.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from math import isclose

from lakehouse.config.survey.questions_file import (
    RETIRE,
    WITH_PREDECESSORS,
    QuestionsFile,
    RetirementEntry,
    VersionEntry,
)
from lakehouse.config.yaml_source import Node, nearest
from lakehouse.survey.concepts import roots_of
from lakehouse.survey.questions import FOR_EVER, Question, Version

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Entry:
    """An entry of the file for one version of a question. `place`: where it stands, for messages."""

    id: str
    place: Node
    headers: tuple[str, ...]
    concept: str
    not_applicable: tuple[int, ...]
    version: Version


@dataclass(frozen=True)
class Retirement:
    """An entry of the file that retires a question. `day`: the first day on which it is not asked."""

    id: str
    place: Node
    day: date


def questions_of(file: QuestionsFile, places: Node) -> tuple[Question, ...]:
    """The questions in the order of their first entries.

    Raises `ConfigError` with file and line when the versions do not follow each other.
    """
    entries = [(entry, places.at(position)) for position, entry in enumerate(file.questions)]
    versions = [_version(entry, place) for entry, place in entries if isinstance(entry, VersionEntry)]
    retirements = _retirements((entry, place) for entry, place in entries if isinstance(entry, RetirementEntry))
    by_id: dict[str, list[Entry]] = {}
    for version in sorted(versions, key=lambda entry: entry.version.valid_from):
        by_id.setdefault(version.id, []).append(version)
    _check_versions(by_id, retirements)
    ids = dict.fromkeys(entry.id for entry in versions)
    questions = tuple(_question(by_id[name], name in retirements) for name in ids)
    _check_successions(questions, by_id, retirements)
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


def _check_versions(by_id: Mapping[str, list[Entry]], retirements: Mapping[str, Retirement]) -> None:
    """Checks the versions of each question. `by_id`: question -> entries by date. Raises `ConfigError` for a gap, an
    overlap, or a change that is not allowed."""
    for name, retirement in retirements.items():
        if name not in by_id:
            raise retirement.place.error(f"'{name}' is no question. {nearest(name, by_id)}")
    for entries in by_id.values():
        _check_sequence(entries)


def _check_successions(
    questions: tuple[Question, ...], by_id: Mapping[str, list[Entry]], retirements: Mapping[str, Retirement]
) -> None:
    """Checks splits, merges and ends. Raises `ConfigError` for conflicting shares, dates, concepts or weights."""
    firsts = {name: entries[0] for name, entries in by_id.items()}
    lasts = {name: entries[-1] for name, entries in by_id.items()}
    _check_predecessors(firsts, lasts)
    _check_endings(questions, lasts, retirements)
    _check_concepts(questions, firsts)
    _check_weights(questions, [entry for entries in by_id.values() for entry in entries])


def _check_sequence(entries: list[Entry]) -> None:
    """The versions of one question have no gap and no overlap, and keep concept and codes."""
    for before, after in pairwise(entries):
        start, end = after.version.valid_from, before.version.valid_to
        if end >= start:
            raise after.place.error(
                f"'{after.id}' overlaps its version of line {before.place.line}: end that one with "
                f"valid_to: {start - _DAY}."
            )
        if end + _DAY < start:
            raise after.place.error(
                f"'{after.id}' has a gap: nothing applies from {end + _DAY} to {start - _DAY}. Close it with "
                "valid_from or valid_to; a question that comes back after a pause is a new one with an id of its own."
            )
        _check_step(before, after)
        for key in ("concept", "not_applicable"):
            if getattr(after, key) != getattr(before, key):
                raise after.place.at(key).error(
                    f"'{after.id}' had another {key} in line {before.place.line}: what measures something else is a "
                    "question of its own, with an id of its own."
                )
    change = entries[0].version.change
    if change in ("rename", "reword"):
        raise entries[0].place.error(
            f"'{entries[0].id}' has no entry before this one. Ids name a question for ever: a {change} keeps the id "
            "of the question it changes."
        )


def _check_step(before: Entry, after: Entry) -> None:
    """A later version with another wording or other headers states its change. A new owner or weight needs none."""
    if after.version.change in WITH_PREDECESSORS:
        raise after.place.at("change").error(
            f"'{after.id}' is there already, in line {before.place.line}: a {after.version.change} makes a new id."
        )
    for key, is_same in (
        ("wording", after.version.wording == before.version.wording),
        ("headers", set(after.headers) == set(before.headers)),
    ):
        if after.version.change is None and not is_same:
            raise after.place.at(key).error(
                f"differs from line {before.place.line}: say change: rename (another header or label for the same "
                "words) or change: reword."
            )


def _check_predecessors(firsts: Mapping[str, Entry], lasts: Mapping[str, Entry]) -> None:
    shares: dict[str, list[tuple[Entry, float]]] = {}
    for entry in firsts.values():
        for name, share in entry.version.predecessors.items():
            _check_succession(entry, name, lasts)
            if entry.version.change == "split":
                shares.setdefault(name, []).append((entry, share))
        if entry.version.change == "merge":
            _check_sum(entry.place.at("predecessors"), "the merge", list(entry.version.predecessors.values()))
    for whole, parts in shares.items():
        _check_sum(parts[-1][0].place.at("predecessors"), f"the parts of {whole}", [share for _, share in parts])


def _check_succession(entry: Entry, before: str, lasts: Mapping[str, Entry]) -> None:
    place = entry.place.at("predecessors", before)
    if before not in lasts or before == entry.id:
        known = [name for name in lasts if name != entry.id]
        raise place.error(f"'{before}' is no question that came before. {nearest(before, known)}")
    start, last = entry.version.valid_from, lasts[before].version
    if last.valid_to == FOR_EVER:
        raise lasts[before].place.error(
            f"'{before}' is replaced by {entry.id} (line {entry.place.line}) but never ends. "
            f"Add valid_to: {start - _DAY}, or later where both were asked together."
        )
    if start <= last.valid_from:
        raise place.error(f"{before} begins on {last.valid_from}, not before {start}. Mend one of the dates.")
    if last.valid_to + _DAY < start:
        raise entry.place.error(
            f"'{entry.id}' begins on {start}, but {before} ended on {last.valid_to}: the gap breaks the series. "
            "Mend one of the dates."
        )


def _check_sum(place: Node, what: str, shares: list[float]) -> None:
    if not isclose(sum(shares), 1, abs_tol=1e-9):
        listed = " + ".join(f"{share:g}" for share in shares)
        raise place.error(f"the shares of {what} sum to {sum(shares):g} ({listed}), not to 1. Mend them.")


def _check_endings(
    questions: tuple[Question, ...], lasts: Mapping[str, Entry], retirements: Mapping[str, Retirement]
) -> None:
    """A question that ends is either retired or replaced by other questions."""
    followed = {name for question in questions for name in question.first.predecessors}
    for question in questions:
        end, place = question.newest.valid_to, lasts[question.id].place
        retired = retirements.get(question.id)
        if retired and end + (_DAY if end < FOR_EVER else timedelta()) != retired.day:
            raise retired.place.error(
                f"'{question.id}' is retired from {retired.day}: its entry of line {place.line} must say "
                f"valid_to: {retired.day - _DAY}."
            )
        if retired and question.id in followed:
            raise retired.place.error(f"'{question.id}' lives on in other questions. Remove this entry.")
        if end < FOR_EVER and not retired and question.id not in followed:
            raise place.error(
                f"'{question.id}' ends on {end} and nothing says why. Add an entry with id: {question.id}, "
                f"change: {RETIRE}, valid_from: {end + _DAY}, or name it among the predecessors of what follows."
            )


def _check_concepts(questions: tuple[Question, ...], firsts: Mapping[str, Entry]) -> None:
    for concept, roots in roots_of(questions).items():
        if len(roots) > 1:
            place = firsts[roots[1]].place.at("concept")
            raise place.error(
                f"the concept '{concept}' is already measured by {roots[0]}. Give {roots[1]} a concept of its own, or "
                "say by change and predecessors how the two belong together."
            )


def _check_weights(questions: tuple[Question, ...], entries: list[Entry]) -> None:
    """Questions that measure the same concept at the same time have the same weight: the weight of the concept."""
    for question in questions:
        for version in question.versions:
            for entry in entries:
                other = entry.version
                together = version.valid_from <= other.valid_to and other.valid_from <= version.valid_to
                if together and entry.concept == question.concept and other.weight != version.weight:
                    raise entry.place.at("weight").error(
                        f"{other.weight:g}, but {question.id} gives the concept '{question.concept}' the weight "
                        f"{version.weight:g} at that time. A concept has one weight: state the same."
                    )
