"""The one-way rules of the code base: who imports whom. Each rule first has to find its own breach in a sample text."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping

import pytest

from tests.support.source_code import (
    OURS,
    OUTSIDE_TESTS,
    RUNNER,
    Breach,
    Source,
    breaches,
    imports,
    is_within,
    lines,
    sources,
)

pytestmark = pytest.mark.no_spark

# The page: read by its first file, thought and drawn by the others. Only the console asks for it.
REPORT = "lakehouse/report/"
REPORT_READS = (f"{REPORT}collect.py", f"{REPORT}write.py")
REPORT_USES = tuple(
    f"lakehouse.{room}"
    for room in ("report", "config", "alerts", "survey", "storage", "ledger", "clock", "errors", "printable")
)
# What a balance says, in words, wherever it is shown.
BALANCE = "lakehouse.ledger.balance"
LAYERS = ("lakehouse.bronze", "lakehouse.silver", "lakehouse.gold", "lakehouse.alerts")
ONLY_IN = {
    "delta": ("lakehouse/storage/warehouse.py", "lakehouse/upkeep/maintenance.py"),
    "great_expectations": (RUNNER,),
    "yaml": ("lakehouse/config/yaml_source.py",),
    "pydantic": ("lakehouse/config/",),
    "pydantic_core": ("lakehouse/config/",),
    "openlineage": ("lakehouse/lineage/",),
    "altair": (REPORT,),
    "vl_convert": (REPORT,),
    "jinja2": (REPORT, "lakehouse/notify/"),
    "markupsafe": (REPORT,),
}
# A library that takes seconds to import: delayed in one named place.
DELAYED_IMPORTS = {RUNNER: "great_expectations"}
MAX_JOB_LINES = 15


# Each may import what stands after it; the other rooms of the library come next.
FLOW = ("jobs", "lakehouse.console", "lakehouse.upkeep", "lakehouse.pipeline")


def imports_against_the_flow(source: Source) -> Iterator[Breach]:
    package = ".".join(source.path.removesuffix(".py").split("/"))
    if package in ("lakehouse.errors", "lakehouse.request"):
        above: tuple[str, ...] = OURS
    elif is_within(package, "schemas"):
        above = ("jobs", "lakehouse")
    else:
        own = [place for place, room in enumerate(FLOW) if is_within(package, room)]
        above = FLOW[: own[0]] if own else FLOW
    yield from ((line, name) for line, name, _ in imports(source) if is_within(name, *above))


def test_imports_flow_from_jobs_to_the_console_to_the_pipeline_to_the_rest() -> None:
    rule = imports_against_the_flow
    inside_a_function = ("import jobs.cli", "from schemas import gold", "def f():", " from jobs import cli")
    assert lines(rule, "lakehouse/console/x.py", *inside_a_function) == [1, 4]
    rooms = [f"from lakehouse import {room}" for room in ("console", "upkeep", "pipeline", "storage")]
    assert lines(rule, "jobs/x.py", *rooms) == []
    assert lines(rule, "lakehouse/upkeep/x.py", *rooms) == [1]
    assert lines(rule, "lakehouse/pipeline/x.py", *rooms) == [1, 2]
    assert lines(rule, "lakehouse/gold/x.py", *rooms, "from ...jobs import cli") == [1, 2, 3, 5]
    assert lines(rule, "schemas/x.py", "from lakehouse import errors", "from schemas import fields") == [1]
    assert lines(rule, "lakehouse/errors.py", "import os", "from schemas import columns", "import jobs") == [2, 3]
    assert breaches(rule) == []


Graph = Mapping[str, set[str]]


def graph_of(files: Iterable[Source], name: Callable[[str], str]) -> Graph:
    """Who imports whom among the files, each under a name: of itself, or of its room."""
    listed = list(files)
    modules = {source.path.removesuffix(".py").replace("/", ".") for source in listed}
    graph: dict[str, set[str]] = {}
    for source in listed:
        importer = name(source.path.removesuffix(".py").replace("/", "."))
        for _, imported, _ in imports(source):
            target = imported if imported in modules else imported.rpartition(".")[0]
            if target in modules and name(target) != importer:
                graph.setdefault(importer, set()).add(name(target))
    return graph


def room_of(module: str) -> str:
    """The folder below `lakehouse`, or the module itself where it lies beside the folders; jobs and schemas whole."""
    return ".".join(module.split(".")[: 2 if module.startswith("lakehouse.") else 1])


def circle_in(graph: Graph) -> list[str]:
    """One circle, if there is any: names in the order of their imports."""
    done: set[str] = set()

    def visit(name: str, above: tuple[str, ...]) -> list[str]:
        if name in above:
            return [*above[above.index(name) :], name]
        if name in done:
            return []
        circles = (visit(other, (*above, name)) for other in sorted(graph.get(name, ())))
        circle = next(filter(None, circles), [])
        done.add(name)
        return circle

    return next(filter(None, (visit(name, ()) for name in sorted(graph))), [])


def test_no_circle_among_files_and_none_among_rooms() -> None:
    sample = [
        Source("lakehouse/a/one.py", "from lakehouse.b.two import f"),
        Source("lakehouse/b/two.py", "def f():\n    import lakehouse.a.three"),
        Source("lakehouse/a/three.py", "import os"),
    ]
    assert circle_in(graph_of(sample, str)) == []
    assert circle_in(graph_of(sample, room_of)) == ["lakehouse.a", "lakehouse.b", "lakehouse.a"]
    closed = [*sample[:2], Source("lakehouse/a/three.py", "from lakehouse.a.one import g")]
    assert len(circle_in(graph_of(closed, str))) == 4
    assert len(graph_of(sources(OURS), room_of)["lakehouse.console"]) > 5
    assert circle_in(graph_of(sources(OURS), str)) == []
    assert circle_in(graph_of(sources(OURS), room_of)) == []


def imports_inside_functions(source: Source) -> Iterator[Breach]:
    functions = (node for node in ast.walk(source.tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    nodes = (node for function in functions for node in ast.walk(function))
    names = {
        (node.lineno, name)
        for node in nodes
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or "."])
    }
    yield from sorted((line, name) for line, name in names if name != DELAYED_IMPORTS.get(source.path))


def test_imports_stand_at_the_top() -> None:
    rule = imports_inside_functions
    sample = ("import os", "def f():", "    import great_expectations", "    from lakehouse import errors")
    assert lines(rule, "lakehouse/x.py", *sample) == [3, 4]
    assert lines(rule, RUNNER, *sample) == [4]
    assert breaches(rule, OUTSIDE_TESTS) == []


def fat_jobs(source: Source) -> Iterator[Breach]:
    if not source.is_in("jobs/"):
        return
    if len(source.text.splitlines()) > MAX_JOB_LINES:
        yield 1, f"more than {MAX_JOB_LINES} lines"
    for node in source.tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.lineno, f"defines {node.name}"
    yield from ((line, name) for line, name, _ in imports(source) if not is_within(name, "lakehouse.console"))


def test_jobs_are_thin() -> None:
    sample = ("from lakehouse.console.harness import run", "from pyspark.sql import functions as F", "def rule(): ...")
    assert lines(fat_jobs, "jobs/x.py", *sample) == [2, 3]
    assert lines(fat_jobs, "jobs/x.py", *["# why"] * (MAX_JOB_LINES + 1)) == [1]
    assert lines(fat_jobs, "lakehouse/x.py", *sample) == []
    assert {source.path for source in sources(("jobs",))} >= {"jobs/run_pipeline.py", "jobs/maintain_tables.py"}
    assert breaches(fat_jobs) == []


def layers_that_meet(source: Source) -> Iterator[Breach]:
    own = ".".join(source.path.split("/")[:2])
    others = [layer for layer in LAYERS if layer != own] if own in LAYERS else []
    yield from ((line, name) for line, name, _ in imports(source) if is_within(name, *others))


def test_layers_do_not_import_each_other() -> None:
    sample = (
        "from lakehouse.silver import casting",
        "import lakehouse.bronze.rows",
        "from lakehouse.gold import keys",
    )
    assert lines(layers_that_meet, "lakehouse/gold/x.py", *sample) == [1, 2]
    assert lines(layers_that_meet, "lakehouse/upkeep/x.py", *sample) == []
    assert breaches(layers_that_meet) == []


def libraries_out_of_place(source: Source) -> Iterator[Breach]:
    for library, places in ONLY_IN.items():
        if not source.is_in(*places):
            yield from ((line, name) for line, name, _ in imports(source) if is_within(name, library))


def test_delta_great_expectations_yaml_and_pydantic_stay_in_their_place() -> None:
    rule = libraries_out_of_place
    sample = (
        "import yaml",
        "from delta.tables import DeltaTable",
        "import great_expectations as gx",
        "import lakehouse.storage.warehouse",
        "from pydantic import BaseModel",
    )
    assert lines(rule, "jobs/x.py", *sample) == [1, 2, 3, 5]
    assert lines(rule, "lakehouse/storage/warehouse.py", *sample) == [1, 3, 5]
    assert lines(rule, "lakehouse/quality/runner.py", *sample) == [1, 2, 5]
    assert lines(rule, "lakehouse/config/yaml_source.py", *sample) == [2, 3]
    assert breaches(rule) == []


def report_out_of_its_room(source: Source) -> Iterator[Breach]:
    if not source.is_in(REPORT):
        if not source.is_in("lakehouse/console/"):
            yield from ((line, name) for line, name, _ in imports(source) if is_within(name, "lakehouse.report"))
        return
    banned = (
        () if source.path in REPORT_READS else ("pyspark", "lakehouse.storage", "lakehouse.ledger", "lakehouse.clock")
    )
    for line, name, _ in imports(source):
        is_foreign = is_within(name, "lakehouse") and not is_within(name, *REPORT_USES)
        if is_foreign or (is_within(name, *banned) and not is_within(name, BALANCE)):
            yield line, name


def test_the_report_is_read_in_one_place_and_asked_for_by_the_console() -> None:
    rule = report_out_of_its_room
    sample = (
        "from lakehouse.report.write import write_report",
        "from lakehouse.storage.open import Opened",
        "from lakehouse.pipeline import run",
        "from lakehouse import clock",
        "from schemas import columns as c",
        "from pyspark.sql import DataFrame",
    )
    assert lines(rule, "lakehouse/report/x.py", *sample) == [2, 3, 4, 6]
    assert lines(rule, "lakehouse/report/collect.py", *sample) == [3]
    assert lines(rule, "lakehouse/upkeep/x.py", *sample) == [1]
    assert lines(rule, "lakehouse/console/x.py", *sample) == []
    assert breaches(rule) == []


def test_walker_reads_the_code_base() -> None:
    paths = {source.path for source in sources(OUTSIDE_TESTS)}
    assert {
        "setup.py",
        "jobs/__init__.py",
        "lakehouse/storage/session.py",
        "lakehouse/gold/__init__.py",
        "schemas/gold.py",
    } <= paths
