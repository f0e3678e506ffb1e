"""Reads every configuration and rule file, and says how much is in them. Without Spark."""

from __future__ import annotations

import argparse

from lakehouse.config.load import configuration
from lakehouse.console.parser import request_of


def execute(arguments: argparse.Namespace) -> None:
    """Prints one line when all files are valid. Raises `ConfigError` for the first fault."""
    config = configuration(request_of(arguments))
    rules = sum(len(suite.rules) for suite in config.suites.values())
    print(
        f"valid: {len(config.catalogue.questions)} questions, {rules} rules in {len(config.suites)} suites, "
        f"{len(config.alert_policy.rules)} alert rules (rules version {config.rules_version})"
    )
