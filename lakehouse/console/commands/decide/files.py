"""`lakehouse files`: delivered files, and a person's decisions about them."""

from __future__ import annotations

import argparse

from lakehouse.console.command import Command, Purpose, add_action
from lakehouse.console.lazy import Later
from lakehouse.console.parser import add_shared_options, day

_ACTIONS = (
    ("list", "every delivered file, its state and where its lines are", "list --warehouse demo/warehouse"),
    ("show", "one file's decisions, differences and failed checks", "show 3fa9c1"),
    (
        "accept",
        "admit a held or withdrawn file, whatever the limits say",
        'accept 3fa9c1 --reason "the airport was closed on most days"',
    ),
    (
        "withdraw",
        "take a file out of silver and gold; what it had superseded comes back",
        'withdraw 3fa9c1 --reason "a test file, delivered by mistake"',
    ),
    (
        "redate",
        "give a file another survey date",
        'redate 3fa9c1 --to 2026-10-31 --reason "the date in its name is wrong"',
    ),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the actions of `files`."""
    actions = parser.add_subparsers(title="what to do", metavar="ACTION", required=True, dest="action")
    for action, summary, example in _ACTIONS:
        command = add_action(actions, action, summary, f"lakehouse files {example}")
        if action != "list":
            command.add_argument("sha", metavar="SHA", help="the file's SHA-256, or its first characters")
        if action == "redate":
            command.add_argument("--to", type=day("--to"), required=True, metavar="YYYY-MM-DD", help="the survey date")
        if action not in ("list", "show"):
            command.add_argument("--reason", required=True, help="why, kept with the decision")
        add_shared_options(command)


COMMAND = Command(
    name="files",
    purpose=Purpose.DECIDE,
    summary="what became of each delivered file, and decisions about it",
    example="lakehouse files list --warehouse demo/warehouse",
    execute=Later("decide.files"),
    add_arguments=add_arguments,
)
