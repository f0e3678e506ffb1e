"""One writer per warehouse: the lock belongs to the JVM that writes, and goes with it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from time import monotonic, sleep

import pytest
from pyspark.sql import SparkSession

from lakehouse.errors import WarehouseLockedError
from lakehouse.operations.lock import warehouse_lock
from tests.conftest import ROOT, TEST_CONF

HOLD = """
import os, sys, time
from lakehouse.config import load_config
from lakehouse.operations.lock import warehouse_lock
from lakehouse.session import start_session
with warehouse_lock(start_session(load_config(sys.argv[1], None, (), os.environ).spark), sys.argv[2], "the other run"):
    print("held", flush=True)
    time.sleep(300)
"""


def test_a_second_writer_is_refused_until_the_first_is_gone(spark: SparkSession, tmp_path: Path) -> None:
    root = str(tmp_path / "warehouse")
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, TEST_CONF, root],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    ) as holder:
        try:
            assert holder.stdout is not None and holder.stdout.readline().strip() == "held"
            with pytest.raises(WarehouseLockedError, match="is held by another run \\(the other run\\)") as refused:
                hold(spark, root)
            assert refused.value.exit_code == 4
        finally:
            os.killpg(holder.pid, signal.SIGKILL)
    until_free(spark, root)


def hold(spark: SparkSession, root: str) -> None:
    with warehouse_lock(spark, root, "this test"):
        pass


def until_free(spark: SparkSession, root: str) -> None:
    """Takes the lock as soon as the killed JVM is gone; nothing has to be cleaned."""
    deadline = monotonic() + 30
    while True:
        try:
            return hold(spark, root)
        except WarehouseLockedError:
            assert monotonic() < deadline, "the lock outlived its holder"
            sleep(0.2)


def test_one_process_does_not_take_it_twice(spark: SparkSession, tmp_path: Path) -> None:
    with warehouse_lock(spark, str(tmp_path), "first"), pytest.raises(WarehouseLockedError, match="first"):
        hold(spark, str(tmp_path))
    hold(spark, str(tmp_path))
