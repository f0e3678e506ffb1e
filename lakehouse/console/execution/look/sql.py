"""Read-only SQL over all tables and views."""

from __future__ import annotations

import argparse
import re

from pyspark.errors import PySparkException
from pyspark.sql import DataFrame

from lakehouse.config.load import configuration
from lakehouse.console.parser import request_of
from lakehouse.console.rows import print_rows, query_error
from lakehouse.storage.open import open_to_read
from lakehouse.storage.warehouse import Warehouse

_ANSWERS = re.compile(r"\s*(show|describe|desc|explain)\b", re.IGNORECASE)


def execute(arguments: argparse.Namespace) -> None:
    """Prints the rows of one statement."""
    opened = open_to_read(configuration(request_of(arguments)), arguments.release)
    print_rows(select(opened.warehouse, arguments.statement), arguments.format)


def select(warehouse: Warehouse, statement: str) -> DataFrame:
    """The rows of a statement that only reads. Raises `UsageError` for any other, and for one that fails."""
    text = statement.strip().rstrip(";")
    try:
        if _ANSWERS.match(text):
            return warehouse.spark.sql(text)
        # Only a query can define a view: anything that writes does not parse here.
        warehouse.spark.sql(f"CREATE OR REPLACE TEMPORARY VIEW query_to_print AS {text}")
        return warehouse.spark.table("query_to_print")
    except PySparkException as error:
        raise query_error(error) from error
