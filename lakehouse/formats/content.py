"""The bytes of a delivered file, out of its compression or archive, in blocks."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import io
import os
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import Protocol

from lakehouse.formats.faults import BROKEN_ZIP, RefusedFileError
from lakehouse.formats.landing import LandingFile
from lakehouse.formats.workbooks import is_workbook, workbook_text
from lakehouse.places.objects import RANGE, FilePath, ObjectPath, ObjectReader, is_of_store, version_in

# Bytes per block. `Accepted.newlines` counts per block, so Spark must split files at multiples of it.
BLOCK = 1 << 20

# A file that grows to more than this multiple of its size is refused as a decompression bomb: surveys grow to about
# ten times. The check begins after so many blocks, because a small file does no harm.
_MAX_EXPANSION = 200
_UNCHECKED_BLOCKS = 256
# What reading a broken gzip, bzip2 or zip may raise. Bzip2 has no error of its own: see `_unpacked`.
_BROKEN = (gzip.BadGzipFile, zlib.error, EOFError, *BROKEN_ZIP)


class HashedFile(io.BufferedReader):
    """A file whose `digest` is the SHA-256 of all bytes read from it so far. `version`: when it was opened."""

    def __init__(self, path: FilePath) -> None:
        if isinstance(path, ObjectPath):
            reader = ObjectReader(path)
            super().__init__(reader, RANGE)
            self.version = reader.version
        else:
            super().__init__(io.FileIO(path))
            self.version = version_in(os.fstat(self.fileno()))
        self.digest = hashlib.sha256()

    def read(self, size: int | None = -1, /) -> bytes:
        """As `BufferedReader.read`; updates the digest."""
        piece = super().read(size)
        self.digest.update(piece)
        return piece

    def read_to_end(self) -> None:
        """Reads what is left, so that the digest is that of the whole file."""
        while self.read(BLOCK):
            pass


def is_gzip(file: LandingFile) -> bool:
    """Whether the file is compressed as Spark can read it, by its name."""
    return file.path.name.lower().endswith(".gz")


def is_packed(file: LandingFile) -> bool:
    """Whether the file's bytes are not its content."""
    return file.path.name.lower().endswith((".gz", ".bz2", ".zip")) or is_workbook(file)


def content(file: LandingFile, stream: HashedFile) -> Iterator[bytes]:
    """The unpacked bytes in blocks of `BLOCK`, the last one shorter. Afterwards the stream is read to its end.

    Raises `RefusedFileError` for what cannot be unpacked, `OSError` for an unreadable file.
    """
    if file.members:
        # Archives and workbooks are not read from beginning to end, so their checksum needs a reading by itself.
        stream.read_to_end()
    try:
        yield from _unpacked(file, stream)
    except _BROKEN as error:
        kind = "archive" if file.members else "gzip" if is_gzip(file) else "bzip2"
        raise RefusedFileError(f"the {kind} is broken or cut short ({error}): deliver the file again") from error
    finally:
        stream.read_to_end()


def _unpacked(file: LandingFile, stream: HashedFile) -> Iterator[bytes]:
    name = file.path.name.lower()
    if is_workbook(file):
        yield from workbook_text(file)
    elif file.members:
        (name,) = file.members
        with file.path.open("rb") as packed_file, zipfile.ZipFile(packed_file) as archive, archive.open(name) as member:
            packed = archive.getinfo(name).compress_size
            yield from _bounded(member, lambda: packed)
    elif name.endswith(".gz"):
        yield from _bounded(gzip.GzipFile(fileobj=stream), stream.tell)
    elif name.endswith(".bz2"):
        try:
            yield from _bounded(bz2.BZ2File(stream), stream.tell)
        except OSError as error:
            # The bzip2 module reports broken data as an error of the file without a number.
            if error.errno is not None or is_of_store(error):
                raise
            raise EOFError(str(error)) from error
    else:
        yield from iter(lambda: stream.read(BLOCK), b"")


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


def _bounded(source: _Readable, packed: Callable[[], int]) -> Iterator[bytes]:
    """The blocks of a source. `packed`: how many packed bytes were read for them. Raises `gzip.BadGzipFile` for a
    decompression bomb."""
    for number, block in enumerate(iter(lambda: source.read(BLOCK), b""), 1):
        yield block
        if number > _UNCHECKED_BLOCKS and number * BLOCK > _MAX_EXPANSION * packed():
            raise gzip.BadGzipFile(f"more than {_MAX_EXPANSION} times its size unpacked")
