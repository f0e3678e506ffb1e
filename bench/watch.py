"""Measures how long a file takes from its last byte to its alerts, with `lakehouse watch` on a warehouse of two years.

Each file brings 1,000 responses of one day, in a month in which check-in got worse. Two moments are measured: the
commit of gold.satisfaction_alerts, and the line that `watch` prints once the run is recorded. Prints the median and the
95th percentile, the seconds of each stage, and the memory of both processes.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter, sleep

import numpy as np

from bench.__main__ import ROOT, WORK_FOLDER
from lakehouse.clock import now
from lakehouse.console.text import aligned
from lakehouse.generate import Effect, generate_surveys

FOLDER = WORK_FOLDER / "watch"
ROWS_OF_A_FILE = 1_000
MONTHS_BEFORE = 24
# Ids of the history are below it.
_FIRST_ID = 10**9
_PATIENCE = 600


def main() -> None:
    """Prints the figures as tables."""
    parser = argparse.ArgumentParser(prog="python -m bench.watch", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000, help="responses of the 24 months before (1,000,000)")
    parser.add_argument("--files", type=int, default=20, help="files that arrive, one after the other (20)")
    parser.add_argument("--together", type=int, default=1, help="files that arrive at the same moment (1)")
    parser.add_argument("--still", type=int, default=1, help="--still of the watch (1)")
    parser.add_argument("--keep", action="store_true", help="go on with the warehouse of the last call")
    arguments = parser.parse_args()
    if not arguments.keep:
        _load_history(arguments.rows)
    landing = FOLDER / "landing"
    measured = []
    with _watching(arguments.still) as (process, log):
        _wait(process, log, "watching ", 0)
        days = [
            (landing / f"survey_{_month(0)}-{1 + number % 28:02d}_{perf_counter():.0f}_{number}.csv", day)
            for number, day in enumerate(_days(arguments.files))
        ]
        for first in range(0, len(days), arguments.together):
            measured.append(_measured(process, log, days[first : first + arguments.together]))
            print(*(f"{value:.1f}" for value in measured[-1]), flush=True)
        text = log.read_text(encoding="utf-8")
    print(
        f"{arguments.files} files, {arguments.together} at a time, onto {arguments.rows:,} responses, "
        f"--still {arguments.still}, {os.cpu_count()} cores"
    )
    _report(measured, text)


def _report(measured: list[tuple[float, ...]], log: str) -> None:
    """`measured`: see `_measured`. `log`: what the watch said."""
    committed, told, cpu, python, java = zip(*measured, strict=True)
    figures = [
        (what, *(f"{value:.1f}" for value in (statistics.median(values), np.percentile(values, 95), max(values))))
        for what, values in (("alerts committed", committed), ("run told", told), ("CPU of both processes", cpu))
    ]
    print(aligned(("seconds from the last byte", "median", "p95", "longest"), figures))
    memory = [
        (what, *(f"{value:,.0f}" for value in (values[0], statistics.median(values), values[-1])))
        for what, values in (("Python", python), ("JVM", java))
    ]
    print(aligned(("MiB resident after the files", "first", "median", "last"), memory))
    stages: dict[str, list[tuple[float, int]]] = {}
    for name, took, jobs in re.findall(r"^([\w .,]+): ([\d.]+) s, (\d+) Spark jobs$", log, re.MULTILINE):
        stages.setdefault(name, []).append((float(took), int(jobs)))
    rows = [
        (name, str(len(runs)), *(f"{statistics.median(values):.1f}" for values in zip(*runs, strict=True)))
        for name, runs in stages.items()
    ]
    print(aligned(("stage or gate", "runs", "median s", "median Spark jobs"), rows))


def _month(back: int) -> str:
    """The last full month, or one so many months before it, as YYYY-MM."""
    months = now().year * 12 + now().month - 2 - back
    return f"{months // 12}-{months % 12 + 1:02d}"


def _load_history(rows: int) -> None:
    shutil.rmtree(FOLDER, ignore_errors=True)
    landing = FOLDER / "landing"
    generate_surveys(landing, rows // MONTHS_BEFORE, MONTHS_BEFORE, 7, _month(MONTHS_BEFORE))
    started = perf_counter()
    with (FOLDER / "history.txt").open("wb") as log:
        subprocess.run(
            [sys.executable, "-m", "jobs.cli", "run", "-v", *_places()], cwd=ROOT, check=True, stdout=log, stderr=log
        )
    print(f"history loaded in {perf_counter() - started:.0f} s", flush=True)


def _places() -> tuple[str, ...]:
    return ("--warehouse", str(FOLDER / "warehouse"), "--landing", str(FOLDER / "landing"))


def _days(files: int) -> Iterator[str]:
    """Files of one month, with ids that no other response has."""
    shutil.rmtree(FOLDER / "month", ignore_errors=True)
    worse = [Effect("check_in_service", _month(0), 0.3)]
    (month,) = generate_surveys(FOLDER / "month", files * ROWS_OF_A_FILE, 1, 11, _month(0), worse)
    header, *lines = month.read_text(encoding="utf-8").splitlines(keepends=True)
    first = _FIRST_ID + int(now().timestamp()) * 1_000_000
    for start in range(0, len(lines), ROWS_OF_A_FILE):
        own = (line.partition(",") for line in lines[start : start + ROWS_OF_A_FILE])
        yield header + "".join(f"{first + int(number)},{rest}" for number, _, rest in own)


@contextmanager
def _watching(still: int) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    log = FOLDER / "watch.txt"
    command = ["-m", "jobs.cli", "watch", "-v", "--every", "1", "--still", str(still), *_places()]
    with log.open("wb") as output:
        process = subprocess.Popen([sys.executable, *command], cwd=ROOT, stdout=output, stderr=output)
    try:
        yield process, log
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=_PATIENCE)


def _measured(process: subprocess.Popen[bytes], log: Path, files: Sequence[tuple[Path, str]]) -> tuple[float, ...]:
    """Seconds from the last byte of the files until the alerts are committed, and until the watch tells of the files;
    seconds of CPU; MiB of Python and of the JVM afterwards."""
    commits, at, cpu = _commits(), log.stat().st_size, _cpu_seconds(process.pid)
    for target, content in files:
        target.write_text(content, encoding="utf-8", newline="")
    started = perf_counter()
    while _commits() == commits:
        _require(process, log, started)
        sleep(0.02)
    committed = perf_counter() - started
    for target, _ in files:
        _wait(process, log, f"{target.name}: admitted", at)
    return committed, perf_counter() - started, _cpu_seconds(process.pid) - cpu, *_resident(process.pid)


def _commits() -> int:
    log = FOLDER / "warehouse" / "gold" / "satisfaction_alerts" / "_delta_log"
    return max(int(path.stem) for path in log.glob("*.json") if path.stem.isdigit())


def _wait(process: subprocess.Popen[bytes], log: Path, text: str, after: int) -> None:
    started = perf_counter()
    while text.encode() not in log.read_bytes()[after:]:
        _require(process, log, started)
        sleep(0.02)


def _require(process: subprocess.Popen[bytes], log: Path, started: float) -> None:
    if process.poll() is not None or perf_counter() - started > _PATIENCE:
        sys.exit(f"{log}: the watch does not go on")


def _processes(pid: int) -> list[int]:
    """Python, and the JVM that it started."""
    children = [path.read_text(encoding="utf-8") for path in Path(f"/proc/{pid}/task").glob("*/children")]
    return [pid, *map(int, " ".join(children).split())]


def _cpu_seconds(pid: int) -> float:
    """Seconds of CPU that both used so far."""
    stats = [Path(f"/proc/{one}/stat").read_text(encoding="utf-8").rpartition(")")[2] for one in _processes(pid)]
    return sum(sum(map(int, stat.split()[11:13])) for stat in stats) / os.sysconf("SC_CLK_TCK")


def _resident(pid: int) -> tuple[float, float]:
    """MiB of Python, and of the JVM."""
    python, *java = [
        int(re.findall(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{one}/status").read_text(encoding="utf-8"))[0]) / 1024
        for one in _processes(pid)
    ]
    return python, sum(java)


if __name__ == "__main__":
    main()
