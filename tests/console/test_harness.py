"""How a command ends for its shell: the exit code, and the error as a line for people or as JSON."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence

import pytest

from lakehouse.console.harness import run_as_program
from lakehouse.errors import IncompleteRunError, UsageError
from tests.support.places import ROOT

pytestmark = pytest.mark.no_spark


def held(argv: Sequence[str] | None) -> None:
    raise IncompleteRunError(3, "1 file(s) held: a\x1b[31m.csv", "r1")


@pytest.mark.parametrize("words", [["run", "--log-format", "json"], ["run", "--log-format=json"]])
def test_an_error_is_json_when_the_log_is(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run_as_program(held, words) == 3
    line = json.loads(capsys.readouterr().err)
    assert {key: line[key] for key in ("run", "level", "event", "exit_code", "message")} == {
        "run": "r1",
        "level": "error",
        "event": "error",
        "exit_code": 3,
        "message": "1 file(s) held: a\x1b[31m.csv",
    }


def test_an_error_is_one_clear_line_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_as_program(held, ["run", "--log-format", "text"]) == 3
    assert capsys.readouterr().err == "error: 1 file(s) held: a\\x1b[31m.csv\n"


def test_bad_usage_and_an_interruption_are_json_too(capsys: pytest.CaptureFixture[str]) -> None:
    def unusable(argv: Sequence[str] | None) -> None:
        raise UsageError("no such option")

    def interrupted(argv: Sequence[str] | None) -> None:
        raise KeyboardInterrupt

    assert run_as_program(unusable, ["--log-format", "json"]) == 2
    assert run_as_program(interrupted, ["--log-format", "json"]) == 1
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [(line["exit_code"], line["run"]) for line in lines] == [(2, None), (1, None)]
    assert lines[0]["message"] == "no such option"


def test_an_error_that_nobody_foresaw_is_one_line_of_json() -> None:
    program = (
        "from lakehouse.console.harness import run_as_program\n"
        "run_as_program(lambda words: 1 // 0, ['--log-format', 'json'])\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 1
    line = json.loads(ended.stderr)
    assert line["exit_code"] == 1
    assert line["message"].startswith("Traceback")
    assert "ZeroDivisionError" in line["message"]
