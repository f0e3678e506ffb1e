"""What an edited catalogue changes, compared with the catalogue that gold was built with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from lakehouse.errors import UsageError
from lakehouse.survey.catalogue import Catalogue
from lakehouse.survey.questions import FOR_EVER, Question, Version


@dataclass(frozen=True)
class StoredVersion:
    """A question version as stored in gold.dim_questions."""

    question: str
    wording: str
    team: str
    concept: str
    weight: float
    change: str | None
    predecessors: Mapping[str, float]
    comparability: str | None
    valid_from: date
    valid_to: date


@dataclass(frozen=True)
class Effect:
    """One effect of the edit on a question or a concept (`subject`), in words (`what`)."""

    kind: Literal["question", "owner", "weight", "trend"]
    subject: str
    what: str


def require_all(stored: Iterable[str], catalogue: Catalogue) -> None:
    """Raises `UsageError` when the catalogue no longer has an entry for a question of the warehouse."""
    removed = sorted(set(stored) - set(catalogue.question_ids))
    if removed:
        raise UsageError(
            f"conf/questions.yml has no entry for {', '.join(removed)}, but silver.survey_responses has. Ids name a "
            "question for ever: keep the entries. End a question with valid_to and change: retire, a split or a merge; "
            "a new wording or header is a new entry under the same id."
        )


def effects(stored: Iterable[StoredVersion], catalogue: Catalogue) -> list[Effect]:
    """The effects of the catalogue's differences from the stored versions, in catalogue order."""
    before: dict[str, dict[date, StoredVersion]] = {}
    for version in stored:
        before.setdefault(version.question, {})[version.valid_from] = version
    return [
        effect
        for question in catalogue.questions
        for version in question.versions
        for effect in _version_effects(question, version, before.get(question.id, {}))
    ]


def _version_effects(question: Question, version: Version, before: Mapping[date, StoredVersion]) -> Iterable[Effect]:
    old = before.get(version.valid_from)
    if old is None:
        yield Effect("question", question.id, _new(version, is_stored=bool(before)))
        yield from _trend_effects(question, version)
        previous = _nearest(before, version.valid_from)
        if previous:
            yield from _policy_effects(question, version, previous, f" from {version.valid_from}")
        return
    if old.valid_to != version.valid_to:
        yield Effect("question", question.id, _end(version))
        if version is question.newest and question.retired:
            yield Effect("trend", question.concept, f"broken on {version.valid_to}: {question.id} is retired")
    if (old.wording, old.concept) != (version.wording, question.concept):
        yield Effect("question", question.id, f"the entry of {version.valid_from} has another wording or concept")
    if (old.change, dict(old.predecessors), old.comparability) != (
        version.change,
        dict(version.predecessors),
        version.comparability,
    ):
        yield from _trend_effects(question, version)
    yield from _policy_effects(question, version, old, f" in the entry of {version.valid_from}: the past is restated")


def _new(version: Version, is_stored: bool) -> str:
    if not is_stored:
        return f"new, asked from {version.valid_from} on, owned by {version.owner}"
    return f"{version.change or 'new owner or weight'} from {version.valid_from} on"


def _end(version: Version) -> str:
    if version.valid_to == FOR_EVER:
        return f"the entry of {version.valid_from} no longer ends"
    return f"the entry of {version.valid_from} ends on {version.valid_to}"


def _trend_effects(question: Question, version: Version) -> Iterable[Effect]:
    day, comparability = version.valid_from, version.comparability
    if version.change is None:
        return
    if version.change == "split":
        for whole, share in version.predecessors.items():
            how = f"by {question.id}, share {share:g} of {whole}"
            yield Effect("trend", whole, _bridged(how, day, comparability))
    elif version.change == "merge":
        parts = ", ".join(f"{name} ({share:g})" for name, share in version.predecessors.items())
        yield Effect("trend", question.concept, _bridged(f"from {parts} before", day, comparability))
    elif comparability == "none":
        yield Effect("trend", question.concept, f"broken on {day}: a new series begins")
    elif comparability == "mean_only":
        yield Effect("trend", question.concept, f"means go on across {day}; shares of low and top ratings begin anew")


def _bridged(how: str, day: date, comparability: str | None) -> str:
    if comparability == "none":
        return f"broken on {day}: what follows cannot be compared"
    return f"bridged from {day} on {how}; the mean only"


def _policy_effects(question: Question, version: Version, old: StoredVersion, when: str) -> Iterable[Effect]:
    if old.team != version.owner:
        yield Effect("owner", question.id, f"{old.team} to {version.owner}{when}")
    if old.weight != version.weight:
        yield Effect("weight", question.id, f"{old.weight:g} to {version.weight:g}{when}")


def _nearest(before: Mapping[date, StoredVersion], day: date) -> StoredVersion | None:
    """The last version that began before the day."""
    earlier = [start for start in before if start < day]
    return before[max(earlier)] if earlier else None
