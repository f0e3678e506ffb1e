"""The wheel, the lock, the Makefile and the check of the machine, as a newcomer meets them."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.no_spark

ROOT = Path(__file__).resolve().parents[1]
SHIPPED = ("jobs", "schemas", "lakehouse", "conf", "expectations")
JAVA_17 = 'echo "Picked up JAVA_TOOL_OPTIONS: -Xmx1g" >&2; echo \'openjdk version "17.0.15" 2025-04-15\' >&2'
JAVA_8 = "echo 'openjdk version \"1.8.0_392\"' >&2"
PYTHON_3_12 = 'case "$2" in *version_info*) echo 3.12 ;; esac'
PYTHON_3_9 = 'case "$2" in *version_info*) echo 3.9 ;; esac'
NO_VENV = 'case "$2" in *version_info*) echo 3.11 ;; *) exit 1 ;; esac'


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Names in a wheel built from a copy, so that nothing is left in the checkout."""
    copy = tmp_path_factory.mktemp("checkout")
    for name in (*SHIPPED, "tests"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("setup.py", "pyproject.toml", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", "dist", "."]
    subprocess.run(command, cwd=copy, check=True, capture_output=True, timeout=120)
    (built,) = (copy / "dist").glob("passenger_feedback_lakehouse-*.whl")
    with zipfile.ZipFile(built) as archive:
        return set(archive.namelist())


def files_below(folder: str, pattern: str) -> set[str]:
    return {file.relative_to(ROOT).as_posix() for file in (ROOT / folder).rglob(pattern)}


def test_wheel_has_all_modules(wheel: set[str]) -> None:
    modules = set().union(*(files_below(package, "*.py") for package in ("jobs", "schemas", "lakehouse")))
    assert {name for name in wheel if name.endswith(".py")} == modules


def test_wheel_has_the_configuration_and_rules(wheel: set[str]) -> None:
    data = files_below("conf", "*.yml") | files_below("expectations", "*.yml")
    assert {name for name in wheel if name.endswith(".yml")} == {f"lakehouse/{name}" for name in data}
    schemas = files_below("conf", "*.schema.json") | files_below("expectations", "*.schema.json")
    assert {name for name in wheel if name.endswith(".schema.json")} == {f"lakehouse/{name}" for name in schemas}
    assert len(schemas) == 7
    assert {"lakehouse/conf/base.yml", "lakehouse/expectations/silver/survey_responses.yml"} <= wheel
    assert "lakehouse/storage/log4j2.properties" in wheel
    templates = {f"lakehouse/report/templates/{name}" for name in ("page.html.j2", "parts.html.j2", "page.css")}
    assert {name for name in wheel if "/templates/" in name} == templates


def test_wheel_has_only_our_packages(wheel: set[str]) -> None:
    tops = {name.partition("/")[0] for name in wheel}
    assert tops == {"jobs", "schemas", "lakehouse", "passenger_feedback_lakehouse-0.1.0.dist-info"}


def test_lock_pins_every_package_with_hashes_and_names_no_index() -> None:
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    entries = re.split(r"\n(?=\S)", text.replace("\\\n", "").strip())
    pinned = re.compile(r"[a-z0-9][a-z0-9-]*==\S+( ; [^\n]+?)?(\s+--hash=sha256:[0-9a-f]{64})+\s*")
    assert [entry.split()[0] for entry in entries if not pinned.fullmatch(entry)] == []
    assert "://" not in text


def test_lock_has_every_requirement() -> None:
    locked = dict(
        re.findall(r"^([a-z0-9-]+)==([^\s;]+)", (ROOT / "requirements.lock").read_text("utf-8"), re.MULTILINE)
    )
    asked = re.findall(r"^([A-Za-z][\w-]*)(?:==(\S+))?", (ROOT / "requirements.in").read_text("utf-8"), re.MULTILINE)
    versions = {name.lower().replace("_", "-"): version for name, version in asked}
    assert "pyspark" in versions
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
