"""The project's Markdown pages, and what stands in them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
README = (ROOT / "README.md").read_text(encoding="utf-8")
_AT_THE_TOP = ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")
DOCUMENTS = (*(ROOT / name for name in _AT_THE_TOP), *sorted(DOCS.rglob("*.md")))


def page(name: str) -> str:
    """The text of a page in docs/."""
    return (DOCS / name).read_text(encoding="utf-8")


def faults(rule: Callable[[Path, str], Collection[str]]) -> dict[str, Collection[str]]:
    """What a rule finds, by document; nothing where all is well."""
    found = {document: rule(document, document.read_text(encoding="utf-8")) for document in DOCUMENTS}
    return {document.relative_to(ROOT).as_posix(): names for document, names in found.items() if names}


def spans(text: str) -> list[str]:
    """What stands in blocks of shell or of its output, and in code spans; continued lines are joined."""
    blocks = re.findall(r"^```(\w*)\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    prose = re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
    shell = [block.replace("\\\n", " ") for language, block in blocks if language in ("", "bash", "sh", "text")]
    return shell + re.findall(r"`([^`\n]+)`", prose)


def shell_blocks(text: str) -> list[str]:
    """The blocks of shell commands of a page, as they stand."""
    return re.findall(r"^```sh\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def commands(text: str) -> Iterator[list[str]]:
    """Words of every call of `lakehouse` in code blocks and code spans, from the command on."""
    lines = (line for span in spans(text) for line in span.splitlines())
    for line in (line for line in lines if re.search(r"\blakehouse ", line)):
        words = shlex.split(line, comments=True)
        places = [at for at, word in enumerate(words) if word == "lakehouse" or word.endswith("/lakehouse")]
        yield from (words[at + 1 :] for at in places if len(words) > at + 1)


def table_cells(text: str) -> set[str]:
    """Code spans in the rows of a page's tables; of a span like `sql "SELECT …"` its first word."""
    rows = [line for line in text.splitlines() if line.startswith("|")]
    return {span.split()[0] for row in rows for span in re.findall(r"`([^`]+)`", row)}


def anchors(text: str) -> set[str]:
    """The headings of a document as links name them: lower case, hyphens for spaces, no other punctuation."""
    prose = re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
    headings = re.findall(r"^#+ (.+)$", prose, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def entities(text: str) -> dict[str, list[tuple[str, str]]]:
    """Entity -> (column, type) in order, of the entity diagram. Mermaid writes `array<int>` as `array~int~`."""
    bodies = re.findall(r"^    (\w+) \{\n(.*?)^    \}", text, re.DOTALL | re.MULTILINE)
    rows = {name: [line.split() for line in body.splitlines()] for name, body in bodies}
    return {name: [(line[1], re.sub(r"~(.*)~", r"<\1>", line[0])) for line in lines] for name, lines in rows.items()}
