"""What the gates cost: Spark jobs, which do not grow with the number of rules or columns."""

from __future__ import annotations

import re

from tests.support.pipeline import Pipeline

# Great Expectations takes 46 more for silver's checks when it looks at them one by one. Most of these are our own
# group-bys, which run beside its one aggregation; alerts run beside the periods, and the summary's counts beside the
# balance.
MOST_JOBS = {"bronze": 8, "file": 8, "silver": 8, "silver, samples": 8, "gold": 24, "periods": 20, "balance": 16}
MOST_JOBS_OF_ALERTS = 30


def test_spark_jobs_of_each_gate(bad_lines: Pipeline) -> None:
    log = (bad_lines.root / "log.txt").read_text(encoding="utf-8")
    told = re.findall(r"^gate (.+): [\d.]+ s, (\d+) Spark jobs$", log, re.MULTILINE)
    jobs = {gate: int(number) for gate, number in told}
    assert jobs.keys() == MOST_JOBS.keys()
    assert {gate: number for gate, number in jobs.items() if number > MOST_JOBS[gate]} == {}
    # The periods are judged on what the alerts have read.
    assert min(number for gate, number in jobs.items() if gate != "periods") > 0


def test_spark_jobs_of_the_alerts(bad_lines: Pipeline) -> None:
    log = (bad_lines.root / "log.txt").read_text(encoding="utf-8")
    (jobs,) = re.findall(r"^alerts: [\d.]+ s, (\d+) Spark jobs$", log, re.MULTILINE)
    # Metrics, quarantine and events are read once each, whatever the number of rules, and one table is written.
    assert 0 < int(jobs) <= MOST_JOBS_OF_ALERTS
