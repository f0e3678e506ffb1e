import gzip
import hashlib
import os
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lakehouse.formats import preflight as module
from lakehouse.formats.landing import LandingFile, find_files
from lakehouse.formats.preflight import Accepted, Refused, preflight
from lakehouse.printable import is_printable
from lakehouse.survey.catalogue import Catalogue, Column
from tests.support.catalogues import question
from tests.support.places import REAL_SURVEY

pytestmark = pytest.mark.no_spark


CATALOGUE = Catalogue(
    columns=(
        Column("id", ("ID",), "whole_number", True),
        Column("class", ("Class",), "category", True),
        Column("travel_type", ("Type of Travel", "travel_type"), "category", True),
    ),
    questions=(
        question("gate_location", headers=("Gate Location",)),
        question("cleanliness", headers=("Cleanliness",)),
    ),
    missing_values=("",),
    owners=("gate", "in_flight"),
)

HEADER = b"ID,Class\n"


def deliver(folder: Path, content: bytes, name: str = "survey.csv") -> LandingFile:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return LandingFile(path, folder, name)


def accepted(folder: Path, content: bytes, name: str = "survey.csv") -> Accepted:
    judged = preflight(deliver(folder, content, name), CATALOGUE)
    assert isinstance(judged, Accepted), judged
    return judged


def refused(folder: Path, content: bytes, name: str = "survey.csv") -> Refused:
    judged = preflight(deliver(folder, content, name), CATALOGUE)
    assert isinstance(judged, Refused), judged
    return judged


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_an_accepted_file_is_described(tmp_path: Path) -> None:
    content = b"\xef\xbb\xbfID,Class,\xc3\x9cber\r\n1,Eco,a\r\n2,Eco,b"
    judged = accepted(tmp_path, content)
    path = tmp_path / "survey.csv"
    assert judged == Accepted(
        file=LandingFile(path, tmp_path, "survey.csv"),
        sha256=sha(content),
        raw_sha256=sha(content),
        lines=2,
        header="ID,Class,Über",
        names=("id", "class", "ber"),
        size=len(content),
        newlines=(0,),
        needs_copy=False,
        modified_ns=path.stat().st_mtime_ns,
    )


def test_a_gzip_file_is_known_by_its_content(tmp_path: Path) -> None:
    content = HEADER + b"1,Eco\n" * 1000
    packed = gzip.compress(content[:500]) + gzip.compress(content[500:])
    judged = accepted(tmp_path, packed, "survey.csv.gz")
    assert (judged.sha256, judged.raw_sha256) == (sha(content), sha(packed))
    assert (judged.lines, judged.size, judged.newlines, judged.needs_copy) == (1000, len(packed), (0,), False)


@pytest.mark.parametrize(
    ("content", "lines", "needs_copy"),
    [
        (b"ID\n1\n2\n", 2, False),
        (b"ID\n1\n2", 2, False),
        (b"ID\r\n1\r\n2\r\n", 2, False),
        (b"ID\n1\r\n2\n", 2, False),
        (b"ID\n 1 \n", 1, False),
        (b"ID\n\xc2\xa0\n", 1, False),  # A no-break space is text to Spark.
        (b"ID\n1\n\n2\n", 2, True),
        (b"ID\n\n1\n", 1, True),
        (b"ID\n1\n\n", 1, True),
        (b"ID\n1\n ", 1, True),
        (b"ID\r\n1\r\n\r\n2\r\n", 2, True),
        (b"ID\n1\n \t \r\n2\n", 2, True),
        (b"ID\n1\n\x1a", 1, True),  # Spark trims control characters too.
        (b"ID\n1\n\x0b\x0c\n2\n", 2, True),
        (b"ID\r1\r2\r", 2, True),
        (b"ID\r1\r2", 2, True),
        (b"ID\n1\r2\n", 2, True),
        (b"ID\n1\r\r\n2\n", 2, True),
        (b"ID\n1\n\r", 1, True),
        (b"ID\r\n1\r\n2\r", 2, True),
    ],
)
def test_lines_and_the_need_of_a_copy(tmp_path: Path, content: bytes, lines: int, needs_copy: bool) -> None:
    plain = accepted(tmp_path, content)
    packed = accepted(tmp_path, gzip.compress(content), "survey.csv.gz")
    assert (plain.lines, plain.needs_copy, plain.header) == (lines, needs_copy, "ID")
    assert (packed.lines, packed.needs_copy, packed.header) == (lines, needs_copy, "ID")


