"""Models of the rule files (expectations/<layer>/<table>.yml), one per gate: each gate has its own expectations."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, TypeVar

from pydantic import Field, model_validator

from lakehouse.config.rule_arguments import (
    COLUMNS,
    Age,
    Arguments,
    BronzeMeasure,
    Distance,
    GoldMeasure,
    Key,
    KnownValues,
    Limits,
    Passing,
    RowLimits,
)
from lakehouse.config.sections import Count, Must, Section, Share, Text, Texts, fault
from lakehouse.quality.suites import OnFailure, Rule, Severity

_RULE_ID = re.compile("[a-z][a-z0-9_]{0,62}")


class RuleEntry(Section):
    """What every rule says."""

    # At least one of these arguments is required.
    one_argument_of: ClassVar[tuple[str, ...]] = ()

    expectation: str
    kwargs: Arguments = Field(default=Arguments(), description="Arguments of the expectation: none.")
    severity: Severity = Field(
        strict=False,
        description="What a failure means: critical stops the run, warning is shown, info is recorded.",
    )
    on_failure: OnFailure = Field(
        default=OnFailure.KEEP,
        strict=False,
        description="What becomes of a row that fails: keep or quarantine (silver only).",
    )
    hold_above: Share = Field(
        default=Rule.hold_above,
        description="A file is held when more than this share of its lines fails; for rules that set lines aside.",
    )
    hold_min_rows: Count = Field(
        default=Rule.hold_min_rows, description="Failing lines below which no file is held, whatever their share."
    )
    owner: Text | None = Field(default=None, description="Who answers for the rule, instead of the owner of the file.")
    why: Text = Field(description="Why the rule is there, in a sentence for people who do not program.")

    @model_validator(mode="after")
    def _has_an_argument(self) -> RuleEntry:
        if self.one_argument_of and not self.kwargs.model_fields_set & set(self.one_argument_of):
            raise fault(f"missing in kwargs: {' or '.join(self.one_argument_of)}.")
        return self


class ColumnRule(RuleEntry):
    """A rule that judges single columns."""

    columns: Texts = Field(description=COLUMNS)
    mostly: Share | None = Field(default=None, description="Share of the rows that must pass; without it, all of them.")


class TableRule(RuleEntry):
    """A rule on the whole table."""

    misplaced: ClassVar[Mapping[str, str]] = {
        "columns": "this expectation judges the whole table. Remove the key.",
        "mostly": "a rule on the whole table has no share; remove the key.",
    }


class Presence(ColumnRule):
    """There is a value, or there is none."""

    expectation: Literal["expect_column_values_to_not_be_null", "expect_column_values_to_be_null"] = Field(
        description="There is a value, or there is none."
    )


class Between(ColumnRule):
    """A number lies between limits."""

    one_argument_of: ClassVar[tuple[str, ...]] = ("min_value", "max_value")

    expectation: Literal["expect_column_values_to_be_between"] = Field(description="A number lies between limits.")
    kwargs: Limits = Field(default=Limits(), description="The limits; at least one.")


class InSet(ColumnRule):
    """A value is one of a set."""

    expectation: Literal["expect_column_values_to_be_in_set"] = Field(description="A value is one of a set.")
    kwargs: KnownValues = Field(description="The set.")


class RowCount(TableRule):
    """The number of rows lies between limits."""

    one_argument_of: ClassVar[tuple[str, ...]] = ("min_value", "max_value")

    expectation: Literal["expect_table_row_count_to_be_between"] = Field(description="The number of rows has limits.")
    kwargs: RowLimits = Field(default=RowLimits(), description="The limits; at least one.")


class ReferencesExist(ColumnRule):
    """A key has its row in the dimension."""

    expectation: Literal["references_exist"] = Field(description="A key has its row in the dimension.")


class UniqueKey(TableRule):
    """No two rows share a key."""

    expectation: Literal["unique_key"] = Field(description="No two rows share the key.")
    kwargs: Key = Field(description="The key.")


class KeysOfOneMonth(TableRule):
    """The keys of a file are not known under another month."""

    expectation: Literal["keys_of_one_month"] = Field(description="The keys of a file belong to one month.")
    kwargs: Key = Field(description="The key.")


class RecordsPass(TableRule):
    """Enough records of a file pass the rules that quarantine."""

    expectation: Literal["records_pass"] = Field(description="Enough records of a file pass; else the file is held.")
    kwargs: Passing = Field(description="How many are enough.")


class BronzeRowsEqual(TableRule):
    """Two counts of bronze are the same."""

    expectation: Literal["rows_equal"] = Field(description="Two counts are the same.")
    kwargs: BronzeMeasure = Field(description="The counts.")


class GoldRowsEqual(TableRule):
    """Two counts of gold are the same."""

    expectation: Literal["rows_equal"] = Field(description="Two counts are the same.")
    kwargs: GoldMeasure = Field(description="The counts.")


class NearUsual(TableRule):
    """A month is like the months before it."""

    one_argument_of: ClassVar[tuple[str, ...]] = ("min_ratio", "max_ratio", "max_difference")

    expectation: Literal["near_usual"] = Field(description="A month is like the months before it.")
    kwargs: Distance = Field(description="The distance; at least one limit.")


class NewestWithin(TableRule):
    """The newest month is recent."""

    expectation: Literal["newest_within"] = Field(description="The newest month is recent.")
    kwargs: Age = Field(description="The age.")


_SOME_AND_NO_OTHERS = {"minProperties": 1, "additionalProperties": False}
R = TypeVar("R")
RuleId = Annotated[
    str,
    Must(
        lambda name: _RULE_ID.fullmatch(name) is not None,
        "'{value}' is no rule id: lower-case letters, digits and _, a letter first.",
        {"pattern": f"^{_RULE_ID.pattern}$"},
    ),
]
Rules = Annotated[
    dict[RuleId, Annotated[R, Field(discriminator="expectation")]],
    Must(bool, "at least one rule is needed: an empty suite would pass everything.", _SOME_AND_NO_OTHERS),
]
OnRows = Presence | Between | InSet | RowCount
_RULES = "Rule id -> rule, in the order in which they are judged."


class RuleFile(Section):
    """The rules of one table."""

    owner: Text = Field(description="Who answers for the rules that name no owner of their own.")
    rules: Mapping[str, RuleEntry]


class BronzeRules(RuleFile):
    """Rules on the lines of a run as bronze holds them."""

    rules: Rules[OnRows | BronzeRowsEqual] = Field(description=_RULES)


class SilverRules(RuleFile):
    """Rules on typed rows, before those that fail are quarantined."""

    rules: Rules[OnRows | UniqueKey | KeysOfOneMonth | RecordsPass] = Field(description=_RULES)


class GoldRules(RuleFile):
    """Rules on the fact before it is written, and on the dimensions that it points at."""

    rules: Rules[OnRows | ReferencesExist | UniqueKey | GoldRowsEqual] = Field(description=_RULES)


class PeriodRules(RuleFile):
    """Rules on whole months, after they were built."""

    rules: Rules[NearUsual | NewestWithin] = Field(description=_RULES)


# The rule file of each gate.
RULE_FILES: Mapping[str, type[RuleFile]] = {
    "bronze": BronzeRules,
    "silver": SilverRules,
    "gold": GoldRules,
    "periods": PeriodRules,
}
