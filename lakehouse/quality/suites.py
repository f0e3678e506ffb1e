"""Rule files as suites of rules: expanded over the catalogue, refused when they could not take effect."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from lakehouse.config.scope import Scope
from lakehouse.config.yaml_source import Node, read_yaml
from lakehouse.errors import ConfigError
from lakehouse.survey.catalogue import Catalogue
from schemas import columns as c

# The table that each gate judges: its rules stand in <layer>/<table>.yml.
TABLES = {
    "bronze": "bronze.survey_responses_raw",
    "silver": "silver.survey_responses",
    "gold": "gold.fact_survey_responses",
    "periods": "gold.satisfaction_metrics",
}
# The gates whose rules decide about lines and files: silver rests on them.
DECIDING = ("bronze", "silver")
# What the rules of a gate can measure.
MEASURES: Mapping[str, tuple[str, ...]] = {
    "bronze": ("lines_delivered", "lines_with_required_columns"),
    "silver": (),
    "gold": ("fact_equals_silver", "long_equals_questions_asked", "passengers_per_key", "flight_details_per_key"),
    "periods": ("responses", "share_imputed", "share_not_applicable", "share_quarantined"),
}
_OWN_VALUES = "$values"


class Severity(Enum):
    """What a failure means: critical blocks, warning is shown, info is recorded."""

    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"


class OnFailure(Enum):
    """What happens to a row that fails."""

    QUARANTINE = "quarantine"
    KEEP = "keep"


_ON_ROWS = ("bronze", "silver", "gold")


@dataclass(frozen=True)
class Expectation:
    """A kind of check: whether it judges single columns, its arguments, and the gates that evaluate it.

    `great_expectations` is false for those that our own code evaluates.
    """

    per_column: bool
    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    gates: tuple[str, ...] = _ON_ROWS
    great_expectations: bool = True

    @classmethod
    def own(
        cls, gates: tuple[str, ...], *required: str, optional: tuple[str, ...] = (), per_column: bool = False
    ) -> Expectation:
        """One that our own group-bys evaluate."""
        return cls(per_column, required, optional, gates, great_expectations=False)


_LIMITS = ("min_value", "max_value")
_DISTANCES = ("min_ratio", "max_ratio", "max_difference")
EXPECTATIONS: Mapping[str, Expectation] = {
    "expect_column_values_to_not_be_null": Expectation(True),
    "expect_column_values_to_be_null": Expectation(True),
    "expect_column_values_to_be_between": Expectation(True, optional=_LIMITS),
    "expect_column_values_to_be_in_set": Expectation(True, required=("value_set",)),
    "expect_table_row_count_to_be_between": Expectation(False, optional=_LIMITS),
    "references_exist": Expectation.own(("gold",), per_column=True),
    "unique_key": Expectation.own(("silver", "gold"), "columns"),
    "keys_of_one_month": Expectation.own(("silver",), "columns"),
    "rows_equal": Expectation.own(("bronze", "gold"), "measure"),
    "near_usual": Expectation.own(("periods",), "measure", "periods", optional=_DISTANCES),
    "newest_within": Expectation.own(("periods",), "max_days"),
}


@dataclass(frozen=True)
class Rule:
    """One rule of a file. `columns` are expanded, and empty for rules on the whole table.

    `mostly`: share of values that must pass (None: all). A file is held when the rule fails in more than
    `hold_above` (share) of its lines and in at least `hold_min_rows`; only for rules that set lines aside.
    """

    id: str
    expectation: str
    columns: tuple[str, ...]
    kwargs: Mapping[str, object]
    mostly: float | None
    severity: Severity
    on_failure: OnFailure
    why: str
    owner: str
    hold_above: float = 0.05
    hold_min_rows: int = 100
    value_sets: Mapping[str, tuple[object, ...]] = field(default_factory=dict)

    def kwargs_for(self, column: str) -> dict[str, object]:
        """The expectation's arguments for one column, without `column` and `mostly`."""
        own = {"value_set": self.value_sets[column]} if column in self.value_sets else {}
        return {**self.kwargs, **own}


