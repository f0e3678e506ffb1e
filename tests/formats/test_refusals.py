"""What is refused before anything is loaded, and by which words: broken archives, unsafe places, faults on a line."""

import bz2
import gzip
import os
import stat
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lakehouse.formats import content as packing
from lakehouse.formats.landing import LandingFile, find_files
from lakehouse.formats.preflight import Accepted, Refused, preflight
from lakehouse.printable import is_printable
from tests.support.preflights import CATALOGUE, HEADER, accepted, deliver, refused, sha

pytestmark = pytest.mark.no_spark


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (HEADER, "no data line"),
        (b"ID,Class", "no data line"),
        (HEADER + b"\n  \r\n\t", "no data line"),
        (b"\n \n,\n", "line 1 is blank"),
        (b"\xef\xbb\xbf\nID\n", "no data line"),
        (HEADER + b",\n , \n", "no data line"),
        (HEADER + b"1,Eco\n2,\0Eco\n", "line 3 has a NUL byte"),
        (HEADER + b"1,\xc3\xa9\n2,\xff\n", "line 3 is not UTF-8"),
        (b"ID\r1\r\xff\r", "line 3 is not UTF-8"),
        (
            HEADER + "1,Спасибо за всё, было очень хорошо\n2,Полёт прошёл спокойно\n".encode("cp1251"),
            "line 2 is not UTF-8 text and may be cp1251 or Windows-1252: say which under formats in conf/base.yml: "
            '- {files: "survey.csv", encoding: cp1251} or - {files: "survey.csv", encoding: cp1252}, or export',
        ),
        (b"I\xe4,Class\n1,Eco\n", "line 1 has no column id"),
        ("ID,Class\n1,Eco\n".encode("utf-16")[:-1], "not UTF-16 text to its end"),
        (gzip.compress(HEADER + b"1,Eco\n"), "still gzip"),
        (b"PK\x03\x04\x14\0\x06\0", "zip archive or a workbook"),
        (b'ID,"Class\n1,Eco\n', "quote that is not closed"),
        (b"ID,Gate Location,gate-location\n1,2,3\n", "'Gate Location', 'gate-location' all mean gate_location"),
        (b"ID,Type of Travel,travel_type\n1,2,3\n", "'Type of Travel', 'travel_type' all mean travel_type"),
        (b"Passenger,Class\n1,Eco\n", "no column id: add the header line"),
        (b"1,4,Eco\n2,5,Eco\n", "no column id, it looks like data: add the header line"),
        (b"ID" + b"," * 201 + b"\n1\n", "201 columns are unknown, more than 200"),
        (b"x" * (1 << 21), "line 1 is longer"),
    ],
)
def test_refusals_name_the_fault(tmp_path: Path, content: bytes, reason: str) -> None:
    judged = refused(tmp_path, content)
    assert reason in judged.reason
    assert "\n" not in judged.reason
    assert (judged.sha256, judged.raw_sha256) == (sha(content), sha(content))


def test_an_archive_holds_files_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "two.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("2025-01/a.csv", HEADER + b"1,Eco\n")
        archive.writestr("b.txt", b"ID;Class\n2;Eco\n3;Eco\n")
        archive.writestr("__MACOSX/._a.csv", b"\0")
        archive.writestr("readme.pdf", b"%PDF")
    judged = preflight(LandingFile(path, tmp_path, "two.zip"), CATALOGUE)
    assert [(one.file.relative, one.lines, one.needs_copy) for one in judged if isinstance(one, Accepted)] == [
        ("two.zip/2025-01/a.csv", 1, True),
        ("two.zip/b.txt", 2, True),
    ]
    assert {one.sha256 for one in judged} == {sha(HEADER + b"1,Eco\n"), sha(b"ID;Class\n2;Eco\n3;Eco\n")}
    assert {one.raw_sha256 for one in judged} == {sha(path.read_bytes())}


def link(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ([], "no .csv or .tsv or .txt file in it"),
        (["a.pdf"], "no .csv or .tsv or .txt file in it"),
        (["../a.csv"], "leads out of it"),
        (["/etc/a.csv"], "leads out of it"),
        ([link("a.csv")], "has a link, 'a.csv'"),
    ],
)
def test_unsafe_archives_are_refused(tmp_path: Path, members: list[str | zipfile.ZipInfo], reason: str) -> None:
    path = tmp_path / "survey.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for member in members:
            archive.writestr(member, HEADER + b"1,Eco\n")
    (judged,) = preflight(LandingFile(path, tmp_path, "survey.zip"), CATALOGUE)
    assert isinstance(judged, Refused)
    assert (reason in judged.reason, judged.raw_sha256) == (True, sha(path.read_bytes())), judged.reason


def test_a_broken_archive_and_a_bzip2_file(tmp_path: Path) -> None:
    text = HEADER + b"1,Eco\n" * 1000
    path = tmp_path / "survey.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", text)
    damaged = path.read_bytes()
    path.write_bytes(damaged[:40] + b"\xff" * 10 + damaged[50:])
    for content in (path.read_bytes(), damaged[:-30], b"no archive"):
        path.write_bytes(content)
        (judged,) = preflight(LandingFile(path, tmp_path, "survey.zip"), CATALOGUE)
        assert isinstance(judged, Refused) and "the archive is broken or cut short" in judged.reason
    packed = bz2.compress(text)
    judged = accepted(tmp_path, packed, "survey.csv.bz2")
    assert (judged.lines, judged.sha256, judged.raw_sha256, judged.needs_copy) == (1000, sha(text), sha(packed), True)
    broken = refused(tmp_path, packed[:-5], "survey.csv.bz2")
    assert "broken or cut short" in broken.reason and broken.sha256 is None