@pytest.mark.parametrize(
    ("name", "packed", "needs_copy"),
    [
        ("survey 2026-01 (1)+a=b,c%20.csv", False, False),
        ("SURVEY.CSV", False, False),
        ("SURVEY.CSV.gz", True, False),
        ("survey.csv.GZ", True, True),
        ("survey[1].csv", False, True),
        ("survey{a}.csv", False, True),
        ("survey*.csv", False, True),
        ("survey?.csv", False, True),
        ("survey\\.csv", False, True),
        ("survey_10:15.csv", False, True),
        ("umfrage_märz.csv", False, True),
        ("_survey.csv", False, True),
        (".survey.csv", False, True),
        ("2025/_survey.csv", False, True),
        ("_new/2025/.part/survey.csv", False, True),
        ("2025_a/survey_1.csv", False, False),
    ],
)
def test_names_that_spark_cannot_open_need_a_copy(tmp_path: Path, name: str, packed: bool, needs_copy: bool) -> None:
    content = b"ID\n1\n"
    judged = accepted(tmp_path, gzip.compress(content) if packed else content, name)
    assert judged.needs_copy is needs_copy


def test_a_pattern_in_the_landing_folder_needs_a_copy(tmp_path: Path) -> None:
    folder = tmp_path / "in[1]"
    folder.mkdir()
    assert accepted(folder, b"ID\n1\n").needs_copy


def test_newlines_are_counted_per_mebibyte(tmp_path: Path) -> None:
    content = HEADER + b"1,Eco\n" * 500_000
    expected = tuple(content[:start].count(b"\n") for start in range(0, len(content), 1 << 20))
    assert len(expected) == 3
    assert accepted(tmp_path, content).newlines == expected


# Few characters, so that line ends meet each other and the edges of blocks.
TEXTS = st.lists(st.sampled_from([b"\n", b"\r", b"\r\n", b" ", b"\t", b"1", b",", "ü".encode(), b"\n\n"])).map(b"".join)


def naive_lines(content: bytes) -> list[str]:
    return [line.rstrip("\n") for line in re.findall(r"[^\n]*\n|[^\n]+", re.sub("\r\n|\r", "\n", content.decode()))]


def is_blank(line: str) -> bool:
    return not line.strip("".join(map(chr, range(33))))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300, deadline=None)
@given(body=TEXTS, block=st.integers(1, 9), end=st.sampled_from([b"\n", b"\r\n", b"\r"]))
def test_counts_equal_naive_counts_at_every_block_size(tmp_path: Path, body: bytes, block: int, end: bytes) -> None:
    content = b"ID" + end + b"0" + body
    data = naive_lines(content)[1:]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "BLOCK", block)
        plain = accepted(tmp_path, content)
        packed = accepted(tmp_path, gzip.compress(content, 1), "survey.csv.gz")
    assert plain.newlines == tuple(content[:start].count(b"\n") for start in range(0, len(content), block))
    assert plain.lines == packed.lines == sum(not is_blank(line) for line in data)
    miscounted = any(map(is_blank, data)) or re.search(rb"\r(?!\n)", content) is not None
    assert plain.needs_copy == packed.needs_copy == miscounted
    assert plain.sha256 == packed.sha256 == sha(content)


UTF16 = "ID,Class\n1,Eco\n"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (HEADER, "no data line"),
        (b"ID,Class", "no data line"),
        (HEADER + b"\n  \r\n\t", "no data line"),
        (b"\nID,Class\n1,Eco\n", "line 1 is blank"),
        (b"\xef\xbb\xbf\nID\n", "line 1 is blank"),
        (HEADER + b"1,Eco\n2,\0Eco\n", "line 3 has a NUL byte"),
        (HEADER + b"1,Eco\n2,\xc9co\n", "line 3 is not UTF-8"),
        (HEADER + b"1,\xc3\xa9\n2,\xff\n", "line 3 is not UTF-8"),
        (b"ID\r1\r\xff\r", "line 3 is not UTF-8"),
        (HEADER + b"1,Ec\xc3", "line 2 is not UTF-8"),
        (b"I\xe4,Class\n1,Eco\n", "line 1 is not UTF-8"),
        (UTF16.encode("utf-16"), "UTF-16"),
        (UTF16.encode("utf-16-le"), "UTF-16"),
        (UTF16.encode("utf-16-be"), "UTF-16"),
        (gzip.compress(HEADER + b"1,Eco\n"), "still gzip"),
        (b"PK\x03\x04\x14\0\x06\0", "zip archive or a workbook"),
        (b'ID,"Class\n1,Eco\n', "quote that is not closed"),
        (
            b"ID,Gate Location,gate-location\n1,2,3\n",
            "'Gate Location', 'gate-location' all become the column gate_location",
        ),
        (b"ID,Type of Travel,travel_type\n1,2,3\n", "'Type of Travel', 'travel_type' all mean travel_type"),
        (b"Passenger,Class\n1,Eco\n", "no column id: add the header line"),
        (b"1,Eco\n2,Eco\n", "no column id: add the header line"),
        (b"ID;Class\n1;Eco\n", "semicolons"),
        (b"ID\tClass\n1\tEco\n", "tabs"),
        (b"ID|Class\n1|Eco\n", "vertical bars"),
        (b"ID" + b"," * 201 + b"\n1\n", "201 columns are unknown, more than 200"),
        (b"x" * (1 << 21), "line 1 is longer"),
    ],
)
def test_refusals_name_the_fault(tmp_path: Path, content: bytes, reason: str) -> None:
    judged = refused(tmp_path, content)
    assert reason in judged.reason
    assert "\n" not in judged.reason
    assert (judged.sha256, judged.raw_sha256) == (sha(content), sha(content))


