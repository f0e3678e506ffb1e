"""One writer per warehouse on an object store: the lease, and what becomes of a run that loses it."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from lakehouse.errors import LeaseLostError, UsageError, WarehouseLockedError
from lakehouse.storage.filesystem import etag_of, write_if
from lakehouse.storage.one_writer.lease import require_conditional_writes, warehouse_lease
from lakehouse.upkeep.fingerprint import fingerprint
from tests.support.processes.moto_store import UNCONDITIONAL
from tests.support.processes.object_store import BUCKET, LEASE_SECONDS, Lake, Store
from tests.support.processes.victims import victim

pytestmark = pytest.mark.s3

TABLES = ("silver.survey_responses", "silver.quarantine", "gold.fact_survey_responses", "gold.dim_service_ratings")


def root_of(name: str) -> str:
    return f"s3a://{BUCKET}/leases/{name}"


def is_refused(spark: SparkSession, root: str, wait: int = 0) -> bool:
    try:
        with warehouse_lease(spark, root, "second", wait, LEASE_SECONDS):
            return False
    except WarehouseLockedError:
        return True


def lease_of(store: Store, name: str) -> bytes:
    """What the lease object says."""
    return bytes(store.client.get_object(Bucket=BUCKET, Key=f"leases/{name}/_lease")["Body"].read())


def test_a_held_lease_is_renewed_and_refuses_others_by_name(store: Store, spark: SparkSession) -> None:
    root = root_of("held")
    with warehouse_lease(spark, root, "run, run 1", 0, LEASE_SECONDS) as lease:
        with (
            pytest.raises(WarehouseLockedError, match=r"held by another run \(run, run 1\)") as refused,
            warehouse_lease(spark, root, "second", LEASE_SECONDS + 2, LEASE_SECONDS),
        ):
            pass
        assert refused.value.exit_code == 4
        lease.require()
    assert json.loads(lease_of(store, "held"))["is_released"]
    assert not is_refused(spark, root)


def test_a_second_run_waits_as_long_as_it_was_told(spark: SparkSession) -> None:
    root = root_of("waiting")
    held, release = threading.Event(), threading.Event()

    def hold() -> None:
        with warehouse_lease(spark, root, "first", 0, LEASE_SECONDS):
            held.set()
            release.wait(60)

    first = threading.Thread(target=hold)
    first.start()
    assert held.wait(60)
    threading.Timer(LEASE_SECONDS + 1, release.set).start()
    assert not is_refused(spark, root, wait=60)
    first.join()


def test_a_lease_that_nobody_renews_is_taken_over_after_its_time(store: Store, spark: SparkSession) -> None:
    root = root_of("killed")
    left = {"holder": "killed", "name": "k", "seconds": 5, "renewal": 7, "is_released": False}
    store.client.put_object(Bucket=BUCKET, Key="leases/killed/_lease", Body=json.dumps(left).encode())
    began = time.monotonic()
    assert not is_refused(spark, root)
    assert time.monotonic() - began > 5


def test_a_lease_that_was_taken_over_is_lost(store: Store, spark: SparkSession) -> None:
    root = root_of("lost")
    with (
        pytest.raises(LeaseLostError, match="another run took it over: somebody who wrote _lease") as lost,
        warehouse_lease(spark, root, "first", 0, 60) as lease,
    ):
        lease.require()
        assert write_if(spark, f"{root}/_lease", "mine", etag_of(spark, f"{root}/_lease"))
        lease.require()
    assert lost.value.exit_code == 4
    assert lease_of(store, "lost") == b"mine"


@pytest.mark.parametrize("root", [f"s3a://{UNCONDITIONAL}/warehouse", "file:///tmp"])
def test_a_store_without_conditional_writes_is_refused(store: Store, spark: SparkSession, root: str) -> None:
    with pytest.raises(UsageError, match="this store has no conditional writes") as refused:
        require_conditional_writes(spark, root)
    assert refused.value.exit_code == 2
    left = store.client.list_objects_v2(Bucket=UNCONDITIONAL).get("Contents", [])
    assert [one["Key"] for one in left if "probe" in one["Key"]] == []


def test_after_a_killed_run_two_at_once_leave_what_one_leaves(lake: Lake, tmp_path: Path) -> None:
    shared = Lake(lake.store, lake.spark, "shared", tmp_path)
    with victim(shared, "before silver.survey_responses 2") as killed:
        killed.wait_for("before silver.survey_responses 2")
        killed.kill("group")
    with victim(shared, "", "--wait", "300") as other:
        assert shared.run("run", "--wait", "300") == 0
        assert other.ended() == 0
    assert same(shared, lake)


def test_a_run_that_was_overtaken_stops_before_its_next_commit(lake: Lake, tmp_path: Path) -> None:
    slow = Lake(lake.store, lake.spark, "slow", tmp_path)
    with victim(slow, "before silver.survey_responses 2") as first:
        first.wait_for("before silver.survey_responses 2")
        os.kill(first.python.pid, signal.SIGSTOP)
        assert slow.run() == 0
        versions = slow.versions()
        (first.folder / "stop").write_text("")
        os.kill(first.python.pid, signal.SIGCONT)
        assert first.ended() == 4
        assert "this run lost its lease (another run took it over: run, run 2" in first.said
        assert "Traceback" not in first.said
    assert slow.versions() == versions
    assert same(slow, lake)


def same(one: Lake, other: Lake) -> bool:
    return all(fingerprint(one.read(table)) == fingerprint(other.read(table)) for table in TABLES)
