"""The state of the data, and what changed in the questionnaire."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timezone

from lakehouse.alerts.judge import period_end
from lakehouse.ledger.balance import PLACES, balance_sentence, is_balanced
from lakehouse.printable import printable
from lakehouse.report.collected import Collected, Row, Rows, Span
from lakehouse.report.model import Change, Health
from lakehouse.report.words import counted, moment, month, shortened, title_of
from lakehouse.survey.questions import FOR_EVER
from schemas import columns as c

_KINDS = {
    "rename": "renamed, the same words",
    "reword": "reworded",
    "split": "new, a part of a question that was split",
    "merge": "new, in place of several questions",
}
_COMPARED = {
    "exact": "answers compare with those before",
    "mean_only": "means compare with those before, shares do not",
    "none": "answers do not compare with those before",
}
FILES_SHOWN = 10


def health(collected: Collected, span: Span | None, made_at: datetime) -> Health:
    """Balance, freshness, files that wait, and failed checks."""
    counts = {name: sum(row[name] or 0 for row in collected.files) for name in (c.LINES, *PLACES)}
    waiting = sum(row["n_files"] for row in collected.files if row[c.STATE] != "admitted")
    return Health(
        balance=balance_sentence(counts),
        adds_up=is_balanced(counts),
        freshness=_freshness(collected, span, made_at),
        files=tuple(
            (printable(row[c.FILE]), row[c.STATE], printable(shortened(row[c.REASON]))) for row in collected.waiting
        ),
        more_files=waiting - len(collected.waiting),
        checks=tuple(_check(row) for row in collected.checks),
    )


def _check(row: Row) -> tuple[str, str, str, str, str]:
    where = f"{row['rule']}: {row['column']}" if row["column"] else row["rule"]
    return row["gate"], where, row["severity"], f"{row['failed']:,} of {row['evaluated']:,}", row["outcome"]


def _freshness(collected: Collected, span: Span | None, made_at: datetime) -> tuple[str, ...]:
    told = []
    if span:
        age = (made_at.date() - period_end("month", span.newest)).days
        told.append(f"Newest month: {month(span.newest)}, {_age(age)}")
    for run in collected.runs[:1]:
        message = f": {printable(shortened(run['message']))}" if run["message"] else ""
        outcome = "done" if run["exit_code"] == 0 else f"exit code {run['exit_code']}{message}"
        told.append(f"Last run ({run['command']}): ended {_end(run)}, {outcome}")
    for run in (one for one in collected.runs[1:] if one["ended"] != collected.runs[0]["ended"]):
        told.append(f"Last run that published: ended {_end(run)}")
    return tuple(told)


def _age(days: int) -> str:
    """How long ago a month ended. `days`: from its last day to today."""
    return f"which ended {counted(days, 'day')} ago" if days > 0 else "which still runs"


def _end(run: Row) -> str:
    return moment(datetime.fromtimestamp(run["ended"], timezone.utc))


def changes(versions: Rows, span: Span, team: str | None) -> tuple[Change, ...]:
    """The changes of the questionnaire since the first month of the page, newest first. `versions`: gold.dim_questions;
    those of a team that had or has the question, or of all."""
    by_question: dict[str, list[Row]] = {}
    for row in sorted(versions, key=lambda one: one["valid_from"]):
        by_question.setdefault(row[c.QUESTION], []).append(row)
    found: list[tuple[date, Change]] = []
    for own in by_question.values():
        if team is None or team in {row["team"] for row in own}:
            found += _of_question(own, span)
    return tuple(change for _, change in sorted(found, key=lambda one: (one[0], one[1].question), reverse=True))


def _of_question(versions: Rows, span: Span) -> list[tuple[date, Change]]:
    found = []
    for number, row in enumerate(versions):
        day = row["valid_from"]
        if day > span.first:
            before = versions[number - 1] if number else None
            found.append((day, Change(_day(day), row["wording"], _what(row, before))))
    end: date = versions[-1]["valid_to"]
    if span.first <= end < FOR_EVER:
        found.append((end, Change(_day(end), versions[-1]["wording"], "asked until this day")))
    return found


def _day(day: date) -> str:
    return f"{day.day} {month(day)}"


def _what(row: Row, before: Mapping[str, object] | None) -> str:
    """What is different from the version before."""
    told = [_KINDS[row["change"]]] if row["change"] else []
    if before is None:
        told = told or ["new question"]
    else:
        if before["wording"] != row["wording"]:
            told.append(f"before: {before['wording']}")
        if before["team"] != row["team"]:
            told.append(f"now with {title_of(row['team'])}, before with {title_of(str(before['team']))}")
        if before["weight"] != row["weight"]:
            told.append(f"weight {row['weight']:g}, before {before['weight']:g}")
    if row["comparability"]:
        told.append(_COMPARED[row["comparability"]])
    return "; ".join(told) or "other headers or codes"
