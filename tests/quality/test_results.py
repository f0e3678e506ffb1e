"""Check results as rows of ops.check_results."""

from __future__ import annotations

from datetime import datetime

import pytest

from lakehouse.quality.results import CheckOutcome, CheckResult
from lakehouse.quality.suites import Severity
from schemas.ops import CHECK_RESULTS

pytestmark = pytest.mark.no_spark


def test_a_result_as_a_row() -> None:
    result = CheckResult(
        gate="file",
        table="silver.survey_responses",
        rule="age_out_of_range",
        column="age",
        severity=Severity.WARNING,
        evaluated=10,
        failed=2,
        limit=0.05,
        outcome=CheckOutcome.HELD,
        detail="two lines",
        file="a.csv",
        sha256="0123",
        samples=(("0123", 7),),
    )
    at = datetime(2025, 1, 31)
    row = dict(zip(CHECK_RESULTS.names, result.as_row("run", at), strict=True))
    assert (row["run_id"], row["gate"], row["file"], row["sha256"], row["at"]) == ("run", "file", "a.csv", "0123", at)
    assert (row["rule"], row["column"], row["severity"], row["outcome"]) == (
        "age_out_of_range",
        "age",
        "warning",
        "held",
    )
    assert (row["evaluated"], row["failed"], row["share"], row["limit"]) == (10, 2, 0.2, 0.05)
    assert (row["detail"], row["samples"], row["library"]) == ("two lines", [("0123", 7)], None)
