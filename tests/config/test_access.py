"""Secrets stand neither in a URI nor in a file, and are not shown when they do."""

from __future__ import annotations

from pathlib import Path

import pytest

from lakehouse.config.load import load_config
from lakehouse.errors import ConfigError, UsageError

pytestmark = pytest.mark.no_spark
SECRET = "wJalrXUtnFEMI"


def overlay(folder: Path, text: str) -> str:
    path = folder / "s3.yml"
    path.write_text(text, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(
    ("text", "line", "fault"),
    [
        (f"warehouse: s3a://AKIA:{SECRET}@bucket/w\n", 1, "keys do not belong in a URI"),
        (f"landing:\n  - landing\n  - s3a://AKIA:{SECRET}@bucket/w\n", 3, "keys do not belong in a URI"),
        (f"spark:\n  spark.hadoop.fs.s3a.secret.key: {SECRET}\n", 2, "does not belong in a file"),
        (f"spark:\n  spark.hadoop.fs.s3a.bucket.b.access.key: {SECRET}\n", 2, "does not belong in a file"),
        (f"spark:\n  spark.hadoop.fs.azure.account.key.x.dfs.core.windows.net: {SECRET}\n", 2, "does not belong"),
        (f"spark:\n  spark.ssl.keyStorePassword: {SECRET}\n", 2, "does not belong in a file"),
    ],
)
def test_a_secret_in_a_file_is_refused_by_its_line(tmp_path: Path, text: str, line: int, fault: str) -> None:
    with pytest.raises(ConfigError, match=fault) as refused:
        load_config(overlay(tmp_path, text), None, (), {})
    assert (refused.value.line, refused.value.exit_code) == (line, 2)
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize(
    ("warehouse", "landing", "variables"),
    [
        (f"s3a://AKIA:{SECRET}@bucket/w", (), {}),
        (None, (), {"LAKEHOUSE_WAREHOUSE": f"s3a://AKIA:{SECRET}@bucket/w"}),
        (None, ("landing", f"s3a://AKIA:{SECRET}@bucket/l"), {}),
    ],
)
def test_a_secret_in_an_option_is_refused(
    warehouse: str | None, landing: tuple[str, ...], variables: dict[str, str]
) -> None:
    with pytest.raises(UsageError, match="keys do not belong in a URI") as refused:
        load_config(None, warehouse, landing, variables)
    assert SECRET not in str(refused.value)


def test_a_secret_from_the_environment_is_taken_and_not_shown(tmp_path: Path) -> None:
    conf = overlay(tmp_path, "spark:\n  spark.hadoop.fs.s3a.secret.key: ${env:LAKE_SECRET}\n")
    config = load_config(conf, "s3a://bucket/w", ("s3a://bucket/l",), {"LAKE_SECRET": SECRET})
    assert config.spark["spark.hadoop.fs.s3a.secret.key"] == SECRET
    assert SECRET not in repr(config)
