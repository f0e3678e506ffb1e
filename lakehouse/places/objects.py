"""Objects of an S3 store as paths: as much of `pathlib.Path` as reading deliveries and writing copies of them needs.

Through pyarrow, in ranges: an object is never held whole, and reading needs no Spark. Where the store is and how it is
reached is told by the same options as for Spark, `spark.hadoop.fs.s3a.*`; credentials come from them, else from the
environment or the role of the machine.
"""

from __future__ import annotations

import errno
import io
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any, Literal, cast
from urllib.parse import quote

from pyarrow import fs

from lakehouse.places.uris import S3A, is_on_s3

OPTIONS = "spark.hadoop.fs.s3a."
NO_OPTIONS: Mapping[str, str] = {}
# Bytes per request: a request costs tens of milliseconds, however few bytes it is for.
RANGE = 8 << 20
# What Hadoop escapes in the path of a URI; it leaves letters outside of ASCII as they are.
_ESCAPED = re.compile(r"[\x00-\x20\x7f\"#%<>?\[\\\]^`{|}]")
_AWS_ERROR = re.compile(r"AWS Error (\w+)")


@dataclass(frozen=True)
class FileVersion:
    """What tells that a file changed. `stamp`: time of its modification in nanoseconds, or ETag of an object."""

    size: int
    stamp: int | str


@dataclass(frozen=True)
class ObjectPath:
    """An object, or the common beginning of the names of several, which is called a folder. `key`: bucket and name.
    `listed`: see `listed_version`.

    Methods raise `OSError` where those of `Path` do.
    """

    key: str
    store: Any = field(repr=False, compare=False, hash=False)
    listed: FileVersion | None = field(default=None, repr=False, compare=False, hash=False)

    def __str__(self) -> str:
        return S3A + self.key

    def __truediv__(self, name: str) -> ObjectPath:
        return ObjectPath(f"{self.key}/{name}", self.store)

    @property
    def name(self) -> str:
        """What stands after the last slash."""
        return PurePosixPath(self.key).name

    @property
    def parent(self) -> ObjectPath:
        """The folder."""
        return ObjectPath(str(PurePosixPath(self.key).parent), self.store)

    def as_uri(self) -> str:
        """The URI as Spark names the file it reads."""
        return S3A + _ESCAPED.sub(lambda character: quote(character[0]), self.key)

    def is_file(self) -> bool:
        """Whether there is an object of this name."""
        return bool(self._kind() == fs.FileType.File)

    def exists(self) -> bool:
        """Whether there is an object or folder of this name; an empty folder of a bucket that is there exists too."""
        bucket, _, name = self.key.partition("/")
        kinds = [self._kind(), *([ObjectPath(bucket, self.store)._kind()] if name else [])]
        return any(kind != fs.FileType.NotFound for kind in kinds)

    def _kind(self) -> Any:
        return self.store.get_file_info(self.key).type

    def files(self) -> Iterator[ObjectPath]:
        """The objects below the folder, sorted by name."""
        below = self.store.get_file_info(fs.FileSelector(self.key, recursive=True, allow_not_found=True))
        for one in sorted((one for one in below if one.type == fs.FileType.File), key=lambda one: str(one.path)):
            yield ObjectPath(one.path, self.store, FileVersion(one.size, one.mtime_ns))

    def listed_version(self) -> FileVersion:
        """The version by size and time, as the listing that the path comes from had it."""
        if self.listed is not None:
            return self.listed
        info = self.store.get_file_info(self.key)
        return FileVersion(info.size, info.mtime_ns)

    def version(self) -> FileVersion:
        """The version of the object now."""
        with ObjectReader(self) as reader:
            return reader.version

    def open(self, mode: Literal["rb"]) -> io.BufferedReader:
        """The object as a file that can be read from any position."""
        return io.BufferedReader(ObjectReader(self), RANGE)

    def write(self, blocks: Iterable[bytes]) -> None:
        """Writes the object, which gets its name when it is complete; when the blocks fail, it is removed again."""
        try:
            with self.store.open_output_stream(self.key, compression=None) as stream:
                for block in blocks:
                    stream.write(block)
        except BaseException:
            self.store.delete_file(self.key)
            raise


class ObjectReader(io.RawIOBase):
    """An object as an unbuffered file, each read of which is a request. `version`: when it was opened."""

    def __init__(self, path: ObjectPath) -> None:
        self._stream = path.store.open_input_file(path.key)
        found = cast(dict[str, bytes], self._stream.metadata())
        self.version = FileVersion(self._stream.size(), found["ETag"].decode())

    def readable(self) -> bool:
        """True."""
        return True

    def seekable(self) -> bool:
        """True."""
        return True

    def readinto(self, buffer: Any, /) -> int:
        """As for every file of Python."""
        return int(self._stream.readinto(buffer))

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """As for every file of Python: raises `OSError` for a position before the beginning."""
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._stream.tell(), os.SEEK_END: self.version.size}[whence]
        if start + offset < 0:
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        return int(self._stream.seek(start + offset))

    def tell(self) -> int:
        """As for every file of Python."""
        return int(self._stream.tell())

    def close(self) -> None:
        """As for every file of Python."""
        self._stream.close()
        super().close()


FilePath = Path | ObjectPath


def place(uri: str, options: Mapping[str, str]) -> FilePath:
    """The path for a URI or a path of this machine. `options`: the Spark options of the configuration."""
    if not is_on_s3(uri):
        return Path(uri).absolute()
    key = uri.removeprefix(S3A).strip("/")
    return ObjectPath(key, _store(tuple(_settings(key.partition("/")[0], options).items())))


def is_of_store(error: OSError) -> bool:
    """Whether an object store raised the error."""
    return _AWS_ERROR.search(str(error)) is not None


def why(error: OSError) -> str:
    """The reason of an error of a file or an object, in a few words."""
    found = _AWS_ERROR.search(str(error))
    return error.strerror or (found[1].lower().replace("_", " ") if found else str(error).partition("\n")[0])


def version_in(status: os.stat_result) -> FileVersion:
    """The version of a file of this machine."""
    return FileVersion(status.st_size, status.st_mtime_ns)


def _settings(bucket: str, options: Mapping[str, str]) -> dict[str, object]:
    """The arguments of pyarrow's client for a bucket, from Hadoop's options: those for the bucket go first."""

    def option(name: str) -> str | None:
        return options.get(f"{OPTIONS}bucket.{bucket}.{name}", options.get(OPTIONS + name))

    secure = option("connection.ssl.enabled") != "false"
    settings = {
        "access_key": option("access.key"),
        "secret_key": option("secret.key"),
        "session_token": option("session.token"),
        "region": option("endpoint.region"),
        "endpoint_override": option("endpoint"),
        "scheme": "https" if secure else "http",
        "force_virtual_addressing": option("path.style.access") != "true",
    }
    return {name: value for name, value in settings.items() if value not in (None, False)}


@cache
def _store(settings: tuple[tuple[str, Any], ...]) -> Any:
    return fs.S3FileSystem(**dict(settings))
