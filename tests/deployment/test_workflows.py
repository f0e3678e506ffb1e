"""GitHub's workflows: what they call is there, and is pinned. Each check first finds its own fault in a sample."""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import Any

import pytest
import yaml

from tests.support.places import ROOT

pytestmark = pytest.mark.no_spark

FILES = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = set(re.findall(r"^([a-z0-9-]+):", MAKEFILE, re.MULTILINE))
# For hours: run before a release, by hand.
NOT_IN_CI = {"test-faults"}
PINNED = re.compile(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+|\./\.github/[\w/.-]+")


def workflow(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / ".github" / "workflows" / name).read_text(encoding="utf-8"))
    return found


def unpinned(text: str) -> list[str]:
    """Actions that are not pinned by a full commit, with the version as a comment."""
    return [used for used in re.findall(r"uses: *(.+)", text) if not PINNED.fullmatch(used)]


def test_actions_are_pinned_by_commit() -> None:
    sample = (
        f"- uses: a/b@v4\n- uses: a/c@{'0' * 40}\n- uses: a/d@{'0' * 40} # v1.2.3\nuses: ./.github/workflows/x.yml\n"
    )
    assert unpinned(sample) == ["a/b@v4", f"a/c@{'0' * 40}"]
    files = [*FILES, *(ROOT / ".github" / "actions").glob("*/action.yml")]
    texts = [file.read_text(encoding="utf-8") for file in files]
    assert [unpinned(text) for text in texts] == [[], [], []]
    ours = {used for text in texts for used in re.findall(r"uses: *\./(\S+)", text)}
    assert {used for used in ours if not (ROOT / used).exists()} == set()
    pins = set(re.findall(r"uses: *([\w/-]+)@(\w+)", "\n".join(texts)))
    assert len({action for action, _ in pins}) == len(pins)


def targets_called(text: str) -> set[str]:
    """Make targets that a workflow names, those of its matrix included."""
    suites = re.findall(r"suite: \[(.+)\]", text)
    return set(re.findall(r"\bmake ([a-z0-9-]+)", text)) | {
        name.strip() for names in suites for name in names.split(",")
    }


def test_every_target_is_there_and_every_suite_is_run() -> None:
    assert targets_called("run: make fly\n suite: [test-a, b]\n run: make ${{ matrix.suite }}\n") == {
        "fly",
        "test-a",
        "b",
    }
    called = {file.name: targets_called(file.read_text(encoding="utf-8")) for file in FILES}
    assert {name: names - TARGETS for name, names in called.items() if names - TARGETS} == {}
    suites = {name for name in TARGETS if name.startswith(("test", "lint"))} | {"types"}
    assert suites - NOT_IN_CI - called["ci.yml"] == set()


def test_rights_are_minimal() -> None:
    assert [workflow(file.name)["permissions"] for file in FILES] == [{"contents": "read"}, {}]
    jobs = {name: job for file in FILES for name, job in workflow(file.name)["jobs"].items()}
    may_write = {name for name, job in jobs.items() if "write" in job.get("permissions", {}).values()}
    assert may_write == {"bundle", "release"}
    assert all("concurrency" in workflow(file.name) for file in FILES)
    assert all("timeout-minutes" in job for job in jobs.values() if "steps" in job)


def test_every_supported_python_is_tested() -> None:
    versions = workflow("ci.yml")["jobs"]["tests"]["strategy"]["matrix"]["python"]
    supported = re.search(r'python_requires=">=3\.(\d+),<3\.(\d+)"', (ROOT / "setup.py").read_text(encoding="utf-8"))
    assert supported
    assert versions == [f"3.{minor}" for minor in range(int(supported[1]), int(supported[2]))]


def test_the_deployment_gives_the_bundle_every_variable_that_it_needs() -> None:
    bundle = yaml.safe_load((ROOT / "databricks.yml").read_text(encoding="utf-8"))
    needed = {name for name, one in bundle["variables"].items() if "default" not in one} | {"run_as"}
    job = workflow("deploy.yml")["jobs"]["bundle"]
    assert {name.removeprefix("BUNDLE_VAR_") for name in job["env"] if name.startswith("BUNDLE_VAR_")} == needed
    assert job["needs"] == ["ci", "version"]
    assert job["environment"] == job["env"]["TARGET"] == "${{ github.ref_type == 'tag' && 'prod' || 'dev' }}"
    assert "secrets." not in (ROOT / ".github" / "workflows" / "deploy.yml").read_text(encoding="utf-8")


def test_actionlint_finds_nothing() -> None:
    installed = re.search(r"^ACTIONLINT := (\S+)", MAKEFILE, re.MULTILINE)
    assert installed
    program = ROOT / installed[1]
    found = str(program) if program.is_file() else shutil.which("actionlint")
    if found is None:
        pytest.skip("actionlint is not installed: `make lint-workflows` does that, with Go")
    sample = "on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n      - run: echo ${{ github.nothing }}\n"
    told = subprocess.run([found, "-"], input=sample, capture_output=True, text=True, timeout=60)
    assert (told.returncode, "nothing" in told.stdout) == (1, True)
    told = subprocess.run([found, *map(str, FILES)], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (told.returncode, told.stdout) == (0, "")
