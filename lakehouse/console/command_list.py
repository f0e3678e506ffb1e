"""Every command of `lakehouse`, in the order of its help."""

from __future__ import annotations

from lakehouse.console.command import Command
from lakehouse.console.commands.decide import alerts, files, forget, quarantine
from lakehouse.console.commands.develop import docs, generate, validate
from lakehouse.console.commands.keep import maintain, register, verify
from lakehouse.console.commands.look import export, plan, preview, report, sql, status
from lakehouse.console.commands.run import stages, watch

COMMANDS: tuple[Command, ...] = (
    stages.RUN,
    stages.INGEST,
    stages.SILVER,
    stages.GOLD,
    stages.PUBLISH,
    watch.COMMAND,
    preview.COMMAND,
    plan.COMMAND,
    status.COMMAND,
    sql.COMMAND,
    report.COMMAND,
    export.COMMAND,
    alerts.COMMAND,
    files.COMMAND,
    quarantine.COMMAND,
    forget.COMMAND,
    maintain.COMMAND,
    register.COMMAND,
    verify.COMMAND,
    validate.COMMAND,
    generate.COMMAND,
    docs.COMMAND,
)