def test_200_unknown_columns_are_accepted(tmp_path: Path) -> None:
    assert len(accepted(tmp_path, b"ID" + b"," * 200 + b"\n1\n").names) == 201


@pytest.mark.parametrize("block", [1, 2, 3, 6, 1 << 20])
def test_a_fault_is_found_on_its_line_at_every_block_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    monkeypatch.setattr(packing, "BLOCK", block)
    assert "line 3 is not UTF-8" in refused(tmp_path, b"ID\r\n\xc3\xa9\r\n\xe2\x82\r\n4\r\n").reason
    assert "line 2 is not UTF-8" in refused(tmp_path, b"ID\n\xf0\x9f\x98\x80\xff\n3\n").reason
    assert "line 3 has a NUL" in refused(tmp_path, b"ID\r\r\0\r").reason


PACKED = gzip.compress(HEADER + bytes(str(list(range(2000))), "ascii"))


@pytest.mark.parametrize(
    "content",
    [
        PACKED[:-9],
        PACKED[: len(PACKED) // 2],
        PACKED[:5],
        PACKED[:-8] + b"\0\0\0\0" + PACKED[-4:],
        PACKED[:100] + b"\xff" * 50 + PACKED[150:],
        PACKED + b"garbage",
        HEADER + b"1,Eco\n",
    ],
    ids=["no trailer", "half", "head only", "wrong checksum", "damaged", "garbage behind", "not gzip at all"],
)
def test_a_broken_gzip_is_refused_and_known_by_its_raw_bytes(tmp_path: Path, content: bytes) -> None:
    judged = refused(tmp_path, content, "survey.csv.gz")
    assert judged.reason.startswith("the gzip is broken or cut short")
    assert (judged.sha256, judged.raw_sha256) == (None, sha(content))


def test_faults_inside_a_gzip_keep_the_hash_of_the_content(tmp_path: Path) -> None:
    judged = refused(tmp_path, gzip.compress(b""), "survey.csv.gz")
    assert ("empty" in judged.reason, judged.sha256) == (True, sha(b""))
    judged = refused(tmp_path, gzip.compress(HEADER + b"\xff\n"), "survey.csv.gz")
    assert ("line 2" in judged.reason, judged.sha256) == (True, sha(HEADER + b"\xff\n"))


def test_a_file_that_cannot_be_opened_is_refused_without_hashes(tmp_path: Path) -> None:
    path = tmp_path / "survey.csv"
    path.symlink_to(path)
    file = LandingFile(path, tmp_path, "survey.csv")
    (judged,) = preflight(file, CATALOGUE)
    assert isinstance(judged, Refused)
    assert (judged.sha256, judged.raw_sha256) == (None, None)
    assert judged.reason.startswith("the file cannot be read (Too many levels of symbolic links)")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=2000, deadline=None)
@given(content=st.binary(max_size=200), packed=st.booleans())
def test_any_bytes_are_accepted_or_refused_in_one_printable_line(tmp_path: Path, content: bytes, packed: bool) -> None:
    name = "survey.csv.gz" if packed else "survey.csv"
    (judged,) = preflight(deliver(tmp_path, b"ID," + content, name), CATALOGUE)
    if isinstance(judged, Refused):
        assert judged.reason and is_printable(judged.reason)
    else:
        assert judged.lines > 0 and "id" in judged.names


def test_places_that_must_not_be_opened_are_refused(tmp_path: Path) -> None:
    landing = tmp_path / "landing"
    landing.mkdir()
    (tmp_path / "secret.csv").write_bytes(b"ID\n1\n")
    (landing / "link.csv").symlink_to(tmp_path / "secret.csv")
    (landing / "a\tb.csv").write_bytes(b"ID\n1\n")
    os.mkfifo(landing / "pipe.csv")
    judged = {file.relative: preflight(file, CATALOGUE)[0] for file in find_files([str(landing)], ())}
    reasons = {name: one.reason for name, one in judged.items() if isinstance(one, Refused)}
    assert {name: reason.partition(":")[0] for name, reason in reasons.items()} == {
        "a\\tb.csv": "its name holds control characters, or bytes that are no text",
        "link.csv": "it is a link to a place outside of its landing folder",
        "pipe.csv": "it is no file but a pipe, a socket or a device",
    }
    # Named itself, a link is what its user means.
    (named,) = find_files([str(landing / "link.csv")], ())
    assert isinstance(preflight(named, CATALOGUE)[0], Accepted)


def test_a_gzip_that_grows_beyond_measure_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lakehouse.formats.content._UNCHECKED_BLOCKS", 2)
    packed = gzip.compress(b"ID\n" + b"1\n" * (8 << 20))
    assert len(packed) * 200 < 16 << 20
    judged = refused(tmp_path, packed, "survey.csv.gz")
    assert "more than 200 times its size unpacked" in judged.reason
    assert judged.raw_sha256 == sha(packed)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_without_permission_is_refused(tmp_path: Path) -> None:
    file = deliver(tmp_path, b"ID\n1\n")
    (tmp_path / "survey.csv").chmod(0)
    (judged,) = preflight(file, CATALOGUE)
    assert isinstance(judged, Refused) and "Permission denied" in judged.reason
