"""Deliveries on an object store become tables on it: files in, gold out, and nothing new a second time."""

from __future__ import annotations

import bz2
import csv
import gzip
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from deltalake import DeltaTable
from pyspark.sql import functions as F

from lakehouse.console.app import main
from lakehouse.errors import UnreadableInputError, UsageError
from lakehouse.formats.landing import find_files
from lakehouse.formats.preflight import Accepted, Refused, preflight
from lakehouse.formats.staging import unchanged, write_copy
from lakehouse.places.objects import place
from tests.support.processes.object_store import BUCKET, LANDING, Lake, Store, files

pytestmark = pytest.mark.s3


def test_every_line_of_every_file_is_where_it_belongs(lake: Lake) -> None:
    bronze = lake.read("bronze.survey_responses_raw").groupBy("_source_file")
    rows = set(map(tuple, bronze.agg(F.count("*"), F.max("_source_row")).collect()))
    assert rows == {("2025-01/gate A.csv", 40, 40), ("2025-02/survey.csv.gz", 40, 40), ("2025-03/odd.csv", 20, 23)}
    assert lake.read("gold.fact_survey_responses").count() == 99
    (rejected,) = lake.read("silver.quarantine").collect()
    assert (rejected["_source_file"], rejected["_source_row"]) == ("2025-03/odd.csv", 6)
    states = {row["file"]: row["state"] for row in lake.read("ops.files").collect()}
    assert states == {**dict.fromkeys((name for name, _, _ in rows), "admitted"), "notes.pdf": "ignored"}
    assert lake.store.keys(f"{lake.name}/_staging") == []


def test_other_readers_open_the_tables(lake: Lake) -> None:
    for table in lake.tables.all():
        path = f"{lake.warehouse.root}/{table.full_name.replace('.', '/')}".replace("s3a://", "s3://")
        stored = DeltaTable(path, storage_options=lake.store.delta_options)
        assert stored.to_pyarrow_table().num_rows == lake.warehouse.read(table).count()


def test_a_rerun_adds_nothing(lake: Lake) -> None:
    before = lake.versions()
    assert lake.run() == 0
    assert lake.versions() == before


def test_files_are_looked_at_where_they_lie(lake: Lake, capsys: pytest.CaptureFixture[str]) -> None:
    main(["preview", f"{LANDING}/2025-03/odd.csv", "--conf", lake.store.conf])
    assert "20 record(s)" in capsys.readouterr().out
    assert lake.run("plan") == 0
    assert "known content" in capsys.readouterr().out


def test_a_file_that_was_replaced_is_no_longer_what_was_accepted(store: Store) -> None:
    name, content = "replaced/survey.csv", files()["2025-01/gate A.csv"]
    store.client.put_object(Bucket=BUCKET, Key=name, Body=content)
    (file,) = find_files([f"s3a://{BUCKET}/replaced"], (), store.config.spark)
    (judged,) = preflight(file, store.config.catalogue)
    assert isinstance(judged, Accepted)
    assert unchanged(judged)
    store.client.put_object(Bucket=BUCKET, Key=name, Body=content.replace(b"Female", b"Male  "))
    assert not unchanged(judged)
    store.client.delete_object(Bucket=BUCKET, Key=name)
    assert not unchanged(judged)


def packings(folder: Path) -> Iterator[Path]:
    """The odd file of the landing place, in every way in which a file may be packed."""
    text = files()["2025-03/odd.csv"]
    for name, content in (("a.csv", text), ("a.csv.gz", gzip.compress(text)), ("a.csv.bz2", bz2.compress(text))):
        (folder / name).write_bytes(content)
        yield folder / name
    with zipfile.ZipFile(folder / "a.zip", "w") as archive:
        archive.writestr("inner/a.csv", text)
        archive.writestr("readme.md", "")
    yield folder / "a.zip"
    book = openpyxl.Workbook()
    for row in csv.reader(text.decode("cp1252").splitlines()[2:5], delimiter=";"):
        book.active.append(row)
    book.save(folder / "a.xlsx")
    yield folder / "a.xlsx"
    for name, content in (("broken.csv.bz2", b"BZh9x"), ("broken.zip", b"PK"), ("empty.csv", b"")):
        (folder / name).write_bytes(content)
        yield folder / name


