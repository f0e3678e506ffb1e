"""The only place that makes a Spark session: local, under spark-submit, and on Databricks.

`python -m lakehouse.storage.session` resolves the Delta jars once and tells this environment's own pyspark
about them, so that a plain `spark-submit` finds Delta and the same Python.
"""

from __future__ import annotations

import logging
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from py4j.protocol import Py4JError, Py4JJavaError
from pyspark.errors import PySparkException, PySparkRuntimeError
from pyspark.sql import SparkSession

from lakehouse.config.load import UMASK
from lakehouse.errors import StorageError, UsageError

DELTA_VERSION = "4.4.0"
DELTA_PACKAGE = f"io.delta:delta-spark_4.1_2.13:{DELTA_VERSION}"
# What the resolver leaves after the excludes: Delta itself and its Unity Catalog client.
DELTA_JARS = (
    f"io.delta_delta-spark_4.1_2.13-{DELTA_VERSION}.jar",
    f"io.delta_delta-storage-{DELTA_VERSION}.jar",
    f"io.delta_delta-kernel-api-{DELTA_VERSION}.jar",
    f"io.delta_delta-kernel-defaults-{DELTA_VERSION}.jar",
    f"io.delta_delta-kernel-unitycatalog-{DELTA_VERSION}.jar",
    "io.unitycatalog_unitycatalog-client-0.6.0.jar",
    "io.unitycatalog_unitycatalog-hadoop-0.6.0.jar",
)
# Everything else that Delta names is already in pyspark, in the version that pyspark was built with.
SHIPPED_WITH_PYSPARK = (
    "org.apache.spark",
    "org.apache.hadoop",
    "org.apache.logging.log4j",
    "org.apache.parquet",
    "org.scala-lang",
    "org.scala-lang.modules",
    "org.slf4j",
    "org.antlr",
    "org.xerial.snappy",
    "org.roaringbitmap",
    "org.locationtech.jts",
    "org.openapitools",
    "com.fasterxml.jackson.core",
    "com.fasterxml.jackson.module",
    "com.fasterxml.jackson.datatype",
    "com.fasterxml.jackson.dataformat",
    "com.fasterxml.jackson.jr",
    "com.github.luben",
    "com.google.guava",
    "com.google.code.findbugs",
    "commons-pool",
    "io.airlift",
    "jakarta.annotation",
    "javax.annotation",
)
# How a plan or a job of Spark fails.
SPARK_ERRORS = (PySparkException, Py4JJavaError)
DELTA_OPTIONS = {
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
}
# How a file system says that it will not take a write.
_REFUSALS = ("No space left on device", "Disk quota exceeded", "Read-only file system", "Permission denied")
_LOG4J = Path(__file__).with_name("log4j2.properties")


def on_databricks() -> bool:
    """Whether a Databricks runtime provides the session, Delta included."""
    return "DATABRICKS_RUNTIME_VERSION" in os.environ


def start_session(options: Mapping[str, str]) -> SparkSession:
    """A session with Delta; `options` are Spark's own, from the configuration.

    Raises `UsageError` when Java is missing or too old. On Databricks the runtime's session is taken as it is.
    """
    if on_databricks():
        return SparkSession.builder.getOrCreate()
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    if UMASK in options:
        # What is written past Hadoop has its mode by the mask of its process.
        os.umask(int(options[UMASK], 8))
    try:
        with _java_says_it_on_stderr():
            session = _builder({**_local_options(options), **DELTA_OPTIONS}).getOrCreate()
    except PySparkRuntimeError as error:
        if error.getCondition() != "JAVA_GATEWAY_EXITED":
            raise
        raise UsageError("Spark could not be started: see the lines above. It needs Java 17 or newer.") from error
    session.sparkContext.setLogLevel("ERROR")
    # A JVM that is gone is told in one line of ours, and not once per call.
    logging.getLogger("py4j").setLevel(logging.CRITICAL)
    return session


def session_with(spark: SparkSession, settings: Mapping[str, str]) -> SparkSession:
    """A session beside the given one, on the same Spark, with settings of its own: work in another thread never sees
    them."""
    session = spark.newSession()
    for key, value in settings.items():
        session.conf.set(key, value)
    return session


