"""A session beside another one has settings of its own."""

from __future__ import annotations

from pathlib import Path

from pyspark.sql import SparkSession

from lakehouse.storage.parallel import in_parallel
from lakehouse.storage.session import session_with

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
