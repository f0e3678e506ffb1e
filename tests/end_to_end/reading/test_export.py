"""`lakehouse export` writes the views as files, whole or not at all, and the documented readers read them."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from lakehouse.errors import UsageError
from lakehouse.storage.export import export
from lakehouse.storage.session import SPARK_ERRORS
from tests.support.markdown import page
from tests.support.pipeline import Pipeline

MONTHS = [f"2025-0{number}" for number in range(1, 7)]
PERSONAL = {"response_key", "id", "gender", "age"}


@pytest.fixture(scope="module")
def out(months: Pipeline, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An export of the shared warehouse without personal data."""
    folder = tmp_path_factory.mktemp("export") / "out"
    assert months.run("export", "--out", str(folder)) == 0
    return folder


def rows_of(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as opened:
        return list(csv.DictReader(opened))


def test_each_month_of_the_flat_view_is_a_file(months: Pipeline, out: Path) -> None:
    counts = {
        row["survey_month"]: row["n"]
        for row in months.sql("SELECT survey_month, count(*) AS n FROM gold.v_survey_flat GROUP BY survey_month")
    }
    assert sorted(counts) == MONTHS
    for month, count in counts.items():
        rows = rows_of(out / f"v_survey_flat_{month}.csv")
        assert len(rows) == count
        assert {row["survey_month"] for row in rows} == {month}
        stored = months.spark.read.parquet(str(out / f"v_survey_flat_{month}.parquet"))
        assert stored.columns == list(rows[0])
        assert stored.count() == count


def test_personal_data_stays_out_unless_asked_for(bad_lines: Pipeline, out: Path, tmp_path: Path) -> None:
    without = set(rows_of(out / "v_survey_flat_2025-01.csv")[0])
    assert without & PERSONAL == set()
    assert "age_band" in without
    folder = tmp_path / "out"
    assert bad_lines.run("export", "--out", str(folder), "--with-personal-data") == 0
    assert set(rows_of(folder / "v_survey_flat_2025-03.csv")[0]) == without | PERSONAL


def test_a_team_reads_its_alerts_in_the_order_of_its_view(months: Pipeline, out: Path) -> None:
    expected = [row["headline"] for row in months.sql("SELECT headline FROM gold.v_satisfaction_alerts_ground")]
    rows = rows_of(out / "v_satisfaction_alerts_ground.csv")
    assert [row["headline"] for row in rows] == expected
    assert rows[0]["state"] == "open"
    stored = months.spark.read.parquet(str(out / "v_satisfaction_alerts_ground.parquet"))
    assert [row["headline"] for row in stored.collect()] == expected


def test_the_folder_holds_the_files_that_it_lists_and_nothing_else(out: Path) -> None:
    listed = json.loads((out / "export.json").read_text(encoding="utf-8"))
    assert listed["with_personal_data"] is False
    assert sorted(path.name for path in out.iterdir()) == sorted(["export.json", *listed["files"]])


def test_a_folder_with_anything_else_is_left_alone(
    months: Pipeline, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match=r"holds notes\.txt, which no export wrote"):
        months.call("export", "--out", str(folder))
    with pytest.raises(UsageError, match="is a file"):
        months.call("export", "--out", str(folder / "notes.txt"))
    assert [path.name for path in folder.iterdir()] == ["notes.txt"]
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_an_export_replaces_an_earlier_one_as_a_whole_or_leaves_it(spark: SparkSession, tmp_path: Path) -> None:
    make = "CREATE OR REPLACE GLOBAL TEMPORARY VIEW"
    spark.sql(f"{make} v_good AS SELECT '=1+1' AS text, ' \"a, b\" ' AS other, CAST(NULL AS int) AS n, 7 AS id")
    # Its rows fail while they are written.
    spark.sql(f"{make} v_bad AS SELECT raise_error(concat('no', id)) AS text FROM range(1)")
    spark.sql(f"{make} v_earlier AS SELECT 1 AS id")
    good, bad, earlier = "global_temp.v_good", "global_temp.v_bad", "global_temp.v_earlier"
    folder = tmp_path / "out"
    assert export(spark, str(folder), [good, earlier], True) == {good: (2, 1), earlier: (2, 1)}
    assert (folder / "v_good.csv").read_text(encoding="utf-8").startswith("text,other,n,id\n")
    assert export(spark, str(folder), [good], False) == {good: (2, 1)}
    assert sorted(path.name for path in folder.iterdir()) == ["export.json", "v_good.csv", "v_good.parquet"]
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert before["v_good.csv"].decode() == 'text,other,n\n\'=1+1," ""a, b"" ",\n'
    with pytest.raises(SPARK_ERRORS):
        export(spark, str(folder), [good, bad], False)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_the_snippets_of_the_documents_run(
    months: Pipeline, out: Path, spark: SparkSession, capsys: pytest.CaptureFixture[str]
) -> None:
    blocks = re.findall(r"^```python\n(.*?)^```", page("bi.md"), re.DOTALL | re.MULTILINE)
    assert len(blocks) == 4
    for block in blocks:
        capsys.readouterr()
        places = {'"warehouse/': f'"{months.warehouse.root}/', "'export/": f"'{out}/"}
        for short, full in places.items():
            block = block.replace(short, full)
        exec(compile(block, "docs/bi.md", "exec"), {"spark": spark})
        assert "2025-06" in capsys.readouterr().out
