"""Whole numbers as exports write them: with a decimal mark, and a mark between thousands."""

from __future__ import annotations

import re
from dataclasses import dataclass

# Characters around a cell's text that are no part of it.
BLANKS = " \t\r"
AROUND = f"[{re.escape(BLANKS)}]*"
NO_MARK = ""
DECIMAL_MARKS = (".", ",")
# Thousands mark -> every character that is written for it: spaces that do not break, and the curved apostrophe.
THOUSANDS_MARKS = {",": ",", ".": ".", " ": " \u00a0\u202f", "'": "'\u2019"}
# Every number of so many digits fits into an int.
MAX_DIGITS = 9


@dataclass(frozen=True)
class NumberMarks:
    """How numbers are written. `thousands`: the mark between groups of three digits, empty for none."""

    decimal: str = "."
    thousands: str = NO_MARK

    @property
    def thousands_characters(self) -> str:
        """Every character that may stand between thousands."""
        return THOUSANDS_MARKS.get(self.thousands, "")

    def shape(self, max_digits: int, signed: bool) -> str:
        """Regular expression, for Java and Python alike, of a whole number; group 1: sign, digits, thousands marks.

        `18.0` is 18 whatever the marks: programs write it of columns that have empty cells, and it can mean nothing
        else. Three zeros after a mark count only when the mark is the decimal mark.
        """
        digits = f"[0-9]{{1,{max_digits}}}"
        if self.thousands:
            groups = f"(?:[{self.thousands_characters}][0-9]{{3}}){{1,{max_digits // 3 - 1}}}"
            digits = f"(?:[1-9][0-9]{{0,2}}{groups}|{digits})"
        return f"({'-?' if signed else ''}{digits})(?:\\.0{{1,2}}|{re.escape(self.decimal)}0+)?"


PLAIN = NumberMarks()


def whole_number(
    text: str, marks: NumberMarks = PLAIN, max_digits: int = MAX_DIGITS, signed: bool = True
) -> int | None:
    """The whole number in a text; None when it is none. As `lakehouse.cells.whole_number`, which reads columns."""
    found = re.fullmatch(f"{AROUND}{marks.shape(max_digits, signed)}{AROUND}", text)
    return int(found[1].translate(dict.fromkeys(map(ord, marks.thousands_characters)))) if found else None
