"""Schema drift: how a delivery differs from the catalogue, and which catalogue entry to add for it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from typing import Final, Literal

from lakehouse.survey.catalogue import Catalogue
from lakehouse.survey.headers import RESERVED, safe_names
from lakehouse.survey.hints import Hint
from lakehouse.survey.words import reading_of

DriftKind = Literal["added", "missing", "renamed", "outside_dates", "unknown_value", "unread_cells"]
DriftPolicy = Literal["warn", "hold", "quarantine"]

ADDED: Final = "added"
MISSING: Final = "missing"
RENAMED: Final = "renamed"
OUTSIDE_DATES: Final = "outside_dates"
UNKNOWN_VALUE: Final = "unknown_value"
UNREAD_CELLS: Final = "unread_cells"
WARN: Final = "warn"
HOLD: Final = "hold"
QUARANTINE: Final = "quarantine"
# The kinds whose policy is configured, and the policies to choose from.
KINDS: tuple[DriftKind, ...] = (ADDED, MISSING, RENAMED)
POLICIES: tuple[DriftPolicy, ...] = (WARN, HOLD)

# Similarity (0-1) from which a new name is taken for a missing column under a new header.
_MIN_SIMILARITY = 0.66


@dataclass(frozen=True)
class Drift:
    """One difference between a file and the catalogue.

    `column`: the column or question that it is about. `delivered`: the delivered header or word; None for a missing
    column. `suggestion`: lines to add to conf/questions.yml; empty when there are none.
    """

    kind: DriftKind
    column: str
    delivered: str | None
    detail: str
    suggestion: str = ""


def drift_of(headers: Iterable[str], catalogue: Catalogue, day: date | None) -> tuple[Drift, ...]:
    """Differences between a file's headers and the columns and questions expected on a day (None: not known).

    Neither the order of the columns is a difference, nor a column without a name: some exports have row numbers.
    """
    headers = tuple(headers)
    by_name = dict(zip(safe_names(headers), headers, strict=True))
    delivered = {catalogue.resolve(name) for name in by_name}
    unknown = {
        name: header
        for name, header in by_name.items()
        if catalogue.resolve(name) is None and not name.startswith("unnamed_")
    }
    missing = [name for name in _expected(catalogue, day) if name not in delivered]
    renamed = _likely_renames(missing, unknown, catalogue)
    events = [_renamed(column, by_name[name], name, catalogue, day) for column, name in renamed.items()]
    events += [_missing(column, catalogue) for column in missing if column not in renamed]
    events += [_added(header, name, catalogue, day) for name, header in unknown.items() if name not in renamed.values()]
    return (*events, *_outside_dates(by_name, catalogue, day))


def _expected(catalogue: Catalogue, day: date | None) -> list[str]:
    columns = [column.name for column in catalogue.columns if column.type != "date"]
    asked = [question.id for question in catalogue.questions if day is None or question.is_valid(day)]
    return [*columns, *asked]


def _likely_renames(missing: Iterable[str], unknown: Iterable[str], catalogue: Catalogue) -> dict[str, str]:
    """Missing column -> the most similar unknown name. Each name is used once, the most similar pairs first."""
    unknown = tuple(unknown)
    candidates = [
        (-max(_similarity(alias, name) for alias in catalogue.aliases(column)), column, name)
        for column in missing
        for name in unknown
    ]
    renames: dict[str, str] = {}
    for negative_similarity, column, name in sorted(candidates):
        if -negative_similarity >= _MIN_SIMILARITY and column not in renames and name not in renames.values():
            renames[column] = name
    return renames


def _similarity(name: str, other: str) -> float:
    """Similarity of two names, 0-1: by their letters, or by the share of the shorter name's words in the other."""
    words, others = set(name.split("_")), set(other.split("_"))
    return max(SequenceMatcher(None, name, other).ratio(), len(words & others) / min(len(words), len(others)))


def _renamed(column: str, header: str, name: str, catalogue: Catalogue, day: date | None) -> Drift:
    return Drift(
        kind=RENAMED,
        column=column,
        delivered=header,
        detail=f"no column for {column}, but '{header}' is new and looks like it: nothing of it is in silver. "
        f"If it is the same, add it to the headers of {column} in conf/questions.yml; if not, it is a new question",
        suggestion=f"headers: [{', '.join(map(_quoted, (*_headers(catalogue, column), header)))}]  # of {column}\n"
        f"# or, for a new question:\n{catalogue_entry(header, name, catalogue, day)}",
    )


