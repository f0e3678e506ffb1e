"""The Delta jars: which ones, where they are cached, and the options by which Spark loads them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

DELTA_VERSION = "4.4.0"
DELTA_PACKAGE = f"io.delta:delta-spark_4.1_2.13:{DELTA_VERSION}"
# The jars that the resolver downloads after the excludes: Delta itself and its Unity Catalog client.
DELTA_JARS = (
    f"io.delta_delta-spark_4.1_2.13-{DELTA_VERSION}.jar",
    f"io.delta_delta-storage-{DELTA_VERSION}.jar",
    f"io.delta_delta-kernel-api-{DELTA_VERSION}.jar",
    f"io.delta_delta-kernel-defaults-{DELTA_VERSION}.jar",
    f"io.delta_delta-kernel-unitycatalog-{DELTA_VERSION}.jar",
    "io.unitycatalog_unitycatalog-client-0.6.0.jar",
    "io.unitycatalog_unitycatalog-hadoop-0.6.0.jar",
)
# Dependencies of Delta that pyspark already contains, in the versions that it was built with.
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
# The options that make Delta's tables known to Spark.
DELTA_OPTIONS = {
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
}


def jar_cache() -> Path:
    """Folder in which Spark's resolver keeps the Delta jars: inside a checkout, else the user's cache."""
    checkout = Path(__file__).resolve().parents[2]
    if (checkout / "setup.py").is_file():
        return checkout / ".cache" / "ivy"
    return Path.home() / ".cache" / "lakehouse" / "ivy"


def jar_options(others: Sequence[str] = ()) -> dict[str, str]:
    """Spark options that load the cached jars; when one is missing, options that let Spark resolve them. `others`:
    paths of jars that are loaded too."""
    cache = jar_cache()
    jars = [cache / "jars" / name for name in DELTA_JARS]
    if all(jar.is_file() for jar in jars):
        return {"spark.jars": ",".join(map(str, [*jars, *others]))}
    return {
        **({"spark.jars": ",".join(others)} if others else {}),
        "spark.jars.packages": DELTA_PACKAGE,
        "spark.jars.excludes": ",".join(f"{group}:*" for group in SHIPPED_WITH_PYSPARK),
        "spark.jars.ivy": str(cache),
    }
