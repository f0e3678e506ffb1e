"""What a stage has to do, decided before it does anything: values that `run`, `plan`, `verify` and a rebuild share."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import Enum

from lakehouse.config.load import Config
from lakehouse.errors import UsageError
from lakehouse.gold.months import stale_months
from lakehouse.ledger.files import Ledger
from lakehouse.storage.tables.registry import Tables
from lakehouse.storage.warehouse import Warehouse


@dataclass(frozen=True)
class Basis:
    """What silver was, or shall be, built from: version of the rules, and number of the last decision by a person."""

    rules_version: str
    operator_event: int

    @property
    def metadata(self) -> Mapping[str, object]:
        """The same as metadata of silver's and gold's commits."""
        return {"rules_version": self.rules_version, "operator_event": self.operator_event}


def basis_of(config: Config, ledger: Ledger) -> Basis:
    """What silver shall be built from now."""
    return Basis(config.rules_version, ledger.last_operator_event)


def stored_basis(warehouse: Warehouse, tables: Tables) -> Basis | None:
    """What silver says it was built from; None when nothing was written yet, or somebody changed one of its tables
    past the pipeline. As long as every line was rejected, only quarantine says so."""
    written = (tables.responses, tables.quarantine, tables.superseded, tables.questionnaires)
    notes = [warehouse.last_metadata(table) for table in written]
    metadata = notes[0] or notes[1] or {}
    rules_version, operator_event = metadata.get("rules_version"), metadata.get("operator_event")
    if {} in notes or not isinstance(rules_version, str) or not isinstance(operator_event, int):
        return None
    return Basis(rules_version, operator_event)


class Cause(Enum):
    """Why silver is recomputed from bronze; the value says it to people."""

    REQUESTED = "as asked for"
    EXTERNAL_CHANGE = "it was changed past the pipeline"
    RULES = "rules or catalogue changed"
    DECISION = "a decision about a file is newer"


@dataclass(frozen=True)
class SilverPlan:
    """What the silver stage has to do.

    `cause`: why everything is recomputed; None when new files are added. `pending`: files to be judged. `files`: all
    whose lines are read. `is_built`: silver holds, or held, something that the pipeline wrote.
    """

    cause: Cause | None
    pending: frozenset[str]
    files: frozenset[str]
    is_built: bool

    @property
    def recompute(self) -> bool:
        """Whether silver, superseded and quarantine are computed from all of bronze."""
        return self.cause is not None


def plan_silver(ledger: Ledger, present: Basis | None, wanted: Basis, *, rebuild: bool = False) -> SilverPlan:
    """Whether silver is recomputed, why, and from which files. `present`: what silver was built from."""
    pending, admitted = ledger.pending(wanted.rules_version), ledger.admitted()
    cause = _cause(present, wanted, bool(admitted)) or (Cause.REQUESTED if rebuild else None)
    files = pending | admitted if cause else pending
    return SilverPlan(cause, pending, files, present is not None)


def _cause(present: Basis | None, wanted: Basis, has_admitted: bool) -> Cause | None:
    if present == wanted:
        return None
    if present is None:
        # Without admitted files silver is to be empty, and new ones are simply added.
        return Cause.EXTERNAL_CHANGE if has_admitted else None
    return Cause.DECISION if present.rules_version == wanted.rules_version else Cause.RULES


@dataclass(frozen=True)
class GoldPlan:
    """Months (YYYY-MM) that the gold stage has to build. `stale`: all that are written, months that became empty
    included; `built`: those of them that silver has; `restated`: those that were published before."""

    stale: frozenset[str]
    built: frozenset[str]
    restated: frozenset[str]


def plan_gold(
    wanted: Mapping[str, str],
    present: Mapping[str, str],
    external_changes: Collection[str] = (),
    *,
    rebuild: bool = False,
    month: str | None = None,
) -> GoldPlan:
    """Months to build, from what they should be built from (`wanted`) and what they were (`present`).

    `external_changes`: tables of gold that somebody changed past the pipeline. `rebuild`: every month, or the one
    `month`. Raises `UsageError` for a month that there is not.
    """
    every = frozenset(wanted.keys() | present.keys())
    if month is not None and month not in every:
        raise UsageError(f"--month {month}: no such month. There are: {', '.join(sorted(every)) or 'none'}.")
    stale = frozenset(stale_months(wanted, present))
    if rebuild:
        stale = frozenset({month}) if month else every
    if external_changes:
        # A new commit of ours hides that other months were changed: they are all written.
        stale = every
    return GoldPlan(stale, stale & wanted.keys(), stale & present.keys())
