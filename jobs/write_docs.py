"""The data dictionary and the rule catalogue, written from the contracts."""

from __future__ import annotations

import argparse
from pathlib import Path

from jobs.context import open_config
from jobs.options import options_of
from lakehouse.catalog import registry
from lakehouse.documents import data_dictionary, rule_catalogue
from lakehouse.errors import UsageError
from lakehouse.views import views


def execute(arguments: argparse.Namespace) -> None:
    """Writes both documents, or with --check says which of them is stale."""
    config = open_config(options_of(arguments))
    try:
        dictionary = data_dictionary(registry(config.catalogue, config.response_key).all(), views(config.catalogue))
    except ValueError as error:
        raise UsageError(f"{error}. Add it in schemas/ or lakehouse/catalog.py.") from error
    documents = {"rules.md": rule_catalogue(config.suites.values()), "data-dictionary.md": dictionary}
    stale = [name for name, text in documents.items() if _stored(arguments.out / name) != text]
    if arguments.check:
        if stale:
            raise UsageError(f"{arguments.out}: {', '.join(stale)} not up to date. Write with `lakehouse docs`.")
        print(f"{arguments.out}: up to date")
        return
    arguments.out.mkdir(parents=True, exist_ok=True)
    for name, text in documents.items():
        (arguments.out / name).write_text(text, encoding="utf-8")
        print(arguments.out / name)


def _stored(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None
