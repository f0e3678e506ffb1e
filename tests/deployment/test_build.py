"""The wheel and its metadata, the lock, the Makefile and the check of the machine, as a newcomer meets them."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import zipfile
from configparser import ConfigParser
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from lakehouse import __version__
from lakehouse.console.app import main
from lakehouse.errors import UsageError
from tests.support.places import ROOT

pytestmark = pytest.mark.no_spark

SHIPPED = ("jobs", "schemas", "lakehouse", "conf", "expectations")
JAVA_17 = 'echo "Picked up JAVA_TOOL_OPTIONS: -Xmx1g" >&2; echo \'openjdk version "17.0.15" 2025-04-15\' >&2'
JAVA_8 = "echo 'openjdk version \"1.8.0_392\"' >&2"
PYTHON_3_12 = 'case "$2" in *version_info*) echo 3.12 ;; esac'
PYTHON_3_9 = 'case "$2" in *version_info*) echo 3.9 ;; esac'
NO_VENV = 'case "$2" in *version_info*) echo 3.11 ;; *) exit 1 ;; esac'


@dataclass(frozen=True)
class Wheel:
    """What is in the wheel: file names, and its metadata."""

    names: frozenset[str]
    metadata: Message
    entry_points: str

    def requirements(self, extra: str | None) -> set[str]:
        """Names of the packages that an extra installs; None: those that are installed without one."""
        wanted = [Requirement(line) for line in self.metadata.get_all("Requires-Dist") or []]
        of_extra = [one for one in wanted if (f'extra == "{extra}"' if extra else "None") == str(one.marker)]
        return {one.name.lower().replace("_", "-") for one in of_extra}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Wheel:
    """The wheel, built by way of the sdist from a copy, so that nothing is left in the checkout."""
    copy = tmp_path_factory.mktemp("checkout")
    for name in (*SHIPPED, "tests"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("setup.py", "pyproject.toml", "LICENSE", "MANIFEST.in"):
        shutil.copy(ROOT / name, copy)
    # What an import leaves, and what a room may bring that is no Python.
    (copy / "lakehouse" / "__pycache__").mkdir()
    (copy / "lakehouse" / "__pycache__" / "errors.cpython-310.pyc").touch()
    (copy / "lakehouse" / "gold" / "templates").mkdir()
    (copy / "lakehouse" / "gold" / "templates" / "page.html").touch()
    command = [sys.executable, "-m", "uv", "build", "--no-build-isolation", "--offline", "--python", sys.executable]
    subprocess.run([*command, "--out-dir", "dist", "."], cwd=copy, check=True, capture_output=True, timeout=120)
    (built,) = (copy / "dist").glob("passenger_feedback_lakehouse-*.whl")
    with zipfile.ZipFile(built) as archive:
        info = f"passenger_feedback_lakehouse-{__version__}.dist-info"
        metadata = message_from_bytes(archive.read(f"{info}/METADATA"))
        entry_points = archive.read(f"{info}/entry_points.txt").decode()
        return Wheel(frozenset(archive.namelist()), metadata, entry_points)


def files_below(*folders: str) -> set[str]:
    """Every file of the project's folders that is no trace of an import."""
    files = (file for folder in folders for file in (ROOT / folder).rglob("*") if file.is_file())
    return {file.relative_to(ROOT).as_posix() for file in files if file.suffix != ".pyc"}


def test_wheel_has_every_file_of_the_packages_and_no_other(wheel: Wheel) -> None:
    ours = {name for name in wheel.names if ".dist-info/" not in name}
    data = {f"lakehouse/{name}" for name in files_below("conf", "expectations")}
    template = {"lakehouse/gold/templates/page.html"}
    assert ours == files_below("jobs", "schemas", "lakehouse") | data | template
    assert {"lakehouse/conf/base.yml", "lakehouse/expectations/silver/survey_responses.yml"} <= ours
    assert {"lakehouse/storage/log4j2.properties", "lakehouse/conf/base.schema.json"} <= ours


def test_version_stands_once(wheel: Wheel, capsys: pytest.CaptureFixture[str]) -> None:
    assert wheel.metadata["Version"] == __version__
    with pytest.raises(SystemExit, match="0"):
        main(["--version"])
    assert capsys.readouterr().out == f"lakehouse {__version__}\n"
    places = [*(ROOT / name for name in ("setup.py", "pyproject.toml")), *(ROOT / "lakehouse").rglob("*.py")]
    assert [file.name for file in places if f'"{__version__}"' in file.read_text("utf-8")] == ["__init__.py"]


