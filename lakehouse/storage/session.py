"""The only place that makes a Spark session: on this machine, under spark-submit, or on Databricks.

Here too: how Spark and the file system report that something failed.
"""

from __future__ import annotations

import logging
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from py4j.java_gateway import JavaObject
from py4j.protocol import Py4JError, Py4JJavaError
from pyspark.errors import PySparkException, PySparkRuntimeError
from pyspark.sql import SparkSession
from pyspark.sql.utils import is_remote

from lakehouse.config.load import UMASK
from lakehouse.errors import StorageError, UsageError
from lakehouse.storage.delta_jars import DELTA_OPTIONS, jar_options
from lakehouse.storage.s3_jars import s3_jars

# The exceptions of a Spark plan or job that fails.
SPARK_ERRORS = (PySparkException, Py4JJavaError)
# Messages of a file system that refuses a write.
_REFUSALS = ("No space left on device", "Disk quota exceeded", "Read-only file system", "Permission denied")
# Java option that makes Spark log as configured here.
LOG_OPTION = f"-Dlog4j2.configurationFile={Path(__file__).with_name('log4j2.properties').as_uri()}"
_CONNECT = (
    "this is a Spark Connect session (Databricks in standard access mode or serverless, or SPARK_REMOTE), and the "
    "pipeline needs the driver's JVM: take a cluster in dedicated access mode (data_security_mode: SINGLE_USER), or "
    "unset SPARK_REMOTE."
)


def on_databricks() -> bool:
    """Whether a Databricks runtime provides the session, Delta included."""
    return "DATABRICKS_RUNTIME_VERSION" in os.environ


def start_session(options: Mapping[str, str], *, with_s3: bool = False) -> SparkSession:
    """A Spark session with Delta. `options`: the Spark options of the configuration. `with_s3`: it can also read and
    write `s3a://`.

    On Databricks it is the session of the runtime, unchanged. Raises `UsageError` when Java is missing or too old, when
    the jars for S3 are missing, and for a Spark Connect session.
    """
    if on_databricks():
        return _with_driver(SparkSession.builder.getOrCreate())
    if "SPARK_REMOTE" in os.environ or is_remote():
        raise UsageError(_CONNECT)
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    if UMASK in options:
        # Files that are not written through Hadoop get their mode from the umask of the process.
        os.umask(int(options[UMASK], 8))
    try:
        with _java_prints_to_stderr():
            session = _with_driver(_builder({**_local_options(options, with_s3), **DELTA_OPTIONS}).getOrCreate())
    except PySparkRuntimeError as error:
        if error.getCondition() != "JAVA_GATEWAY_EXITED":
            raise
        raise UsageError("Spark could not be started: see the lines above. It needs Java 17 or newer.") from error
    if with_s3 and not _knows_s3(session):
        raise UsageError(
            "a place on s3a:// needs jars that this Spark session was started without: add them when it is submitted "
            "(docs/object-stores.md)."
        )
    session.sparkContext.setLogLevel("ERROR")
    # When the JVM ends, one message of ours says so; py4j would log every call that fails.
    logging.getLogger("py4j").setLevel(logging.CRITICAL)
    return session


def _with_driver(session: SparkSession) -> SparkSession:
    """The session, when it has the driver's JVM beside it. Raises `UsageError` for a Spark Connect session."""
    if is_remote() or not isinstance(session, SparkSession):
        raise UsageError(_CONNECT)
    return session


def session_with(spark: SparkSession, settings: Mapping[str, str]) -> SparkSession:
    """A second session on the same Spark with these settings. Work on the first session, in another thread for
    instance, does not see them."""
    session = spark.newSession()
    for key, value in settings.items():
        session.conf.set(key, value)
    return session


@contextmanager
def _java_prints_to_stderr() -> Iterator[None]:
    """A JVM that is started in the block prints to stderr instead of stdout, which is for tables and data only."""
    stdout = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        os.dup2(stdout, 1)
        os.close(stdout)


def _builder(options: Mapping[str, str]) -> SparkSession.Builder:
    builder = SparkSession.builder.appName("lakehouse")
    for key, value in options.items():
        builder = builder.config(key, value)
    return builder


def is_alive(spark: SparkSession) -> bool:
    """Whether the driver's JVM still answers."""
    jvm = spark._jvm
    assert jvm is not None
    try:
        jvm.java.lang.System.nanoTime()
    except (Py4JError, OSError):
        return False
    return True


@contextmanager
def raising_storage_errors() -> Iterator[None]:
    """Raises `StorageError` instead of an error whose cause is that the file system refused a write."""
    try:
        yield
    except (*SPARK_ERRORS, OSError) as error:
        refusal = _refusal(error)
        if refusal is None:
            raise
        raise StorageError(refusal) from error


def _refusal(error: BaseException) -> str | None:
    """The message with which the file system refused a write; None when the error has another cause."""
    if isinstance(error, OSError):
        return error.strerror if error.strerror in _REFUSALS else None
    for cause in causes(error):
        refusal = next((refusal for refusal in _REFUSALS if refusal in cause.toString()), None)
        if refusal:
            return refusal
    return None


def causes(error: BaseException) -> Iterator[JavaObject]:
    """The Java exceptions behind an error, the outermost first; none when it did not come from Java."""
    # Spark's own exceptions keep the Java exception itself, those of py4j an attribute of it.
    cause = getattr(error, "_origin", None) or getattr(error, "java_exception", None)
    while cause is not None:
        yield cause
        cause = cause.getCause()


def _knows_s3(session: SparkSession) -> bool:
    jvm = session._jvm
    assert jvm is not None
    return bool(jvm.org.apache.spark.util.Utils.classIsLoadable("org.apache.hadoop.fs.s3a.S3AFileSystem"))


def _local_options(options: Mapping[str, str], with_s3: bool) -> dict[str, str]:
    if "PYSPARK_GATEWAY_PORT" in os.environ:
        # Under spark-submit the JVM already runs: master, memory and jars were set when it was submitted.
        return {key: value for key, value in options.items() if not _set_by_submit(key)}
    require_java()
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    java_options = f"{options.get('spark.driver.extraJavaOptions', '')} {LOG_OPTION}"
    return {
        **options,
        **jar_options(s3_jars() if with_s3 else ()),
        "spark.driver.extraJavaOptions": java_options.strip(),
    }


def _set_by_submit(key: str) -> bool:
    return key == "spark.master" or key.startswith(("spark.driver.", "spark.ui."))


def require_java() -> None:
    """Raises `UsageError` when there is no Java to start Spark with."""
    home = os.environ.get("JAVA_HOME")
    has_java = Path(home, "bin", "java").is_file() if home else shutil.which("java")
    if not has_java:
        where = f"JAVA_HOME is {home}, which has no bin/java" if home else "no java on the PATH"
        raise UsageError(f"Spark needs Java 17 or newer: {where}. Install a JDK or set JAVA_HOME.")
