"""Models of the arguments of expectations: `kwargs` in a rule file."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import Discriminator, Field, PlainValidator, Tag, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from lakehouse.config.sections import NOT_EMPTY, Count, Must, Number, OneOf, Section, Share, Texts, fault
from lakehouse.quality.suites import MEASURES

# Stands for the values that the question catalogue lists: for each column of the rule, or `$values:<column>` for
# another column.
CATALOGUE_VALUES = "$values"

_VALUES = re.compile(re.escape(CATALOGUE_VALUES) + "(:.*)?")
# Describes every list of columns.
COLUMNS = "Columns and groups of them: $ratings, $ratings_unread, $numbers_unread, $required_given, $response_key."


def _plain_value(value: object) -> object:
    if isinstance(value, bool | int) or (isinstance(value, str) and value.strip()):
        return value
    raise PydanticCustomError("plain_value", "expected text, a whole number, true or false")


PlainValue = Annotated[
    bool | int | str, PlainValidator(_plain_value), WithJsonSchema({"type": ["string", "integer", "boolean"]})
]
CatalogueValues = Annotated[
    str,
    Must(
        lambda text: _VALUES.fullmatch(text) is not None,
        f"'{{value}}' is not known. Use a list, {CATALOGUE_VALUES} or {CATALOGUE_VALUES}:<column>.",
        {"pattern": f"^{_VALUES.pattern}$"},
    ),
]
ValueSet = Annotated[
    Annotated[CatalogueValues, Tag("text")] | Annotated[tuple[PlainValue, ...], NOT_EMPTY, Tag("list")],
    Discriminator(lambda value: "text" if isinstance(value, str) else "list"),
]


class Arguments(Section):
    """Arguments of an expectation; some take none."""


class Limits(Arguments):
    """Limits of a value, both included."""

    min_value: Number | None = Field(default=None, description="The lowest value that passes.")
    max_value: Number | None = Field(default=None, description="The highest value that passes.")

    @model_validator(mode="after")
    def _are_in_order(self) -> Limits:
        if self.min_value is not None and self.max_value is not None and self.min_value > self.max_value:
            raise fault(f"{self.min_value} is above max_value {self.max_value}: nothing would pass.", "min_value")
        return self


class RowLimits(Limits):
    """Limits of a number of rows, both included."""

    min_value: Count | None = Field(default=None, description="The lowest number of rows that passes.")
    max_value: Count | None = Field(default=None, description="The highest number of rows that passes.")


class KnownValues(Arguments):
    """The values that pass."""

    value_set: ValueSet = Field(
        description=f"The values that pass: a list; {CATALOGUE_VALUES}, what the catalogue knows for each column; or "
        f"{CATALOGUE_VALUES}:<column>, what it knows for that column."
    )


class Key(Arguments):
    """The columns of a key."""

    columns: Texts = Field(description=f"The columns of the key. {COLUMNS}")


class Passing(Arguments):
    """How many records of a file must pass. A file of which none passes is held, whatever these say."""

    min_share: Share = Field(description="A file is held when a smaller share of its records passes.")
    min_records: Count = Field(description="Number of records below which only a file of which none passes is held.")


class BronzeMeasure(Arguments):
    """What is counted twice in bronze."""

    measure: Annotated[str, OneOf(MEASURES["bronze"])] = Field(description="What is counted.")


class GoldMeasure(Arguments):
    """What is counted twice in gold."""

    measure: Annotated[str, OneOf(MEASURES["gold"])] = Field(description="What is counted.")


class Distance(Arguments):
    """How far a month may lie from the months before it."""

    measure: Annotated[str, OneOf(MEASURES["periods"])] = Field(description="What is compared.")
    periods: Count = Field(description="Months before it whose median is the usual value.")
    min_ratio: Number | None = Field(default=None, description="The lowest share of the usual value that passes.")
    max_ratio: Number | None = Field(default=None, description="The highest multiple of the usual value that passes.")
    max_difference: Number | None = Field(default=None, description="The largest difference that passes.")


class Age(Arguments):
    """How old the newest month may be."""

    max_days: Count = Field(description="Days since the newest month ended.")
