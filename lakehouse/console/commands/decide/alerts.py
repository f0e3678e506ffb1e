"""`lakehouse alerts`: what got worse, why that is believed, and what people do about it."""

from __future__ import annotations

import argparse

from lakehouse.console.command import Command, Purpose, add_action
from lakehouse.console.lazy import Later
from lakehouse.console.parser import Parser, add_shared_options, day, whole_number

_ID = "the alert's id, or its first characters"
_LIST = "list"
# Action -> summary, and what its example adds to `lakehouse alerts <action>`.
_ABOUT_ONE = {
    "show": ("one alert: its figures, its episode and what happened to it", "3fa9c1"),
    "explain": ("why: the test, the groups and answers that drive it, the files and versions behind it", "3fa9c1"),
    "ack": ("say that somebody is on it", '3fa9c1 --note "two desks were closed; back on Monday"'),
    "resolve": ("say that the cause is mended", '3fa9c1 --note "desks are open again"'),
    "judge": ("let the alerts of a period through whose data is too bad", '3fa9c1 --note "the late files are known"'),
}
_DECISIONS = ("ack", "resolve", "judge")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the actions of `alerts`."""
    assert isinstance(parser, Parser)
    parser.default_action = _LIST
    actions = parser.add_subparsers(title="what to do", metavar="ACTION", required=True, dest="action")
    listed = add_action(
        actions, _LIST, "what is open in the newest period, one line per problem (default)", "lakehouse alerts list"
    )
    listed.add_argument("--team", metavar="TEAM", help="alerts of one team")
    listed.add_argument("--period", metavar="YYYY-MM-DD", type=day("--period"), help="the period that begins on a day")
    listed.add_argument("--all", action="store_true", help="also what is led by another alert, and every other state")
    add_shared_options(listed)
    for action, (summary, example) in _ABOUT_ONE.items():
        one = add_action(actions, action, summary, f"lakehouse alerts {action} {example}")
        one.add_argument("id", metavar="ID", help=_ID)
        if action == "explain":
            one.add_argument("--recompute", action="store_true", help="compute p and q again from the stored sums")
        if action in _DECISIONS:
            one.add_argument("--note", required=True, help="what is known, kept with the decision")
            one.add_argument("--who", metavar="NAME", help="who decides (the user who is logged in)")
        add_shared_options(one)
    tested = add_action(
        actions,
        "selftest",
        "how often the rules would be wrong on this warehouse, and what they would find",
        "lakehouse alerts selftest --warehouse demo/warehouse",
    )
    tested.add_argument(
        "--draws", metavar="N", type=whole_number("--draws"), default=16, help="how often answers are drawn anew (16)"
    )
    add_shared_options(tested)


COMMAND = Command(
    name="alerts",
    purpose=Purpose.DECIDE,
    summary="what got worse, why that is believed, and what people do about it",
    example="lakehouse alerts --warehouse demo/warehouse",
    execute=Later("decide.alerts"),
    add_arguments=add_arguments,
)
