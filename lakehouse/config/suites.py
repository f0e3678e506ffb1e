"""Reads the rule files into suites: expands groups of columns, and refuses rules that could not take effect."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from lakehouse.config.rule_arguments import CATALOGUE_VALUES, Key, KnownValues
from lakehouse.config.rules_file import RULE_FILES, Between, ColumnRule, KeysOfOneMonth, RuleEntry
from lakehouse.config.scope import Scope
from lakehouse.config.sections import read_as
from lakehouse.config.yaml_source import Node, read_yaml
from lakehouse.errors import ConfigError
from lakehouse.quality.suites import TABLES, OnFailure, Rule, Severity, Suite
from lakehouse.survey.catalogue import Catalogue
from schemas import columns as c


def load_suites(
    folder: Path,
    catalogue: Catalogue,
    response_key: tuple[str, ...] = (c.ID,),
    environ: Mapping[str, str] | None = None,
) -> Mapping[str, Suite]:
    """Gate -> suite, read from `<folder>/<layer>/<table>.yml`.

    Raises `ConfigError` with file and line for a rule that could not take effect, for a missing file, and for a file
    that no gate reads.
    """
    expected = {folder / place_of(gate) for gate in TABLES}
    for stray in sorted({*folder.glob("**/*.yml"), *folder.glob("**/*.yaml")} - expected):
        known = ", ".join(sorted(str(path.relative_to(folder)) for path in expected))
        raise ConfigError(str(stray), None, f"no table reads this rule file. Rule files: {known}.")
    return {gate: _suite(folder, Scope(gate, catalogue, response_key), environ or {}) for gate in TABLES}


def place_of(gate: str) -> Path:
    """Path of the rule file of a gate, below the folder of rule files."""
    layer, table = TABLES[gate].split(".")
    return Path(layer, f"{table}.yml")


def _suite(folder: Path, scope: Scope, environ: Mapping[str, str]) -> Suite:
    place = place_of(scope.gate)
    root = read_yaml(folder / place, environ)
    file = read_as(RULE_FILES[scope.gate], root)
    return Suite(
        table=TABLES[scope.gate],
        file=(Path(folder.name) / place).as_posix(),
        rules=tuple(_rule(name, rule, file.owner, root.at("rules", name), scope) for name, rule in file.rules.items()),
    )


def _rule(rule_id: str, entry: RuleEntry, owner: str, place: Node, scope: Scope) -> Rule:
    columns = _columns(entry, place, scope)
    kwargs = _kwargs(entry, place, scope)
    value_sets = {}
    if kwargs.get("value_set") == CATALOGUE_VALUES:
        del kwargs["value_set"]
        value_sets = {column: scope.values_of(column, place.at("kwargs", "value_set")) for column in columns}
    _check_consequences(entry, place, scope.gate)
    return Rule(
        id=rule_id,
        expectation=entry.expectation,
        columns=columns,
        kwargs=kwargs,
        mostly=entry.mostly if isinstance(entry, ColumnRule) else None,
        severity=entry.severity,
        on_failure=entry.on_failure,
        why=entry.why,
        owner=entry.owner or owner,
        hold_above=entry.hold_above,
        hold_min_rows=entry.hold_min_rows,
        value_sets=value_sets,
    )


def _columns(entry: RuleEntry, place: Node, scope: Scope) -> tuple[str, ...]:
    if not isinstance(entry, ColumnRule):
        return ()
    columns = scope.expand(entry.columns, place.at("columns"))
    not_numbers = [column for column in columns if isinstance(entry, Between) and column not in scope.numbers()]
    if not_numbers:
        raise place.at("columns").error(
            f"'{not_numbers[0]}' holds no number that could be compared. Use a set of values."
        )
    return columns


def _kwargs(entry: RuleEntry, place: Node, scope: Scope) -> dict[str, object]:
    """The arguments, with groups of columns expanded and `$values:<column>` replaced by the values of that column."""
    arguments, kwargs = entry.kwargs, entry.kwargs.model_dump(exclude_none=True)
    if isinstance(arguments, Key):
        kwargs["columns"] = scope.expand(arguments.columns, place.at("kwargs", "columns"))
    if isinstance(arguments, KnownValues) and isinstance(arguments.value_set, str):
        _, names_a_column, column = arguments.value_set.partition(":")
        if names_a_column:
            kwargs["value_set"] = scope.values_of(column, place.at("kwargs", "value_set"))
    return kwargs


def _check_consequences(entry: RuleEntry, place: Node, gate: str) -> None:
    """Refuses a combination of severity, on_failure, mostly and hold limits that could not take effect."""
    per_column, quarantines = isinstance(entry, ColumnRule), entry.on_failure is OnFailure.QUARANTINE
    sets_aside = quarantines or (gate == "bronze" and per_column) or isinstance(entry, KeysOfOneMonth)
    given = entry.model_fields_set
    faults = (
        (quarantines and not per_column, "on_failure", "a rule on the whole table has no row to quarantine."),
        (quarantines and gate != "silver", "on_failure", "only silver's rules quarantine rows; use keep."),
        (quarantines and "mostly" in given, "mostly", "a rule that quarantines judges every row; remove the key."),
        (
            quarantines and entry.severity is Severity.CRITICAL,
            "severity",
            "critical blocks the run, quarantine removes the row: use warning, or on_failure: keep.",
        ),
        (
            gate == "periods" and entry.severity is Severity.CRITICAL,
            "severity",
            "months are judged once they are published, so nothing can be blocked: use warning or info.",
        ),
        *(
            (key in given and not sets_aside, key, "this rule sets no line aside, so no file is held; remove the key.")
            for key in ("hold_above", "hold_min_rows")
        ),
    )
    for broken, key, message in faults:
        if broken:
            raise place.at(key).error(message)
