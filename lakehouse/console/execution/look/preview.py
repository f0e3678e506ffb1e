"""Shows how a file would be read, without Spark: its dialect, its columns, its first records, and what they lack."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import NamedTuple

from lakehouse.clock import now
from lakehouse.config.load import Config, configuration
from lakehouse.console.parser import request_of
from lakehouse.console.text import aligned
from lakehouse.errors import UnreadableInputError, UsageError
from lakehouse.formats.first_records import Record, first_records
from lakehouse.formats.landing import LandingFile, is_survey
from lakehouse.formats.preflight import Accepted, Refused, preflight
from lakehouse.places.objects import FilePath, place, why
from lakehouse.places.uris import fault_of_landing
from lakehouse.quality.records import reasons_of
from lakehouse.quality.suites import MALFORMED, MAX_REASONS, subject
from lakehouse.survey.dates import DeliveredDate, date_column, delivered_date
from lakehouse.survey.drift import ADDED, MISSING, RENAMED, Drift, drift_of, unknown_values, unread_drift
from lakehouse.survey.hints import hints
from lakehouse.survey.reading import read_record
from schemas import columns as c

_RECORDS_READ, _RECORDS_SHOWN = 1000, 3
_WIDEST_CELL = 30


def execute(arguments: argparse.Namespace) -> None:
    """Prints the preview. Raises `UsageError` for a file that does not exist or is no survey by its name."""
    request = request_of(arguments)
    fault = fault_of_landing(arguments.file)
    if fault:
        raise UsageError(f"preview: {fault}")
    config = configuration(request)
    path = place(arguments.file, config.spark)
    if not _is_file(path):
        raise UsageError(f"{arguments.file}: no such file. Name the file to look at.")
    if not is_survey(path):
        raise UsageError(f"{arguments.file}: its name is not that of a survey. A run would list it as ignored.")
    for verdict in preflight(LandingFile(path, path.parent, path.name), config.catalogue, config.formats):
        if isinstance(verdict, Refused):
            print(f"{verdict.file.relative}: refused: {verdict.reason}")
        else:
            found = delivered_date(verdict.file.relative, request.survey_date)
            print(_Preview(config, verdict, found, now().date()).text())


def _is_file(path: FilePath) -> bool:
    try:
        return path.is_file()
    except OSError as error:
        raise UnreadableInputError(f"{path}: cannot be read ({why(error)}). Check endpoint and credentials.") from error


class _Read(NamedTuple):
    """A record as it would be loaded. `values`: None when it has not the header's shape."""

    row: int
    values: Mapping[str, object] | None
    reasons: Sequence[str]


@dataclass(frozen=True)
class _Preview:
    """A file that can be read. `given`: the survey date of its lines when they have none themselves."""

    config: Config
    file: Accepted
    given: DeliveredDate
    today: date

    def text(self) -> str:
        """Everything that is told of the file."""
        read = [self._read(record) for record in first_records(self.file, _RECORDS_READ)]
        sections = (self._head(), self._columns(read), self._rejected(read), self._to_paste(read))
        return "\n\n".join(section for section in sections if section)

    def _head(self) -> str:
        name, dialect = self.file.file.relative, self.file.dialect.describe()
        lines = [f"{name}: {self.file.lines:,} record(s), read as {dialect or 'comma-separated UTF-8 text'}"]
        lines += self.file.notes
        if not date_column(self.file.names, self.config.catalogue):
            day, source = self.given.date, self.given.source
            none = "none in its lines, folders or name: it would be held. Name one with --survey-date"
            lines.append(f"survey date: {f'{day} ({source})' if day else self.given.cause or none}")
        return "\n".join(lines)

    def _columns(self, read: Sequence[_Read]) -> str:
        """Each header with its column, and the first records as they would be typed."""
        shown = [one.values for one in read if one.values][:_RECORDS_SHOWN]
        rows = []
        for header, name in zip(self.file.dialect.headers, self.file.names, strict=True):
            column = self.config.catalogue.resolve(name)
            typed = [_short(record[column]) for record in shown] if column else ["" for _ in shown]
            rows.append((header, column or "unknown: stays in bronze", *typed))
        headers = ("header", "column", *(f"record {number}" for number in range(1, len(shown) + 1)))
        missing = [one.detail for one in self._drift if one.kind in (MISSING, RENAMED)]
        return "\n".join([aligned(headers, rows), *missing])

    @cached_property
    def _drift(self) -> tuple[Drift, ...]:
        return drift_of(self.file.dialect.headers, self.config.catalogue, self.given.date)

    def _read(self, record: Record) -> _Read:
        if record.cells is None:
            return _Read(record.row, None, [MALFORMED])
        resolved = map(self.config.catalogue.resolve, self.file.names)
        cells = {name: cell for name, cell in zip(resolved, record.cells, strict=True) if name}
        values = read_record(dict(cells), self.config.catalogue, self.given.date, self.today)
        return _Read(record.row, values, reasons_of(values, self.config.suites["silver"]))

    def _rejected(self, read: Sequence[_Read]) -> str:
        rejected = [one for one in read if one.reasons]
        if not rejected:
            return f"None of the first {len(read):,} record(s) would be rejected."
        counts = Counter(reason for one in rejected for reason in one.reasons)
        first = {reason: one.row for one in reversed(rejected) for reason in one.reasons}
        rows = [(reason, count, first[reason]) for reason, count in counts.most_common()]
        head = f"{len(rejected):,} of the first {len(read):,} record(s) would be rejected:"
        table = aligned(("reason", "records", "first at row"), rows)
        whole = "\nNo record passes: the file would be held." if len(rejected) == self.file.lines else ""
        return f"{head}\n{table}{whole}"

    def _to_paste(self, read: Sequence[_Read]) -> str:
        cells: dict[str, list[str]] = {}
        words: list[tuple[str, str]] = []
        for one in read:
            for name, value in (one.values or {}).items():
                if name.endswith(c.UNREAD_SUFFIX) and value is not None:
                    cells.setdefault(subject(name), []).append(str(value))
            if one.values and len(one.reasons) <= MAX_REASONS:
                words += self._unknown_words(one.values)
        catalogue = self.config.catalogue
        differences = [drift for drift in self._drift if drift.kind == ADDED]
        differences += [unread_drift(hint) for hint in hints(cells, catalogue)]
        differences += unknown_values(dict.fromkeys(words), catalogue).values()
        told = [part for drift in differences for part in (drift.detail, drift.suggestion) if part]
        return "\n".join(dict.fromkeys(told))

    def _unknown_words(self, record: Mapping[str, object]) -> list[tuple[str, str]]:
        catalogue = self.config.catalogue
        return [
            (name, str(record[name]))
            for name in catalogue.of_type("category")
            if record[name] is not None and record[name] not in catalogue.column(name).values
        ]


def _short(value: object) -> str:
    text = "" if value is None else str(value)
    return f"{text[:_WIDEST_CELL]}…" if len(text) > _WIDEST_CELL else text
