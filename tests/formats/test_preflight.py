"""What the preflight finds out about a file before anything is loaded."""

import gzip
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lakehouse.formats import content as packing
from lakehouse.formats import scan
from lakehouse.formats.dialect import Dialect
from lakehouse.formats.landing import LandingFile
from lakehouse.formats.preflight import Accepted, preflight
from lakehouse.places.objects import FileVersion
from tests.support.places import REAL_SURVEY
from tests.support.preflights import CATALOGUE, HEADER, accepted, sha

pytestmark = pytest.mark.no_spark


def test_an_accepted_file_is_described(tmp_path: Path) -> None:
    content = b"\xef\xbb\xbfID,Class,\xc3\x9cber\r\n1,Eco,a\r\n2,Eco,b"
    judged = accepted(tmp_path, content)
    path = tmp_path / "survey.csv"
    assert judged == Accepted(
        file=LandingFile(path, tmp_path, "survey.csv"),
        sha256=sha(content),
        raw_sha256=sha(content),
        lines=2,
        dialect=Dialect("ID,Class,Über"),
        version=FileVersion(len(content), path.stat().st_mtime_ns),
        newlines=(0,),
        needs_copy=False,
        spans_lines=False,
    )


def test_a_gzip_file_is_known_by_its_content(tmp_path: Path) -> None:
    content = HEADER + b"1,Eco\n" * 1000
    packed = gzip.compress(content[:500]) + gzip.compress(content[500:])
    judged = accepted(tmp_path, packed, "survey.csv.gz")
    assert (judged.sha256, judged.raw_sha256) == (sha(content), sha(packed))
    assert (judged.lines, judged.version.size, judged.newlines, judged.needs_copy) == (1000, len(packed), (0,), False)


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


def test_a_hidden_name_in_a_folder_needs_a_copy(tmp_path: Path) -> None:
    (tmp_path / "2025").mkdir()
    path = tmp_path / "2025" / "_survey.csv"
    path.write_bytes(b"ID\n1\n")
    (judged,) = preflight(LandingFile(path, tmp_path, "2025/_survey.csv"), CATALOGUE)
    assert isinstance(judged, Accepted) and judged.needs_copy


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
    return not line.strip("".join(map(chr, range(33))) + ",")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300, deadline=None)
@given(body=TEXTS, block=st.integers(1, 9), end=st.sampled_from([b"\n", b"\r\n", b"\r"]))
def test_counts_equal_naive_counts_at_every_block_size(tmp_path: Path, body: bytes, block: int, end: bytes) -> None:
    content = b"ID,a,b,c,d,e,f,g,h" + end + b"0" + body
    data = naive_lines(content)[1:]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(packing, "BLOCK", block)
        patch.setattr(scan, "HEAD", 20)
        plain = accepted(tmp_path, content)
        packed = accepted(tmp_path, gzip.compress(content, 1), "survey.csv.gz")
    assert plain.newlines == tuple(content[:start].count(b"\n") for start in range(0, len(content), block))
    assert plain.lines == packed.lines == sum(not is_blank(line) for line in data)
    miscounted = any(map(is_blank, data)) or re.search(rb"\r(?!\n)", content) is not None
    assert plain.needs_copy == packed.needs_copy == miscounted
    assert plain.sha256 == packed.sha256 == sha(content)


@pytest.mark.skipif(not REAL_SURVEY.exists(), reason="the public survey file is not part of the repository")
def test_the_public_file_is_accepted() -> None:
    (judged,) = preflight(LandingFile(REAL_SURVEY, REAL_SURVEY.parent, REAL_SURVEY.name), CATALOGUE)
    assert isinstance(judged, Accepted)
    assert judged.sha256 == "50870322733d4778f823e5b652b19f8440456415fa5dfdd4979bc7eabeadba81"
    assert (judged.lines, len(judged.names), judged.needs_copy) == (129_880, 24, False)
