"""Tests lie where the code lies that they test, and each file of them stands alone."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.support.places import ROOT

pytestmark = pytest.mark.no_spark

TESTS = ROOT / "tests"
SUPPORT = TESTS / "support"


def files() -> list[Path]:
    """Every Python file of the tests."""
    return sorted(TESTS.rglob("*.py"))


def imported(text: str, package: str) -> set[str]:
    """Full dotted names that a file of the package imports, those inside functions included."""
    names = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: -node.level + 1 or None] if node.level else []
            base = ".".join([*above, *filter(None, [node.module])])
            names |= {f"{base}.{alias.name}" for alias in node.names}
    return names


def belongs_to_another_test(name: str) -> bool:
    """Whether an import takes something from a test file or from a conftest."""
    first, *rest = name.split(".")
    return first == "conftest" or (first == "tests" and any(part.startswith(("test_", "conftest")) for part in rest))


@pytest.mark.parametrize(
    ("line", "breaks"),
    [
        ("from tests.support.data.surveys import response", False),
        ("from lakehouse.silver import casting", False),
        ("from tests.support.catalogues import test_catalogue", True),
        ("from tests.conftest import ROOT", True),
        ("from tests.gold.test_scores import WEIGHTS", True),
        ("import tests.gold.test_scores", True),
        ("from tests.gold import test_scores", True),
        ("from conftest import ROOT", True),
        ("from . import conftest", True),
        ("from .conftest import config", True),
        ("from ..gold.test_scores import WEIGHTS", True),
        ("def late():\n    from tests.conftest import ROOT", True),
    ],
)
def test_imports_are_recognised(line: str, breaks: bool) -> None:
    assert any(map(belongs_to_another_test, imported(line, "tests.pipeline"))) is breaks


def test_no_test_imports_from_another_test() -> None:
    found = {}
    for file in files():
        package = ".".join(file.parent.relative_to(ROOT).parts)
        if wrong := sorted(filter(belongs_to_another_test, imported(file.read_text(encoding="utf-8"), package))):
            found[str(file.relative_to(ROOT))] = wrong
    assert found == {}


# Where the whole of it runs, or what brings it there is tested.
HOMES = {TESTS / name for name in ("airflow", "bi", "cluster", "deployment", "end_to_end", "object_store")}


def test_every_folder_mirrors_a_room() -> None:
    rooms = {file.parent for file in (ROOT / "lakehouse").rglob("*.py")}
    folders = {file.parent for file in files() if not {SUPPORT, *HOMES} & {file.parent, *file.parent.parents}}
    mirrored = {ROOT / "lakehouse" / folder.relative_to(TESTS) for folder in folders}
    assert mirrored - rooms == set()


def test_every_file_is_a_test_a_conftest_or_support() -> None:
    others = [file for file in files() if not file.name.startswith("test_") and file.name != "conftest.py"]
    assert [file for file in others if SUPPORT not in file.parents] == []
    assert [file for file in files() if SUPPORT in file.parents and file not in others] == []
