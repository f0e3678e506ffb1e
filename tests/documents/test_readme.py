"""The documents name only what exists, and leave nothing out."""

from __future__ import annotations

import argparse
import inspect
import re
from collections.abc import Collection, Mapping
from pathlib import Path

import pytest

from lakehouse import errors
from lakehouse.config.load import Config, load_config
from lakehouse.console.app import build_parser
from lakehouse.console.parser import Parser
from lakehouse.storage.tables.registry import registry
from lakehouse.storage.tables.views import views
from tests.support.markdown import DOCS, README, ROOT, anchors, commands, entities, faults, page, spans, table_cells

pytestmark = pytest.mark.no_spark

PICTURE = (DOCS / "img" / "flow.svg").read_text(encoding="utf-8")
# `lakehouse docs` writes these.
GENERATED = ("rules.md", "data-dictionary.md", "configuration.md")
MAX_README_BYTES = 20_000
MAX_PICTURE_BYTES = 15_000


@pytest.fixture(scope="module")
def config() -> Config:
    return load_config(None, None, (), {})


def actions(parser: argparse.ArgumentParser) -> Mapping[str, argparse.ArgumentParser]:
    """The parsers below a parser, by name; none for a command without actions of its own."""
    below = [action.choices for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    return below[0] if below else {}


def unknown_commands(text: str) -> list[str]:
    """Commands, actions and options that the command line does not have."""
    found: list[str] = []
    for words in commands(text):
        parser, rest = build_parser(), list(words)
        while (choices := actions(parser)) and rest and rest[0] not in parser._option_string_actions:
            default = parser.default_action if isinstance(parser, Parser) else None
            name = default if default and rest[0].startswith("-") else rest.pop(0)
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
    targets = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    return [
        target for span in spans(text) for target in re.findall(r"\bmake ([a-z0-9-]+)", span) if target not in targets
    ]


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
    assert faults(lambda _, text: unknown_commands(text)) == {}


def test_the_page_for_running_names_every_command_option_and_exit_code() -> None:
    assert table_cells("`a`\n| `b c` | `d` |\n") == {"b", "d"}
    shown, parser = table_cells(page("running.md")), build_parser()
    assert actions(parser).keys() - shown == set()
    shared = [group for group in actions(parser)["run"]._action_groups if group.title == "shared options"]
    options = {option for group in shared for action in group._group_actions for option in action.option_strings}
    assert len(options) > 5
    assert options - shown == set()
    codes = {error.exit_code for _, error in inspect.getmembers(errors, inspect.isclass) if hasattr(error, "exit_code")}
    listed = set(map(int, re.findall(r"^\| (\d) \|", page("running.md"), re.MULTILINE)))
    assert listed >= codes | {0}


def test_every_make_target_exists() -> None:
    assert unknown_targets("`make coffee`\n```sh\nmake tea # hot\nmake test\n```\n") == ["tea", "coffee"]
    assert faults(lambda _, text: unknown_targets(text)) == {}


def test_every_link_leads_somewhere() -> None:
    assert broken_links(ROOT / "README.md", "[a](setup.py) [b](docs/none.md) [c](https://example.org)") == [
        "docs/none.md"
    ]
    assert faults(broken_links) == {}


def broken_anchors(file: Path, text: str) -> list[str]:
    """Links to headings, of the same document or of another one, that are not there."""
    links = re.findall(r"\]\((?!https?:)([^)#]*)#([^)]+)\)", text)
    targets = [(path, anchor, (file.parent / path) if path else file) for path, anchor in links]
    return [
        f"{path}#{anchor}"
        for path, anchor, target in targets
        if target.exists() and anchor not in anchors(text if target == file else target.read_text(encoding="utf-8"))
    ]


def test_every_link_to_a_heading_finds_it() -> None:
    sample = "# A b: c, `d`\n```sh\n# no heading\n```\n[x](#a-b-c-d) [y](#no-heading) [z](README.md#none)\n"
    assert anchors(sample) == {"a-b-c-d"}
    assert broken_anchors(ROOT / "CONTRIBUTING.md", sample) == ["#no-heading", "README.md#none"]
    assert faults(broken_anchors) == {}


def test_the_contents_of_the_readme_are_its_sections() -> None:
    listed = re.findall(r"^\d+\. \[(.+)\]", README.partition("\n## Contents\n")[2], re.MULTILINE)
    assert listed == re.findall(r"^## (.+)$", README, re.MULTILINE)[1:]


def unlinked(files: set[Path], *documents: Path) -> set[str]:
    """Names of files that none of the documents links to."""
    links = {
        (document.parent / link).resolve()
        for document in documents
        for link in re.findall(r"\]\(([^)#]+)", document.read_text(encoding="utf-8"))
    }
    return {file.name for file in files if file.resolve() not in links}


def test_every_page_and_every_decision_can_be_found_from_the_readme() -> None:
    index = DOCS / "decisions" / "README.md"
    assert unlinked({DOCS / "none.md", index}, ROOT / "README.md") == {"none.md"}
    assert unlinked({*DOCS.glob("*.md"), index}, ROOT / "README.md") == set()
    assert unlinked(set(index.parent.glob("0*.md")), index) == set()


def names_its_readers(text: str) -> bool:
    """Whether the first paragraph below the title begins by saying for whom the page is."""
    return bool(re.match(r"# .+\n\nFor \w", text))


def test_every_page_says_for_whom_it_is() -> None:
    assert names_its_readers("# Title\n\nFor analysts: what it is.\n")
    assert not names_its_readers("# Title\n\nThis page is.\n\nFor analysts.\n")
    pages = [*DOCS.glob("*.md"), DOCS / "decisions" / "README.md", ROOT / "CONTRIBUTING.md"]
    written = [file for file in pages if file.name not in GENERATED]
    assert len(written) > 8
    assert [file.name for file in written if not names_its_readers(file.read_text(encoding="utf-8"))] == []


def test_the_readme_stays_short() -> None:
    assert len(README.encode()) <= MAX_README_BYTES


def missing(names: Collection[str], text: str) -> set[str]:
    return {name for name in names if f"`{name}`" not in text}


def test_every_rule_table_and_view_is_on_its_page(config: Config) -> None:
    rules = {rule.id for suite in config.suites.values() for rule in suite.rules}
    tables = {table.full_name for table in registry(config.catalogue, config.response_key).all()}
    assert missing({"a", "b"}, "`a`") == {"b"}
    assert missing(rules, page("rules.md")) == set()
    assert missing(views(config.catalogue).keys(), page("data-dictionary.md")) == set()
    assert tables - set(re.findall(r"^## (.+)$", page("data-dictionary.md"), re.MULTILINE)) == set()


def unknown_tables(text: str, known: Collection[str]) -> list[str]:
    """Names of tables, in code spans and blocks, that are neither tables nor views; `gold.v_x_<team>` is a pattern."""
    sql = re.findall(r"^```sql\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    names = re.findall(r"(?<![\w./])(?:bronze|silver|gold|ops)\.\w+(?![\w<(/])", "\n".join([*spans(text), *sql]))
    return sorted(set(names) - set(known))


def test_every_table_named_is_there(config: Config) -> None:
    known = {table.full_name for table in registry(config.catalogue, config.response_key).all()}
    known |= views(config.catalogue).keys()
    sample = "`ops.filez` `gold.v_x_<team>` `lakehouse.gold.scores` `ops.files`\n```sql\nSELECT 1 FROM gold.x\n```\n"
    assert unknown_tables(sample, known) == ["gold.x", "ops.filez"]
    assert faults(lambda _, text: unknown_tables(text, known)) == {}


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
    files = [file.read_text(encoding="utf-8") for file in (DOCS / "sql").glob("*.sql")]
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
    assert faults(lambda _, text: absent_paths(text)) == {}


def diagrams(text: str) -> list[str]:
    """The Mermaid diagrams of a document."""
    return re.findall(r"^```mermaid\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def undrawable(diagram: str) -> list[str]:
    """Lines of an entity diagram with a type in angle brackets, which Mermaid refuses."""
    return [line.strip() for line in diagram.splitlines() if "<" in line]


def test_the_diagrams_can_be_drawn() -> None:
    assert undrawable("erDiagram\n    a {\n        array<int> x\n        array~int~ y\n    }\n") == ["array<int> x"]
    assert [diagram.split()[0] for diagram in diagrams(README)] == ["flowchart", "stateDiagram-v2", "erDiagram"]
    assert undrawable(diagrams(README)[2]) == []


def test_the_diagram_has_every_column_of_the_star(config: Config) -> None:
    assert entities('    a {\n        bigint x PK\n        array~date~ y "day"\n    }\n') == {
        "a": [("x", "bigint"), ("y", "array<date>")]
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


def demo_numbers(text: str) -> set[str]:
    """Numbers of the demo's alert and balance in a text: means with two decimals, and thousands."""
    return set(re.findall(r"(?<![\d.])[1-5]\.\d\d(?![\d.])|\b\d\d,\d{3}\b", text))


def test_readme_and_picture_show_what_the_demo_prints() -> None:
    output = page("running.md")
    alert = re.findall(r"^> (ground: .+)$", README, re.MULTILINE)
    assert len(alert) == 1
    assert f"  {alert[0]}\n" in output
    assert demo_numbers("9 lines, 3.13, 30,000") == {"3.13", "30,000"}
    assert demo_numbers(PICTURE) == {"3.13", "3.30", "30,000", "29,989"}
    assert demo_numbers(PICTURE) - demo_numbers(output) == set()


def test_the_picture_stands_alone() -> None:
    assert len(PICTURE.encode()) <= MAX_PICTURE_BYTES
    assert re.findall(r"(?:href|src|url|@import|@font-face)\b(?!\(#)", PICTURE) == []
    assert {
        word for word in ("CSV", "Bronze", "Silver", "Gold", "Alert", "Quarantine") if f">{word}<" not in PICTURE
    } == set()
