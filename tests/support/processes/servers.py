"""Servers that tests start, on 127.0.0.1 and ports that are free, and stop again."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

from tests.support.places import ROOT

_PATIENCE = 180
_BIN = Path(sys.executable).parent


def environment(**more: str) -> dict[str, str]:
    """The environment with this Python's programs first, as activating it does, and with more variables."""
    return {**os.environ, "PATH": f"{_BIN}{os.pathsep}{os.environ['PATH']}", **more}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(command: str, port: int, folder: Path, env: dict[str, str]) -> Iterator[None]:
    """Runs a command of a server in a shell while the block runs, from the moment when its port answers."""
    log = folder / "server.log"
    with log.open("w", encoding="utf-8") as output:
        server = subprocess.Popen(
            ["sh", "-c", f"exec {command}"],
            cwd=folder,
            env=env,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _wait_for(server, port, log)
        yield
    finally:
        if server.poll() is None:
            os.killpg(server.pid, signal.SIGTERM)
        server.wait(_PATIENCE)


def _wait_for(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    end = monotonic() + _PATIENCE
    while monotonic() < end:
        assert server.poll() is None, log.read_text(encoding="utf-8")[-4000:]
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        sleep(1)
    raise AssertionError(f"nothing answers at port {port}:\n{log.read_text(encoding='utf-8')[-4000:]}")


def postgres_programs() -> Path | None:
    """The folder with PostgreSQL's server programs; None when they are not installed."""
    found = shutil.which("initdb")
    places = [Path(found).resolve().parent] if found else []
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((place for place in places if (place / "initdb").exists() and (place / "postgres").exists()), None)


def postgres_driver(folder: Path) -> Path | None:
    """PostgreSQL's JDBC driver, resolved by Spark once and kept in `.cache`; None when it cannot be fetched.

    `folder`: for a program that does nothing.
    """
    cache = ROOT / ".cache" / "jdbc"
    jar = cache / "jars" / "org.postgresql_postgresql-42.7.14.jar"
    if not jar.is_file():
        program = folder / "nothing.py"
        program.write_text("", encoding="utf-8")
        options = ["--conf", f"spark.jars.ivy={cache}", "--packages", "org.postgresql:postgresql:42.7.14"]
        subprocess.run(["spark-submit", *options, str(program)], env=environment(), capture_output=True, check=False)
        program.unlink()
    return jar if jar.is_file() else None


@contextmanager
def postgres(programs: Path) -> Iterator[str]:
    """A PostgreSQL server with an empty database, while the block runs: the JDBC URL of the database."""
    user = "nobody" if os.geteuid() == 0 else None  # PostgreSQL refuses to run as root.
    port = free_port()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if user:
            shutil.chown(folder, user)
        data = folder / "data"
        initdb = [str(programs / "initdb"), "-D", str(data), "-U", "metastore", "-A", "trust"]
        subprocess.run(initdb, user=user, check=True, capture_output=True, cwd=folder)
        start = [str(programs / "postgres"), "-D", str(data), "-p", str(port), "-h", "127.0.0.1", "-k", str(folder)]
        server = subprocess.Popen(start, user=user, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            _wait_for(server, port, data / "PG_VERSION")
            yield f"jdbc:postgresql://127.0.0.1:{port}/postgres"
        finally:
            server.send_signal(signal.SIGINT)  # A fast shutdown: clients are sent away.
            server.wait(_PATIENCE)
