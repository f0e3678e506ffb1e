"""The jars for S3 fit the Hadoop inside pyspark, and a session says how to get them."""

from __future__ import annotations

from pathlib import Path

import pyspark
import pytest

from lakehouse.errors import UsageError
from lakehouse.storage import delta_jars, s3_jars
from lakehouse.storage.delta_jars import DELTA_PACKAGE
from tests.support.places import ROOT

pytestmark = pytest.mark.no_spark


def test_they_are_those_of_the_hadoop_inside_pyspark() -> None:
    shipped = {path.name for path in Path(pyspark.__file__).parent.joinpath("jars").iterdir()}
    assert f"hadoop-client-api-{s3_jars.HADOOP_VERSION}.jar" in shipped


def test_the_documents_name_the_packages() -> None:
    text = (ROOT / "docs" / "object-stores.md").read_text(encoding="utf-8")
    assert f"--packages {','.join((DELTA_PACKAGE, *s3_jars.S3_PACKAGES))}\n" in text


def test_without_them_one_line_names_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3_jars, "jar_cache", lambda: tmp_path)
    with pytest.raises(UsageError, match=r"not installed: run `python -m lakehouse\.storage\.install --s3`"):
        s3_jars.s3_jars()
    (tmp_path / "jars").mkdir()
    for name in s3_jars.S3_JARS:
        (tmp_path / "jars" / name).touch()
    assert s3_jars.s3_jars() == [str(tmp_path / "jars" / name) for name in s3_jars.S3_JARS]


def test_they_are_loaded_beside_those_of_delta(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delta_jars, "jar_cache", lambda: tmp_path)
    assert delta_jars.jar_options(["/s3.jar"])["spark.jars"] == "/s3.jar"
    assert "spark.jars" not in delta_jars.jar_options()
    (tmp_path / "jars").mkdir()
    for name in delta_jars.DELTA_JARS:
        (tmp_path / "jars" / name).touch()
    both = delta_jars.jar_options(["/s3.jar"])["spark.jars"].split(",")
    assert both == [*(str(tmp_path / "jars" / name) for name in delta_jars.DELTA_JARS), "/s3.jar"]
