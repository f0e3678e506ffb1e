"""The log of a run: what each line of JSON holds, and that people still get plain lines."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from lakehouse.errors import GateBlockedError
from lakehouse.reporter import LogLine, Reporter

pytestmark = pytest.mark.no_spark

KEYS = ["at", "run", "message", "level", "event", "stage", "seconds", "counts", "exit_code"]
Captured = pytest.CaptureFixture[str]


def logged(capsys: Captured) -> list[dict[str, object]]:
    """The lines of the log, each a JSON object with the same keys in the same order."""
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [list(line) for line in lines] == [KEYS] * len(lines)
    return lines


def told(lines: list[dict[str, object]], *keys: str) -> list[tuple[object, ...]]:
    return [tuple(line[key] for key in keys) for line in lines]


def test_a_line_of_json_stays_one_line_whatever_it_says() -> None:
    line = LogLine("a\nb\u2028c\x85d\x1b[31mé\udcff", "warning").as_json("r1")
    assert line.isascii()
    assert len(line.splitlines()) == 1
    assert json.loads(line)["message"] == "a\nb\u2028c\x85d\x1b[31mé\udcff"


def test_every_line_of_a_run_names_its_run_and_its_stage(capsys: Captured) -> None:
    reporter = Reporter("r1", "json")
    with reporter.run() as run:
        with reporter.stage("gold") as counts:
            reporter.warn("odd")
            counts["gold.dim_date"] = 30
        reporter.say("between")
        run.exit_code, run.counts = 3, {"lines": 7}
    lines = logged(capsys)
    assert {line["run"] for line in lines} == {"r1"}
    assert all(isinstance(line["seconds"], float) for line in lines)
    assert told(lines, "event", "stage", "level", "counts", "exit_code") == [
        ("stage_started", "gold", "info", {}, None),
        ("message", "gold", "warning", {}, None),
        ("stage_finished", "gold", "info", {"gold.dim_date": 30}, None),
        ("message", None, "info", {}, None),
        ("run_finished", None, "warning", {"lines": 7}, 3),
    ]


def test_an_error_ends_the_stage_and_the_run_and_learns_the_run(capsys: Captured) -> None:
    reporter = Reporter("r1", "json")
    with pytest.raises(GateBlockedError) as caught, reporter.run(), reporter.stage("silver"):
        raise GateBlockedError("silver", ["ids_missing"])
    assert caught.value.run_id == "r1"
    lines = logged(capsys)
    assert told(lines[1:], "event", "stage", "level", "exit_code") == [
        ("stage_failed", "silver", "error", None),
        ("run_finished", None, "error", 3),
    ]
    assert "ids_missing" in str(lines[-1]["message"])


def test_an_interruption_is_told_without_what_python_says_of_it(capsys: Captured) -> None:
    with pytest.raises(KeyboardInterrupt), Reporter("r1", "json").run():
        raise KeyboardInterrupt
    assert told(logged(capsys), "event", "exit_code", "message") == [("run_finished", 1, "ended by KeyboardInterrupt")]


def test_people_get_plain_lines_and_the_end_from_the_summary(capsys: Captured) -> None:
    reporter = Reporter("r1")
    with reporter.run(), reporter.stage("gold") as counts:
        counts["gold.dim_date"] = 30
        reporter.warn("odd")
    with pytest.raises(KeyboardInterrupt), reporter.stage("alerts"):
        raise KeyboardInterrupt
    started, warned, finished, *rest = capsys.readouterr().err.splitlines()
    assert (started, warned, finished.startswith("gold: 0."), rest) == (
        "gold …",
        "warning: odd",
        True,
        ["alerts …"],
    )


def test_lines_of_several_threads_do_not_mix(capsys: Captured) -> None:
    reporter = Reporter("r1", "json")
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(reporter.say, (str(number) * 50 for number in range(100))))
    assert sorted(str(line["message"]) for line in logged(capsys)) == sorted(str(n) * 50 for n in range(100))


def test_gates_are_told_with_their_own_time_when_asked_for(capsys: Captured) -> None:
    for verbose in (False, True):
        reporter = Reporter("r1", "json", verbose)
        # No Spark is at hand, so no Spark jobs are counted.
        with reporter.stage("silver"), reporter.gate("file"):
            pass
    lines = logged(capsys)
    assert told(lines, "event", "stage") == [
        *(("stage_started", "silver"), ("stage_finished", "silver")),
        *(("stage_started", "silver"), ("gate_finished", "silver"), ("stage_finished", "silver")),
    ]
    assert str(lines[3]["message"]).startswith("gate file: 0.")
