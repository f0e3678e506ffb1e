"""Writes the page of a warehouse to a file."""

from __future__ import annotations

import os
from pathlib import Path

from lakehouse.clock import now
from lakehouse.errors import UsageError
from lakehouse.report.collect import collect
from lakehouse.report.page import page_of
from lakehouse.report.render import html_of, require_libraries
from lakehouse.storage.open import Opened


def require_place(out: Path) -> None:
    """Raises `UsageError` when no file can be written there."""
    folder = out.parent
    if out.is_dir():
        raise UsageError(f"{out}: it is a folder. Name a file, such as {out / 'report.html'}.")
    if not folder.is_dir():
        raise UsageError(f"{out}: there is no folder {folder}. Make it first.")
    if not os.access(folder, os.W_OK):
        raise UsageError(f"{out}: the folder {folder} cannot be written. Name a file in another one.")


def write_report(opened: Opened, out: Path, team: str | None = None) -> None:
    """Writes the page of a warehouse that is open to read, of one team or of all. A reader of the file sees the page
    before or the new one, never half of it.

    Raises `UsageError` when the extra `report` is not installed, when there is no such team, or when the file cannot be
    written.
    """
    require_libraries()
    require_place(out)
    if team is not None:
        opened.config.catalogue.require_team(team)
    rows, span = collect(opened)
    page = page_of(rows, span, opened.config.alert_policy, opened.config.catalogue, now(), team)
    _replace(out, html_of(page))


def _replace(out: Path, text: str) -> None:
    part = out.with_name(f".{out.name}.part")
    try:
        part.write_text(text, encoding="utf-8")
        part.replace(out)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise UsageError(f"{out}: it cannot be written: {error.strerror}.") from error
