"""An object store on this machine, a landing place with files on it, and the session that reads and writes it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from pyspark.sql import SparkSession

from lakehouse.config.load import load_config
from lakehouse.storage.open import open_warehouse
from tests.support.places import ROOT, TEST_CONF
from tests.support.processes.moto_store import UNCONDITIONAL
from tests.support.processes.object_store import ACCESS, BUCKET, LEASE_SECONDS, REGION, Lake, Store, files


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """An object store with two buckets and the landing files."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.MonkeyPatch.context() as patch:
        for name, value in ACCESS.items():
            patch.setenv(name, value)
        command = [sys.executable, "-m", "tests.support.processes.moto_store", str(port)]
        server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            yield _filled(f"http://127.0.0.1:{port}", tmp_path_factory.mktemp("store") / "s3.yml")
        finally:
            server.kill()
            server.wait()


def _filled(endpoint: str, conf: Path) -> Store:
    conf.write_text(
        Path(TEST_CONF).read_text(encoding="utf-8")
        + f"  spark.hadoop.fs.s3a.endpoint: {endpoint}\n"
        + f"  spark.hadoop.fs.s3a.endpoint.region: {REGION}\n"
        + "  spark.hadoop.fs.s3a.path.style.access: true\n"
        + f"lease_seconds: {LEASE_SECONDS}\n",
        encoding="utf-8",
    )
    client = boto3.client("s3", endpoint_url=endpoint, region_name=REGION)
    _wait_for(endpoint)
    for bucket in (BUCKET, UNCONDITIONAL):
        client.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    for name, content in files().items():
        client.put_object(Bucket=BUCKET, Key=f"landing/{name}", Body=content)
    return Store(client, endpoint, str(conf), load_config(str(conf), None, (), os.environ))


def _wait_for(endpoint: str) -> None:
    host, _, port = endpoint.removeprefix("http://").partition(":")
    deadline = time.monotonic() + 60
    while True:
        try:
            socket.create_connection((host, int(port)), timeout=5).close()
            return
        except OSError:
            assert time.monotonic() < deadline, "the store did not start"
            time.sleep(0.1)


@pytest.fixture(scope="session")
def spark(store: Store) -> Iterator[SparkSession]:
    """The one session of these tests, with the jars for S3."""
    session = open_warehouse(load_config(store.conf, f"s3a://{BUCKET}/none", (), os.environ)).warehouse.spark
    yield session
    session.stop()


@pytest.fixture(scope="session")
def lake(store: Store, spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """A warehouse into which the landing files were loaded."""
    first = Lake(store, spark, "first", tmp_path_factory.mktemp("first"))
    assert first.run() == 0
    return first