def subject(column: str) -> str:
    """The column that a rule speaks of, where it looks at what stands beside a typed value."""
    return column.removesuffix(c.UNREAD_SUFFIX).removesuffix(c.GIVEN_SUFFIX)


@dataclass(frozen=True)
class Suite:
    """The rules of one table (`<layer>.<table>`), in the order of their file."""

    table: str
    file: str
    rules: tuple[Rule, ...]


def load_suites(
    folder: Path,
    catalogue: Catalogue,
    response_key: tuple[str, ...] = (c.ID,),
    environ: Mapping[str, str] | None = None,
) -> Mapping[str, Suite]:
    """Gate -> suite, from `<folder>/<layer>/<table>.yml`.

    Raises `ConfigError` with file and line for a rule that could not take effect, a file that is missing and
    one that nothing would read.
    """
    expected = {folder / place_of(gate) for gate in TABLES}
    for stray in sorted({*folder.glob("**/*.yml"), *folder.glob("**/*.yaml")} - expected):
        known = ", ".join(sorted(str(path.relative_to(folder)) for path in expected))
        raise ConfigError(str(stray), None, f"no table reads this rule file. Rule files: {known}.")
    return {gate: _suite(folder, Scope(gate, catalogue, response_key), environ or {}) for gate in TABLES}


def place_of(gate: str) -> Path:
    """Where the rule file of a gate lies below the folder of rule files."""
    layer, table = TABLES[gate].split(".")
    return Path(layer, f"{table}.yml")


def _suite(folder: Path, scope: Scope, environ: Mapping[str, str]) -> Suite:
    place = place_of(scope.gate)
    root = read_yaml(folder / place, environ).fields(("owner", "rules"))
    rules = root["rules"].entries()
    if not rules:
        raise root["rules"].error("at least one rule is needed: an empty suite would pass everything.")
    owner = root["owner"].text()
    return Suite(
        TABLES[scope.gate],
        (Path(folder.name) / place).as_posix(),
        tuple(_rule(rule_id, node, owner, scope) for rule_id, node in rules.items()),
    )


def _rule(rule_id: str, node: Node, owner: str, scope: Scope) -> Rule:
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,62}", rule_id):
        raise node.error(f"'{rule_id}' is no rule id: lower-case letters, digits and _, a letter first.")
    fields = node.fields(
        ("expectation", "severity", "why"),
        ("columns", "kwargs", "mostly", "on_failure", "hold_above", "hold_min_rows", "owner"),
    )
    here = [name for name, kind in EXPECTATIONS.items() if scope.gate in kind.gates]
    expectation = fields["expectation"].choice(here)
    on_failure = fields["on_failure"].choice([way.value for way in OnFailure]) if "on_failure" in fields else "keep"
    columns = _columns(node, fields, EXPECTATIONS[expectation], scope)
    kwargs = _kwargs(node, fields.get("kwargs"), EXPECTATIONS[expectation], scope)
    value_sets = _value_sets(fields["kwargs"], columns, scope) if kwargs.get("value_set") == _OWN_VALUES else {}
    if value_sets:
        del kwargs["value_set"]
    rule = Rule(
        rule_id,
        expectation,
        columns,
        kwargs,
        fields["mostly"].share() if "mostly" in fields else None,
        Severity(fields["severity"].choice([severity.value for severity in Severity])),
        OnFailure(on_failure),
        fields["why"].text(),
        fields["owner"].text() if "owner" in fields else owner,
        fields["hold_above"].share() if "hold_above" in fields else Rule.hold_above,
        fields["hold_min_rows"].count() if "hold_min_rows" in fields else Rule.hold_min_rows,
        value_sets,
    )
    _check_consequences(node, fields, rule, scope.gate)
    return rule