@contextmanager
def _java_says_it_on_stderr() -> Iterator[None]:
    """A JVM started in the block takes stderr for its stdout: Delta prints there, where only tables and data belong."""
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
def telling_refusals() -> Iterator[None]:
    """Raises `StorageError` for whatever the file system caused by refusing a write."""
    try:
        yield
    except (*SPARK_ERRORS, OSError) as error:
        refusal = _refusal(error)
        if refusal is None:
            raise
        raise StorageError(refusal) from error


def _refusal(error: BaseException) -> str | None:
    if isinstance(error, OSError):
        return error.strerror if error.strerror in _REFUSALS else None
    cause = getattr(getattr(error, "_origin", None) or error, "java_exception", None)
    while cause is not None:
        found = next((refusal for refusal in _REFUSALS if refusal in cause.toString()), None)
        if found:
            return found
        cause = cause.getCause()
    return None


def _local_options(options: Mapping[str, str]) -> dict[str, str]:
    if "PYSPARK_GATEWAY_PORT" in os.environ:
        # Under spark-submit the JVM already runs: its master, memory and jars are what was submitted.
        return {key: value for key, value in options.items() if not _set_by_submit(key)}
    require_java()
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    java_options = f"{options.get('spark.driver.extraJavaOptions', '')} -Dlog4j2.configurationFile={_LOG4J.as_uri()}"
    return {**options, **_jar_options(jar_cache()), "spark.driver.extraJavaOptions": java_options.strip()}


def _set_by_submit(key: str) -> bool:
    return key == "spark.master" or key.startswith(("spark.driver.", "spark.ui."))


def require_java() -> None:
    """Raises `UsageError` when there is no Java to start Spark with."""
    home = os.environ.get("JAVA_HOME")
    found = Path(home, "bin", "java").is_file() if home else shutil.which("java")
    if not found:
        where = f"JAVA_HOME is {home}, which has no bin/java" if home else "no java on the PATH"
        raise UsageError(f"Spark needs Java 17 or newer: {where}. Install a JDK or set JAVA_HOME.")


def jar_cache() -> Path:
    """Folder in which Spark's resolver keeps the Delta jars: inside a checkout, else the user's cache."""
    checkout = Path(__file__).resolve().parents[2]
    if (checkout / "setup.py").is_file():
        return checkout / ".cache" / "ivy"
    return Path.home() / ".cache" / "lakehouse" / "ivy"


def _jar_options(cache: Path) -> dict[str, str]:
    jars = [cache / "jars" / name for name in DELTA_JARS]
    if all(jar.is_file() for jar in jars):
        return {"spark.jars": ",".join(map(str, jars))}
    return {
        "spark.jars.packages": DELTA_PACKAGE,
        "spark.jars.excludes": ",".join(f"{group}:*" for group in SHIPPED_WITH_PYSPARK),
        "spark.jars.ivy": str(cache),
    }


def write_submit_defaults() -> Path:
    """Writes pyspark's spark-defaults.conf in this Python environment, for plain `spark-submit`."""
    import pyspark

    options = {
        **DELTA_OPTIONS,
        **_jar_options(jar_cache()),
        "spark.pyspark.python": sys.executable,
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.driver.extraJavaOptions": f"-Dlog4j2.configurationFile={_LOG4J.as_uri()}",
    }
    target = Path(pyspark.__file__).parent / "conf" / "spark-defaults.conf"
    target.parent.mkdir(exist_ok=True)
    target.write_text("".join(f"{key} {value}\n" for key, value in options.items()), encoding="utf-8")
    return target


def main() -> None:
    """Resolves the jars by starting a session once, then writes the submit defaults."""
    start_session({"spark.master": "local[1]", "spark.ui.enabled": "false"}).stop()
    missing = [name for name in DELTA_JARS if not (jar_cache() / "jars" / name).is_file()]
    if missing:
        raise UsageError(f"the Delta jars could not be resolved: {', '.join(missing)} missing in {jar_cache()}.")
    print(f"Delta {DELTA_VERSION} is ready; spark-submit reads {write_submit_defaults()}")


if __name__ == "__main__":
    main()
