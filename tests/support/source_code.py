"""The code base as text, for rules that every file of it keeps."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property

from tests.support.places import ROOT

OURS = ("jobs", "lakehouse", "schemas")
OUTSIDE_TESTS = (*OURS, "bench", "dags", "tools", "setup.py")
EVERYWHERE = (*OUTSIDE_TESTS, "tests")
# Runs Great Expectations on a frame, and measures how long that takes.
RUNNER = "lakehouse/quality/runner.py"


@dataclass(frozen=True)
class Source:
    """A Python file: its path below the root, and its text."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, self.path)

    def is_in(self, *places: str) -> bool:
        return self.path.startswith(places)


Breach = tuple[int, str]
Rule = Callable[[Source], Iterator[Breach]]


@cache
def sources(places: tuple[str, ...]) -> tuple[Source, ...]:
    """Every Python file below the places that exist."""
    roots = [ROOT / place for place in places]
    files = [file for root in roots for file in ([root] if root.is_file() else root.rglob("*.py"))]
    return tuple(Source(file.relative_to(ROOT).as_posix(), file.read_text(encoding="utf-8")) for file in sorted(files))


def breaches(rule: Rule, places: tuple[str, ...] = OURS) -> list[str]:
    """Every breach as `file:line: what`."""
    return [f"{source.path}:{line}: {what}" for source in sources(places) for line, what in rule(source)]


def lines(rule: Rule, path: str, *text: str) -> list[int]:
    """Lines of a sample text that break the rule."""
    return sorted({line for line, _ in rule(Source(path, "\n".join(text)))})


@cache
def imports(source: Source) -> tuple[tuple[int, str, str], ...]:
    """(line, full dotted name, other name it gets here or "") of every import, those inside functions included."""
    found = []
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name, alias.asname or "") for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            package = ".".join(source.path.split("/")[: -node.level]) if node.level else ""
            base = ".".join(filter(None, (package, node.module)))
            found += [(node.lineno, f"{base}.{alias.name}", alias.asname or alias.name) for alias in node.names]
    return tuple(found)


def is_within(name: str, *packages: str) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def references(source: Source) -> Iterator[Breach]:
    """Names and attribute chains as dotted names, import aliases resolved; `?` where a chain starts from a value."""
    aliases = {here: name for _, name, here in imports(source) if here}
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute | ast.Name):
            yield node.lineno, _dotted(node, aliases)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def _dotted(node: ast.expr, aliases: dict[str, str]) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value, aliases)}.{node.attr}"
    return aliases.get(node.id, node.id) if isinstance(node, ast.Name) else "?"


def last(name: str) -> str:
    return name.rpartition(".")[2]