def test_spark_is_an_extra(wheel: Wheel) -> None:
    assert wheel.requirements("spark") == {"pyspark", "delta-spark"}
    core = wheel.requirements(None)
    assert {"great-expectations", "pandas", "pydantic"} <= core
    assert core & {"pyspark", "pyspark-client", "delta-spark", "py4j"} == set()


def test_requirements_and_extras_name_the_same_packages(wheel: Wheel) -> None:
    text = (ROOT / "requirements.in").read_text("utf-8")
    asked = {name.lower().replace("_", "-") for name in re.findall(r"^([A-Za-z][\w-]*)", text, re.MULTILINE)}
    extras = [None, *(wheel.metadata.get_all("Provides-Extra") or [])]
    assert asked == set().union(*map(wheel.requirements, extras))
    assert all(wheel.requirements(extra) for extra in extras)


def test_every_stage_is_an_entry_point(wheel: Wheel) -> None:
    parser = ConfigParser()
    parser.read_string(wheel.entry_points)
    assert dict(parser["console_scripts"]) == {"lakehouse": "jobs.cli:console"}
    stages = {
        name: EntryPoint(name, value, "lakehouse.stages").load() for name, value in parser["lakehouse.stages"].items()
    }
    modules = {file.stem for file in (ROOT / "jobs").glob("*.py")} - {"__init__", "cli"}
    assert {value.partition(":")[0] for value in parser["lakehouse.stages"].values()} == {
        f"jobs.{name}" for name in modules
    }
    for name, stage in stages.items():
        with pytest.raises(UsageError, match=f"See `{name} --help`"):
            stage(["--no-such-option"])


