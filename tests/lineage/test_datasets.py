"""Paths and URIs as OpenLineage names them."""

from __future__ import annotations

from pathlib import Path

import pytest

from lakehouse.lineage.datasets import dataset_of

pytestmark = pytest.mark.no_spark


@pytest.mark.parametrize(
    ("uri", "namespace", "name"),
    [
        ("/data/landing", "file", "/data/landing"),
        ("landing", "file", f"{Path.cwd()}/landing"),
        ("file:/data/landing", "file", "/data/landing"),
        ("file:///data/landing/", "file", "/data/landing"),
        ("s3://bucket/lake/silver", "s3://bucket", "lake/silver"),
        # Hadoop's word for the same place.
        ("s3a://bucket/lake/silver/", "s3://bucket", "lake/silver"),
        ("s3a://bucket", "s3://bucket", "/"),
        ("gs://bucket/lake", "gs://bucket", "lake"),
        ("abfss://lake@account.dfs.core.windows.net/a/b", "abfss://lake@account.dfs.core.windows.net", "a/b"),
        # Keys in an address are no part of a name.
        ("s3a://key:secret@bucket/lake", "s3://bucket", "lake"),
        ("hdfs://name:8020/lake", "hdfs://name:8020", "lake"),
    ],
)
def test_names(uri: str, namespace: str, name: str) -> None:
    dataset = dataset_of(uri)
    assert (dataset.namespace, dataset.name) == (namespace, name)
