"""The documents name only what exists, and leave nothing out."""

from __future__ import annotations

import argparse
import re
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from lakehouse.config.load import Config, load_config
from lakehouse.console.app import build_parser
from lakehouse.storage.registry import registry
from lakehouse.storage.views import views

pytestmark = pytest.mark.no_spark

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCUMENTS = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md"))


@pytest.fixture(scope="module")
def config() -> Config:
    return load_config(None, None, (), {})


def spans(text: str) -> list[str]:
    """What stands in blocks of shell or of its output, and in code spans; continued lines are joined."""
    blocks = re.findall(r"^```(\w*)\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    prose = re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
    shell = [block.replace("\\\n", " ") for language, block in blocks if language in ("", "bash", "sh", "text")]
    return shell + re.findall(r"`([^`\n]+)`", prose)


def commands(text: str) -> Iterator[list[str]]:
    """Words of every call of `lakehouse` in code blocks and code spans, from the command on."""
    lines = (line for span in spans(text) for line in span.splitlines())
    for line in (line for line in lines if re.search(r"\blakehouse ", line)):
        words = shlex.split(line, comments=True)
        places = [at for at, word in enumerate(words) if word == "lakehouse" or word.endswith("/lakehouse")]
        yield from (words[at + 1 :] for at in places if len(words) > at + 1)


def actions(parser: argparse.ArgumentParser) -> Mapping[str, argparse.ArgumentParser]:
    """The parsers below a parser, by name; none for a command without actions of its own."""
    below = [action.choices for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    return below[0] if below else {}


def unknown_commands(text: str) -> list[str]:
    """Commands, actions and options that the command line does not have."""
    found: list[str] = []
    for words in commands(text):
        parser, rest = build_parser(), list(words)
        while (choices := actions(parser)) and rest:
            name = rest.pop(0)
            if name.partition("|")[0] not in choices:
                found.append(name)
                break
            parser = choices[name.partition("|")[0]]
        else:
            known = {option for action in parser._actions for option in action.option_strings}
            found += [word for word in rest if word.startswith("-") and word.partition("=")[0] not in known]
    return found


def unknown_targets(text: str) -> list[str]:
    """Make targets that the Makefile does not have."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    return [target for span in spans(text) for target in re.findall(r"\bmake ([a-z-]+)", span) if target not in targets]


def broken_links(file: Path, text: str) -> list[str]:
    """Relative links to files that are not there."""
    links = re.findall(r"\]\((?!https?:)([^)#]+)", text)
    return [link for link in links if not (file.parent / link).exists()]


def test_every_command_exists() -> None:
    sample = "```sh\n.venv/bin/lakehouse fly --high\nlakehouse run --landing x --hgih\n```\n"
    assert unknown_commands(sample) == ["fly", "--hgih"]
    assert unknown_commands("`lakehouse files burn x` `lakehouse files accept x --raeson y`") == ["burn", "--raeson"]
    assert unknown_commands("```text\nlakehouse run \\\n  --warehouze x\n```\n`lakehouse swim`") == [
        "--warehouze",
        "swim",
    ]
    assert {document.name: found for document in DOCUMENTS if (found := unknown_commands(document.read_text()))} == {}
    assert {command for command, *_ in commands(README)} >= {"run", "status", "sql", "silver", "gold", "validate"}


def test_every_make_target_exists() -> None:
    assert unknown_targets("`make coffee`\n```sh\nmake tea # hot\nmake test\n```\n") == ["tea", "coffee"]
    assert {document.name: found for document in DOCUMENTS if (found := unknown_targets(document.read_text()))} == {}


def test_every_link_leads_somewhere() -> None:
    assert broken_links(ROOT / "README.md", "[a](setup.py) [b](docs/none.md) [c](https://example.org)") == [
        "docs/none.md"
    ]
    assert {
        document.name: found for document in DOCUMENTS if (found := broken_links(document, document.read_text()))
    } == {}


def missing(names: set[str], text: str) -> set[str]:
    return {name for name in names if f"`{name}`" not in text}


def test_every_rule_table_and_view_is_in_the_readme(config: Config) -> None:
    rules = {rule.id for suite in config.suites.values() for rule in suite.rules}
    tables = {table.full_name for table in registry(config.catalogue, config.response_key).all()}
    assert missing({"a", "b"}, "`a`") == {"b"}
    assert missing(rules | tables | views(config.catalogue).keys(), README) == set()


def squeezed(sql: str) -> str:
    """The statement on one line, without comments."""
    return " ".join(re.sub(r"--.*", "", sql).split())


def unfounded_excerpts(section: str, files: list[str]) -> list[str]:
    """Pieces of SQL, parted by blank lines, that stand in none of the files."""
    blocks = re.findall(r"^```sql\n(.*?)^```", section, re.DOTALL | re.MULTILINE)
    pieces = [squeezed(piece) for block in blocks for piece in block.split("\n\n")]
    return [piece for piece in pieces if not any(piece in squeezed(file) for file in files)]


def test_excerpts_of_sql_stand_in_the_files() -> None:
    sample = "```sql\n-- a comment\na AS b,\n  c\n\nd AS e\n```\n"
    assert unfounded_excerpts(sample, ["SELECT a  AS b, -- why\nc FROM t", "SELECT d"]) == ["d AS e"]
    _, _, rest = README.partition("## The SQL behind the numbers")
    section, _, _ = rest.partition("\n## ")
    files = [file.read_text(encoding="utf-8") for file in (ROOT / "docs" / "sql").glob("*.sql")]
    assert section.count("```sql") == 3
    assert unfounded_excerpts(section, files) == []


def absent_paths(text: str) -> list[str]:
    """Paths below the project's own folders that are not there; patterns with < or { are no paths."""
    tops = "bench|conf|dags|docs|expectations|jobs|lakehouse|schemas|tests|tools"
    words = [word for span in spans(text) for word in span.split()]
    paths = [word for word in words if re.fullmatch(rf"(?:{tops})/[\w./-]*", word)]
    return [path for path in paths if not (ROOT / path).exists()]


def test_every_path_named_is_there() -> None:
    assert absent_paths("`conf/base.yml` `spark-submit jobs/fly.py --x` `expectations/<layer>/a.yml`") == [
        "jobs/fly.py"
    ]
    assert {document.name: found for document in DOCUMENTS if (found := absent_paths(document.read_text()))} == {}


def entities(text: str) -> dict[str, list[tuple[str, str]]]:
    """Entity -> (column, type) in order, of the entity diagram."""
    bodies = re.findall(r"^    (\w+) \{\n(.*?)^    \}", text, re.DOTALL | re.MULTILINE)
    return {name: [(line.split()[1], line.split()[0]) for line in body.splitlines()] for name, body in bodies}


def test_the_diagram_has_every_column_of_the_star(config: Config) -> None:
    assert entities('    a {\n        bigint x PK\n        date y "day"\n    }\n') == {
        "a": [("x", "bigint"), ("y", "date")]
    }
    drawn = entities(README)
    tables = registry(config.catalogue, config.response_key)
    star = (tables.fact, tables.passengers, tables.flight_details, tables.dates, tables.questions, tables.ratings)
    contracts = {
        table.name: [(column.name, column.dataType.simpleString()) for column in table.schema] for table in star
    }
    assert {name: sorted(columns) for name, columns in drawn.items()} == {
        name: sorted(column for column in columns if column[0] != "_built_from") for name, columns in contracts.items()
    }
