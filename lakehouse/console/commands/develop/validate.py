"""`lakehouse validate`: the configuration and rule files, checked within a second."""

from __future__ import annotations

from lakehouse.console.command import Command, Purpose
from lakehouse.console.lazy import Later

COMMAND = Command(
    name="validate",
    purpose=Purpose.DEVELOP,
    summary="check conf/ and expectations/ without Spark",
    example="lakehouse validate --conf conf/cluster.yml",
    execute=Later("develop.validate"),
)
