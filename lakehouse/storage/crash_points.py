"""What every commit passes: the check of the lease, and crash points, at which a test can stop a run and kill it.

Outside of tests crash points do nothing.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from time import sleep

from lakehouse.storage.one_writer.lease import Lease

# The environment variable FOLDER is set by tests alone. It names a folder with two files: every crash point that is
# reached is appended to TRACE, and a run waits at the crash point whose name is the content of STOP.
FOLDER, TRACE, STOP = "LAKEHOUSE_FAULTS", "trace", "stop"
_POLL_SECONDS = 0.2
_commits: Counter[str] = Counter()
_lock = Lock()


@contextmanager
def around_commit(table: str, lease: Lease | None) -> Iterator[None]:
    """Wraps one commit to a table in its crash points, `before <table> <n>` and `after <table> <n>`.

    `n` counts the commits of this process to the table, from 1. `lease`: on an object store, what must still be held;
    raises `LeaseLostError` when it is not.
    """
    with _lock:
        _commits[table] += 1
        number = _commits[table]
    _reach(f"before {table} {number}")
    if lease:
        lease.require()
    yield
    _reach(f"after {table} {number}")


def _reach(crash_point: str) -> None:
    """Records the crash point, and waits for as long as STOP names it."""
    folder = os.environ.get(FOLDER)
    if not folder:
        return
    with _lock, Path(folder, TRACE).open("a", encoding="utf-8") as trace:
        trace.write(f"{crash_point}\n")
    while Path(folder, STOP).read_text(encoding="utf-8") == crash_point:
        sleep(_POLL_SECONDS)
