"""Runs that are killed: real processes, stopped at a named point or at any moment."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from lakehouse.storage.crash_points import FOLDER, STOP, TRACE
from tests.support.places import ROOT

WAYS = ("python", "jvm", "group")
_PATIENCE = 300


class _Pipeline(Protocol):
    """A pipeline of tests, whatever its warehouse lies on. `root`: a folder of this machine."""

    root: Path

    def arguments(self, command: str, *options: str) -> list[str]:
        """A command over its landing files, as the console takes it."""


@dataclass
class Victim:
    """A run in a process group of its own."""

    python: subprocess.Popen[bytes]
    folder: Path

    @property
    def said(self) -> str:
        """What it printed so far."""
        return (self.folder / "log").read_text(encoding="utf-8")

    def reached(self) -> list[str]:
        """Points reached so far, in order."""
        return (self.folder / TRACE).read_text(encoding="utf-8").splitlines()

    def wait_for(self, point: str) -> None:
        """Returns once the run stands at the point."""
        deadline = time.monotonic() + _PATIENCE
        while point not in self.reached():
            assert self.python.poll() is None, f"the run ended before {point}:\n{self.said}"
            assert time.monotonic() < deadline, f"{point} was not reached:\n{self.said}"
            time.sleep(0.05)

    def kill(self, way: str) -> None:
        """Ends Python alone, the JVM alone, or both at once, and returns when these are gone; what is left of the run
        has to end by itself."""
        killed = [] if way == "python" else _java_of(self.python.pid)
        if way == "python":
            self.python.kill()
        elif way == "group":
            os.killpg(self.python.pid, signal.SIGKILL)
        else:
            for jvm in killed:
                os.kill(jvm, signal.SIGKILL)
            # Python goes on, and finds Spark gone.
            (self.folder / STOP).write_text("")
        if way != "jvm":
            self.python.wait()
        # A JVM holds the lock until the system has taken its memory back.
        deadline = time.monotonic() + _PATIENCE
        while any(map(_is_alive, killed)):
            assert time.monotonic() < deadline, f"still alive: {killed}"
            time.sleep(0.05)

    def ended(self) -> int:
        """Exit code, once the run is over."""
        return self.python.wait(timeout=_PATIENCE)


def _java_of(parent: int) -> list[int]:
    """JVMs that a process has started."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")
        except (FileNotFoundError, ProcessLookupError):
            continue
        if fields[0].endswith("(java") and int(fields[2].split()[1]) == parent:
            found.append(int(folder.name))
    return found


def _is_alive(process: int) -> bool:
    """False for one that has ended and waits for its parent to take note."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] not in ("Z", "X")
    except (FileNotFoundError, ProcessLookupError):
        return False


@contextmanager
def victim(pipeline: _Pipeline, stop: str = "", *options: str, command: str = "run") -> Iterator[Victim]:
    """A command over the pipeline's landing folder that stops at the point and waits to be killed."""
    folder = pipeline.root / "faults"
    folder.mkdir(exist_ok=True)
    (folder / TRACE).write_text("")
    (folder / STOP).write_text(stop)
    with (folder / "log").open("wb") as output:
        python = subprocess.Popen(
            [sys.executable, "-m", "jobs.cli", *pipeline.arguments(command, *options)],
            cwd=ROOT,
            env={**os.environ, FOLDER: str(folder)},
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        try:
            yield Victim(python, folder)
        finally:
            if python.poll() is None:
                os.killpg(python.pid, signal.SIGKILL)
                python.wait()
