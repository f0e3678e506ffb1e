"""The configuration reference as Markdown, generated from the JSON Schemas of the configuration files."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from lakehouse.documents.markdown import made_from, table_of

Schema = Mapping[str, Any]

_INTRODUCTION = (
    "What each file may say. `lakehouse validate` checks all of it; the JSON Schema beside each file (`*.schema.json`) "
    "lets an editor complete and check it while typing. In a text, `${env:NAME}` is replaced by the variable NAME."
)
_TYPES: Mapping[str, str] = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "object": "keys",
    "null": "nothing",
}
_LONGEST_DEFAULT = 60


@dataclass(frozen=True)
class Key:
    """A key of a file. `kinds`: the kinds of entries that have the key; empty when all kinds have it."""

    path: str
    type: str
    default: str
    meaning: str
    kinds: tuple[str, ...] = ()


def configuration_reference(schemas: Mapping[str, Schema]) -> str:
    """One section per file, with one row per key. `schemas`: file -> its JSON Schema."""
    parts = [
        "# Configuration",
        "",
        made_from("the models in lakehouse/config/ and conf/base.yml"),
        "",
        _INTRODUCTION,
        "",
    ]
    for file, schema in schemas.items():
        keys = list(_Reader(schema.get("$defs", {})).below(schema, ""))
        parts += [f"## {file}", "", schema["description"], "", *_table(key for key in keys if not key.kinds), ""]
        for kind in dict.fromkeys(kind for key in keys for kind in key.kinds):
            parts += [f"### {kind}", "", *_table(key for key in keys if kind in key.kinds), ""]
    return "\n".join(parts)


def _table(keys: Iterable[Key]) -> list[str]:
    rows = [(f"`{key.path}`", key.type, key.default, key.meaning) for key in keys]
    return table_of(("key", "type", "default", "meaning"), rows)


@dataclass(frozen=True)
class _Reader:
    """Lists the keys of one JSON Schema. `described`: definition -> the first key with it; later keys refer to that."""

    definitions: Mapping[str, Schema]
    described: dict[str, str] = field(default_factory=dict)

    def below(self, schema: Schema, path: str) -> Iterator[Key]:
        """The keys below a value, each followed by the keys below it."""
        if "oneOf" in schema and self._has_keys(schema):
            yield from self._of_kinds(schema, path)
        for name, inner in schema.get("properties", {}).items():
            default = "needed" if name in schema.get("required", ()) else "none"
            yield from self._key(inner, f"{path}.{name}".lstrip("."), default)
        for inner in (schema.get("additionalProperties"), *schema.get("patternProperties", {}).values()):
            if inner and self._has_keys(inner):
                yield from self.below(self._resolved(inner), f"{path}.<name>")
        if "items" in schema and self._has_keys(schema["items"]):
            yield from self.below(self._resolved(schema["items"]), f"{path}[]")

    def _key(self, schema: Schema, path: str, default: str) -> Iterator[Key]:
        whole = self._resolved(schema)
        first = self.described.setdefault(schema.get("$ref", path), path)
        is_known = first != path and "properties" in whole
        kind = f"{self._type(whole)}, as for `{first}`" if is_known else self._type(whole)
        if "default" in schema:
            default = _default(schema["default"])
        yield Key(path, kind, default, schema.get("description", whole.get("description", "")))
        if not is_known:
            yield from self.below(whole, path)

    def _of_kinds(self, schema: Schema, path: str) -> Iterator[Key]:
        """The keys of entries of several kinds, each once, with the kinds that have it unless all kinds do."""
        chooser = schema.get("discriminator", {}).get("propertyName")
        kinds: dict[Key, list[str]] = {}
        for variant in map(self._resolved, schema["oneOf"]):
            for key in self.below(variant, path):
                kinds.setdefault(key, []).append(_heading(variant, chooser))
        for key, names in kinds.items():
            yield key if len(names) == len(schema["oneOf"]) else replace(key, kinds=tuple(names))

    def _has_keys(self, schema: Schema) -> bool:
        whole = self._resolved(schema)
        return "properties" in whole or any(map(self._has_keys, whole.get("oneOf", ())))

    def _resolved(self, schema: Schema) -> Schema:
        reference = schema.get("$ref")
        return self.definitions[reference.rpartition("/")[2]] if reference else schema

    def _type(self, schema: Schema) -> str:
        if "const" in schema or "enum" in schema:
            return " or ".join(map(_value, schema.get("enum") or [schema["const"]]))
        if "oneOf" in schema:
            return " or ".join(dict.fromkeys(self._type(self._resolved(variant)) for variant in schema["oneOf"]))
        if schema.get("format") == "date":
            return "date"
        names: list[str] = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        inner = f"list of {self._type(self._resolved(schema['items']))}" if "items" in schema else "list"
        return " or ".join(inner if name == "array" else _TYPES[name] for name in names)


def _heading(variant: Schema, chooser: str | None) -> str:
    """The heading of a kind of entry: the values of `chooser` that select the kind, else its title."""
    if chooser is None:
        return str(variant["title"])
    choice = variant["properties"][chooser]
    return ", ".join(f"`{word}`" for word in choice.get("enum") or [choice["const"]])


def _value(value: object) -> str:
    return f"`{value}`" if isinstance(value, str) else f"`{json.dumps(value)}`"


def _default(value: object) -> str:
    text = _value(value)
    return text if len(text) <= _LONGEST_DEFAULT else "as in the file"
