"""Clients of a Thrift server read what `lakehouse register` named: the commands of docs/bi.md, in processes of their
own, beside a metastore in Derby and one in PostgreSQL."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from pyhive import hive
from TCLIService.ttypes import TFetchOrientation, TFetchResultsReq, TGetColumnsReq

from lakehouse.config.load import load_config
from lakehouse.storage.tables.views import views
from tests.support.markdown import page
from tests.support.pipeline import Pipeline
from tests.support.places import ROOT, TEST_CONF
from tests.support.processes.servers import (
    environment,
    free_port,
    postgres,
    postgres_driver,
    postgres_programs,
    running,
)

pytestmark = pytest.mark.bi

# What Spark and Derby leave in the working folder unless they are told of another place.
LITTER = {"metastore_db", "derby.log", "spark-warehouse"}
GROUND = "gold.v_satisfaction_alerts_ground"


class Served(NamedTuple):
    """A warehouse, the folder that the commands run in, and the port of a Thrift server that names it."""

    pipeline: Pipeline
    folder: Path
    port: int


def documented(word: str) -> str:
    """The command of docs/bi.md that has this word."""
    blocks = re.findall(r"^```sh\n(.*?)^```", page("bi.md"), re.DOTALL | re.MULTILINE)
    return str(next(block for block in blocks if word in block)).replace("\\\n", " ").strip()


def register(
    pipeline: Pipeline, folder: Path, conf: str = TEST_CONF, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Runs `lakehouse register` in a process of its own."""
    command = [str(ROOT / "jobs" / "register_tables.py"), "--warehouse", pipeline.warehouse.root, "--conf", conf]
    env = environment(PYTHONPATH=str(ROOT), **variables)
    return subprocess.run([sys.executable, *command], cwd=folder, env=env, capture_output=True, text=True)


def told(pipeline: Pipeline, outcome: str) -> str:
    """What `lakehouse register` says of the tables."""
    tables, named = pipeline.tables.all(), views(pipeline.config.catalogue)
    return f"Hive metastore: {len(tables)} tables ({outcome}), {len(named)} views\n"


