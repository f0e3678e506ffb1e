"""Patterns of the names of files and folders."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase


def matches(name: str, pattern: str) -> bool:
    """Whether a name or path matches a pattern; case makes no difference."""
    return fnmatchcase(name.lower(), pattern.lower())


def is_set_aside(names: Iterable[str], patterns: Sequence[str]) -> bool:
    """Whether one of the names, of a file and the folders it lies in, matches a pattern."""
    return any(matches(name, pattern) for name in names for pattern in patterns)
