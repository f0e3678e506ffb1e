"""Files that wait for a person's decision, and what they mean for the exit code of a command."""

from __future__ import annotations

from dataclasses import dataclass

from lakehouse.config.load import Config
from lakehouse.formats.content import HashedFile
from lakehouse.formats.landing import LandingFile, find_files
from lakehouse.ledger.files import FileState, Ledger

_REFUSED, _HELD = 5, 3


@dataclass(frozen=True)
class Waiting:
    """Names of the files that were refused, and of those that were held."""

    refused: tuple[str, ...] = ()
    held: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """5 when a file was refused, else 3 when one was held, else 0."""
        return _REFUSED if self.refused else _HELD if self.held else 0

    def __str__(self) -> str:
        parts = ((self.refused, "refused"), (self.held, "held"))
        return "; ".join(f"{len(names)} file(s) {what}: {', '.join(names)}" for names, what in parts if names)


def waiting_now(config: Config, ledger: Ledger) -> Waiting:
    """Every file that waits now: held, or refused and still lying in a landing place as it was.

    A file that a person withdrew waits for nobody, nor does a refused one that was replaced, removed or set aside.
    Raises `UsageError` for a landing place that does not exist.
    """
    held = sorted(file.file for sha, file in ledger.files.items() if ledger.state(sha) is FileState.HELD)
    refusals = ledger.refused()
    lying = find_files(config.landing, config.set_aside, config.spark) if refusals else ()
    loaded = {file.file for file in ledger.files.values()}
    refused = {name for name, raw in refusals if any(_is_still(file, name, raw, loaded) for file in lying)}
    return Waiting(tuple(sorted(refused)), tuple(held))


def _is_still(file: LandingFile, name: str, raw_sha256: str | None, loaded: set[str]) -> bool:
    """Whether a landing file is, or as an archive holds, the file of this name that was refused with these bytes."""
    if name != file.relative and not name.startswith(f"{file.relative}/"):
        return False
    if raw_sha256 is None:
        # It could not be read.
        return name not in loaded
    return _checksum(file) == raw_sha256


def _checksum(file: LandingFile) -> str | None:
    """SHA-256 of the bytes as they lie there; None when they cannot be read."""
    try:
        with HashedFile(file.path) as stream:
            stream.read_to_end()
    except OSError:
        return None
    return stream.digest.hexdigest()
