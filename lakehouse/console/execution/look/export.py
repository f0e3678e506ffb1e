"""Team views and the flat view as plain files. Holds the warehouse, so that all of them show the same state."""

from __future__ import annotations

import argparse

from lakehouse.config.load import configuration
from lakehouse.console.parser import request_of
from lakehouse.console.text import aligned
from lakehouse.pipeline.context import holder_of
from lakehouse.reporter import Reporter
from lakehouse.storage.export import export, is_exported
from lakehouse.storage.open import absolute, open_to_hold
from lakehouse.storage.tables.views import views


def execute(arguments: argparse.Namespace) -> None:
    """Writes the files, then prints how many each view has."""
    request = request_of(arguments)
    config = configuration(request)
    out = absolute(arguments.out.rstrip("/"))
    reporter = Reporter("export", request.log_format, request.verbose)
    with open_to_hold(config, holder_of("export"), request.wait) as (_, warehouse, _):
        wanted = filter(is_exported, views(config.catalogue))
        with reporter.stage("writing files", warehouse.spark):
            written = export(warehouse.spark, out, wanted, arguments.with_personal_data)
    print(aligned(("view", "files", "rows"), [(view, *counts) for view, counts in written.items()]))
    if not arguments.with_personal_data:
        print("\nWithout personal data: --with-personal-data adds id, age, gender and the keys made from them.")
