"""One writer per warehouse: the lock lives and dies with the JVM that writes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from pyspark.sql import SparkSession

from lakehouse.errors import UsageError, WarehouseLockedError
from lakehouse.storage.one_writer.lock import local_folder, warehouse_lock
from tests.support.places import ROOT, TEST_CONF

HOLDER = "run, run 20250301T120000-abcdef12, since 2025-03-01 12:00:00 UTC"
# Takes the lock, says so with the JVM's process id, and never lets go by itself.
PROGRAM = """
import os, sys, time
from lakehouse.config.load import load_config
from lakehouse.storage.one_writer.lock import warehouse_lock
from lakehouse.storage.session import start_session

conf, root, holder = sys.argv[1:]
spark = start_session(load_config(conf, None, (), os.environ).spark)
with warehouse_lock(spark, root, holder):
    print("held", spark._jvm.java.lang.ProcessHandle.current().pid(), flush=True)
    time.sleep(600)
"""


class Writer(NamedTuple):
    """Another process that holds a warehouse."""

    python: subprocess.Popen[str]
    jvm: int


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[Writer]:
    command = [sys.executable, "-c", PROGRAM, TEST_CONF, str(tmp_path), HOLDER]
    python = subprocess.Popen(command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    jvm = 0
    try:
        assert python.stdout
        held = next(line for line in python.stdout if line.startswith("held"))
        jvm = int(held.split()[1])
        yield Writer(python, jvm)
    finally:
        python.kill()
        python.wait()
        if jvm and Path(f"/proc/{jvm}").exists():
            os.kill(jvm, signal.SIGKILL)


def is_refused(spark: SparkSession, root: Path) -> bool:
    try:
        with warehouse_lock(spark, str(root), "second"):
            return False
    except WarehouseLockedError:
        return True


def test_the_lock_belongs_to_the_jvm_of_the_first_process(spark: SparkSession, tmp_path: Path, writer: Writer) -> None:
    with pytest.raises(WarehouseLockedError) as caught, warehouse_lock(spark, str(tmp_path), "second"):
        pass
    assert caught.value.exit_code == 4
    assert caught.value.holder == HOLDER
    assert str(caught.value).startswith(f"{tmp_path} is held by another run ({HOLDER}).")

    # Python is gone, its JVM is not: it could still commit, so that nobody else may.
    os.kill(writer.jvm, signal.SIGSTOP)
    os.kill(writer.python.pid, signal.SIGKILL)
    writer.python.wait()
    assert is_refused(spark, tmp_path)

    os.kill(writer.jvm, signal.SIGCONT)
    deadline = time.monotonic() + 60
    while is_refused(spark, tmp_path):
        assert time.monotonic() < deadline, "the lock outlived its process"
        time.sleep(0.2)
    assert (tmp_path / "_holder").read_text() == "second\n"


def test_one_process_does_not_take_it_twice(spark: SparkSession, tmp_path: Path) -> None:
    root = tmp_path / "new" / "warehouse"
    with warehouse_lock(spark, str(root), "first"):
        with (
            pytest.raises(WarehouseLockedError, match=r"held by another run \(first\)"),
            warehouse_lock(spark, f"file://{root}", "second"),
        ):
            pass
        # The refused attempt took nothing away from the holder.
        assert is_refused(spark, root)
        assert not is_refused(spark, tmp_path / "other")
    assert not is_refused(spark, root)


def test_a_second_run_waits_as_long_as_it_was_told(spark: SparkSession, tmp_path: Path) -> None:
    held, release = threading.Event(), threading.Event()

    def hold() -> None:
        with warehouse_lock(spark, str(tmp_path), "first"):
            held.set()
            release.wait(60)

    first = threading.Thread(target=hold)
    first.start()
    assert held.wait(60)
    with pytest.raises(WarehouseLockedError), warehouse_lock(spark, str(tmp_path), "second", wait=1):
        pass
    threading.Timer(0.5, release.set).start()
    with warehouse_lock(spark, str(tmp_path), "second", wait=60):
        assert (tmp_path / "_holder").read_text() == "second\n"
    first.join()


def test_a_failed_run_lets_go(spark: SparkSession, tmp_path: Path) -> None:
    with pytest.raises(KeyError), warehouse_lock(spark, str(tmp_path), "first"):
        raise KeyError
    assert not is_refused(spark, tmp_path)


def test_a_warehouse_that_cannot_be_written_is_named(spark: SparkSession, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(UsageError, match=r"--warehouse .*file: cannot be written"),
        warehouse_lock(spark, str(tmp_path / "file"), "first"),
    ):
        pass
    (tmp_path / "_lock").mkdir()
    with pytest.raises(UsageError, match=r"_lock: cannot be written"), warehouse_lock(spark, str(tmp_path), "first"):
        pass


@pytest.mark.no_spark
@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("/data/warehouse", Path("/data/warehouse")),
        ("warehouse", Path("warehouse")),
        ("file:/data", Path("/data")),
        ("file:///data", Path("/data")),
        ("s3a://bucket/warehouse", None),
        ("abfss://box@account/warehouse", None),
    ],
)
def test_local_folder(uri: str, expected: Path | None) -> None:
    assert local_folder(uri) == expected
