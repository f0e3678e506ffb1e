"""How a delivery differs from what the catalogue expects, and what to write into the catalogue about it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher, get_close_matches

from lakehouse.survey.catalogue import Catalogue
from lakehouse.survey.headers import RESERVED, safe_names

ADDED, MISSING, RENAMED = "added", "missing", "renamed"
OUTSIDE_DATES, UNKNOWN_VALUE = "outside_dates", "unknown_value"
# Kinds whose consequence the configuration chooses, and the consequences.
KINDS = (ADDED, MISSING, RENAMED)
WARN, HOLD, QUARANTINE = "warn", "hold", "quarantine"
POLICIES = (WARN, HOLD)

_LOOKS_ALIKE = 0.66


@dataclass(frozen=True)
class Drift:
    """One difference. `column`: the column or question that it is about, `delivered`: the header or word that came
    (None for a missing column). `suggestion`: lines for conf/questions.yml; empty when there are none."""

    kind: str
    column: str
    delivered: str | None
    detail: str
    suggestion: str = ""


def drift_of(headers: Iterable[str], catalogue: Catalogue, day: date | None) -> tuple[Drift, ...]:
    """Differences between a file's headers and what is asked on a day (None: not known). Order is no difference.

    A column without a name is a row number, as some exports have one, and no difference either.
    """
    headers = tuple(headers)
    by_name = dict(zip(safe_names(headers), headers, strict=True))
    found = {catalogue.resolve(name) for name in by_name}
    unknown = {
        name: header
        for name, header in by_name.items()
        if catalogue.resolve(name) is None and not name.startswith("unnamed_")
    }
    missing = [name for name in _expected(catalogue, day) if name not in found]
    renamed = _pairs(missing, unknown, catalogue)
    events = [_renamed(column, by_name[name], name, catalogue, day) for column, name in renamed.items()]
    events += [_missing(column, catalogue) for column in missing if column not in renamed]
    events += [_added(header, name, catalogue, day) for name, header in unknown.items() if name not in renamed.values()]
    return (*events, *_outside_dates(by_name, catalogue, day))


def _expected(catalogue: Catalogue, day: date | None) -> list[str]:
    columns = [column.name for column in catalogue.columns if column.type != "date"]
    asked = [question.id for question in catalogue.questions if day is None or question.is_valid(day)]
    return [*columns, *asked]


def _pairs(missing: Iterable[str], unknown: Mapping[str, str], catalogue: Catalogue) -> dict[str, str]:
    """Missing column -> the unknown name that looks most like it; each name stands for one column at most."""
    alike = [
        (max(_likeness(alias, name) for alias in catalogue.aliases(column)), column, name)
        for column in missing
        for name in unknown
    ]
    pairs: dict[str, str] = {}
    for likeness, column, name in sorted(alike, key=lambda one: (-one[0], one[1:])):
        if likeness >= _LOOKS_ALIKE and column not in pairs and name not in pairs.values():
            pairs[column] = name
    return pairs


def _likeness(one: str, other: str) -> float:
    """How alike two names are, 0 to 1: by their letters, or by the words that the shorter one shares."""
    words, others = set(one.split("_")), set(other.split("_"))
    return max(SequenceMatcher(None, one, other).ratio(), len(words & others) / min(len(words), len(others)))


def _renamed(column: str, header: str, name: str, catalogue: Catalogue, day: date | None) -> Drift:
    return Drift(
        RENAMED,
        column,
        header,
        f"no column for {column}, but '{header}' is new and looks like it: nothing of it is in silver. "
        f"If it is the same, add it to the headers of {column} in conf/questions.yml; if not, it is a new question",
        f"headers: [{', '.join(map(_quoted, (*_headers(catalogue, column), header)))}]  # of {column}\n"
        f"# or, for a new question:\n{catalogue_entry(header, name, catalogue, day)}",
    )


def _missing(column: str, catalogue: Catalogue) -> Drift:
    if column in catalogue.required:
        way_out = "Add its header in conf/questions.yml, or deliver it again"
        return Drift(MISSING, column, None, f"no column for {column}, which every response needs. {way_out}")
    is_question = column in catalogue.question_ids
    effect = "nobody in the file was asked it; scores rest on the other questions" if is_question else "it stays empty"
    way_out = "retire or split it in conf/questions.yml" if is_question else "add its header in conf/questions.yml"
    return Drift(
        MISSING,
        column,
        None,
        f"no column for {column}: {effect}. If that is meant, {way_out}; if not, deliver it again",
    )


def _added(header: str, name: str, catalogue: Catalogue, day: date | None) -> Drift:
    return Drift(
        ADDED,
        name,
        header,
        f"the column '{header}' is not in the catalogue: it stays in bronze, and out of silver until "
        "conf/questions.yml has an entry for it; its history comes with it",
        catalogue_entry(header, name, catalogue, day),
    )


def _outside_dates(by_name: Mapping[str, str], catalogue: Catalogue, day: date | None) -> tuple[Drift, ...]:
    resolved = {catalogue.resolve(name): header for name, header in by_name.items()}
    asked = [question for question in catalogue.questions if question.id in resolved]
    return tuple(
        Drift(
            OUTSIDE_DATES,
            question.id,
            resolved[question.id],
            f"{question.id} is asked on {day}, but its dates are {question.first.valid_from} to "
            f"{question.newest.valid_to}: its answers count to the nearest version. Mend the dates in "
            "conf/questions.yml, or the date of the file",
        )
        for question in asked
        if day is not None and not question.is_valid(day)
    )


def catalogue_entry(header: str, name: str, catalogue: Catalogue, day: date | None) -> str:
    """The entry to append to conf/questions.yml for a question under a new header."""
    question = f"{name}_question" if name in RESERVED else name
    lines = (
        f"  - id: {_quoted(question)}",
        f"    wording: {_quoted(header)}",
        f"    headers: [{_quoted(header)}]",
        f"    owner: {catalogue.owners[-1]}  # who answers for it: {', '.join(catalogue.owners)}",
        "    weight: 1",
        "    weight_reason: Not weighed yet; as an ordinary step of the journey",
        f"    valid_from: {(day or date(2000, 1, 1)).replace(day=1)}",
    )
    return "\n".join(lines)


def unknown_value(column: str, word: str, catalogue: Catalogue) -> Drift:
    """A word that stands for no value of its column, and the alias line that would make it known."""
    values = catalogue.column(column).values
    spellings = catalogue.column(column).spellings
    close = get_close_matches(word.lower(), spellings, 1, 0)
    canonical = spellings[close[0]]
    alias = f"{_quoted(canonical)}: [{', '.join(map(_quoted, (*values[canonical], word)))}]"
    return Drift(
        UNKNOWN_VALUE,
        column,
        word,
        f"{column} '{word}' is not in the catalogue: its lines are in quarantine. Add it to the value that it means "
        f"under columns.{column}.values of conf/questions.yml, e.g. {alias}",
        f"      {alias}  # if it means {canonical}",
    )


def _headers(catalogue: Catalogue, column: str) -> tuple[str, ...]:
    if column in catalogue.question_ids:
        return catalogue.question(column).headers
    return catalogue.column(column).headers


def _quoted(text: str) -> str:
    """Text as YAML takes it in every place: plain where that is safe, else in double quotes."""
    plain = text.replace(" ", "").replace("-", "").replace("_", "")
    is_plain = plain.isascii() and plain.isalnum() and plain[0].isalpha() and "  " not in text and text == text.strip()
    return text if is_plain and text.lower() not in _WORDS_OF_YAML else json.dumps(text, ensure_ascii=False)


_WORDS_OF_YAML = frozenset({"yes", "no", "on", "off", "true", "false", "null", "y", "n"})
