"""The one place of delayed imports. Spark takes seconds to import: help, completion and `validate` do without it."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import cast

Execute = Callable[[argparse.Namespace], None]


@dataclass(frozen=True)
class Later:
    """A function of `lakehouse.console.execution`; its module is imported when the function is called, not before."""

    module: str
    function: str = "execute"

    def load(self) -> Execute:
        """Imports the module, and returns the function."""
        return cast(Execute, getattr(import_module(f"lakehouse.console.execution.{self.module}"), self.function))

    def __call__(self, arguments: argparse.Namespace) -> None:
        """Calls the function with the parsed arguments."""
        self.load()(arguments)