def _columns(node: Node, fields: Mapping[str, Node], kind: Expectation, scope: Scope) -> tuple[str, ...]:
    if kind.per_column and "columns" not in fields:
        raise node.error("missing: columns. This expectation judges single columns.")
    if not kind.per_column and "columns" in fields:
        raise fields["columns"].error("this expectation judges the whole table. Remove the key.")
    columns = scope.expand(fields["columns"]) if kind.per_column else ()
    text = [column for column in columns if kind.optional == _LIMITS and column not in scope.numbers()]
    if text:
        raise fields["columns"].error(f"'{text[0]}' holds no number that could be compared. Use a set of values.")
    return columns


def _kwargs(node: Node, given: Node | None, kind: Expectation, scope: Scope) -> dict[str, object]:
    entries = given.fields(kind.required, kind.optional) if given else {}
    missing = [name for name in kind.required if name not in entries]
    if not missing and kind.optional and not entries.keys() & set(kind.optional):
        missing = [" or ".join(kind.optional)]
    if missing:
        raise node.error(f"missing in kwargs: {', '.join(missing)}.")
    kwargs = {name: _argument(name, value, kind, scope) for name, value in entries.items()}
    low, high = (entries[name].number() if name in entries else None for name in _LIMITS)
    if low is not None and high is not None and low > high:
        raise entries["min_value"].error(f"{low} is above max_value {high}: nothing would pass.")
    return kwargs


def _argument(name: str, node: Node, kind: Expectation, scope: Scope) -> object:
    if name == "columns":
        return scope.expand(node)
    if name == "measure":
        return node.choice(MEASURES[scope.gate])
    if name == "value_set":
        return _value_set(node, scope)
    return node.number() if kind.per_column or name in _DISTANCES else node.count()


def _value_set(node: Node, scope: Scope) -> object:
    if node.value == _OWN_VALUES:
        return _OWN_VALUES
    if isinstance(node.value, str):
        word, _, column = node.text().partition(":")
        if word != _OWN_VALUES:
            raise node.error(f"'{node.value}' is not known. Use a list, {_OWN_VALUES} or {_OWN_VALUES}:<column>.")
        return scope.values_of(column, node)
    return tuple(item.value if isinstance(item.value, bool | int) else item.text() for item in node.items())


def _value_sets(kwargs: Node, columns: tuple[str, ...], scope: Scope) -> dict[str, tuple[object, ...]]:
    place = kwargs.entries()["value_set"]
    return {column: scope.values_of(column, place) for column in columns}


def _check_consequences(node: Node, fields: Mapping[str, Node], rule: Rule, gate: str) -> None:
    per_column, quarantines = bool(rule.columns), rule.on_failure is OnFailure.QUARANTINE
    sets_aside = quarantines or (gate == "bronze" and per_column) or rule.expectation == "keys_of_one_month"
    faults = (
        (quarantines and not per_column, "on_failure", "a rule on the whole table has no row to quarantine."),
        (quarantines and gate != "silver", "on_failure", "only silver's rules quarantine rows; use keep."),
        (quarantines and "mostly" in fields, "mostly", "a rule that quarantines judges every row; remove the key."),
        (not per_column and "mostly" in fields, "mostly", "a rule on the whole table has no share; remove the key."),
        (
            quarantines and rule.severity is Severity.CRITICAL,
            "severity",
            "critical blocks the run, quarantine removes the row: use warning, or on_failure: keep.",
        ),
        (
            gate == "periods" and rule.severity is Severity.CRITICAL,
            "severity",
            "months are judged once they are published, so nothing can be blocked: use warning or info.",
        ),
        *(
            (key in fields and not sets_aside, key, "this rule sets no line aside, so no file is held; remove the key.")
            for key in ("hold_above", "hold_min_rows")
        ),
    )
    for broken, key, message in faults:
        if broken:
            raise fields.get(key, node).error(message)
