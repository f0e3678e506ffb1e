"""The one place of delayed imports. Spark takes seconds to import: help, completion and `validate` do without it."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import cast

from lakehouse.errors import UsageError

# What the extra `spark` installs, and a managed runtime brings.
_SPARK = {"pyspark", "py4j", "delta"}

Execute = Callable[[argparse.Namespace], None]


@dataclass(frozen=True)
class Later:
    """A function of `lakehouse.console.execution`; its module is imported when the function is called, not before."""

    module: str
    function: str = "execute"

    def load(self) -> Execute:
        """Imports the module, and returns the function. Raises `UsageError` when it needs Spark and there is none."""
        try:
            module = import_module(f"lakehouse.console.execution.{self.module}")
        except ModuleNotFoundError as error:
            if str(error.name).partition(".")[0] not in _SPARK:
                raise
            raise UsageError(
                "this command needs Spark, which is not installed: "
                "pip install 'passenger-feedback-lakehouse[spark]', or use the Python of a runtime that brings it."
            ) from error
        return cast(Execute, getattr(module, self.function))

    def __call__(self, arguments: argparse.Namespace) -> None:
        """Calls the function with the parsed arguments."""
        self.load()(arguments)
