"""Every error that a user may meet, one class per cause. Each message says what is wrong and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


class LakehouseError(Exception):
    """Root of the errors that the console shows as one line, before it ends with `exit_code`. `run_id`: the run that it
    ended; None for a command that is no run."""

    exit_code = 1
    run_id: str | None = None


class UsageError(LakehouseError):
    """A command, option or path that cannot be used as given."""

    exit_code = 2


class ConfigError(UsageError):
    """A configuration or rule file that cannot be used; `file` and `line` say where."""

    def __init__(self, file: str, line: int | None, message: str) -> None:
        self.file = file
        self.line = line
        self.message = message
        super().__init__(f"{file}:{line}: {message}" if line else f"{file}: {message}")


class GateBlockedError(LakehouseError):
    """A critical check failed. No table after the gate was changed."""

    exit_code = 3

    def __init__(self, gate: str, failures: Iterable[str]) -> None:
        self.gate = gate
        self.failures = tuple(failures)
        lines = "; ".join(self.failures)
        super().__init__(f"gate '{gate}' blocked: {lines}. Later tables are unchanged; see ops.check_results.")


class WarehouseLockedError(LakehouseError):
    """Another run holds the warehouse. `holder`: which run, and since when."""

    exit_code = 4

    def __init__(self, warehouse: str, holder: str) -> None:
        self.holder = holder
        super().__init__(f"{warehouse} is held by another run ({holder}). Try again when it has ended.")


class LeaseLostError(LakehouseError):
    """The run no longer holds the warehouse. It made no commit since."""

    exit_code = 4

    def __init__(self, warehouse: str, cause: str) -> None:
        super().__init__(
            f"{warehouse}: this run lost its lease ({cause}), and stopped before its next commit. No table is "
            "half-written; run again to go on."
        )


class SessionLostError(LakehouseError):
    """Spark's process ended before the run did."""

    def __init__(self) -> None:
        super().__init__(
            "Spark ended before the run did: it was killed, or ran out of memory (spark.driver.memory). "
            "No table is half-written; run again to go on."
        )


class StorageError(LakehouseError):
    """The file system refused a write: a full disk, a quota, a lost permission."""

    def __init__(self, fault: str) -> None:
        super().__init__(
            f"the warehouse cannot be written: {fault}. No table is half-written; mend it, and run again to go on."
        )


class LostLinesError(LakehouseError):
    """An external change removed lines of a table."""

    def __init__(self, table: str, files: Sequence[str]) -> None:
        super().__init__(
            f"{table} has lost the lines of {', '.join(files)}: somebody restored an old version, or deleted lines. "
            "Deliver the file(s) again, or RESTORE the version before; silver and gold are as they were."
        )


class UnreadableInputError(LakehouseError):
    """A file that exists but cannot be read."""

    exit_code = 5


class MissingColumnsError(LakehouseError):
    """A frame lacks columns of its contract: a bug in this program, never a fault of the data."""

    def __init__(self, table: str, missing: Iterable[str], available: Iterable[str]) -> None:
        self.table = table
        self.missing = tuple(sorted(missing))
        self.available = tuple(available)
        super().__init__(f"{table}: missing column(s) {', '.join(self.missing)}. Present: {', '.join(self.available)}.")


class CheckError(LakehouseError):
    """A check could not run, or two counts of the same rule differ. This says nothing about the data."""


class IncompleteRunError(LakehouseError):
    """The run finished, but a file was held (`exit_code` 3) or refused (`exit_code` 5)."""

    def __init__(self, exit_code: int, message: str, run_id: str | None = None) -> None:
        self.exit_code = exit_code
        self.run_id = run_id
        super().__init__(message)
