"""The data dictionary and the rule catalogue, and the rules in the README, written from the contracts."""

from __future__ import annotations

import argparse
from pathlib import Path

from lakehouse.console.parser import options_of
from lakehouse.documents import data_dictionary, rule_catalogue, rule_tables, with_section
from lakehouse.errors import UsageError
from lakehouse.pipeline.context import open_config
from lakehouse.storage.registry import registry
from lakehouse.storage.views import views


def execute(arguments: argparse.Namespace) -> None:
    """Writes both documents, or with --check says which of them is stale."""
    config = open_config(options_of(arguments))
    try:
        dictionary = data_dictionary(registry(config.catalogue, config.response_key).all(), views(config.catalogue))
    except ValueError as error:
        raise UsageError(f"{error}. Add it in schemas/ or lakehouse/catalog.py.") from error
    documents = {
        arguments.out / "rules.md": rule_catalogue(config.suites.values()),
        arguments.out / "data-dictionary.md": dictionary,
        **_readme(arguments.out.parent / "README.md", rule_tables(config.suites)),
    }
    stale = [path.name for path, text in documents.items() if _stored(path) != text]
    if arguments.check:
        if stale:
            raise UsageError(f"{arguments.out}: {', '.join(stale)} not up to date. Write with `lakehouse docs`.")
        print(f"{arguments.out}: up to date")
        return
    arguments.out.mkdir(parents=True, exist_ok=True)
    for path, text in documents.items():
        path.write_text(text, encoding="utf-8")
        print(path)


def _readme(path: Path, rules: str) -> dict[Path, str]:
    """The README beside the folder, with its section of rules as it should be; nothing when there is none."""
    stored = _stored(path)
    try:
        return {path: with_section(stored, "rules", rules)} if stored else {}
    except ValueError as error:
        raise UsageError(f"{path}: {error}.") from error


def _stored(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None
