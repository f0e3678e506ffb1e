"""Imports are delayed in one place."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.support.places import ROOT

pytestmark = pytest.mark.no_spark

CONSOLE = ROOT / "lakehouse" / "console"


def delayed_imports(text: str) -> list[int]:
    """Lines inside of functions that import something, and lines that name `import_module`."""
    tree = ast.parse(text)
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    inside = [node for function in functions for node in ast.walk(function)]
    found = {node.lineno for node in inside if isinstance(node, ast.Import | ast.ImportFrom)}
    return sorted(
        found | {node.lineno for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id == "import_module"}
    )


def test_only_one_module_delays_imports() -> None:
    assert delayed_imports("import a\ndef f():\n    from b import c\n    import_module('d')\n") == [3, 4]
    files = sorted(CONSOLE.rglob("*.py"))
    found = {file.relative_to(CONSOLE): delayed_imports(file.read_text(encoding="utf-8")) for file in files}
    assert {file for file, lines in found.items() if lines} == {Path("lazy.py")}
