"""Completion with the tab key, as the shell asks for it: a line and a cursor in the environment, answers on fd 8."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.places import ROOT

pytestmark = pytest.mark.no_spark

COMPLETE = ("sh", "-c", 'exec "$0" "$@" 8>&1 9>/dev/null', sys.executable)


def asked(line: str, *flags: str) -> subprocess.CompletedProcess[str]:
    """The program as the shell starts it for the cursor at the end of the line."""
    environment = {
        **os.environ,
        "_ARGCOMPLETE": "1",
        "_ARGCOMPLETE_IFS": "\n",
        "_ARGCOMPLETE_SUPPRESS_SPACE": "1",
        "COMP_LINE": line,
        "COMP_POINT": str(len(line)),
        "COMP_TYPE": "9",
    }
    return subprocess.run(
        (*COMPLETE, *flags, "-m", "jobs.cli"), cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60
    )


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("lakehouse sta", ["status"]),
        ("lakehouse v", ["verify", "validate"]),
        ("lakehouse files ac", ["accept"]),
        ("lakehouse status --ch", ["--checks"]),
        ("lakehouse run --warehouse x --la", ["--landing"]),
        ("lakehouse sql --format ", ["table", "csv", "json"]),
        ("lakehouse run --log-format j", ["json"]),
        ("lakehouse fly", []),
    ],
)
def test_a_prefix_is_completed(line: str, found: list[str]) -> None:
    answer = asked(line)
    assert (answer.returncode, answer.stderr) == (0, "")
    assert sorted(answer.stdout.split()) == sorted(found)


def test_completion_imports_no_spark() -> None:
    answer = asked("lakehouse silver --re", "-X", "importtime")
    assert answer.stdout.split() == ["--rebuild"]
    imported = {line.rpartition("|")[2].strip() for line in answer.stderr.splitlines()}
    assert "lakehouse.console.commands.run.stages" in imported
    assert not {"pyspark", "great_expectations", "pandas", "numpy", "yaml"} & imported


def test_the_shell_is_told_that_the_program_completes() -> None:
    program = Path(ROOT / "jobs" / "cli.py").read_text(encoding="utf-8")
    assert program.startswith("# PYTHON_ARGCOMPLETE_OK\n")