def test_every_packing_is_read_as_from_a_disk(store: Store, tmp_path: Path) -> None:
    for path in packings(tmp_path):
        store.client.put_object(Bucket=BUCKET, Key=f"packed/{path.name}", Body=path.read_bytes())
        (there,) = find_files([f"s3a://{BUCKET}/packed/{path.name}"], (), store.config.spark)
        (here,) = find_files([str(path)], ())
        (one,), (other,) = (preflight(file, store.config.catalogue) for file in (there, here))
        known = {"file": here, "version": None} if isinstance(other, Accepted) else {"file": here}
        assert replace(one, **known) == replace(other, **known)
        if isinstance(one, Accepted) and isinstance(other, Accepted):
            target = place(f"s3a://{BUCKET}/copies/{path.name}", store.config.spark)
            copy = write_copy(one, target)
            assert copy.newlines == write_copy(other, tmp_path / "copy").newlines
            with target.open("rb") as stream:
                assert stream.read() == (tmp_path / "copy").read_bytes()


def test_a_copy_of_a_file_that_changed_is_removed_again(store: Store) -> None:
    store.client.put_object(Bucket=BUCKET, Key="changing/a.csv", Body=files()["2025-03/odd.csv"])
    (file,) = find_files([f"s3a://{BUCKET}/changing"], (), store.config.spark)
    (judged,) = preflight(file, store.config.catalogue)
    assert isinstance(judged, Accepted)
    store.client.put_object(Bucket=BUCKET, Key="changing/a.csv", Body=files()["2025-03/odd.csv"] + b"\r\n")
    with pytest.raises(UnreadableInputError, match="changed while it was read"):
        write_copy(judged, place(f"s3a://{BUCKET}/changing/copy", store.config.spark))
    assert "changing/copy" not in store.keys("changing")


@pytest.mark.parametrize(("folder", "name"), [("slashes", "x//a.csv"), ("dot", "./a.csv"), ("dots", "../a.csv")])
def test_a_name_that_is_no_path_is_refused(store: Store, folder: str, name: str) -> None:
    store.client.put_object(Bucket=BUCKET, Key=f"{folder}/{name}", Body=b"ID\n1\n")
    (file,) = find_files([f"s3a://{BUCKET}/{folder}"], (), store.config.spark)
    (judged,) = preflight(file, store.config.catalogue)
    assert isinstance(judged, Refused)
    assert judged.reason == "a folder in its name is empty, or consists of dots: rename it"


@pytest.mark.parametrize(
    ("root", "relatives"),
    [
        (f"{LANDING}/2025-01/gate A.csv", ["gate A.csv"]),
        (f"{LANDING}/2025-02/", ["survey.csv.gz"]),
        (f"s3a://{BUCKET}/empty", []),
    ],
)
def test_a_landing_place_is_an_object_or_a_folder(store: Store, root: str, relatives: list[str]) -> None:
    assert [file.relative for file in find_files([root], (".*",), store.config.spark)] == relatives


@pytest.mark.parametrize(
    ("root", "cause"),
    [
        (f"{LANDING}/gone.csv", "does not exist:"),
        ("s3a://nobucket/landing", "does not exist:"),
        (f"{LANDING}/notes.pdf", "is not .csv"),
    ],
)
def test_a_landing_place_that_is_none_is_named(store: Store, root: str, cause: str) -> None:
    with pytest.raises(UsageError, match=cause):
        find_files([root], (), store.config.spark)


def test_a_store_that_does_not_answer_is_named(store: Store) -> None:
    options = {**store.config.spark, "spark.hadoop.fs.s3a.endpoint": "http://127.0.0.1:1"}
    with pytest.raises(UnreadableInputError, match=rf"{LANDING} cannot be read \(network connection\)"):
        find_files([LANDING], (), options)


@pytest.mark.parametrize("command", ["run", "status"])
def test_a_warehouse_without_a_bucket_is_named(lake: Lake, command: str) -> None:
    with pytest.raises(UsageError, match=r"--warehouse s3a://nobucket/w: cannot be (written|read) \("):
        main([command, "--warehouse", "s3a://nobucket/w", "--landing", LANDING, "--conf", lake.store.conf])
