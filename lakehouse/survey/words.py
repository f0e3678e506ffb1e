"""What an unknown word of a category means: the value that it certainly stands for, or none."""

from __future__ import annotations

import re
from collections.abc import Collection

from lakehouse.survey.catalogue import Column

# Words that change nothing about what the others mean.
_STOP_WORDS = frozenset({"a", "an", "and", "for", "in", "of", "on", "or", "the", "to", "with"})
# "not loyal", "non-loyal" and "disloyal" say the same.
_NEGATIONS = ("not", "non", "no")
_NEGATING_PREFIXES = ("dis", "un", "in", "non")
_NOT = "not "


def reading_of(word: str, column: Column) -> str | None:
    """The value that a word certainly stands for; None when more than one is possible, or none.

    Either the word says the same as one of the value's spellings, in other forms or with the name of the column
    ("Economy Class"), or it is a part of the spellings of that value alone ("dissatisfied" of "Neutral or
    Dissatisfied"). How near the letters are says nothing: opposites are spelled alike.
    """
    if not word.isprintable():
        return None
    vocabulary = frozenset(token for spelling in column.spellings for token in _tokens(spelling))
    name = frozenset(_tokens(column.name.replace("_", " ")))
    given = _meaning(word, vocabulary, name)
    said = [(_meaning(spelling, vocabulary, name), value) for spelling, value in column.spellings.items()]
    same = {value for meaning, value in said if meaning == given}
    part = {value for meaning, value in said if given < meaning}
    found = same or part
    return found.pop() if given and len(found) == 1 else None


def _meaning(text: str, vocabulary: Collection[str], name: Collection[str]) -> frozenset[str]:
    """The words of a text that carry its meaning; a negated one as "not …"."""
    meaning: set[str] = set()
    is_negated = False
    for token in _tokens(text):
        if token in _NEGATIONS:
            is_negated = True
        elif token not in _STOP_WORDS and token not in name:
            # Twice negated is its own meaning: who is not dissatisfied need not be satisfied.
            said = _without_prefix(token, vocabulary)
            meaning.add(f"{_NOT}{said}" if is_negated else said)
            is_negated = False
    return frozenset(meaning)


def _without_prefix(token: str, vocabulary: Collection[str]) -> str:
    """A word with a negating prefix as "not …", when the rest is a word of the column."""
    rests = (token.removeprefix(prefix) for prefix in _NEGATING_PREFIXES if token.startswith(prefix))
    return next((f"{_NOT}{rest}" for rest in rests if rest in vocabulary), token)


def _tokens(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text.lower())