@pytest.fixture(scope="module")
def served(surveyed: Pipeline, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    pipeline = surveyed.copy_to(tmp_path_factory.mktemp("served"))
    first = register(pipeline, pipeline.root)
    assert first.returncode == 0, first.stderr
    assert first.stdout == told(pipeline, f"{len(pipeline.tables.all())} created")
    (pipeline.root / ".cache").symlink_to(ROOT / ".cache")
    port = free_port()
    command = documented("HiveThriftServer2").replace("=10000", f"={port}")
    with running(command, port, pipeline.root, environment()):
        yield Served(pipeline, pipeline.root, port)


@pytest.fixture
def connection(served: Served) -> Iterator[hive.Connection]:
    opened = hive.connect("127.0.0.1", served.port, username="analyst")
    yield opened
    opened.close()


def rows(connection: hive.Connection, statement: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return [tuple(row) for row in cursor.fetchall()]


def columns(connection: hive.Connection, schema: str, table: str) -> dict[str, str]:
    """Column -> comment, by the call with which ODBC and JDBC drivers list columns."""
    request = TGetColumnsReq(sessionHandle=connection.sessionHandle, schemaName=schema, tableName=table)
    operation = connection.client.GetColumns(request).operationHandle
    fetch = TFetchResultsReq(operationHandle=operation, orientation=TFetchOrientation.FETCH_NEXT, maxRows=1000)
    found = connection.client.FetchResults(fetch).results.columns
    names, comments = found[3].stringVal.values, found[11].stringVal.values
    return dict(zip(names, comments, strict=True))


def test_a_team_reads_its_view(served: Served, connection: hive.Connection) -> None:
    statement = f"SELECT headline, state, handling FROM {GROUND}"
    expected = [tuple(row) for row in served.pipeline.sql(statement)]
    assert expected[0][1] == "open"
    assert rows(connection, statement) == expected


def test_tables_views_and_columns_show_their_comments(served: Served, connection: hive.Connection) -> None:
    comments = {str(name): comment for name, _, comment in rows(connection, f"DESCRIBE {GROUND}")}
    assert comments["headline"] == "The finding in one line"
    assert comments["handling"] == "What people decided: new, acknowledged or resolved"
    assert all(comments.values())
    fact = served.pipeline.tables.fact
    assert columns(connection, "gold", "fact_survey_responses") == {
        column.name: column.metadata["comment"] for column in fact.schema
    }
    assert all(columns(connection, "gold", "v_question_trend").values())
    described = {name: value for name, value, _ in rows(connection, "DESCRIBE EXTENDED gold.dim_date")}
    assert described["Comment"] == "One row per day of a surveyed month."


def test_the_documented_client_reads_it_too(served: Served) -> None:
    command = documented("beeline").replace(":10000", f":{served.port}")
    done = subprocess.run(["sh", "-c", command], cwd=served.folder, env=environment(), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    headline = served.pipeline.sql(f"SELECT headline FROM {GROUND} LIMIT 1")[0]["headline"]
    # Its terminal may not have every character.
    assert headline.split(" (")[0] in done.stdout


def test_derby_serves_one_process(served: Served) -> None:
    second = register(served.pipeline, served.folder)
    assert second.returncode == 2
    assert "error: another process has the metastore open" in second.stderr
    assert "Traceback" not in second.stderr


def test_nothing_lies_in_the_working_folder(served: Served) -> None:
    names = {path.name for path in served.folder.iterdir()}
    assert names & LITTER == set()
    metastore = Path(served.pipeline.warehouse.root, "_metastore")
    assert {path.name for path in metastore.iterdir()} == {"metastore_db", "derby.log", "managed"}


def thrift_server(conf: str, variables: dict[str, str], port: int) -> str:
    """The documented command for another metastore: its options and its driver instead of the place of Derby."""
    options = load_config(conf, None, (), variables).spark
    kept = {key: value for key, value in options.items() if key.startswith("spark.hadoop.")}
    given = " ".join(f"--conf {shlex.quote(f'{key}={value}')}" for key, value in kept.items())
    command = re.sub(r'--driver-java-options "[^"]*"', lambda _: given, documented("HiveThriftServer2"))
    command = command.replace("jars/*", f"jars/*:{options['spark.driver.extraClassPath']}")
    return command.replace("=10000", f"={port}")


def test_postgresql_serves_many_processes_and_one_warehouse(surveyed: Pipeline, tmp_path: Path) -> None:
    programs = postgres_programs()
    if programs is None:
        pytest.skip("PostgreSQL's server programs are not installed (Debian: the package postgresql)")
    driver = postgres_driver(tmp_path)
    if driver is None:
        pytest.skip("PostgreSQL's JDBC driver is neither cached nor to be fetched")
    (tmp_path / ".cache").symlink_to(ROOT / ".cache")
    pipeline = surveyed.copy_to(tmp_path / "first")
    other = surveyed.copy_to(tmp_path / "second")
    conf = tmp_path / "conf.yml"
    ours = Path(TEST_CONF).read_text(encoding="utf-8")
    shared = (ROOT / "conf" / "metastore.yml").read_text(encoding="utf-8").partition("spark:\n")[2]
    conf.write_text(f"{ours.rstrip()}\n{shared}", encoding="utf-8")
    count = len(pipeline.tables.all())
    with postgres(programs) as url:
        known = {"URL": url, "USER": "metastore", "PASSWORD": "none", "DRIVER": str(driver)}
        variables = {f"LAKEHOUSE_METASTORE_{name}": value for name, value in known.items()}
        first = register(pipeline, tmp_path, str(conf), **variables)
        assert first.stdout == told(pipeline, f"{count} created"), first.stderr
        bronze = f"delta.`{pipeline.warehouse.root}/bronze/survey_responses_raw`"
        pipeline.spark.sql(f"ALTER TABLE {bronze} ADD COLUMNS (lounge string COMMENT 'As delivered')")
        port = free_port()
        with running(thrift_server(str(conf), variables, port), port, tmp_path, environment()):
            again = register(pipeline, tmp_path, str(conf), **variables)
            with hive.connect("127.0.0.1", port, username="analyst") as connection:
                assert columns(connection, "bronze", "survey_responses_raw")["lounge"] == "As delivered"
        assert again.stdout == told(pipeline, f"1 updated, {count - 1} unchanged"), again.stderr
        refused = register(other, tmp_path, str(conf), **variables)
        assert refused.returncode == 2
        assert "One metastore knows one warehouse" in refused.stderr
    assert {path.name for path in tmp_path.iterdir()} & LITTER == set()
    assert pipeline.read("bronze.survey_responses_raw").count() == 900
