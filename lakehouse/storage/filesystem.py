"""Files and folders by URI, through Hadoop: the same calls for a local disk and for an object store."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from py4j.java_gateway import JavaObject, JVMView
from py4j.protocol import Py4JJavaError
from pyspark.sql import SparkSession

from lakehouse.errors import StorageError

# Hadoop's options for a write that depends on what is there, and how it says that something else is there.
_IF_ABSENT = "fs.option.create.conditional.overwrite"
_IF_UNCHANGED = f"{_IF_ABSENT}.etag"
_CHANGED = "org.apache.hadoop.fs.s3a.RemoteFileChangedException"


def list_names(spark: SparkSession, folder: str) -> list[str]:
    """Names of the files and folders in a folder; empty when the folder does not exist."""
    filesystem, path = _filesystem_and_path(spark, folder)
    return [status.getPath().getName() for status in filesystem.listStatus(path)] if filesystem.exists(path) else []


def exists(spark: SparkSession, uri: str) -> bool:
    """Whether the file or folder exists."""
    filesystem, path = _filesystem_and_path(spark, uri)
    return bool(filesystem.exists(path))


def qualified(spark: SparkSession, uri: str | JavaObject) -> str:
    """The URI with its scheme, written in one way, to compare it with others."""
    filesystem, path = _filesystem_and_path(spark, uri)
    return str(filesystem.makeQualified(path).toString())


def create_empty(spark: SparkSession, uri: str) -> None:
    """Creates an empty file."""
    filesystem, path = _filesystem_and_path(spark, uri)
    filesystem.create(path).close()


def is_folder(spark: SparkSession, uri: str) -> bool:
    """Whether there is a folder of this name."""
    filesystem, path = _filesystem_and_path(spark, uri)
    return bool(filesystem.exists(path) and filesystem.getFileStatus(path).isDirectory())


def write_text(spark: SparkSession, uri: str, text: str) -> None:
    """Writes a text file, in place of one that is there."""
    filesystem, path = _filesystem_and_path(spark, uri)
    stream = filesystem.create(path)
    try:
        stream.write(bytearray(text, "utf-8"))
    finally:
        stream.close()


def move(spark: SparkSession, source: str, target: str) -> None:
    """Renames a file or folder; its new name must be free. Raises `StorageError` when the file system does not."""
    filesystem, path = _filesystem_and_path(spark, source)
    if not filesystem.rename(path, jvm_of(spark).org.apache.hadoop.fs.Path(target)):
        raise StorageError(f"{source} cannot be renamed to {target}")


def remove(spark: SparkSession, uri: str) -> None:
    """Deletes a file, or a folder with all it contains; nothing happens when it does not exist."""
    filesystem, path = _filesystem_and_path(spark, uri)
    filesystem.delete(path, True)


def read_lines(spark: SparkSession, uri: str) -> Iterator[str]:
    """Lines of a text file; none when the file does not exist."""
    filesystem, path = _filesystem_and_path(spark, uri)
    if not filesystem.exists(path):
        return
    java_io = jvm_of(spark).java.io
    reader = java_io.BufferedReader(java_io.InputStreamReader(filesystem.open(path), "UTF-8"))
    try:
        while (line := reader.readLine()) is not None:
            yield line
    finally:
        reader.close()


def file_sizes(spark: SparkSession, escaped_uris: Iterable[str]) -> dict[str, int | None]:
    """URI -> size of the file in bytes, None when it does not exist. The URIs are escaped, as Spark gives them."""
    sizes: dict[str, int | None] = {}
    for uri in escaped_uris:
        filesystem, path = _filesystem_and_path(spark, jvm_of(spark).java.net.URI(uri))
        sizes[uri] = filesystem.getFileStatus(path).getLen() if filesystem.exists(path) else None
    return sizes


def write_if(spark: SparkSession, uri: str, text: str, etag: str | None) -> bool:
    """Writes a small object if it has this ETag, or, when `etag` is None, if it does not exist. Returns whether it was
    written: of several processes that try, one succeeds.

    Raises `PySparkException` for a file system without conditional writes, and `Py4JJavaError` for a store that cannot
    be reached or refuses the write for another reason.
    """
    filesystem, path = _filesystem_and_path(spark, uri)
    builder = filesystem.createFile(path).overwrite(True)
    stream = (builder.must(_IF_ABSENT, True) if etag is None else builder.must(_IF_UNCHANGED, etag)).build()
    try:
        stream.write(bytearray(text, "utf-8"))
        stream.close()
    except Py4JJavaError as error:
        if _is_changed(error):
            return False
        raise
    return True


def read_with_etag(spark: SparkSession, uri: str) -> tuple[str, str] | None:
    """Text of a small object of one line, and its ETag; None when it does not exist."""
    while (etag := etag_of(spark, uri)) is not None:
        try:
            return "".join(read_lines(spark, uri)), etag
        except Py4JJavaError as error:
            # It was replaced after it was opened; what is there now is read instead.
            if not _is_changed(error):
                raise
    return None


def etag_of(spark: SparkSession, uri: str) -> str | None:
    """The ETag of an object, which changes with its content; None when the object does not exist."""
    filesystem, path = _filesystem_and_path(spark, uri)
    return str(filesystem.getFileStatus(path).getEtag()) if filesystem.exists(path) else None


def _is_changed(error: Py4JJavaError) -> bool:
    return bool(error.java_exception.getClass().getName() == _CHANGED)


def _filesystem_and_path(spark: SparkSession, uri: str | JavaObject) -> tuple[JavaObject, JavaObject]:
    """Hadoop's file system for a URI, and the URI as Hadoop's path."""
    path = jvm_of(spark).org.apache.hadoop.fs.Path(uri)
    return path.getFileSystem(spark._jsparkSession.sessionState().newHadoopConf()), path


def jvm_of(spark: SparkSession) -> JVMView:
    """The driver's JVM."""
    jvm = spark._jvm
    assert jvm is not None
    return jvm