def without_spark(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Runs the console in a Python that finds no Spark; its exit code and output."""
    hidden = "import sys; sys.modules.update(dict.fromkeys(('pyspark', 'py4j', 'delta')))"
    program = f"{hidden}; from lakehouse.console.app import console; console()"
    command = [sys.executable, "-c", program, *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize(
    "words",
    [
        ["--version"],
        ["run", "--help"],
        ["validate"],
        ["generate", "--rows", "3", "--months", "1", "--out", "."],
        ["preview", "survey.csv"],
    ],
)
def test_these_run_without_spark(tmp_path: Path, words: list[str]) -> None:
    (tmp_path / "survey.csv").write_text("id,satisfaction\n1,satisfied\n", encoding="utf-8")
    answer = without_spark(tmp_path, *words)
    assert (answer.returncode, answer.stderr) == (0, "")
    assert answer.stdout


def test_other_commands_name_the_extra_when_spark_is_missing(tmp_path: Path) -> None:
    for words in (["run"], ["status"], ["docs"], ["alerts", "list"]):
        answer = without_spark(tmp_path, *words)
        assert (answer.returncode, answer.stdout, answer.stderr.count("\n")) == (2, "", 1)
        assert "pip install 'passenger-feedback-lakehouse[spark]'" in answer.stderr


@pytest.mark.parametrize("lock", ["requirements.lock", "dags/requirements.lock"])
def test_lock_pins_every_package_with_hashes_and_names_no_index(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    entries = re.split(r"\n(?=\S)", text.replace("\\\n", "").strip())
    pinned = re.compile(r"[a-z0-9][a-z0-9-]*==\S+( ; [^\n]+?)?(\s+--hash=sha256:[0-9a-f]{64})+\s*")
    assert [entry.split()[0] for entry in entries if not pinned.fullmatch(entry)] == []
    assert "://" not in text


@pytest.mark.parametrize(("folder", "known"), [("", "pyspark"), ("dags/", "apache-airflow")])
def test_lock_has_every_requirement(folder: str, known: str) -> None:
    lock, given = ROOT / f"{folder}requirements.lock", ROOT / f"{folder}requirements.in"
    locked = dict(re.findall(r"^([a-z0-9-]+)==([^\s;]+)", lock.read_text("utf-8"), re.MULTILINE))
    asked = re.findall(r"^([A-Za-z][\w-]*)(?:==(\S+))?", given.read_text("utf-8"), re.MULTILINE)
    versions = {name.lower().replace("_", "-"): version for name, version in asked}
    assert known in versions
    assert {name: locked.get(name) for name in versions} == {
        name: version or locked.get(name, "missing") for name, version in versions.items()
    }


def test_make_help_lists_every_target() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(makefile.partition(".PHONY:")[2].partition("\n")[0].split())
    answer = subprocess.run(
        ["make", "-C", str(ROOT), "--no-print-directory"],
        env={"PATH": "/usr/local/bin:/usr/bin:/bin"},
        check=True,
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert {line.split()[1] for line in answer.stdout.splitlines()} == targets
    assert {"setup", "demo", "test", "lint", "types"} <= targets


def test_release_notes_are_the_section_of_the_version(tmp_path: Path) -> None:
    changelog = tmp_path / "CHANGELOG.md"
    changelog.write_text("# Changelog\n\n## [1.10.0] - 2026-01-02\n\n- ten\n\n## [1.1.0]\n- one\n\n## [1.0.0]\n\n")
    answers = [
        subprocess.run(
            [ROOT / "tools" / "release_notes", version, changelog], capture_output=True, text=True, timeout=30
        )
        for version in ("1.10.0", "1.1.0", "1.1", "1.0.0")
    ]
    assert [(one.returncode, one.stdout.strip()) for one in answers] == [(0, "- ten"), (0, "- one"), (2, ""), (2, "")]
    assert "says nothing of 1.1:" in answers[2].stderr


def check_machine(folder: Path, programs: dict[str, str], **environment: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr where the PATH holds only these programs, given as shell text."""
    for name, body in programs.items():
        program = folder / name
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
        program.chmod(0o755)
    answer = subprocess.run(
        [str(ROOT / "tools" / "check_machine")],
        env={"PATH": str(folder), **environment},
        capture_output=True,
        text=True,
        timeout=30,
    )
    return answer.returncode, answer.stdout.strip(), answer.stderr.strip()


@pytest.mark.parametrize(
    ("programs", "chosen"),
    [
        ({"python3": PYTHON_3_12, "java": JAVA_17}, "python3"),
        ({"python3": PYTHON_3_9, "python3.11": PYTHON_3_12, "java": JAVA_17}, "python3.11"),
        ({"python3": "exit 127", "python3.12": PYTHON_3_12, "java": JAVA_17}, "python3.12"),
        ({"python3": PYTHON_3_12, "java": "echo 'openjdk version \"21-ea\" 2023-09-19' >&2"}, "python3"),
    ],
)
def test_machine_that_fits(tmp_path: Path, programs: dict[str, str], chosen: str) -> None:
    assert check_machine(tmp_path, programs) == (0, chosen, "")


@pytest.mark.parametrize(
    ("programs", "said"),
    [
        (
            {"java": JAVA_17},
            r"Python 3\.10, 3\.11 or 3\.12 is needed: python3 was not found or does not run\. Install .*",
        ),
        ({"python3": PYTHON_3_9, "java": JAVA_17}, r"Python 3\.10, .* is needed: python3 is 3\.9\. Install .*"),
        ({"python3": NO_VENV, "java": JAVA_17}, r"Python 3\.11 at python3 lacks its venv module: install .*"),
        ({"python3": PYTHON_3_12}, r"Spark needs Java 17 or newer: java was not found or does not run\. Install .*"),
        ({"python3": PYTHON_3_12, "java": JAVA_8}, r"Spark needs Java 17 or newer: java is 1\.8\.0_392\. Install .*"),
        (
            {"python3": PYTHON_3_12, "java": "echo Loading"},
            r"Spark needs Java 17 .*: java does not say its version\. .*",
        ),
    ],
)
def test_machine_that_lacks_something(tmp_path: Path, programs: dict[str, str], said: str) -> None:
    code, chosen, message = check_machine(tmp_path, programs)
    assert (code, chosen) == (2, "")
    assert re.fullmatch(said, message), message


def test_machine_check_honours_python_and_java_home(tmp_path: Path) -> None:
    programs = {"python3": PYTHON_3_12, "java": JAVA_17, "own tools/python": PYTHON_3_12, "jdk 8/bin/java": JAVA_8}
    own = str(tmp_path / "own tools" / "python")
    assert check_machine(tmp_path, programs, PYTHON=own) == (0, own, "")
    code, _, message = check_machine(tmp_path, programs, PYTHON=str(tmp_path / "nowhere"))
    assert (code, "nowhere was not found" in message) == (2, True)
    home = str(tmp_path / "jdk 8")
    code, _, message = check_machine(tmp_path, programs, JAVA_HOME=home)
    assert (code, f"{home}/bin/java is 1.8.0_392 (JAVA_HOME is {home})" in message) == (2, True)
