"""Types of settings that say how cells are written: words, marks in numbers, forms of dates."""

from __future__ import annotations

import re
from typing import Annotated
from zoneinfo import available_timezones

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator

from lakehouse.config.sections import NOT_EMPTY, ONLY_SUCH_KEYS, Must, Section, Text, fault
from lakehouse.survey.date_patterns import DatePattern, DateReading, contradiction
from lakehouse.survey.numbers import DECIMAL_MARKS, NO_MARK, PLAIN, THOUSANDS_MARKS, NumberMarks

_CODE = "-?[0-9]{1,9}"
_NO_THOUSANDS = "none"

OtherWords = Annotated[
    tuple[Text, ...],
    BeforeValidator(lambda words: () if words is None else words),
    WithJsonSchema({"type": ["array", "null"], "items": {"type": "string", "pattern": r"\S"}}),
]
RatingCode = Annotated[
    str,
    Must(
        lambda code: re.fullmatch(_CODE, code) is not None,
        "'{value}' is no rating. Write the number, then the words that stand for it.",
        {"pattern": f"^{_CODE}$"},
    ),
]
RatingWords = Annotated[dict[RatingCode, OtherWords], Field(json_schema_extra=ONLY_SUCH_KEYS)]


def _checked_pattern(pattern: str) -> str:
    wrong = DatePattern(pattern).fault
    if wrong:
        raise fault(wrong)
    return pattern


def _without_contradiction(patterns: tuple[str, ...]) -> tuple[str, ...]:
    wrong = contradiction([DatePattern(pattern) for pattern in patterns])
    if wrong:
        raise fault(wrong)
    return patterns


DateFormats = Annotated[
    tuple[Annotated[Text, AfterValidator(_checked_pattern)], ...],
    BeforeValidator(lambda given: (given,) if isinstance(given, str) else given),
    NOT_EMPTY,
    AfterValidator(_without_contradiction),
    WithJsonSchema({"type": ["string", "array"], "items": {"type": "string", "pattern": r"\S"}, "minItems": 1}),
]
TimeZone = Annotated[
    Text,
    Must(
        lambda name: name == DateReading.time_zone or name in available_timezones(),
        "'{value}' is no time zone. Write its IANA name, such as Europe/Berlin.",
    ),
]


class NumberFormat(Section):
    """The marks in numbers."""

    decimal: Annotated[
        str,
        Must(lambda mark: mark in DECIMAL_MARKS, "'{value}' is no decimal mark: say '.' or ','."),
        WithJsonSchema({"enum": list(DECIMAL_MARKS)}),
    ] = Field(
        default=PLAIN.decimal,
        description="The decimal mark. Numbers are whole: 4,0 is 4, and 4,5 cannot be read. 18.0 is always 18.",
    )
    thousands: Annotated[
        str,
        Must(
            lambda mark: mark in (_NO_THOUSANDS, *THOUSANDS_MARKS),
            f"'{{value}}' is no thousands mark: say {_NO_THOUSANDS}, ',', '.', ' ' or \"'\".",
        ),
        WithJsonSchema({"enum": [_NO_THOUSANDS, *THOUSANDS_MARKS]}),
    ] = Field(
        default=_NO_THOUSANDS,
        description="The mark between thousands; a space may be one that does not break.",
    )

    @model_validator(mode="after")
    def _marks_differ(self) -> NumberFormat:
        if self.decimal == self.thousands:
            other = next(mark for mark in DECIMAL_MARKS if mark != self.thousands)
            raise fault(f"'{self.thousands}' is the decimal mark, too. Add decimal: '{other}'.", "thousands")
        return self

    @property
    def marks(self) -> NumberMarks:
        """The marks as values."""
        return NumberMarks(self.decimal, NO_MARK if self.thousands == _NO_THOUSANDS else self.thousands)
