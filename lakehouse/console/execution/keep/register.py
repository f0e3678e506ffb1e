"""Names tables and views in the catalog that the configuration names, or prints the statements."""

from __future__ import annotations

import argparse
from collections import Counter

from lakehouse.config.load import Config, configuration
from lakehouse.console.parser import request_of
from lakehouse.storage.metastore import register_in_hive, register_in_unity
from lakehouse.storage.open import absolute
from lakehouse.storage.tables.catalog import metastore_statements, unity_statements
from lakehouse.storage.tables.registry import registry
from lakehouse.storage.tables.views import views


def execute(arguments: argparse.Namespace) -> None:
    """Prints what became of the tables; with --dry-run the statements, each closed by a semicolon."""
    config = configuration(request_of(arguments))
    if arguments.dry_run:
        _print_statements(config)
        return
    catalog = config.unity_catalog
    registered = register_in_unity(config, catalog) if catalog else register_in_hive(config)
    outcomes = ", ".join(f"{count} {outcome}" for outcome, count in Counter(registered.tables.values()).items())
    print(f"{registered.place}: {len(registered.tables)} tables ({outcomes}), {registered.views} views")


def _print_statements(config: Config) -> None:
    tables, named = registry(config.catalogue, config.response_key).all(), views(config.catalogue)
    root = absolute(config.warehouse)
    if config.unity_catalog:
        statements = unity_statements(config.unity_catalog, tables, named, root)
    else:
        statements = metastore_statements(tables, named, root)
    for statement in statements:
        print(f"{statement};\n")
