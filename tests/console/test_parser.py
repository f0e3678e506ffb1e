"""The command line as a list of commands: their help, their examples, and what a mistyped word is answered."""

from __future__ import annotations

import argparse
import inspect
import re
import shlex
from collections.abc import Iterator
from importlib import import_module

import pytest

from lakehouse.console.app import build_parser
from lakehouse.console.command import Command, Purpose
from lakehouse.console.command_list import COMMANDS
from lakehouse.errors import UsageError
from tests.support.places import ROOT

pytestmark = pytest.mark.no_spark

GROUPS = {
    "run it": ["run", "ingest", "silver", "gold", "publish", "watch"],
    "look": ["preview", "plan", "status", "sql", "report", "export"],
    "decide": ["alerts", "files", "quarantine", "forget"],
    "keep it healthy": ["maintain", "register", "verify"],
    "develop": ["validate", "generate", "docs"],
}

JOBS = {
    "run": "jobs.run_pipeline",
    "ingest": "jobs.ingest_bronze",
    "silver": "jobs.build_silver",
    "gold": "jobs.build_gold",
    "publish": "jobs.publish_alerts",
    "watch": "jobs.watch_landing",
    "maintain": "jobs.maintain_tables",
    "status": "jobs.report_held_files",
    "register": "jobs.register_tables",
}


def parsers(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """The parser of every command, and of every action of one."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for below in action.choices.values():
                yield below
                yield from parsers(below)


def refusal(line: str) -> str:
    """What a command line that is bad usage is answered."""
    with pytest.raises(UsageError) as refused:
        build_parser().parse_args(shlex.split(line))
    return str(refused.value)


def test_help_groups_every_command_by_purpose() -> None:
    blocks = build_parser().format_help().split("\n\n")
    headed = {lines[0].rstrip(":"): [line.split()[0] for line in lines[1:]] for lines in map(str.splitlines, blocks)}
    assert {title: headed.get(title) for title in GROUPS} == GROUPS
    assert [purpose.value for purpose in Purpose] == list(GROUPS)
    assert [command.name for command in COMMANDS] == [name for names in GROUPS.values() for name in names]


def test_help_says_how_to_switch_completion_on() -> None:
    assert 'eval "$(register-python-argcomplete lakehouse)"' in build_parser().format_help()


def test_help_of_every_command_and_action_ends_with_an_example_that_parses() -> None:
    every = list(parsers(build_parser()))
    assert len(every) == len(COMMANDS) + 15
    for parser in every:
        assert parser.description and parser.description in parser.format_help()
        (example,) = re.findall(r"\nexample:\n  (.*)\n$", parser.format_help())
        program, *words = shlex.split(example)
        named = parser.prog.split()
        assert [program, *words][: len(named)] == named
        assert callable(build_parser().parse_args(words).execute)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_what_a_command_does_is_there(command: Command) -> None:
    execute = command.execute.load()
    assert list(inspect.signature(execute).parameters) == ["arguments"]
    assert execute.__doc__


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("stauts", "no command 'stauts'. Did you mean 'status'? See `lakehouse --help`."),
        ("qarantine list", "no command 'qarantine'. Did you mean 'quarantine'? See `lakehouse --help`."),
        ("--hlep", "no option '--hlep'. Did you mean '--help'? See `lakehouse --help`."),
        ("files acept 3f", "files: no action 'acept'. Did you mean 'accept'? See `lakehouse files --help`."),
        ("status --chekcs", "status: no option '--chekcs'. Did you mean '--checks'? See `lakehouse status --help`."),
        ("run --landng=x", "run: no option '--landng'. Did you mean '--landing'? See `lakehouse run --help`."),
        # A shortened option is taken for a mistyped one.
        ("run --verb", "run: no option '--verb'. Did you mean '--verbose'? See `lakehouse run --help`."),
        # The option that is required is there, but mistyped.
        (
            "files accept 3f --raeson 'a b'",
            "files accept: no option '--raeson'. Did you mean '--reason'? See `lakehouse files accept --help`.",
        ),
        (
            "sql --releas r 'SELECT 1'",
            "sql: no option '--releas'. Did you mean '--release'? See `lakehouse sql --help`.",
        ),
    ],
)
def test_a_mistyped_word_suggests_the_nearest(line: str, said: str) -> None:
    assert refusal(line) == said


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("", "the following arguments are required: COMMAND. See `lakehouse --help`."),
        ("run --colour", "run: unrecognized arguments: --colour. See `lakehouse run --help`."),
        ("status extra", "status: unrecognized arguments: extra. See `lakehouse status --help`."),
        ("sql", "sql: the following arguments are required: statement. See `lakehouse sql --help`."),
        ("sql -- --formt", None),
        ("sql '--formt is a comment\nSELECT 1'", None),
        (
            "maintain --retain -1",
            "--retain -1: no such number. Write a whole number, 0 or more.",
        ),
        ("maintain --retain 1.5", "--retain 1.5: no such number. Write a whole number, 0 or more."),
        ("files redate 3f --to 1.2.2025 --reason r", "--to 1.2.2025: no such day. Write it as YYYY-MM-DD."),
    ],
)
def test_other_words_suggest_nothing(line: str, said: str | None) -> None:
    if said is None:
        assert build_parser().parse_args(shlex.split(line)).statement == shlex.split(line)[-1]
    else:
        assert refusal(line) == said


def test_far_off_words_list_the_choices() -> None:
    assert re.match(r"argument COMMAND: invalid choice: 'fly' \(choose from .*'status'.*\)\. See ", refusal("fly"))
    assert re.match(
        r"sql: argument --format: invalid choice: 'x' \(choose from .*csv.*\)\. See ", refusal("sql --format x s")
    )


def test_every_job_for_schedulers_is_a_command_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    entry_points = re.findall(r'"(\w+) = (jobs\.\w+):main"', (ROOT / "setup.py").read_text(encoding="utf-8"))
    assert dict(entry_points) == JOBS
    for name, module in JOBS.items():
        main = import_module(module).main
        with pytest.raises(SystemExit) as ended:
            main(["--help"])
        shown = capsys.readouterr().out
        assert (ended.value.code, shown.split()[:2]) == (0, ["usage:", name])
        assert f"example:\n  lakehouse {name} " in shown
        with pytest.raises(UsageError, match=r"no option '--landng'. Did you mean '--landing'\?"):
            main(["--landng", "x"])


def test_alerts_without_an_action_are_listed() -> None:
    for words in ("alerts --warehouse w --team gate", "alerts list --warehouse w --team gate"):
        arguments = build_parser().parse_args(words.split())
        assert (arguments.action, arguments.warehouse, arguments.team) == ("list", "w", "gate")
    assert build_parser().parse_args(["alerts"]).action == "list"
