"""The documents that are made from the contracts, rules and models, and the JSON Schemas of the configuration."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from lakehouse.config.json_schemas import json_schemas, schema_beside
from lakehouse.config.load import Config, configuration
from lakehouse.console.parser import request_of
from lakehouse.documents.configuration import configuration_reference
from lakehouse.documents.data_dictionary import data_dictionary
from lakehouse.documents.rules import rule_catalogue
from lakehouse.errors import UsageError
from lakehouse.storage.tables.registry import registry
from lakehouse.storage.tables.views import views


def execute(arguments: argparse.Namespace) -> None:
    """Writes all of them, or with --check says which of them are stale."""
    config = configuration(request_of(arguments))
    project = arguments.out.parent
    documents = {
        arguments.out / "rules.md": rule_catalogue(config.suites.values()),
        arguments.out / "data-dictionary.md": _dictionary(config),
        arguments.out / "configuration.md": configuration_reference(json_schemas()),
        **_schemas(project),
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


def _dictionary(config: Config) -> str:
    try:
        return data_dictionary(registry(config.catalogue, config.response_key).all(), views(config.catalogue))
    except ValueError as error:
        raise UsageError(f"{error}. Add it in schemas/ or lakehouse/storage/tables/registry.py.") from error


def _schemas(project: Path) -> dict[Path, str]:
    """The JSON Schema beside each YAML file of the project; none for files that are not there."""
    return {
        project / schema_beside(file): json.dumps(schema, indent=2) + "\n"
        for file, schema in json_schemas().items()
        if (project / file).exists()
    }


def _stored(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None
