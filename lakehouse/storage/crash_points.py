"""Named points before and after every commit, at which a test stops a run and kills it. Idle outside of tests."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from time import sleep

# Names a folder, in tests alone: points reached are written to `trace` in it, one per line; a run stops at the point
# that `stop` names for as long as it names it.
FOLDER, TRACE, STOP = "LAKEHOUSE_FAULTS", "trace", "stop"
_commits: Counter[str] = Counter()
_counting = Lock()


@contextmanager
def commit(table: str) -> Iterator[None]:
    """The two points around one commit to a table: `before` and `after`, with the number of the commit in this run."""
    with _counting:
        _commits[table] += 1
        number = _commits[table]
    _point(f"before {table} {number}")
    yield
    _point(f"after {table} {number}")


def _point(name: str) -> None:
    folder = os.environ.get(FOLDER)
    if not folder:
        return
    with _counting, Path(folder, TRACE).open("a", encoding="utf-8") as file:
        file.write(f"{name}\n")
    while Path(folder, STOP).read_text(encoding="utf-8") == name:
        sleep(0.2)
