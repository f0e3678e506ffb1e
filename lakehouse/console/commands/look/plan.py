"""`lakehouse plan`: what a run would do, before it is started."""

from __future__ import annotations

from lakehouse.console.command import Command, Purpose
from lakehouse.console.lazy import Later

COMMAND = Command(
    name="plan",
    purpose=Purpose.LOOK,
    summary="what a run would read, write and change; writes nothing",
    example="lakehouse plan --warehouse demo/warehouse --landing demo/landing",
    execute=Later("look.plan"),
)
