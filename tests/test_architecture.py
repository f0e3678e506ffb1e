"""The one-way rules of the code base. Each rule first has to find its own breach in a sample text."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

pytestmark = pytest.mark.no_spark

ROOT = Path(__file__).resolve().parent.parent
OURS = ("jobs", "lakehouse", "schemas")
OUTSIDE_TESTS = (*OURS, "bench", "dags", "tools", "setup.py")

# The pure core: frames and values in, frames and values out.
PURE = (
    *(f"lakehouse/{room}/" for room in ("survey", "bronze", "silver", "gold", "quality", "alerts")),
    *(f"lakehouse/{module}.py" for module in ("cells", "contracts", "keys", "lookups", "months")),
    "lakehouse/pipeline/plan.py",
)
# Runs Great Expectations on a frame, and measures how long that takes.
RUNNER = "lakehouse/quality/runner.py"
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
FILES_AND_TABLES = {"open", "read", "readStream", "write", "writeStream", "writeTo"} | {
    f"{verb}_{what}" for verb in ("read", "write") for what in ("text", "bytes")
}
WALL_CLOCK = {
    "datetime.datetime.now",
    "datetime.datetime.today",
    "datetime.datetime.utcnow",
    "datetime.date.today",
    *(f"time.{name}" for name in ("time", "time_ns", "localtime", "gmtime", "ctime", "asctime", "strftime")),
    *(f"uuid.uuid{version}" for version in (1, 4, 6, 7)),
    *(f"pyspark.sql.functions.{name}" for name in ("current_timestamp", "current_date", "localtimestamp", "now")),
}
STOPWATCH = {f"time.{name}{unit}" for name in ("monotonic", "perf_counter") for unit in ("", "_ns")}
PYTHON_ON_ROWS = {"udf", "udtf", "pandas_udf", "arrow_udf"} | {
    f"{verb}In{kind}" for verb in ("map", "apply") for kind in ("Pandas", "Arrow")
}
MAX_BODY_LINES = 40
MAX_FILE_LINES = 300
MAX_FILES_IN_A_FOLDER = 15
MAX_JOB_LINES = 15


@dataclass(frozen=True)
class Source:
    """A Python file: its path below the root, and its text."""

    path: str
    text: str

    @property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, self.path)

    def is_in(self, *places: str) -> bool:
        return self.path.startswith(places)


Breach = tuple[int, str]
Rule = Callable[[Source], Iterator[Breach]]


def sources(places: tuple[str, ...]) -> list[Source]:
    """Every Python file below the places that exist."""
    roots = [ROOT / place for place in places]
    files = [file for root in roots for file in ([root] if root.is_file() else root.rglob("*.py"))]
    return [Source(file.relative_to(ROOT).as_posix(), file.read_text(encoding="utf-8")) for file in sorted(files)]


def breaches(rule: Rule, places: tuple[str, ...] = OURS) -> list[str]:
    """Every breach as `file:line: what`."""
    return [f"{source.path}:{line}: {what}" for source in sources(places) for line, what in rule(source)]


def lines(rule: Rule, path: str, *text: str) -> list[int]:
    """Lines of a sample text that break the rule."""
    return sorted({line for line, _ in rule(Source(path, "\n".join(text)))})


def imports(source: Source) -> Iterator[tuple[int, str, str]]:
    """(line, full dotted name, other name it gets here or "") of every import, those inside functions included."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name, alias.asname or ""
        elif isinstance(node, ast.ImportFrom):
            package = ".".join(source.path.split("/")[: -node.level]) if node.level else ""
            base = ".".join(filter(None, (package, node.module)))
            for alias in node.names:
                yield node.lineno, f"{base}.{alias.name}", alias.asname or alias.name


def is_within(name: str, *packages: str) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def references(source: Source) -> Iterator[Breach]:
    """Names and attribute chains as dotted names, import aliases resolved; `?` where a chain starts from a value."""
    aliases = {here: name for _, name, here in imports(source) if here}
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute | ast.Name):
            yield node.lineno, _dotted(node, aliases)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def _dotted(node: ast.expr, aliases: dict[str, str]) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value, aliases)}.{node.attr}"
    return aliases.get(node.id, node.id) if isinstance(node, ast.Name) else "?"


def last(name: str) -> str:
    return name.rpartition(".")[2]


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


def side_effects_in_the_pure_core(source: Source) -> Iterator[Breach]:
    if not source.is_in(*PURE) or source.path == RUNNER:
        return
    storage = tuple(f"lakehouse.storage.{module}" for module in ("session", "install", "filesystem"))
    outside = (*storage, "lakehouse.config.yaml_source", "time")
    yield from ((line, name) for line, name, _ in imports(source) if is_within(name, *outside))
    for line, name in references(source):
        touches_storage = name == "open" or ("." in name and last(name) in FILES_AND_TABLES)
        if touches_storage or last(name) == "SparkSession" or name in WALL_CLOCK:
            yield line, name


@pytest.mark.parametrize(
    "breach",
    [
        "text = open('a.csv')",
        "text = Path('a.csv').read_text()",
        "frame = session.read.parquet('a')",
        "frame.write.save('a')",
        "def f(frame, path): return frame.coalesce(1).write.format('delta')",
        "from pyspark.sql import SparkSession",
        "import pyspark; s = pyspark.sql.SparkSession.builder",
        "from datetime import date; TODAY = date.today()",
        "import datetime as dt; NOW = dt.datetime.now(dt.timezone.utc)",
        "from time import monotonic",
        "from lakehouse.storage.session import start_session",
        "from lakehouse.storage import filesystem",
    ],
)
def test_walker_sees_side_effects(breach: str) -> None:
    assert lines(side_effects_in_the_pure_core, "lakehouse/silver/x.py", breach) == [1]
    assert lines(side_effects_in_the_pure_core, "lakehouse/storage/x.py", breach) == []


