"""`lakehouse register` without Spark: the statements it prints, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from lakehouse.console.app import main
from lakehouse.errors import ConfigError, UsageError

pytestmark = pytest.mark.no_spark


@pytest.fixture
def unity(tmp_path: Path) -> str:
    overlay = tmp_path / "unity.yml"
    overlay.write_text("unity_catalog: airline\nwarehouse: s3a://bucket/warehouse\n", encoding="utf-8")
    return str(overlay)


def test_a_dry_run_prints_statements_and_makes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    main(["register", "--dry-run", "--warehouse", "warehouse"])
    statements = capsys.readouterr().out.split(";\n\n")
    assert statements[0] == "CREATE SCHEMA IF NOT EXISTS bronze"
    assert f"LOCATION '{tmp_path}/warehouse/gold/dim_date'" in "".join(statements)
    assert any(one.startswith("CREATE OR REPLACE VIEW gold.v_satisfaction_alerts_ground (") for one in statements)
    assert list(tmp_path.iterdir()) == []


def test_a_dry_run_prints_the_keys_for_unity_catalog(unity: str, capsys: pytest.CaptureFixture[str]) -> None:
    main(["register", "--dry-run", "--conf", unity])
    text = capsys.readouterr().out
    assert text.startswith("USE CATALOG `airline`;\n")
    assert "LOCATION 's3a://bucket/warehouse/gold/dim_date'" in text
    assert "FOREIGN KEY (survey_date) REFERENCES gold.dim_date (date);" in text


def test_unity_catalog_is_reached_on_databricks_only(unity: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABRICKS_RUNTIME_VERSION", raising=False)
    with pytest.raises(UsageError, match="on Databricks only"):
        main(["register", "--conf", unity])


def test_a_metastore_of_its_own_needs_a_local_disk() -> None:
    with pytest.raises(UsageError, match=r"needs a local disk.*hive\.metastore\.uris"):
        main(["register", "--warehouse", "s3a://bucket/warehouse"])


def test_a_catalog_has_a_plain_name(tmp_path: Path) -> None:
    overlay = tmp_path / "unity.yml"
    overlay.write_text("unity_catalog: air.line\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"unity\.yml:1: .*'air\.line' names no catalog"):
        main(["register", "--conf", str(overlay)])
