"""The body of a webhook: a message in the shape that its receiver wants."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import SandboxedEnvironment

from lakehouse.notify.delivery_error import DeliveryError

_ENVIRONMENT = SandboxedEnvironment(undefined=StrictUndefined, autoescape=False)


def body_of(content: Mapping[str, object], template: Path | None) -> bytes:
    """The message as JSON, in the shape of the template. Raises `DeliveryError` when it has none, or makes no JSON."""
    if template is None:
        return json.dumps(content, ensure_ascii=False).encode()
    try:
        text = _ENVIRONMENT.from_string(template.read_text(encoding="utf-8")).render(content)
        return json.dumps(json.loads(text), ensure_ascii=False).encode()
    except OSError as error:
        raise DeliveryError(f"template {template.name}: {error.strerror}") from error
    except TemplateError as error:
        raise DeliveryError(f"template {template.name}: {error.message}") from error
    except ValueError as error:
        raise DeliveryError(f"template {template.name} makes no JSON: {error}") from error
