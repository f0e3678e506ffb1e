"""What the models of all configuration files share: sections, kinds of values, and faults that name their place."""

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
    """The error for a validator to raise: the message is shown as it stands, at what `path` leads to from here."""
    problem = PydanticCustomError("fault", "{message}", {"message": message})
    return ValidationError.from_exception_data("fault", [InitErrorDetails(type=problem, loc=path, input=None)])


class Section(BaseModel):
    """Keys with values: all that are required, none that is unknown, none that is left empty."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, hide_input_in_errors=True)

    # Keys that one could expect here, and why they do not belong.
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
    """A key that is missing, and what is needed below it."""
    below = setting.annotation
    fields = below.model_fields if isinstance(below, type) and issubclass(below, Section) else {}
    needed = [field.alias or name for name, field in fields.items() if field.is_required()]
    return f"{key} with {', '.join(needed)}" if needed else key


@dataclass(frozen=True)
class Must:
    """A condition on a value, the message about a `{value}` that breaks it, and what JSON Schema can say of it."""

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
    """One of the words that the code knows."""

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
# For a mapping whose keys follow a pattern.
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
# A number stays as it was written: 2 is not shown as 2.0.
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
    """The section that a node holds. Raises `ConfigError` with file and line for its first fault."""
    try:
        return model.model_validate(node.plain())
    except ValidationError as error:
        faults = [_explained(details, node) for details in error.errors(include_url=False, include_input=False)]
    raise min(faults, key=lambda one: one.line or 0)


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
    """An error of pydantic in our words, at the line that it speaks of."""
    kind, context = details["type"], details.get("ctx", {})
    # The key by whose value pydantic chooses among several models.
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
    typed = get_close_matches(key, place.entries(), n=1)
    if typed:
        return place.at(*typed).error(f"unknown key '{typed[0]}'. Did you mean '{key}'?")
    return place.error(f"missing: {key}. Add the key(s) here.")


def _not_among(known: Collection[str], place: Node) -> ConfigError:
    if isinstance(place.value, str):
        return place.error(f"'{place.value}' is not known. {nearest(place.value, known)}")
    return place.expected(f"one of {', '.join(known)}")


def _quoted(text: str) -> list[str]:
    """The words that pydantic lists in quotes."""
    return re.findall(r"'([^']*)'", text)
