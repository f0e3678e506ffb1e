import gzip
import os
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lakehouse.errors import UnreadableInputError
from lakehouse.formats import content as packing
from lakehouse.formats import scan
from lakehouse.formats.landing import LandingFile
from lakehouse.formats.preflight import Accepted, preflight
from lakehouse.formats.records import NEWLINE_IN_CELL, NO_RECORD, RETURN_IN_CELL
from lakehouse.formats.staging import StagedCopy, unchanged, write_copy
from lakehouse.survey.catalogue import Catalogue, Column
from tests.support.catalogues import question

pytestmark = pytest.mark.no_spark

CATALOGUE = Catalogue(
    columns=(Column("id", ("ID",), "whole_number", True),),
    questions=(question("cleanliness", headers=("Cleanliness",)),),
    missing_values=("",),
    owners=("crew",),
)
MARK = NO_RECORD.encode()
N, R = NEWLINE_IN_CELL.encode(), RETURN_IN_CELL.encode()


def deliver(folder: Path, content: bytes, name: str = "survey.csv") -> Accepted:
    path = folder / name
    path.write_bytes(content)
    (judged,) = preflight(LandingFile(path, folder, name), CATALOGUE)
    assert isinstance(judged, Accepted), judged
    return judged


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"ID\n1\n", b"ID\n1\n"),
        (b"ID\n1", b"ID\n1\n"),
        (b"\xef\xbb\xbfID\r\n1\r\n", b"ID\n1\n"),
        (b"ID\n1\n\n2\n", b"ID\n1\n" + MARK + b"\n2\n"),
        (b"ID\n\n\n1\n", b"ID\n" + (MARK + b"\n") * 2 + b"1\n"),
        (b"ID\r\n1\r\n \t\r\n2", b"ID\n1\n" + MARK + b"\n2\n"),
        (b"ID\n1\n  ", b"ID\n1\n" + MARK + b"\n"),
        (b"ID\n1\n\r", b"ID\n1\n" + MARK + b"\n"),
        (b"ID\r1\r\r2\r", b"ID\n1\n" + MARK + b"\n2\n"),
        (b"ID\n1\r\r\n2\r\n", b"ID\n1\n" + MARK + b"\n2\n"),
        (b"ID\n 1 \n", b"ID\n 1 \n"),
        ("ID,C\n1,é\n".encode("cp1252"), "ID,C\n1,é\n".encode()),
        ("ID;C\n1;é\n".encode("utf-16"), "ID;C\n1;é\n".encode()),
        (b'ID,C\n1,"a\nb"\n2,c\n', b'ID,C\n1,"a' + N + b'b"\n' + MARK + b"\n2,c\n"),
        (b'ID,C\r\n1,"a\r\n\rb"\r\n2,c', b'ID,C\n1,"a' + R + N + R + b'b"\n' + (MARK + b"\n") * 2 + b"2,c\n"),
        (b"sep=;\nID;C\n1;c\n", b"ID;C\n" + MARK + b"\n1;c\n"),
        (b'ID,"C\nD"\n1,c\n', b'ID,"C' + N + b'D"\n' + MARK + b"\n1,c\n"),
        (b'ID,C\n"{""ImportId"": 1}",y\n1,c\n', b"ID,C\n" + MARK + b"\n1,c\n"),
        (b"ID,C\n1,c,\n2,d,\n", b"ID,C\n1,c\n2,d\n"),
        (b"ID,C\n1,c\nID,C\nID,C\n2,d\n,\n", b"ID,C\n1,c\n" + (MARK + b"\n") * 2 + b"2,d\n" + MARK + b"\n"),
    ],
)
def test_each_line_of_the_copy_is_the_line_of_the_file(tmp_path: Path, content: bytes, expected: bytes) -> None:
    target = tmp_path / "staging" / "copy.csv"
    packed = deliver(tmp_path, gzip.compress(content), "survey.csv.GZ")
    for judged in (deliver(tmp_path, content), packed):
        assert write_copy(judged, target) == StagedCopy(target, (0,))
        assert target.read_bytes() == expected
        assert os.listdir(target.parent) == ["copy.csv"]


TEXTS = st.lists(st.sampled_from([b"\n", b"\r", b"\r\n", b" ", b"\t", b"1", b",", "ü".encode(), b"\n\n"])).map(b"".join)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300, deadline=None)
@given(body=TEXTS, block=st.integers(1, 9))
def test_copies_are_exact_at_every_block_size(tmp_path: Path, body: bytes, block: int) -> None:
    content = b"ID,a,b,c,d,e,f,g,h\n0" + body
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(packing, "BLOCK", block)
        patch.setattr(scan, "HEAD", 20)
        judged = deliver(tmp_path, content)
        staged = write_copy(judged, tmp_path / "copy.csv")
    written = (tmp_path / "copy.csv").read_bytes()
    assert staged.newlines == tuple(written[:start].count(b"\n") for start in range(0, len(written), block))
    original = re.sub(b"\r\n|\r", b"\n", content).removesuffix(b"\n").split(b"\n")
    copied = written.removesuffix(b"\n").split(b"\n")
    assert copied == [line if line.strip(b"\t ,") else MARK for line in original]
    assert judged.lines == len(copied) - 1 - copied.count(MARK)
    assert b"\r" not in written


def test_newlines_of_a_large_copy(tmp_path: Path) -> None:
    staged = write_copy(deliver(tmp_path, b"ID\r\n\r\n" + b"1,2,3\r\n" * 400_000), tmp_path / "copy.csv")
    written = (tmp_path / "copy.csv").read_bytes()
    assert staged.newlines == tuple(written[:start].count(b"\n") for start in range(0, len(written), 1 << 20))
    assert len(staged.newlines) == 3


@pytest.mark.parametrize("name", ["survey.csv", "survey.csv.gz"])
def test_a_file_that_changed_gives_no_copy(tmp_path: Path, name: str) -> None:
    def packed(content: bytes) -> bytes:
        return gzip.compress(content) if name.endswith(".gz") else content

    judged = deliver(tmp_path, packed(b"ID\n\n1\n"), name)
    target = tmp_path / "staging" / "copy.csv"
    for changed, message in ((packed(b"ID\n\n2\n"), "changed while it was read"), (packed(b"ID\n\n1\n")[:-3], name)):
        (tmp_path / name).write_bytes(changed)
        with pytest.raises(UnreadableInputError, match=message):
            write_copy(judged, target)
        assert os.listdir(target.parent) == []
    (tmp_path / name).unlink()
    with pytest.raises(UnreadableInputError, match="can no longer be read"):
        write_copy(judged, target)


def test_a_copy_left_by_a_killed_run_is_replaced(tmp_path: Path) -> None:
    target = tmp_path / "copy.csv"
    target.write_bytes(b"half")
    (tmp_path / ".copy.csv.part").write_bytes(b"half")
    write_copy(deliver(tmp_path, b"ID\n\n1\n"), target)
    assert target.read_bytes() == b"ID\n" + MARK + b"\n1\n"
    assert not (tmp_path / ".copy.csv.part").exists()


def test_unchanged_compares_size_and_time(tmp_path: Path) -> None:
    judged = deliver(tmp_path, b"ID\n1\n")
    path = tmp_path / "survey.csv"
    assert unchanged(judged)
    stamp = int(judged.version.stamp)
    os.utime(path, ns=(stamp + 1000, stamp + 1000))
    assert not unchanged(judged)
    path.write_bytes(b"ID\n1\n2\n")
    os.utime(path, ns=(stamp, stamp))
    assert not unchanged(judged)
    path.unlink()
    assert not unchanged(judged)
