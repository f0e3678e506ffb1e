"""JSON Schemas of the configuration files, generated from their models, for editors to complete and check the YAML."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core.core_schema import NullableSchema, WithDefaultSchema

from lakehouse.config.alerts_file import AlertsFile
from lakehouse.config.load import project_file
from lakehouse.config.rules_file import RULE_FILES
from lakehouse.config.sections import Section
from lakehouse.config.settings_file import Settings
from lakehouse.config.suites import place_of
from lakehouse.config.survey.questions_file import QuestionsFile
from lakehouse.config.yaml_source import read_yaml


class _OurJsonSchema(GenerateJsonSchema):
    """Leaves out null and empty defaults: in these files, a key without a value is left out."""

    def nullable_schema(self, schema: NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: WithDefaultSchema) -> JsonSchemaValue:
        written = super().default_schema(schema)
        default = written.get("default")
        is_empty = not any(default.values()) if isinstance(default, dict) else default is None
        return {key: value for key, value in written.items() if key != "default" or not is_empty}

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def json_schemas() -> Mapping[str, dict[str, Any]]:
    """YAML file -> its JSON Schema. Overlays use the JSON Schema of base.yml."""
    models: dict[str, type[Section]] = {"conf/questions.yml": QuestionsFile, "conf/alerts.yml": AlertsFile}
    models |= {f"expectations/{place_of(gate).as_posix()}": model for gate, model in RULE_FILES.items()}
    return {"conf/base.yml": _settings()} | {file: _schema(model) for file, model in models.items()}


def schema_beside(file: str) -> str:
    """Path of the JSON Schema of a YAML file."""
    return f"{file.removesuffix('.yml')}.schema.json"


def _settings() -> dict[str, Any]:
    """The JSON Schema of base.yml and the overlays. An overlay has only the keys that differ from base.yml: no key is
    required, and the values in base.yml are the defaults."""
    schema = _schema(Settings)
    del schema["required"]
    for key, node in read_yaml(project_file("conf", "base.yml"), {}).entries().items():
        schema["properties"][key]["default"] = node.plain()
    return schema


def _schema(model: type[Section]) -> dict[str, Any]:
    return {
        "$schema": GenerateJsonSchema.schema_dialect,
        **model.model_json_schema(schema_generator=_OurJsonSchema),
    }