def _missing(column: str, catalogue: Catalogue) -> Drift:
    if column in catalogue.required:
        way_out = "Add its header in conf/questions.yml, or deliver it again"
        detail = f"no column for {column}, which every response needs. {way_out}"
        return Drift(kind=MISSING, column=column, delivered=None, detail=detail)
    is_question = column in catalogue.question_ids
    effect = "nobody in the file was asked it; scores rest on the other questions" if is_question else "it stays empty"
    way_out = "retire or split it in conf/questions.yml" if is_question else "add its header in conf/questions.yml"
    return Drift(
        kind=MISSING,
        column=column,
        delivered=None,
        detail=f"no column for {column}: {effect}. If that is meant, {way_out}; if not, deliver it again",
    )


def _added(header: str, name: str, catalogue: Catalogue, day: date | None) -> Drift:
    return Drift(
        kind=ADDED,
        column=name,
        delivered=header,
        detail=f"the column '{header}' is not in the catalogue: it stays in bronze, and out of silver until "
        "conf/questions.yml has an entry for it; its history comes with it",
        suggestion=catalogue_entry(header, name, catalogue, day),
    )


def _outside_dates(by_name: Mapping[str, str], catalogue: Catalogue, day: date | None) -> tuple[Drift, ...]:
    resolved = {catalogue.resolve(name): header for name, header in by_name.items()}
    asked = [question for question in catalogue.questions if question.id in resolved]
    return tuple(
        Drift(
            kind=OUTSIDE_DATES,
            column=question.id,
            delivered=resolved[question.id],
            detail=f"{question.id} is asked on {day}, but its dates are {question.first.valid_from} to "
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


def unknown_values(words: Iterable[tuple[str, str]], catalogue: Catalogue) -> dict[tuple[str, str], Drift]:
    """The drift of each (column, word) that is not among the values of its column.

    Words of one column with the same certain reading are suggested in one line, which replaces the line that is there.
    """
    words = tuple(dict.fromkeys(words))
    readings = {(column, word): reading_of(word, catalogue.column(column)) for column, word in words}
    return {
        (column, word): _unknown_value(
            column,
            word,
            reading,
            [other for other in words if other[0] == column and readings[other] == reading],
            catalogue,
        )
        for (column, word), reading in readings.items()
    }


def _unknown_value(
    column: str, word: str, reading: str | None, alike: Iterable[tuple[str, str]], catalogue: Catalogue
) -> Drift:
    values, place = catalogue.column(column).values, f"columns.{column}.values of conf/questions.yml"
    alias = ""
    if reading is None:
        way_out = f"Add it to the one that it means under {place}: {', '.join(values)}"
    else:
        others = (*values[reading], *(same for _, same in alike))
        alias = f"{_quoted(reading)}: [{', '.join(map(_quoted, others))}]"
        way_out = f"If it means {reading}, replace the line of {reading} under {place} by {alias}"
    return Drift(
        kind=UNKNOWN_VALUE,
        column=column,
        delivered=word,
        detail=f"{column} '{word}' is not in the catalogue: its lines are rejected. {way_out}",
        suggestion=f"      {alias}  # columns.{column}.values, in place of its line" if alias else "",
    )


def unread_drift(hint: Hint) -> Drift:
    """The drift of cells that cannot be read as the catalogue stands, with the setting that would read them."""
    key, _, setting = hint.key.rpartition(".")
    where = f"under {key} in conf/questions.yml" if key else "in conf/questions.yml"
    if not hint.lines:
        return Drift(kind=UNREAD_CELLS, column=hint.column, delivered=None, detail=hint.cause)
    pasted = f"`{hint.lines.strip()}`" if "\n" not in hint.lines else f"{setting} as below"
    return Drift(
        kind=UNREAD_CELLS,
        column=hint.column,
        delivered=None,
        detail=f"{hint.cause}. Set {pasted} {where}",
        suggestion=f"{hint.lines}  # {where}" if key and "\n" not in hint.lines else hint.lines,
    )


def _headers(catalogue: Catalogue, column: str) -> tuple[str, ...]:
    if column in catalogue.question_ids:
        return catalogue.question(column).headers
    return catalogue.column(column).headers


def _quoted(text: str) -> str:
    """Text as a YAML scalar: plain where that is safe, else in double quotes."""
    plain = text.replace(" ", "").replace("-", "").replace("_", "")
    is_plain = plain.isascii() and plain.isalnum() and plain[0].isalpha() and "  " not in text and text == text.strip()
    return text if is_plain and text.lower() not in _YAML_KEYWORDS else json.dumps(text, ensure_ascii=False)


_YAML_KEYWORDS = frozenset({"yes", "no", "on", "off", "true", "false", "null", "y", "n"})
