"""One writer per warehouse on an object store: a lease, an object that is taken and renewed by conditional writes.

The holder renews its lease while it works, which gives the object another ETag each time, and once more before each
commit. No clocks are compared: whoever wants the warehouse watches the object, and takes the lease over only when
it stayed unchanged for as long as it promises, by the watcher's own clock. Of several who try, the store lets one
succeed. The one thing that this cannot prevent is a commit that was begun under the lease by a process that was then
stopped for longer than the lease lasts.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from threading import Event, Lock, Thread
from time import sleep

from py4j.protocol import Py4JError, Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from lakehouse.clock import new_name, seconds
from lakehouse.errors import LeaseLostError, UsageError, WarehouseLockedError
from lakehouse.storage.filesystem import etag_of, read_with_etag, remove, write_if

_LEASE, _PROBE = "_lease", "_lease_probe_"
# Renewals while a lease lasts: so many may fail before it is lost, and a run that meets it waits for one of them.
_RENEWALS = 6
_USUAL_SECONDS = 60
_NO_ETAG = '"00000000000000000000000000000000"'


@dataclass(frozen=True)
class _Content:
    """What the object says. `seconds`: how long it lasts after each renewal. `renewal`: makes each content another."""

    holder: str
    name: str
    seconds: int
    renewal: int = 0
    is_released: bool = False

    def as_text(self) -> str:
        return json.dumps(asdict(self))


@dataclass(frozen=True)
class _Found:
    """The object as it is in the store."""

    etag: str
    content: _Content


class Lease:
    """A lease that this process holds, until it is released or lost."""

    def __init__(self, spark: SparkSession, root: str, content: _Content, etag: str, began: float) -> None:
        self._spark, self._root, self._content = spark, root, content
        self._etag, self._renewed_at = etag, began
        self._lost: str | None = None
        self._turn, self._ends = Lock(), Event()
        self._thread = Thread(target=self._keep, daemon=True)
        self._thread.start()

    def require(self) -> None:
        """Renews the lease. Raises `LeaseLostError` when it is lost, or cannot be renewed."""
        with self._turn:
            if self._lost is None:
                try:
                    self._renew()
                except Py4JJavaError as error:
                    raise LeaseLostError(self._root, f"it could not be confirmed: {_why(error)}") from error
        self.raise_if_lost()

    def raise_if_lost(self) -> None:
        """Raises `LeaseLostError` when the lease is known to be lost."""
        if self._lost is not None:
            raise LeaseLostError(self._root, self._lost)

    def release(self) -> None:
        """Lets others have the warehouse at once."""
        self._ends.set()
        self._thread.join()
        if self._lost is None:
            # When Spark or the store has gone, the lease ends by itself.
            with suppress(Py4JError, OSError):
                write_if(self._spark, _uri(self._root), replace(self._content, is_released=True).as_text(), self._etag)

    def _keep(self) -> None:
        while not self._ends.wait(self._content.seconds / _RENEWALS):
            with self._turn:
                # Spark may be gone, or the store away for a while.
                with suppress(Py4JError, OSError):
                    self._renew()
                if seconds() - self._renewed_at > self._content.seconds:
                    self._lost = self._lost or f"it could not be renewed for {self._content.seconds} s"
            if self._lost is not None:
                with suppress(Py4JError, OSError):
                    self._spark.sparkContext.cancelAllJobs()
                return

    def _renew(self) -> None:
        at = seconds()
        self._content = replace(self._content, renewal=self._content.renewal + 1)
        if not write_if(self._spark, _uri(self._root), self._content.as_text(), self._etag):
            found = _find(self._spark, self._root)
            if found is None or found.content.name != self._content.name:
                self._lost = f"another run took it over: {found.content.holder}" if found else "somebody removed it"
                return
            # An earlier renewal of ours had arrived, although its answer was lost. The next one goes by its ETag.
            self._etag = found.etag
            return
        self._etag, self._renewed_at = etag_of(self._spark, _uri(self._root)) or "", at


@contextmanager
def warehouse_lease(spark: SparkSession, root: str, holder: str, wait: int, length: int) -> Iterator[Lease]:
    """Holds the lease of a warehouse while the block runs.

    `holder`: the text that another process shows when it meets the lease. `wait`: seconds to wait for it. `length`:
    seconds for which it lasts after each renewal; a killed run keeps the warehouse for so long.

    Raises `UsageError` when the store cannot be written or has no conditional writes, `WarehouseLockedError` when
    another process holds the lease, and `LeaseLostError` instead of Spark's error when it was lost in the block.
    """
    require_conditional_writes(spark, root)
    lease = _acquired(spark, root, _Content(holder, new_name(), length), wait)
    try:
        yield lease
    except (PySparkException, Py4JJavaError):
        lease.raise_if_lost()
        raise
    finally:
        lease.release()


def require_conditional_writes(spark: SparkSession, root: str) -> None:
    """Raises `UsageError` when the store cannot be written, or writes although a condition does not hold."""
    probe = f"{root}/{_PROBE}{new_name()}"
    try:
        try:
            is_created = write_if(spark, probe, "1", None)
            is_kept = not write_if(spark, probe, "2", None) and not write_if(spark, probe, "3", _NO_ETAG)
        finally:
            remove(spark, probe)
    except PySparkException as error:
        raise _without_conditions(root) from error
    except Py4JJavaError as error:
        if error.java_exception.getClass().getName().endswith(".AWSUnsupportedFeatureException"):
            raise _without_conditions(root) from error
        raise UsageError(f"--warehouse {root}: cannot be written ({_why(error)}).") from error
    if not (is_created and is_kept):
        raise _without_conditions(root)


def _without_conditions(root: str) -> UsageError:
    return UsageError(
        f"--warehouse {root}: this store has no conditional writes, without which two runs could write at once. Use a "
        "local disk, or a store that has them (docs/object-stores.md)."
    )


def _acquired(spark: SparkSession, root: str, own: _Content, wait: int) -> Lease:
    """The lease, once it is free, or was not renewed for as long as it lasts."""
    began = seconds()
    while True:
        etag = _etag_when_free(spark, root, began + wait)
        at = seconds()
        if write_if(spark, _uri(root), own.as_text(), etag):
            return Lease(spark, root, own, etag_of(spark, _uri(root)) or "", at)


def _etag_when_free(spark: SparkSession, root: str, deadline: float) -> str | None:
    """The ETag of the lease that may be replaced now; None when there is no lease.

    Raises `WarehouseLockedError` when the deadline is over and somebody renews it.
    """
    first = found = _find(spark, root)
    unchanged_since = seconds()
    while found is not None and not found.content.is_released:
        if seconds() - unchanged_since > found.content.seconds:
            return found.etag
        sleep(min(1.0, found.content.seconds / _RENEWALS / 2))
        last, found = found, _find(spark, root)
        if found is not None and found.etag != last.etag:
            unchanged_since = seconds()
        if found is None or found.content.is_released or seconds() < deadline:
            continue
        if first is not None and found.etag != first.etag:
            raise WarehouseLockedError(root, found.content.holder)
    return found.etag if found else None


def _find(spark: SparkSession, root: str) -> _Found | None:
    """The lease as it is in the store; None when there is none."""
    found = read_with_etag(spark, _uri(root))
    return _Found(found[1], _read(found[0])) if found else None


def _read(text: str) -> _Content:
    try:
        return _Content(**json.loads(text))
    except (TypeError, ValueError):
        # Not from here: it lasts as long as any other.
        return _Content(f"somebody who wrote {_LEASE}", "", _USUAL_SECONDS)


def _uri(root: str) -> str:
    return f"{root}/{_LEASE}"


def _why(error: Py4JJavaError) -> str:
    return str(error.java_exception.getMessage()).partition("\n")[0]
