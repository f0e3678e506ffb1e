"""A warehouse to run the pipeline into, as its users do."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import ClassVar

from pyspark.sql import DataFrame, Row, SparkSession

from lakehouse.config.load import Config, load_config
from lakehouse.console.app import main
from lakehouse.errors import LakehouseError
from lakehouse.storage.open import Opened, register
from lakehouse.storage.tables.registry import Tables, registry
from lakehouse.storage.warehouse import Warehouse
from lakehouse.upkeep.fingerprint import fingerprint
from tests.support.places import TEST_CONF

# Who ran, and when, is the one thing in which two warehouses of the same files may differ.
OF_THE_RUN = ("ops.runs", "ops.check_results", "ops.imputation_backtest", "ops.restatements")


@cache
def empty_warehouse(spark: SparkSession) -> TemporaryDirectory[str]:
    """A warehouse whose tables hold nothing yet, made once. Delta names no absolute path: a copy is one as well."""
    folder: TemporaryDirectory[str] = TemporaryDirectory()
    shipped = load_config(TEST_CONF, None, (), os.environ)
    Warehouse(spark, folder.name).create_missing(registry(shipped.catalogue, shipped.response_key).all())
    return folder


@dataclass
class Pipeline:
    """The pipeline as its users run it, in the test's own process: a warehouse, and what the tables hold."""

    spark: SparkSession
    config: Config
    root: Path
    conf: str = TEST_CONF
    landing: Path = field(init=False)
    # Whose tables and views the session's catalogue names: naming them takes longer than most statements.
    _named: ClassVar[tuple[str, Config] | None] = None

    def __post_init__(self) -> None:
        self.landing = self.root / "landing"
        self.landing.mkdir(parents=True, exist_ok=True)
        if not Path(self.warehouse.root).exists():
            shutil.copytree(empty_warehouse(self.spark).name, self.warehouse.root)

    @property
    def warehouse(self) -> Warehouse:
        return Warehouse(self.spark, str(self.root / "warehouse"))

    @property
    def tables(self) -> Tables:
        return registry(self.config.catalogue, self.config.response_key)

    def arguments(self, command: str, *options: str) -> list[str]:
        """A command over the landing folder, as the console takes it."""
        place = ("--warehouse", self.warehouse.root, "--landing", str(self.landing), "--conf", self.conf)
        return [*command.split(), *place, *options]

    def call(self, command: str = "run", *options: str) -> None:
        """Runs a command; raises what it raises."""
        # It may name the tables of another release.
        Pipeline._named = None
        main(self.arguments(command, *options))

    def run(self, command: str = "run", *options: str) -> int:
        """Exit code of a command."""
        try:
            self.call(command, *options)
        except LakehouseError as error:
            return error.exit_code
        return 0

    def copy_to(self, root: Path) -> Pipeline:
        """The same in another folder: warehouse, landing folder and configuration."""
        shutil.copytree(self.root, root, dirs_exist_ok=True)
        conf = root / Path(self.conf).name if Path(self.conf).is_relative_to(self.root) else self.conf
        return Pipeline(self.spark, self.config, root, str(conf))

    def fingerprints(self, tables: Iterable[str]) -> dict[str, tuple[int, int, int]]:
        """What each of the tables says, in numbers that no order of rows changes."""
        return {name: fingerprint(self.read(name)) for name in tables}

    def content(self) -> dict[str, tuple[int, int, int]]:
        """Fingerprints of all tables but those that say who ran, and when."""
        return self.fingerprints(name for table in self.tables.all() if (name := table.full_name) not in OF_THE_RUN)

    def read(self, table: str) -> DataFrame:
        """A table by its name."""
        return self.spark.read.format("delta").load(f"{self.warehouse.root}/{table.replace('.', '/')}")

    def sql(self, statement: str) -> list[Row]:
        """Rows of a statement over all tables and views."""
        own = (self.warehouse.root, self.config)
        if Pipeline._named != own:
            register(Opened(self.config, self.warehouse, self.tables))
            Pipeline._named = own
        return self.spark.sql(statement).collect()

    def versions(self) -> dict[str, int | None]:
        """Delta version of every table that holds data about surveys."""
        kept = (table for table in self.tables.all() if table.layer != "ops")
        return {table.full_name: self.warehouse.version(table) for table in kept}
