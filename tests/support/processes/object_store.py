"""A warehouse on an object store of this machine, and the files that lie on its landing place."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from lakehouse.config.load import Config
from lakehouse.console.app import main
from lakehouse.errors import LakehouseError
from lakehouse.storage.tables.registry import Tables, registry
from lakehouse.storage.warehouse import Warehouse
from tests.support.data.surveys import HEADERS, response

BUCKET, REGION = "lake", "eu-west-1"
LANDING = f"s3a://{BUCKET}/landing"
LEASE_SECONDS = 6
ACCESS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": REGION}


@dataclass(frozen=True)
class Store:
    """The store: a client of it, and a configuration that reaches it."""

    client: Any
    endpoint: str
    conf: str
    config: Config

    @property
    def delta_options(self) -> dict[str, str]:
        """How `deltalake` reaches it."""
        return {"AWS_ENDPOINT_URL": self.endpoint, "AWS_ALLOW_HTTP": "true", **ACCESS}

    def keys(self, folder: str) -> list[str]:
        """Names of the objects below a folder of the bucket."""
        found = self.client.list_objects_v2(Bucket=BUCKET, Prefix=f"{folder}/").get("Contents", [])
        return [one["Key"] for one in found]


@dataclass
class Lake:
    """A warehouse on the store, with what a command over the landing files needs. `root`: a folder for tests."""

    store: Store
    spark: SparkSession
    name: str
    root: Path

    @property
    def warehouse(self) -> Warehouse:
        return Warehouse(self.spark, f"s3a://{BUCKET}/{self.name}")

    @property
    def tables(self) -> Tables:
        return registry(self.store.config.catalogue, self.store.config.response_key)

    def arguments(self, command: str, *options: str) -> list[str]:
        """A command over the landing files, as the console takes it."""
        place = ("--warehouse", self.warehouse.root, "--landing", LANDING, "--conf", self.store.conf)
        return [*command.split(), *place, *options]

    def run(self, command: str = "run", *options: str) -> int:
        """Exit code of a command."""
        try:
            main(self.arguments(command, *options))
        except LakehouseError as error:
            return error.exit_code
        return 0

    def read(self, table: str) -> DataFrame:
        return self.spark.read.format("delta").load(f"{self.warehouse.root}/{table.replace('.', '/')}")

    def versions(self) -> dict[str, int | None]:
        """Delta version of every table that holds data about surveys."""
        kept = (table for table in self.tables.all() if table.layer != "ops")
        return {table.full_name: self.warehouse.version(table) for table in kept}


def files() -> dict[str, bytes]:
    """Name -> content: plain, compressed, and written as a spreadsheet program of another country does."""
    january = [response(number) for number in range(1, 41)]
    february = [response(number) for number in range(101, 141)]
    march = [response(number) for number in range(201, 221)]
    march[3][1] = "Fe\nmale"
    return {
        "2025-01/gate A.csv": _text(january).encode(),
        "2025-02/survey.csv.gz": gzip.compress(_text(february).encode()),
        "2025-03/odd.csv": ("Umfrage März\n\n" + _text(march, ";")).encode("cp1252"),
        "2025-03/.unfinished.csv": b"",
        "notes.pdf": b"%PDF",
    }


def _text(rows: list[list[str]], delimiter: str = ",") -> str:
    quoted = ([f'"{cell}"' if "\n" in cell else cell for cell in row] for row in rows)
    return "".join(delimiter.join(cells) + "\r\n" for cells in ([*HEADERS.values()], *quoted))
