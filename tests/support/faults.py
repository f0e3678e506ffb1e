"""Faults of configuration and rule files, as they are told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lakehouse.errors import ConfigError


@contextmanager
def fault_named(file: str, line: int, message: str) -> Iterator[None]:
    """The block is refused, with that name of a file, that line, and those words."""
    with pytest.raises(ConfigError) as caught:
        yield
    assert message in str(caught.value)
    assert (Path(caught.value.file).name, caught.value.line) == (file, line)
