"""Files and folders by URI, as Hadoop sees them: on a local disk as on an object store."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from py4j.java_gateway import JavaObject, JVMView
from pyspark.sql import SparkSession


def names_in(spark: SparkSession, folder: str) -> list[str]:
    """Names in a folder; none when there is no such folder."""
    files, place = _place(spark, folder)
    return [status.getPath().getName() for status in files.listStatus(place)] if files.exists(place) else []


def exists(spark: SparkSession, uri: str) -> bool:
    """Whether the file or folder is there."""
    files, place = _place(spark, uri)
    return bool(files.exists(place))


def mark(spark: SparkSession, uri: str) -> None:
    """Makes an empty file."""
    files, place = _place(spark, uri)
    files.create(place).close()


def remove(spark: SparkSession, uri: str) -> None:
    """Deletes a file or folder, if it is there."""
    files, place = _place(spark, uri)
    files.delete(place, True)


def lines_of(spark: SparkSession, uri: str) -> Iterator[str]:
    """Lines of a text file; none when there is no such file."""
    files, place = _place(spark, uri)
    if not files.exists(place):
        return
    java_io = _jvm(spark).java.io
    reader = java_io.BufferedReader(java_io.InputStreamReader(files.open(place), "UTF-8"))
    try:
        while (line := reader.readLine()) is not None:
            yield line
    finally:
        reader.close()


def sizes(spark: SparkSession, escaped: Iterable[str]) -> dict[str, int | None]:
    """Bytes of each file, None for one that is not there. `escaped`: as Spark names data files."""
    found: dict[str, int | None] = {}
    for name in escaped:
        files, place = _place(spark, _jvm(spark).java.net.URI(name))
        found[name] = files.getFileStatus(place).getLen() if files.exists(place) else None
    return found


def _place(spark: SparkSession, uri: str | JavaObject) -> tuple[JavaObject, JavaObject]:
    path = _jvm(spark).org.apache.hadoop.fs.Path(uri)
    return path.getFileSystem(spark._jsparkSession.sessionState().newHadoopConf()), path


def _jvm(spark: SparkSession) -> JVMView:
    jvm = spark._jvm
    assert jvm is not None
    return jvm
