"""Which setting of the question catalogue would let cells be read that cannot be read now, with the lines to paste."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product

from lakehouse.survey.catalogue import Catalogue
from lakehouse.survey.date_patterns import DatePattern, contradiction
from lakehouse.survey.numbers import BLANKS, DECIMAL_MARKS, NO_MARK, PLAIN, THOUSANDS_MARKS, NumberMarks, whole_number
from lakehouse.survey.questions import Question
from schemas import columns as c

_DAYS = (
    *("dd/MM/yyyy", "MM/dd/yyyy", "d/M/yyyy", "M/d/yyyy", "dd.MM.yyyy", "d.M.yyyy", "dd-MM-yyyy", "MM-dd-yyyy"),
    *("yyyy-MM-dd", "yyyy/MM/dd", "yyyy.MM.dd", "yyyyMMdd", "dd/MM/yy", "MM/dd/yy", "d/M/yy", "M/d/yy", "dd.MM.yy"),
    *("d MMM yyyy", "d-MMM-yyyy", "d MMMM yyyy", "MMM d, yyyy", "MMMM d, yyyy", "d-MMM-yy"),
)
_TIMES = ("", " HH:mm", " HH:mm:ss", " H:mm", " h:mm a", " h:mm:ss a", ", HH:mm", ", HH:mm:ss", "'T'HH:mm:ss")
_PATTERNS = tuple(DatePattern(day + time) for day, time in product(_DAYS, _TIMES))
# Words that hold nothing. A mark such as "-" may also mean "not applicable": a person has to say so.
_NOTHING = frozenset({"-", "--", "---", ".", "?", "nil", "nul", "(null)", "#null!", "n.a.", "n/d", "nd", "missing"})
_NOT_APPLICABLE = frozenset({"not applicable", "does not apply"})
# A number, a separator, and a word that does not begin with a digit: "4 - Good", "5 (Excellent)", "3: Fair".
_NUMBERED = re.compile(r"(-?[0-9]{1,9})(?:\s*[-\u2013\u2014:=.,)(]\s*|\s+)[^\W\d].*", re.DOTALL)
_WORDS_SHOWN = 5


@dataclass(frozen=True)
class Hint:
    """Why cells cannot be read, in a sentence, and what to paste into conf/questions.yml.

    `key`: the key that the lines give, from the top of the file; they replace it where it is there. `lines`: with their
    indentation; empty when only the sender can say.
    """

    key: str
    cause: str
    lines: str

    @property
    def column(self) -> str:
        """The column that it is about, or the key of a setting for all columns."""
        parts = self.key.split(".")
        return parts[1] if len(parts) > 1 else parts[0]


def hints(unread: Mapping[str, Collection[str]], catalogue: Catalogue) -> tuple[Hint, ...]:
    """The settings that would let these cells be read; none where no reading is certain.

    `unread`: column or question -> some of its distinct cells that cannot be read. The more of them, the surer the
    hint: only a day above 12 tells days from months.
    """
    cells = {name: sorted({cell.strip(BLANKS) for cell in texts} - {""}) for name, texts in unread.items()}
    empty = sorted({cell for texts in cells.values() for cell in texts if cell.lower() in _NOTHING})
    rest = {name: [cell for cell in texts if cell not in empty] for name, texts in cells.items()}
    return tuple(
        hint
        for hint in (
            _missing(empty, catalogue),
            _text_ids(rest.get(c.ID, ())),
            _dates(rest.get(c.SURVEY_DATE, ()), catalogue),
            *_numbers(rest, catalogue),
            _rating_words(rest, catalogue),
        )
        if hint
    )


def _missing(cells: Collection[str], catalogue: Catalogue) -> Hint | None:
    if not cells:
        return None
    words = ", ".join(map(_quoted, (*catalogue.missing_values, *cells)))
    return Hint(
        key="missing_values",
        cause=f"{_listed(cells)} may stand for no value; if it means not applicable, put it under rating_words instead",
        lines=f"missing_values: [{words}]",
    )


def _text_ids(cells: Collection[str]) -> Hint | None:
    """Ids with letters, or with more digits than a number has; the words of totals and foot notes have no digit.

    Does not show them: they are personal data.
    """
    texts = [cell for cell in cells if any(map(str.isdigit, cell)) and (_is_word(cell) or cell.isdigit())]
    if 2 * len(texts) <= len(cells):
        return None
    cause = (
        "ids with letters or with many digits are text; every character of an id counts then, zeros in front too, and "
        "all ids are text, from the first response of a warehouse on"
    )
    return Hint(f"columns.{c.ID}.kind", cause, "    kind: text")


def _dates(cells: Collection[str], catalogue: Catalogue) -> Hint | None:
    if not cells:
        return None
    present = catalogue.column(c.SURVEY_DATE).dates
    fitting = [pattern for pattern in _PATTERNS if all(pattern.day(cell) for cell in cells)]
    # Patterns with the same order of day, month and year read the same days: the strictest comes first.
    by_order = {tuple(letter for letter in one.letters if letter in "dMy"): one.text for one in reversed(fitting)}
    found = sorted(by_order.values(), key=[one.text for one in fitting].index)
    key = f"columns.{c.SURVEY_DATE}.date_format"
    if not found:
        return None
    if len(found) > 1:
        cause = f"the dates {_listed(cells)} fit {' and '.join(found)}: only the sender knows which; paste one of them"
        lines = "\n".join(f"    # date_format: {pattern}" for pattern in found)
        return Hint(key, cause, lines)
    (pattern,) = found
    every = (*present.patterns, pattern)
    conflict = contradiction([DatePattern(one) for one in every])
    if conflict:
        return Hint(key, f"the dates {_listed(cells)} are {pattern}, but {conflict}", "")
    has_sign = any(sign in pattern for sign in ",'")
    written = f"[{', '.join(map(_quoted, every))}]" if present.patterns or has_sign else pattern
    cause = f"the dates {_listed(cells)} are written as {pattern}; only the forms that date_format names are read then"
    return Hint(key, cause, f"    date_format: {written}")


def _numbers(cells: Mapping[str, Collection[str]], catalogue: Catalogue) -> Iterator[Hint]:
    """Marks in numbers: a decimal mark for all columns at the top of the file, anything else in its column."""
    comma = NumberMarks(DECIMAL_MARKS[1])
    at_top: list[str] = []
    for name, texts in cells.items():
        marks, is_question = _marks(name, texts, catalogue), name in catalogue.question_ids
        present = catalogue.numbers if is_question else _marks_of(name, catalogue)
        if marks == comma and present == catalogue.numbers == PLAIN:
            at_top.append(name)
        # Another thousands mark would take from other files what is read now.
        elif marks and not is_question and not present.thousands:
            shown = _listed(_numeric(texts))
            yield Hint(f"columns.{name}.numbers", f"{shown} in {name}: {_said(marks)}", f"    {_setting(marks)}")
    if at_top:
        shown = _listed(cell for name in at_top for cell in _numeric(cells[name]))
        yield Hint("numbers", f"{shown} in {', '.join(at_top)}: {_said(comma)}", _setting(comma))


def _marks_of(name: str, catalogue: Catalogue) -> NumberMarks:
    return next((column.numbers for column in catalogue.columns if column.name == name), PLAIN)


def _numeric(cells: Iterable[str]) -> list[str]:
    return [cell for cell in cells if cell[-1].isdigit() and not _is_word(cell)]


def _marks(name: str, cells: Iterable[str], catalogue: Catalogue) -> NumberMarks | None:
    """The marks with which all numbers among the cells are whole; None when none are, or when their value differs."""
    numbers, codes = _numeric(cells), None
    if name in catalogue.question_ids:
        codes = catalogue.question(name).codes
    elif name == c.ID or name not in catalogue.of_type("whole_number"):
        return None
    readings: dict[tuple[int, ...], NumberMarks] = {}
    for decimal, thousands in product(DECIMAL_MARKS, (NO_MARK, *THOUSANDS_MARKS)):
        values = [whole_number(cell, NumberMarks(decimal, thousands)) for cell in numbers]
        whole = tuple(value for value in values if value is not None and (codes is None or value in codes))
        if decimal != thousands and len(whole) == len(numbers):
            readings.setdefault(whole, NumberMarks(decimal, thousands))
    return next(iter(readings.values())) if numbers and len(readings) == 1 else None


def _said(marks: NumberMarks) -> str:
    return " and ".join(f"'{mark}' is the {key} mark" for key, mark in _changed(marks).items())


def _setting(marks: NumberMarks) -> str:
    return f"numbers: {{{', '.join(f'{key}: {_quoted(mark)}' for key, mark in _changed(marks).items())}}}"


def _changed(marks: NumberMarks) -> dict[str, str]:
    return {key: mark for key, mark in vars(marks).items() if mark != getattr(PLAIN, key)}


def _rating_words(cells: Mapping[str, Collection[str]], catalogue: Catalogue) -> Hint | None:
    """Words for ratings: those that begin with their number are mapped, the others are left for a person to place."""
    asked = [question for question in catalogue.questions if any(map(_is_word, cells.get(question.id, ())))]
    codes = {cell: _code(cell, one) for one in asked for cell in cells[one.id] if _is_word(cell)}
    if not codes:
        return None
    unplaced = [cell for cell, code in codes.items() if code is None]
    cause = f"the ratings {_listed(codes)} are words"
    lines = ["rating_words:"]
    if unplaced:
        cause += f"; put each of {_listed(unplaced)} behind the rating that it stands for"
        lines.append(f"  # to be placed: {', '.join(map(_quoted, unplaced))}")
    known = catalogue.rating_words
    for code in sorted({*known, *(code for question in asked for code in question.codes)}):
        words = dict.fromkeys((*known.get(code, ()), *(cell for cell, own in codes.items() if own == code)))
        if words or unplaced:
            lines.append(f"  {code}: [{', '.join(map(_quoted, words))}]")
    return Hint("rating_words", cause, "\n".join(lines))


def _is_word(cell: str) -> bool:
    return any(map(str.isalpha, cell))


def _code(cell: str, question: Question) -> int | None:
    """The rating or code that a word names itself."""
    if cell.lower() in _NOT_APPLICABLE:
        return question.not_applicable[0]
    numbered = _NUMBERED.fullmatch(cell)
    return int(numbered[1]) if numbered and int(numbered[1]) in question.codes else None


def _listed(cells: Iterable[str]) -> str:
    distinct = list(dict.fromkeys(cells))
    more = f" and {len(distinct) - _WORDS_SHOWN} more" if len(distinct) > _WORDS_SHOWN else ""
    return ", ".join(f"'{cell}'" for cell in distinct[:_WORDS_SHOWN]) + more


def _quoted(text: str) -> str:
    """Text as a YAML scalar in double quotes."""
    return json.dumps(text, ensure_ascii=False)
