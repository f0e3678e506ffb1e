"""What the code does not do, and how long it may be. Each rule first has to find its own breach in a sample text."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tests.support.source_code import (
    EVERYWHERE,
    OURS,
    RUNNER,
    Breach,
    Source,
    breaches,
    imports,
    is_within,
    last,
    lines,
    references,
    sources,
)

pytestmark = pytest.mark.no_spark

# The pure core: frames and values in, frames and values out.
PURE = (
    *(f"lakehouse/{room}/" for room in ("survey", "bronze", "silver", "gold", "quality", "alerts")),
    *(f"lakehouse/{module}.py" for module in ("cells", "contracts", "keys", "lookups", "months")),
    "lakehouse/pipeline/plan.py",
)
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
    assert breaches(long_functions, EVERYWHERE) == []


def long_files(source: Source) -> Iterator[Breach]:
    length = len(source.text.splitlines())
    if length > MAX_FILE_LINES:
        yield 1, f"{length} lines"


def test_files_are_short() -> None:
    assert lines(long_files, "jobs/x.py", *["x = 1"] * MAX_FILE_LINES) == []
    assert lines(long_files, "jobs/x.py", *["x = 1"] * (MAX_FILE_LINES + 1)) == [1]
    assert breaches(long_files, EVERYWHERE) == []


def crowded_folders(files: Iterable[Source]) -> list[str]:
    """Folders with too many files of code."""
    counts = Counter(str(Path(source.path).parent) for source in files)
    return sorted(folder for folder, count in counts.items() if count > MAX_FILES_IN_A_FOLDER)


def test_no_folder_is_crowded() -> None:
    full = [Source(f"lakehouse/x/{number}.py", "") for number in range(MAX_FILES_IN_A_FOLDER)]
    assert crowded_folders(full) == []
    assert crowded_folders([*full, Source("lakehouse/x/more.py", "")]) == ["lakehouse/x"]
    assert crowded_folders(sources(EVERYWHERE)) == []
