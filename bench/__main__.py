"""Measures `lakehouse run` against the bare script, in turns, as whole processes; prints medians and ratios.

Machines differ and share: the ratios within one call compare, the seconds do not.
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
PLACE = ROOT / ".bench"
_LOG = PLACE / "log.txt"
PUBLIC_FILE = ROOT.parent / "shared" / "data" / "airline_passenger_satisfaction.csv.gz"
PUBLIC_ROWS = 129_880
SESSION = "from bench.bare import session; session().range(1).count()"


def main() -> None:
    """One table: what was run, the median seconds, and the ratio to the yardstick of its kind."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--rows", type=int, help="generated rows; without it the public file, where it is there")
    parser.add_argument("--rounds", type=int, default=3, help="times that each is run")
    arguments = parser.parse_args()
    shutil.rmtree(PLACE, ignore_errors=True)
    PLACE.mkdir()
    survey = _survey(arguments.rows)
    lakehouse = ("-m", "jobs.cli", "run", "-v", "--survey-date", "2025-01-31", "--landing", str(survey), "--warehouse")
    seconds: dict[str, list[float]] = {}
    gates: list[float] = []
    for number in range(arguments.rounds):
        warehouse = str(PLACE / f"lakehouse{number}")
        for name, command in (
            ("bare script", ("-m", "bench.bare", str(PLACE / f"bare{number}"), str(survey))),
            ("lakehouse run", (*lakehouse, warehouse)),
            ("bare session", ("-c", SESSION)),
            ("lakehouse run, nothing new", (*lakehouse, warehouse)),
        ):
            seconds.setdefault(name, []).append(_timed(command))
            if name == "lakehouse run":
                gates.append(_gates() / seconds[name][-1])
        shutil.rmtree(PLACE / f"bare{number}")
        shutil.rmtree(warehouse)
    _report(survey, arguments.rounds, {name: statistics.median(found) for name, found in seconds.items()})
    print(f"all gates of `lakehouse run` together: {statistics.median(gates):.1%} of its time")


def _survey(rows: int | None) -> Path:
    if rows is None and PUBLIC_FILE.exists():
        return PUBLIC_FILE
    generate = ("generate", "--rows", str(rows or PUBLIC_ROWS), "--months", "1", "--out", str(PLACE / "landing"))
    _timed(("-m", "jobs.cli", *generate))
    return next((PLACE / "landing").iterdir())


def _timed(command: tuple[str, ...]) -> float:
    started = perf_counter()
    with _LOG.open("w", encoding="utf-8") as log:
        subprocess.run([sys.executable, *command], cwd=ROOT, check=True, stdout=log, stderr=log)
    return perf_counter() - started


def _gates() -> float:
    """Seconds of all gates of the run that was timed last; those that ran beside other work count in full."""
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
