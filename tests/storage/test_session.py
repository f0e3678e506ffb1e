"""A session beside another one has settings of its own; what a session is refused for."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from lakehouse.errors import UsageError
from lakehouse.storage.parallel import in_parallel
from lakehouse.storage.session import session_with, start_session

SIZES = ("spark.sql.files.maxPartitionBytes", "spark.sql.files.openCostInBytes")


def test_reads_side_by_side_cut_files_each_by_its_own_sizes(spark: SparkSession, tmp_path: Path) -> None:
    file = tmp_path / "lines.csv"
    file.write_text("".join(f"{number},{number}\n" for number in range(50_000)))
    before = [spark.conf.get(size) for size in SIZES]
    small = session_with(spark, dict.fromkeys(SIZES, "100000"))

    def splits(session: SparkSession) -> int:
        return session.read.csv(str(file)).rdd.getNumPartitions()

    assert in_parallel(lambda: splits(small), lambda: splits(spark)) == [-(-file.stat().st_size // 100_000), 1]
    assert [spark.conf.get(size) for size in SIZES] == before
    # Frames of both go into one plan, each cut by the sizes of the session that reads it.
    joined = small.read.csv(str(file)).union(spark.read.csv(str(file)))
    assert joined.rdd.getNumPartitions() == splits(small) + 1


@pytest.mark.no_spark
def test_a_remote_spark_is_refused_before_anything_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPARK_REMOTE", "sc://localhost:1")
    with pytest.raises(UsageError, match=r"Spark Connect session .*data_security_mode: SINGLE_USER"):
        start_session({})


@pytest.mark.no_spark
def test_fetching_the_jars_without_java_is_told_in_one_line(tmp_path: Path) -> None:
    answer = subprocess.run(
        [sys.executable, "-m", "lakehouse.storage.install"],
        env={**os.environ, "JAVA_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (answer.returncode, answer.stdout) == (2, "")
    assert answer.stderr.startswith("error: Spark needs Java 17 or newer: ") and answer.stderr.count("\n") == 1
