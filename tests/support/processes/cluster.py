"""A Spark standalone cluster on loopback: one master, workers of one core each; real processes, ended by their ids."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pyspark

from lakehouse.storage.session import LOG_OPTION

MASTER = ("org.apache.spark.deploy.master.Master", "--host", "127.0.0.1", "--port")
WORKER = ("org.apache.spark.deploy.worker.Worker", "--host", "127.0.0.1", "--cores", "1", "--memory", "1g")
_STARTED = r"(?:Starting Spark master at|Successfully registered with master) (spark://\S+)"
_UNSHARE = ("unshare", "--map-root-user", "--mount")
# The scripts of the environment look for the Python beside them on the PATH.
_PATH = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
_QUICK_JAVA = "-XX:+UseSerialGC -XX:TieredStopAtLevel=1"
# What a small run needs, on executors that have no Python.
_CLIENT = {
    "spark.pyspark.driver.python": sys.executable,
    "spark.pyspark.python": "/nowhere/python",
    "spark.driver.extraJavaOptions": f"{LOG_OPTION} {_QUICK_JAVA}",
    "spark.executor.extraJavaOptions": _QUICK_JAVA,
    "spark.executor.memory": "512m",
    "spark.sql.shuffle.partitions": "2",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.adaptive.enabled": "false",
}
_PATIENCE = 180


@dataclass(frozen=True)
class Cluster:
    """A running cluster. `folder`: its logs and the working folders of its executors. `master`: its URL for
    spark-submit."""

    folder: Path
    master: str

    def environment(self) -> dict[str, str]:
        """The environment of a process that submits to it: settings for small runs, and no Python on executors."""
        conf = self.folder / "conf"
        conf.mkdir(exist_ok=True)
        shipped = Path(pyspark.__file__).parent / "conf" / "spark-defaults.conf"
        own = "".join(f"{key} {value}\n" for key, value in _CLIENT.items())
        (conf / shipped.name).write_text(shipped.read_text(encoding="utf-8") + own, encoding="utf-8")
        return {**_environment(self.folder), "SPARK_CONF_DIR": str(conf)}

    def kill_an_executor(self, app: str) -> None:
        """Kills an executor of this application. It is told by its arguments: a worker has other children too, such
        as executors of an earlier application that are about to end."""
        executor = next(process for process in Path("/proc").glob("[0-9]*") if app in _arguments(process))
        os.kill(int(executor.name), signal.SIGKILL)

    def worker_logs(self) -> str:
        """What the workers logged, about the executors that they started and that ended."""
        return "".join(log.read_text(encoding="utf-8") for log in self.folder.glob("worker-*.log"))

    def executor_logs(self) -> dict[str, list[str]]:
        """Application -> what each of its executors logged."""
        logs: dict[str, list[str]] = {}
        for log in sorted(self.folder.glob("work-*/app-*/*/stderr")):
            logs.setdefault(log.parent.parent.name, []).append(log.read_text(encoding="utf-8"))
        return logs


@contextmanager
def standalone(folder: Path, workers: int = 2, hidden: Path | None = None) -> Iterator[Cluster]:
    """A cluster that lives as long as the block. `hidden`: a folder that its workers do not see, as if it lay on the
    driver's machine alone; only where `can_hide`."""
    with ExitStack() as stack:
        master = stack.enter_context(_daemon(("spark-class", *MASTER, "0", "--webui-port", "0"), folder, "master"))
        for number in range(workers):
            place = ("--webui-port", "0", "--work-dir", str(folder / f"work-{number}"), master)
            command = (*(_hiding(hidden) if hidden else ()), "spark-class", *WORKER, *place)
            stack.enter_context(_daemon(command, folder, f"worker-{number}"))
        yield Cluster(folder, master)


def can_hide() -> bool:
    """Whether this machine lets the user mount something for a process alone."""
    return subprocess.run([*_UNSHARE, "true"], capture_output=True).returncode == 0


def _hiding(folder: Path) -> tuple[str, ...]:
    """What runs the command after it with an empty folder in the place of this one."""
    return (*_UNSHARE, "sh", "-c", 'mount -t tmpfs none "$0" && exec "$@"', str(folder))


@contextmanager
def _daemon(command: Sequence[str], folder: Path, name: str) -> Iterator[str]:
    """A daemon of Spark: the URL that it names once it is up."""
    log = folder / f"{name}.log"
    with log.open("wb") as output:
        daemon = subprocess.Popen(
            command,
            env={**_environment(folder), "SPARK_DAEMON_MEMORY": "256m"},
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        yield _first_match(_STARTED, log, daemon)
    finally:
        # The group, for the executors of a worker are in it.
        with suppress(ProcessLookupError):
            os.killpg(daemon.pid, signal.SIGKILL)
        daemon.wait()


def _environment(folder: Path) -> dict[str, str]:
    local = str(folder / "local")
    return {**os.environ, "PATH": _PATH, "SPARK_LOCAL_IP": "127.0.0.1", "SPARK_LOCAL_DIRS": local}


def _first_match(pattern: str, log: Path, daemon: subprocess.Popen[bytes]) -> str:
    deadline = time.monotonic() + _PATIENCE
    while not (found := re.search(pattern, log.read_text(encoding="utf-8"))):
        assert daemon.poll() is None, f"it ended:\n{log.read_text(encoding='utf-8')}"
        assert time.monotonic() < deadline, f"it is not up:\n{log.read_text(encoding='utf-8')}"
        time.sleep(0.1)
    return found[1]


def _arguments(process: Path) -> list[str]:
    """The arguments of a process; none when it has ended."""
    with suppress(FileNotFoundError, ProcessLookupError):
        return (process / "cmdline").read_text(encoding="utf-8", errors="replace").split("\0")
    return []
