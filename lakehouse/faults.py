"""Named points before and after every commit, at which a test stops a run and kills it. Idle outside of tests."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from time import sleep

# File that the points reached are written to, one per line, and the one to stop at: both set by tests alone.
TRACE, STOP = "LAKEHOUSE_FAULT_TRACE", "LAKEHOUSE_FAULT_STOP"
_reached: Counter[str] = Counter()
_counting = Lock()


@contextmanager
def commit(table: str) -> Iterator[None]:
    """The two points around one commit to a table: `before` and `after`, with the number of the commit in this run."""
    with _counting:
        _reached[table] += 1
        number = _reached[table]
    _point(f"before {table} {number}")
    yield
    _point(f"after {table} {number}")


def _point(name: str) -> None:
    trace = os.environ.get(TRACE)
    if not trace:
        return
    with _counting, open(trace, "a", encoding="utf-8") as file:
        file.write(f"{name}\n")
    while os.environ.get(STOP) == name:
        sleep(1)