def test_200_unknown_columns_are_accepted(tmp_path: Path) -> None:
    assert len(accepted(tmp_path, b"ID" + b"," * 200 + b"\n1\n").names) == 201


@pytest.mark.parametrize("block", [1, 2, 3, 6, 1 << 20])
def test_a_fault_is_found_on_its_line_at_every_block_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    monkeypatch.setattr(module, "BLOCK", block)
    assert "line 3 is not UTF-8" in refused(tmp_path, b"ID\r\n\xc3\xa9\r\n\xe2\x82\r\n4\r\n").reason
    assert "line 2 is not UTF-8" in refused(tmp_path, b"ID\n\xf0\x9f\x98\x80\xff\n3\n").reason
    assert "line 3 has a NUL" in refused(tmp_path, b"ID\r\r\0\r").reason
    assert "UTF-16" in refused(tmp_path, UTF16.encode("utf-16")).reason


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
    judged = preflight(file, CATALOGUE)
    assert isinstance(judged, Refused)
    assert (judged.sha256, judged.raw_sha256) == (None, None)
    assert judged.reason.startswith("the file cannot be read (Too many levels of symbolic links)")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=2000, deadline=None)
@given(content=st.binary(max_size=200), packed=st.booleans())
def test_any_bytes_are_accepted_or_refused_in_one_printable_line(tmp_path: Path, content: bytes, packed: bool) -> None:
    name = "survey.csv.gz" if packed else "survey.csv"
    judged = preflight(deliver(tmp_path, b"ID," + content, name), CATALOGUE)
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
    judged = {file.relative: preflight(file, CATALOGUE) for file in find_files([str(landing)], ())}
    reasons = {name: one.reason for name, one in judged.items() if isinstance(one, Refused)}
    assert {name: reason.partition(":")[0] for name, reason in reasons.items()} == {
        "a\\tb.csv": "its name holds control characters, or bytes that are no text",
        "link.csv": "it is a link to a place outside of its landing folder",
        "pipe.csv": "it is no file but a pipe, a socket or a device",
    }
    # Named itself, a link is what its user means.
    (named,) = find_files([str(landing / "link.csv")], ())
    assert isinstance(preflight(named, CATALOGUE), Accepted)


def test_a_gzip_that_grows_beyond_measure_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lakehouse.formats.preflight._UNCHECKED_BLOCKS", 2)
    packed = gzip.compress(b"ID\n" + b"1\n" * (8 << 20))
    assert len(packed) * 200 < 16 << 20
    judged = refused(tmp_path, packed, "survey.csv.gz")
    assert "more than 200 times its size unpacked" in judged.reason
    assert judged.raw_sha256 == sha(packed)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_without_permission_is_refused(tmp_path: Path) -> None:
    file = deliver(tmp_path, b"ID\n1\n")
    file.path.chmod(0)
    judged = preflight(file, CATALOGUE)
    assert isinstance(judged, Refused) and "Permission denied" in judged.reason


@pytest.mark.skipif(not REAL_SURVEY.exists(), reason="the public survey file is not part of the repository")
def test_the_public_file_is_accepted() -> None:
    judged = preflight(LandingFile(REAL_SURVEY, REAL_SURVEY.parent, REAL_SURVEY.name), CATALOGUE)
    assert isinstance(judged, Accepted)
    assert judged.sha256 == "50870322733d4778f823e5b652b19f8440456415fa5dfdd4979bc7eabeadba81"
    assert (judged.lines, len(judged.names), judged.needs_copy) == (129_880, 24, False)
