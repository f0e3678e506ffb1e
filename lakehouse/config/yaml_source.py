"""The only place that reads YAML: values with their file and line, for messages."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from lakehouse.errors import ConfigError

_REFERENCE = re.compile(r"\$\{[^}]*\}?")
_ENVIRONMENT = re.compile(r"\$\{env:([A-Za-z_][A-Za-z0-9_]*)\}")


class Unresolved:
    """Stands for a text whose `${...}` has no value. No model accepts it, so validation fails at its place."""


@dataclass(frozen=True)
class Node:
    """A value of a YAML file with its place. `path`: the keys that lead to it, such as `spark.spark.master`.

    `value`: as written, with `${env:NAME}` not replaced: a dict of nodes, a tuple of nodes, or a scalar.
    """

    file: str
    line: int
    path: str
    value: object
    environ: Mapping[str, str] = field(repr=False, compare=False)

    def error(self, message: str) -> ConfigError:
        """An error about this value, with its place."""
        return ConfigError(self.file, self.line, f"{self.path}: {message}" if self.path else message)

    def expected(self, kind: str) -> ConfigError:
        """An error that says what was expected instead of this value."""
        return self.error(f"expected {kind}, found {_described(self.value)}.")

    def entries(self) -> Mapping[str, Node]:
        """The entries of a mapping. Raises `ConfigError` when the value is no mapping."""
        if isinstance(self.value, dict):
            return self.value
        raise self.expected("keys with values")

    def at(self, *path: str | int) -> Node:
        """The value at a path of keys and positions (from 0) below this one. Skips parts that are not in the file."""
        node = self
        for part in path:
            below = dict(enumerate(node.value)) if isinstance(node.value, tuple) else node.value
            if isinstance(below, dict):
                node = below.get(part, node)
        return node

    def plain(self) -> object:
        """The value as dicts, tuples and scalars, with every `${env:NAME}` replaced."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, tuple):
            return tuple(node.plain() for node in self.value)
        try:
            return self.resolved()
        except ConfigError:
            return Unresolved()

    def require_from_environment(self, variable: str = "NAME", what: str = "a secret does") -> None:
        """Raises `ConfigError` when the value is not exactly one `${env:NAME}`. `variable`: the name to propose."""
        if _ENVIRONMENT.fullmatch(str(self.value)) is None:
            raise self.error(f"{what} not belong in a file. Write ${{env:{variable}}}, and set the variable.")

    def resolved(self) -> object:
        """The scalar with `${env:NAME}` replaced. Raises `ConfigError` when the variable is not set."""
        return _REFERENCE.sub(self._variable, self.value) if isinstance(self.value, str) else self.value

    def _variable(self, reference: re.Match[str]) -> str:
        known = _ENVIRONMENT.fullmatch(reference[0])
        if not known:
            raise self.error(f"'{reference[0]}' is not understood: only ${{env:NAME}} is replaced.")
        if known[1] not in self.environ:
            raise self.error(f"the environment variable {known[1]} is not set. Set it, or write the value here.")
        return self.environ[known[1]]


def nearest(word: str, known: Iterable[str]) -> str:
    """A suggestion for an unknown word: the nearest known word, or all known words when none is near."""
    known = tuple(known)
    close = difflib.get_close_matches(word, known, n=1)
    return f"Did you mean '{close[0]}'?" if close else f"Known: {', '.join(sorted(known))}."


def read_yaml(path: Path, environ: Mapping[str, str]) -> Node:
    """Reads a YAML file. Raises `ConfigError` when it cannot be read, is empty, or repeats a key."""
    try:
        loader = _Loader(path.read_bytes())
        root = loader.get_single_node()
    except OSError as error:
        raise ConfigError(str(path), None, f"cannot be read: {error.strerror}. Check the path.") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise ConfigError(str(path), line, f"not valid YAML: {error.problem}.") from error
    except yaml.YAMLError as error:
        raise ConfigError(str(path), None, "not valid YAML: it has characters that are not UTF-8 text.") from error
    if root is None:
        raise ConfigError(str(path), None, "is empty.")
    return _Reader(str(path), loader, environ).node(root, "", root.start_mark.line + 1)


class _Loader(yaml.SafeLoader):
    """Refuses aliases, because they can nest a file into itself."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.composer.ComposerError(None, None, "aliases (*name) are not supported; repeat the value", mark)
        return super().compose_node(parent, index)


@dataclass(frozen=True)
class _Reader:
    file: str
    loader: yaml.SafeLoader
    environ: Mapping[str, str]

    def node(self, raw: yaml.Node, path: str, line: int) -> Node:
        return Node(self.file, line, path, self._value(raw, path, line), self.environ)

    def _value(self, raw: yaml.Node, path: str, line: int) -> object:
        if raw.tag != self._plain_tag(raw):
            raise ConfigError(self.file, line, f"{path}: the tag {raw.tag} is not supported.")
        if isinstance(raw, yaml.MappingNode):
            return self._mapping(raw, path)
        if isinstance(raw, yaml.SequenceNode):
            items = enumerate(raw.value, start=1)
            return tuple(self.node(item, f"{path}[{i}]", item.start_mark.line + 1) for i, item in items)
        try:
            return self.loader.construct_object(raw)
        except (ValueError, OverflowError, yaml.YAMLError) as error:
            raise ConfigError(
                self.file, line, f"{path}: '{raw.value}' cannot be read; quote it if it is text."
            ) from error

    def _plain_tag(self, raw: yaml.Node) -> str:
        plain = isinstance(raw, yaml.ScalarNode) and raw.style is None
        return str(self.loader.resolve(type(raw), raw.value, (plain, not plain)))  # type: ignore[no-untyped-call]

    def _mapping(self, raw: yaml.MappingNode, path: str) -> dict[str, Node]:
        entries: dict[str, Node] = {}
        for key_node, value_node in raw.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                raise ConfigError(self.file, line, f"{path}: a key must be a word.")
            key = key_node.value
            if key in entries:
                raise ConfigError(self.file, line, f"key '{key}' is already used in line {entries[key].line}.")
            entries[key] = self.node(value_node, f"{path}.{key}" if path else key, line)
        return entries


def _described(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "a yes/no value"
    if isinstance(value, tuple):
        return "a list" if value else "an empty list"
    if isinstance(value, dict):
        return "keys with values"
    return f"'{value}'"
