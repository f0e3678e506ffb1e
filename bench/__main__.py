"""Measures `lakehouse run` against the bare script, in turns, as whole processes; prints medians and ratios.

Compare the ratios of one call. Seconds do not compare between machines, nor between calls on a shared machine.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys
from pathlib import Path
from time import perf_counter

from lakehouse.console.text import aligned

ROOT = Path(__file__).resolve().parent.parent
WORK_FOLDER = ROOT / ".bench"
_LOG = WORK_FOLDER / "log.txt"
PUBLIC_FILE = ROOT.parent / "shared" / "data" / "airline_passenger_satisfaction.csv.gz"
PUBLIC_ROWS = 129_880
SESSION = "from bench.bare import session; session().range(1).count()"


def main() -> None:
    """Prints a table of the median seconds of each command, and its ratio to the bare script or the bare session."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--rows", type=int, help="generated rows; without it the public file, where it is there")
    parser.add_argument("--rounds", type=int, default=3, help="times that each is run")
    arguments = parser.parse_args()
    shutil.rmtree(WORK_FOLDER, ignore_errors=True)
    WORK_FOLDER.mkdir()
    survey = _survey(arguments.rows)
    lakehouse = ("-m", "jobs.cli", "run", "-v", "--survey-date", "2025-01-31", "--landing", str(survey), "--warehouse")
    seconds: dict[str, list[float]] = {}
    gates: list[float] = []
    for number in range(arguments.rounds):
        warehouse = str(WORK_FOLDER / f"lakehouse{number}")
        for name, command in (
            ("bare script", ("-m", "bench.bare", str(WORK_FOLDER / f"bare{number}"), str(survey))),
            ("lakehouse run", (*lakehouse, warehouse)),
            ("bare session", ("-c", SESSION)),
            ("lakehouse run, nothing new", (*lakehouse, warehouse)),
        ):
            seconds.setdefault(name, []).append(_timed(command))
            if name == "lakehouse run":
                gates.append(_gates() / seconds[name][-1])
        shutil.rmtree(WORK_FOLDER / f"bare{number}")
        shutil.rmtree(warehouse)
    _report(survey, arguments.rounds, {name: statistics.median(times) for name, times in seconds.items()})
    print(f"all gates of `lakehouse run` together: {statistics.median(gates):.1%} of its time")


def _survey(rows: int | None) -> Path:
    if rows is None and PUBLIC_FILE.exists():
        return PUBLIC_FILE
    generate = ("generate", "--rows", str(rows or PUBLIC_ROWS), "--months", "1", "--out", str(WORK_FOLDER / "landing"))
    _timed(("-m", "jobs.cli", *generate))
    return next((WORK_FOLDER / "landing").iterdir())


def _timed(command: tuple[str, ...]) -> float:
    started = perf_counter()
    with _LOG.open("w", encoding="utf-8") as log:
        subprocess.run([sys.executable, *command], cwd=ROOT, check=True, stdout=log, stderr=log)
    return perf_counter() - started


def _gates() -> float:
    """Seconds of all gates of the last run, from its log. Gates that ran in parallel with other work count in full."""
    return sum(map(float, re.findall(r"^gate .+: ([\d.]+) s", _LOG.read_text(encoding="utf-8"), re.MULTILINE)))


def _report(survey: Path, rounds: int, medians: dict[str, float]) -> None:
    print(f"{survey.name}, {os.cpu_count()} cores, median of {rounds}:")
    pairs = (("lakehouse run", "bare script"), ("lakehouse run, nothing new", "bare session"))
    rows = [(name, f"{medians[name]:.1f}", yardstick, f"{medians[yardstick]:.1f}") for name, yardstick in pairs]
    ratios = [f"{medians[name] / medians[yardstick]:.2f}" for name, yardstick in pairs]
    headers = ("what", "seconds", "against", "seconds", "ratio")
    print(aligned(headers, [(*row, ratio) for row, ratio in zip(rows, ratios, strict=True)]))


if __name__ == "__main__":
    main()
