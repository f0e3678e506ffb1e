"""What may name a place, and that what is refused is not repeated."""

from __future__ import annotations

import pytest

from lakehouse.places.objects import ObjectPath
from lakehouse.places.uris import fault_of, fault_of_landing

pytestmark = pytest.mark.no_spark


@pytest.mark.parametrize(
    ("uri", "fault", "of_landing"),
    [
        ("warehouse", None, None),
        ("/data/a:b@c", None, None),
        ("file:/data", None, None),
        ("file:///data", None, None),
        ("s3a://bucket/warehouse", None, None),
        ("s3a://bucket/a:b@c", None, None),
        ("s3a://bucket", None, None),
        ("s3a://AKIA:secret@bucket/x", "keys do not belong", "keys do not belong"),
        ("s3a://AKIA:sec/ret@bucket/x", "keys do not belong", "keys do not belong"),
        ("s3://AKIA:secret@bucket/x", "keys do not belong", "keys do not belong"),
        ("s3a://AKIA@bucket/x", "keys do not belong", "keys do not belong"),
        ("https://user:secret@host/x", "keys do not belong", "keys do not belong"),
        ("s3://bucket/x", "Write s3a://", "Write s3a://"),
        ("S3A://bucket/x", "Write s3a://", "Write s3a://"),
        ("s3a://bucket/a//b", "two slashes", "two slashes"),
        ("s3a:///x", "no bucket is named", "no bucket is named"),
        ("abfss://box@account/x", None, "deliveries are not read from abfss://"),
        ("gs://bucket/x", None, "deliveries are not read from gs://"),
    ],
)
def test_faults_of_places(uri: str, fault: str | None, of_landing: str | None) -> None:
    for found, expected in ((fault_of(uri), fault), (fault_of_landing(uri), of_landing)):
        assert found is None if expected is None else found is not None and expected in found
        assert "ret" not in (found or "").replace("AWS_SECRET", "")


@pytest.mark.parametrize(
    ("key", "uri"),
    [
        ("lake/a b.csv", "s3a://lake/a%20b.csv"),
        ("lake/p%20q#r.csv", "s3a://lake/p%2520q%23r.csv"),
        ("lake/d=2025-01/s'(t)!~@$,;+&.csv", "s3a://lake/d=2025-01/s'(t)!~@$,;+&.csv"),
        ("lake/ü.csv", "s3a://lake/ü.csv"),
    ],
)
def test_uris_are_written_as_spark_writes_them(key: str, uri: str) -> None:
    assert ObjectPath(key, None).as_uri() == uri


def test_an_object_is_named_as_a_path_is() -> None:
    path = ObjectPath("lake/landing/a.csv", None)
    assert (path.name, str(path.parent), str(path)) == ("a.csv", "s3a://lake/landing", "s3a://lake/landing/a.csv")
    assert path.parent / "a.csv" == path
