"""One writer per warehouse on a local disk: a file lock, held by the driver JVM.

The JVM is the process that writes. A lock of the Python process would be released when Python is killed, while the JVM
still commits.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import sleep

from py4j.java_gateway import JavaObject
from py4j.protocol import Py4JError, Py4JJavaError
from pyspark.sql import SparkSession

from lakehouse.errors import UsageError, WarehouseLockedError

_TRIES_PER_SECOND = 5


def local_folder(uri: str) -> Path | None:
    """The folder of a URI on a local disk; None for an object store."""
    if uri.startswith("file:"):
        return Path("/" + uri[len("file:") :].lstrip("/"))
    return None if "://" in uri else Path(uri)


@contextmanager
def warehouse_lock(spark: SparkSession, root: str, holder: str, wait: int = 0) -> Iterator[None]:
    """Locks the warehouse while the block runs.

    `holder`: the text that another process shows when it meets the lock. `wait`: seconds to wait for the lock. Raises
    `WarehouseLockedError` when another process still holds it then, and `UsageError` when it cannot be written.
    """
    folder = local_folder(root)
    assert folder is not None
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"--warehouse {root}: cannot be written ({error.strerror}).") from error
    channel, lock = _try_lock(spark, folder / "_lock")
    for _ in range(wait * _TRIES_PER_SECOND):
        if lock is not None:
            break
        channel.close()
        sleep(1 / _TRIES_PER_SECOND)
        channel, lock = _try_lock(spark, folder / "_lock")
    if lock is None:
        channel.close()
        raise WarehouseLockedError(root, _holder(folder))
    (folder / "_holder").write_text(f"{holder}\n", encoding="utf-8")
    try:
        yield
    finally:
        # When the JVM has ended, the lock is released already.
        with suppress(Py4JError, OSError):
            channel.close()


def _holder(folder: Path) -> str:
    try:
        return (folder / "_holder").read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return "just started"


def _try_lock(spark: SparkSession, file: Path) -> tuple[JavaObject, JavaObject | None]:
    """The channel that was opened on the file, and the lock; None when another process has the lock."""
    jvm = spark._jvm
    assert jvm is not None
    try:
        channel = jvm.java.io.RandomAccessFile(str(file), "rw").getChannel()
    except Py4JJavaError as error:
        raise UsageError(f"{file}: cannot be written ({error.java_exception.getMessage()}).") from error
    try:
        return channel, channel.tryLock()
    except Py4JJavaError as error:
        if "OverlappingFileLockException" in str(error.java_exception.toString()):
            return channel, None
        raise
