"""YAML files as values that know where they stand: the only place that reads YAML."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import yaml

from lakehouse.errors import ConfigError

_REFERENCE = re.compile(r"\$\{[^}]*\}?")
_ENVIRONMENT = re.compile(r"\$\{env:([A-Za-z_][A-Za-z0-9_]*)\}")


@dataclass(frozen=True)
class Node:
    """A value of a YAML file with its place; `path` names it in messages, e.g. `spark.spark.master`.

    Every reading method raises `ConfigError` with file and line when the value is of another kind.
    """

    file: str
    line: int
    path: str
    value: object
    environ: Mapping[str, str] = field(repr=False, compare=False)

    def error(self, message: str) -> ConfigError:
        """The error to raise for a fault in this value."""
        return ConfigError(self.file, self.line, f"{self.path}: {message}" if self.path else message)

    def entries(self) -> Mapping[str, Node]:
        """A mapping with keys of the user's choice."""
        if isinstance(self.value, dict):
            return self.value
        raise self._expected("keys with values")

    def fields(self, required: Collection[str], optional: Collection[str] = ()) -> Mapping[str, Node]:
        """A mapping with known keys: all of `required`, any of `optional`, no other."""
        entries = self.entries()
        known = (*required, *optional)
        for key, node in entries.items():
            if key not in known:
                raise ConfigError(self.file, node.line, f"{self._at()}unknown key '{key}'. {nearest(key, known)}")
        missing = [key for key in required if key not in entries]
        if missing:
            raise self.error(f"missing: {', '.join(missing)}. Add the key(s) here.")
        return entries

    def items(self) -> tuple[Node, ...]:
        """A list with at least one item."""
        if isinstance(self.value, tuple) and self.value:
            return self.value
        raise self._expected("a list with at least one item")

    def text(self, *, blank: bool = False) -> str:
        """Text, with `${env:NAME}` replaced; blank text only when allowed."""
        if not isinstance(self.value, str):
            raise self._expected("text (put it in quotes)")
        text = _REFERENCE.sub(self._variable, self.value)
        if not blank and not text.strip():
            raise self.error("must not be empty.")
        return text

    def texts(self) -> tuple[str, ...]:
        """A list of text."""
        return tuple(item.text() for item in self.items())

    def choice(self, allowed: Collection[str]) -> str:
        """One of the allowed words."""
        word = self.text()
        if word not in allowed:
            raise self.error(f"'{self.value}' is not known. {nearest(word, allowed)}")
        return word

    def number(self) -> float:
        """A finite number."""
        if isinstance(self.value, int | float) and not isinstance(self.value, bool) and math.isfinite(self.value):
            return self.value
        raise self._expected("a number")

    def share(self, *, whole: bool = False) -> float:
        """A share: a number between 0 and 1, both excluded; `whole` takes 1 as well."""
        share = self.number()
        if not (0 < share < 1 or (whole and share == 1)):
            raise self.error(f"must be a share between 0 and 1, found {share}.")
        return share

    def whole_number(self) -> int:
        """A whole number."""
        if isinstance(self.value, int) and not isinstance(self.value, bool):
            return self.value
        raise self._expected("a whole number")

    def flag(self) -> bool:
        """true or false."""
        if isinstance(self.value, bool):
            return self.value
        raise self._expected("true or false")

    def count(self) -> int:
        """A whole number of at least 1."""
        if isinstance(self.value, int) and not isinstance(self.value, bool) and self.value >= 1:
            return self.value
        raise self._expected("a whole number of at least 1")

    def date(self) -> date:
        """A calendar day."""
        if isinstance(self.value, date) and not isinstance(self.value, datetime):
            return self.value
        raise self._expected("a date YYYY-MM-DD")

    def _expected(self, kind: str) -> ConfigError:
        return self.error(f"expected {kind}, found {_described(self.value)}.")

    def _at(self) -> str:
        return f"{self.path}: " if self.path else ""

    def _variable(self, reference: re.Match[str]) -> str:
        known = _ENVIRONMENT.fullmatch(reference[0])
        if not known:
            raise self.error(f"'{reference[0]}' is not understood: only ${{env:NAME}} is replaced.")
        if known[1] not in self.environ:
            raise self.error(f"the environment variable {known[1]} is not set. Set it, or write the value here.")
        return self.environ[known[1]]


def is_from_environment(text: str) -> bool:
    """Whether a text as written is one `${env:NAME}` and nothing else."""
    return _ENVIRONMENT.fullmatch(text) is not None


def nearest(word: str, known: Iterable[str]) -> str:
    """The way out for a word that is not known: the nearest known one, else all of them."""
    known = tuple(known)
    close = difflib.get_close_matches(word, known, n=1)
    return f"Did you mean '{close[0]}'?" if close else f"Known: {', '.join(sorted(known))}."


def read_yaml(path: Path, environ: Mapping[str, str]) -> Node:
    """The content of a YAML file. Raises `ConfigError` when it cannot be read or repeats a key."""
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
    """YAML without aliases: they can nest a file into itself."""

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