def test_pure_core_has_no_side_effects() -> None:
    rule = side_effects_in_the_pure_core
    harmless = ("from datetime import date", "import csv", "open_alerts = spread(reader)", "now = period.now")
    assert lines(rule, "lakehouse/alerts/x.py", *harmless) == []
    assert breaches(rule) == []


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


def sessions_made_elsewhere(source: Source) -> Iterator[Breach]:
    if source.path != "lakehouse/storage/session.py":
        yield from ((line, name) for line, name in references(source) if last(name) == "getOrCreate")


def test_only_session_makes_a_session() -> None:
    sample = "spark = SparkSession.builder.appName('x').getOrCreate()"
    assert lines(sessions_made_elsewhere, "jobs/x.py", sample) == [1]
    assert lines(sessions_made_elsewhere, "lakehouse/storage/session.py", sample) == []
    assert breaches(sessions_made_elsewhere) == []


def clocks_read_elsewhere(source: Source) -> Iterator[Breach]:
    if source.path != "lakehouse/clock.py":
        # A duration changes no content: the reporter tells that of stages, the runner that of the library it calls.
        may_stop = source.is_in("lakehouse/reporter.py", "bench/", RUNNER)
        banned = WALL_CLOCK if may_stop else WALL_CLOCK | STOPWATCH
        yield from ((line, name) for line, name in references(source) if name in banned)


def test_the_clock_is_read_in_one_place() -> None:
    rule = clocks_read_elsewhere
    sample = (
        "import time, uuid, datetime as dt",
        "from datetime import datetime",
        "from pyspark.sql import functions as F",
        "started = time.perf_counter()",
        "run_id = uuid.uuid4().hex",
        "at = field(default_factory=datetime.now)",
        "day = dt.date.today()",
        "stamp = F.current_timestamp()",
        "from time import time_ns",
        "time.sleep(1)",
        "day = datetime.strptime(text, '%Y')",
    )
    assert lines(rule, "lakehouse/reporter.py", *sample) == [5, 6, 7, 8, 9]
    assert lines(rule, "lakehouse/x.py", *sample) == [4, 5, 6, 7, 8, 9]
    assert lines(rule, "lakehouse/clock.py", *sample) == []
    assert breaches(rule, (*OURS, "bench")) == []


def python_on_rows(source: Source) -> Iterator[Breach]:
    yield from ((line, name) for line, name in references(source) if last(name) in PYTHON_ON_ROWS)


def test_no_python_functions_on_rows() -> None:
    sample = (
        "from pyspark.sql.functions import udf",
        "@F.pandas_udf('int')",
        "def f(x): return x",
        "g = frame.mapInPandas(f, 'a int')",
    )
    assert lines(python_on_rows, "lakehouse/x.py", *sample) == [1, 2, 4]
    assert breaches(python_on_rows) == []


def frames_shown(source: Source) -> Iterator[Breach]:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "show":
            yield node.lineno, ast.unparse(node.func)


def test_no_frame_is_shown() -> None:
    assert lines(frames_shown, "jobs/x.py", "def show(): ...", "show()", "frame.limit(5).show()") == [3]
    assert breaches(frames_shown) == []


def long_functions(source: Source) -> Iterator[Breach]:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            length = (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0
            if length > MAX_BODY_LINES:
                yield node.lineno, f"{node.name} has {length} lines"


def test_functions_are_short() -> None:
    fits = ("def f():", ' """Why."""', *[" x = 1"] * MAX_BODY_LINES)
    assert lines(long_functions, "jobs/x.py", *fits) == []
    assert lines(long_functions, "jobs/x.py", *fits, " return x") == [1]
    assert breaches(long_functions, OUTSIDE_TESTS) == []


def long_files(source: Source) -> Iterator[Breach]:
    length = len(source.text.splitlines())
    if length > MAX_FILE_LINES:
        yield 1, f"{length} lines"


def test_files_are_short() -> None:
    assert lines(long_files, "jobs/x.py", *["x = 1"] * MAX_FILE_LINES) == []
    assert lines(long_files, "jobs/x.py", *["x = 1"] * (MAX_FILE_LINES + 1)) == [1]
    assert breaches(long_files, OUTSIDE_TESTS) == []


def crowded_folders(files: Iterable[Source]) -> list[str]:
    """Folders with too many files of code."""
    counts = Counter(str(Path(source.path).parent) for source in files)
    return sorted(folder for folder, count in counts.items() if count > MAX_FILES_IN_A_FOLDER)


def test_no_folder_is_crowded() -> None:
    full = [Source(f"lakehouse/x/{number}.py", "") for number in range(MAX_FILES_IN_A_FOLDER)]
    assert crowded_folders(full) == []
    assert crowded_folders([*full, Source("lakehouse/x/more.py", "")]) == ["lakehouse/x"]
    assert crowded_folders(sources(OUTSIDE_TESTS)) == []


def test_walker_reads_the_code_base() -> None:
    paths = {source.path for source in sources(OUTSIDE_TESTS)}
    assert {
        "setup.py",
        "jobs/__init__.py",
        "lakehouse/storage/session.py",
        "lakehouse/gold/__init__.py",
        "schemas/gold.py",
    } <= paths
