"""Wheel and sdist, each installed into an empty environment outside of the checkout, and run there.

The lines are those of docs/deploy.md, as they stand there.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.markdown import page
from tests.support.places import ROOT

pytestmark = pytest.mark.packaging

SECTION = page("deploy.md").partition("\n## From the wheel\n")[2].partition("\n## ")[0]
INSTALL, DEMO, PREPARE = re.findall(r"^```sh\n(.*?)^```", SECTION, re.DOTALL | re.MULTILINE)
ACTIVATE = ". lakehouse-env/bin/activate\n"
CONNECT = """
import sys
from pyspark.sql import SparkSession
from jobs.build_gold import main
from lakehouse.errors import UsageError

SparkSession.builder.remote("local[1]").getOrCreate()
try:
    main(["--warehouse", "warehouse"])
except UsageError as error:
    print(error)
    sys.exit(error.exit_code)
"""


@dataclass(frozen=True)
class Elsewhere:
    """A folder outside of the checkout with an environment of its own."""

    folder: Path
    constraints: Path

    def bash(self, lines: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Runs lines of shell until one fails; nothing of the checkout's environment is seen."""
        own = {
            name: os.environ[name] for name in os.environ if not name.startswith(("LAKEHOUSE_", "PYTHON", "VIRTUAL"))
        }
        path = f"{sys.base_prefix}/bin:{os.environ['PATH']}"
        return subprocess.run(
            ["bash", "-euc", lines],
            cwd=self.folder,
            env={**own, "PATH": path, "PIP_CONSTRAINT": str(self.constraints), **environment},
            capture_output=True,
            text=True,
            timeout=1800,
        )

    def demo(self, lines: str) -> subprocess.CompletedProcess[str]:
        """Runs lines in the environment, as a user who has nothing in the home folder yet."""
        packages = f"lib/python3.{sys.version_info.minor}/site-packages"
        conf = self.folder / "lakehouse-env" / packages / "lakehouse" / "conf" / "test.yml"
        home = self.folder / "home"
        home.mkdir(exist_ok=True)
        return self.bash(ACTIVATE + lines, HOME=str(home), LAKEHOUSE_CONF=str(conf))


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with sdist and wheel."""
    folder = tmp_path_factory.mktemp("built")
    command = [sys.executable, "-m", "uv", "build", "--no-build-isolation", "--offline", "--python", sys.executable]
    subprocess.run([*command, "--out-dir", str(folder), str(ROOT)], check=True, capture_output=True, timeout=120)
    return folder


@pytest.fixture(scope="module")
def constraints(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The versions of the lock, without their hashes, which pip does not take for constraints."""
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    file = tmp_path_factory.mktemp("constraints") / "constraints.txt"
    file.write_text("\n".join(re.findall(r"^\S+==[^\\\n]+", lock, re.MULTILINE)), encoding="utf-8")
    return file


def elsewhere(folder: Path, built: Path, pattern: str, constraints: Path) -> Elsewhere:
    """A new folder that holds one of the built files in `dist`."""
    (folder / "dist").mkdir(parents=True)
    (file,) = built.glob(pattern)
    (folder / "dist" / file.name).write_bytes(file.read_bytes())
    return Elsewhere(folder, constraints)


@pytest.fixture(scope="module", params=["*.whl", "*.tar.gz"], ids=["wheel", "sdist"])
def installed(
    request: pytest.FixtureRequest, built: Path, constraints: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Elsewhere]:
    """An environment into which one of the two was installed as the page says."""
    place = elsewhere(tmp_path_factory.mktemp("user") / "work", built, request.param, constraints)
    assert "dist/*.whl" in INSTALL
    answer = place.bash(INSTALL.replace("dist/*.whl", f"dist/{request.param}"))
    assert answer.returncode == 0, answer.stderr
    yield place
    # A gigabyte, which pytest would keep.
    shutil.rmtree(place.folder)


def test_the_demo_runs_where_it_was_installed(installed: Elsewhere) -> None:
    answer = installed.demo(DEMO)
    assert answer.returncode == 0, answer.stderr
    assert "Balance: 600 lines delivered" in answer.stdout
    assert re.search(r"^ground +1 ", answer.stdout, re.MULTILINE)
    assert answer.stdout.count("Check-in service") >= 2
    # The jars were fetched on the way, and are there for the next time.
    jars = installed.folder / "home" / ".cache" / "lakehouse" / "ivy" / "jars"
    assert len(list(jars.glob("*.jar"))) == 7
    prepared = installed.demo(PREPARE)
    assert prepared.returncode == 0, prepared.stderr
    defaults = prepared.stdout.strip().rpartition("spark-submit reads ")[2]
    assert defaults.startswith(str(installed.folder))
    assert str(jars) in Path(defaults).read_text(encoding="utf-8")


def test_a_connect_session_is_refused(installed: Elsewhere) -> None:
    """As on Databricks in standard access mode, where the session that the runtime gives is one of Spark Connect."""
    packages = installed.bash(f"{ACTIVATE}pip install --quiet 'pyspark[connect]'")
    assert packages.returncode == 0, packages.stderr
    (installed.folder / "connect.py").write_text(CONNECT, encoding="utf-8")
    answer = installed.bash(f"{ACTIVATE}python connect.py", DATABRICKS_RUNTIME_VERSION="18.0")
    assert (answer.returncode, answer.stdout.count("\n")) == (2, 1), answer.stderr
    assert "dedicated access mode" in answer.stdout


def test_the_core_brings_no_spark(built: Path, constraints: Path, tmp_path: Path) -> None:
    place = elsewhere(tmp_path / "core", built, "*.whl", constraints)
    answer = place.bash(INSTALL.replace("[spark]", ""))
    assert answer.returncode == 0, answer.stderr
    packages = {package.name for package in place.folder.glob("lakehouse-env/lib/*/site-packages/*")}
    assert "lakehouse" in packages
    assert packages & {"pyspark", "py4j", "delta"} == set()
    answer = place.bash(f"{ACTIVATE}lakehouse validate && lakehouse run")
    assert (answer.returncode, answer.stdout.partition(":")[0]) == (2, "valid")
    assert re.fullmatch(r"error: .* pip install 'passenger-feedback-lakehouse\[spark\]'.*\n", answer.stderr)
    shutil.rmtree(place.folder)
