"""Base of the models of all configuration files: sections, types of values, and errors with file and line."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Annotated, Any, ClassVar, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ValidationError,
    WithJsonSchema,
    model_validator,
)
from pydantic.fields import FieldInfo
from pydantic_core import CoreSchema, ErrorDetails, InitErrorDetails, PydanticCustomError
from pydantic_core.core_schema import literal_schema, no_info_after_validator_function

from lakehouse.config.yaml_source import Node, nearest
from lakehouse.errors import ConfigError
from lakehouse.survey.headers import snake_case

M = TypeVar("M", bound="Section")


def fault(message: str, *path: str | int) -> ValidationError:
    """The error for a validator to raise. The message is shown unchanged, with the line of the value at `path`, which
    begins at the section of the validator."""
    problem = PydanticCustomError("fault", "{message}", {"message": message})
    return ValidationError.from_exception_data("fault", [InitErrorDetails(type=problem, loc=path, input=None)])


class Section(BaseModel):
    """A mapping in a configuration file. Refuses missing keys, unknown keys, and keys without a value."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, hide_input_in_errors=True)

    # Key that one might expect in this section -> message that says why it is not allowed.
    misplaced: ClassVar[Mapping[str, str]] = {}

    @model_validator(mode="before")
    @classmethod
    def _check_keys(cls, given: object) -> object:
        if not isinstance(given, dict):
            return given
        known = {setting.alias or name: setting for name, setting in cls.model_fields.items()}
        for key in given:
            if key not in known:
                raise fault(cls.misplaced.get(key, f"unknown key '{key}'. {nearest(key, known)}"), key)
        missing = [_needed(key, known[key]) for key in known if known[key].is_required() and key not in given]
        if missing:
            raise fault(f"missing: {', '.join(missing)}. Add the key(s) here.")
        for key, value in given.items():
            if value is None and not known[key].is_required():
                raise fault("is empty. Give it a value, or remove the key.", key)
        return given


def _needed(key: str, setting: FieldInfo) -> str:
    """A missing key in words, with the keys that are required below it."""
    below = setting.annotation
    fields = below.model_fields if isinstance(below, type) and issubclass(below, Section) else {}
    needed = [field.alias or name for name, field in fields.items() if field.is_required()]
    return f"{key} with {', '.join(needed)}" if needed else key


@dataclass(frozen=True)
class Must:
    """A condition on a value, the message for a `{value}` that breaks it, and its JSON Schema, if any."""

    hold: Callable[[Any], bool]
    message: str
    json_schema: Mapping[str, object] = field(default_factory=dict, hash=False)

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return no_info_after_validator_function(self._checked, handler(source))

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {**handler(core), **self.json_schema}

    def _checked(self, value: Any) -> Any:
        if not self.hold(value):
            shown = f"[{', '.join(map(str, value))}]" if isinstance(value, tuple) else value
            raise fault(self.message.format(value=shown))
        return value


@dataclass(frozen=True)
class OneOf:
    """A value must be one of these words."""

    words: Collection[str]

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return literal_schema(list(self.words))


def _finite(value: object) -> object:
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return value
    raise PydanticCustomError("number", "expected a number")


def is_name(text: str) -> bool:
    """Whether a text can name a column or a rule."""
    return snake_case(text, 1) == text


NAME: dict[str, Any] = {"pattern": "^[a-z][a-z0-9]*(_[a-z0-9]+)*$", "maxLength": 63}
# For a mapping that allows only keys of a pattern.
ONLY_SUCH_KEYS: dict[str, Any] = {"additionalProperties": False}
Text = Annotated[str, Must(lambda text: bool(text.strip()), "must not be empty.", {"pattern": r"\S"})]
NOT_EMPTY = Must(bool, "expected a list with at least one item, found an empty list.", {"minItems": 1})
Texts = Annotated[tuple[Text, ...], NOT_EMPTY]
Id = Annotated[
    Text,
    Must(
        is_name,
        "'{value}' is no id: lower-case words joined by single _, a letter first, at most 63 characters.",
        NAME,
    ),
]
# A number keeps its type, so that messages show 2 and not 2.0.
Number = Annotated[int | float, BeforeValidator(_finite), WithJsonSchema({"type": "number"})]
Share = Annotated[
    Number,
    Must(
        lambda share: 0 < share < 1,
        "must be a share between 0 and 1, found {value}.",
        {"exclusiveMinimum": 0, "exclusiveMaximum": 1},
    ),
]
Count = Annotated[int, Field(ge=1)]


def read_as(model: type[M], node: Node) -> M:
    """Reads a node as a section. Raises `ConfigError` with file and line for the first fault in the file."""
    try:
        return model.model_validate(node.plain())
    except ValidationError as error:
        faults = [_explained(details, node) for details in error.errors(include_url=False, include_input=False)]
    raise min(faults, key=lambda error: error.line or 0)


# Type of a pydantic error -> what was expected, in words.
_KINDS = {
    "string_type": "text (put it in quotes)",
    "bool_type": "true or false",
    "int_type": "a whole number",
    "number": "a number",
    "plain_value": "text, a whole number, true or false",
    "date_type": "a date YYYY-MM-DD",
    "tuple_type": "a list with at least one item",
    "dict_type": "keys with values",
    "model_type": "keys with values",
    "model_attributes_type": "keys with values",
}


def _explained(details: ErrorDetails, root: Node) -> ConfigError:
    """An error of pydantic as an error of ours, with file, line and the expected value."""
    kind, context = details["type"], details.get("ctx", {})
    # The key whose value selects one of several models.
    chooser = _quoted(context.get("discriminator", ""))
    place = root.at(*details["loc"], *chooser)
    try:
        place.resolved()
    except ConfigError as unresolved:
        return unresolved
    match kind:
        case "greater_than_equal":
            return place.expected(f"a whole number of at least {context['ge']}")
        case "literal_error" | "enum":
            return _not_among(_quoted(context["expected"]), place)
        case "union_tag_invalid":
            return _not_among(_quoted(context["expected_tags"]), place)
        case "union_tag_not_found":
            return _without_chooser(place, *chooser)
    return place.expected(_KINDS[kind]) if kind in _KINDS else place.error(details["msg"])


def _without_chooser(place: Node, key: str) -> ConfigError:
    misspelled = get_close_matches(key, place.entries(), n=1)
    if misspelled:
        return place.at(*misspelled).error(f"unknown key '{misspelled[0]}'. Did you mean '{key}'?")
    return place.error(f"missing: {key}. Add the key(s) here.")


def _not_among(known: Collection[str], place: Node) -> ConfigError:
    if isinstance(place.value, str):
        return place.error(f"'{place.value}' is not known. {nearest(place.value, known)}")
    return place.expected(f"one of {', '.join(known)}")


def _quoted(text: str) -> list[str]:
    """The words in quotes in a message of pydantic."""
    return re.findall(r"'([^']*)'", text)
