"""Every command of `lakehouse`, in the order of its help."""

from __future__ import annotations

from lakehouse.console.command import Command
from lakehouse.console.commands import (
    alerts,
    docs,
    files,
    forget,
    generate,
    maintain,
    plan,
    preview,
    quarantine,
    sql,
    stages,
    status,
    validate,
    verify,
)

COMMANDS: tuple[Command, ...] = (
    stages.RUN,
    stages.INGEST,
    stages.SILVER,
    stages.GOLD,
    stages.PUBLISH,
    preview.COMMAND,
    plan.COMMAND,
    status.COMMAND,
    sql.COMMAND,
    alerts.COMMAND,
    files.COMMAND,
    quarantine.COMMAND,
    forget.COMMAND,
    maintain.COMMAND,
    verify.COMMAND,
    validate.COMMAND,
    generate.COMMAND,
    docs.COMMAND,
)
