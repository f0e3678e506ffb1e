import bz2
import csv
import gzip
import hashlib
import io
import os
import re
import stat
import zipfile
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lakehouse.formats import content as packing
from lakehouse.formats import scan
from lakehouse.formats.dialect import Dialect, FormatRule
from lakehouse.formats.landing import LandingFile, find_files
from lakehouse.formats.preflight import Accepted, Refused, preflight
from lakehouse.places.objects import FileVersion
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
    (judged,) = preflight(deliver(folder, content, name), CATALOGUE)
    assert isinstance(judged, Accepted), judged
    return judged


def refused(folder: Path, content: bytes, name: str = "survey.csv") -> Refused:
    (judged,) = preflight(deliver(folder, content, name), CATALOGUE)
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


UTF16 = "ID,Class\n1,Eco\n"


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
        (UTF16.encode("utf-16")[:-1], "not UTF-16 text to its end"),
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


def written(rows: list[list[str]], encoding: str = "utf-8", delimiter: str = ",", quote_all: bool = False) -> bytes:
    text = io.StringIO(newline="")
    quoting: Literal[0, 1] = csv.QUOTE_ALL if quote_all else csv.QUOTE_MINIMAL
    csv.writer(text, delimiter=delimiter, quoting=quoting).writerows(rows)
    return text.getvalue().encode(encoding)


ROWS = [["ID", "Class", "Comment"], ["1", "Eco", "fine"], ["2", "Eco", "süß, 5 €"]]


@pytest.mark.parametrize(
    ("content", "dialect", "words"),
    [
        (written(ROWS), Dialect("ID,Class,Comment"), None),
        (written(ROWS, delimiter=";"), Dialect("ID;Class;Comment", delimiter=";"), "semicolons"),
        (written(ROWS, delimiter="\t"), Dialect("ID\tClass\tComment", delimiter="\t"), "tabs"),
        (written(ROWS, delimiter="|"), Dialect("ID|Class|Comment", delimiter="|"), "vertical bars"),
        (written(ROWS, "cp1252"), Dialect("ID,Class,Comment", encoding="cp1252"), "Windows-1252"),
        (written(ROWS, "utf-16"), Dialect("ID,Class,Comment", encoding="utf-16-le"), "UTF-16"),
        (written(ROWS, "utf-32"), Dialect("ID,Class,Comment", encoding="utf-32-le"), "utf-32-le"),
        (written(ROWS, "utf-16-be"), Dialect("ID,Class,Comment", encoding="utf-16-be"), "UTF-16"),
        (
            written(ROWS, "utf-16-le", delimiter=";"),
            Dialect("ID;Class;Comment", encoding="utf-16-le", delimiter=";"),
            "semicolons, UTF-16",
        ),
        (
            b"sep=;\r\n" + written(ROWS, delimiter=";"),
            Dialect("ID;Class;Comment", delimiter=";", header_line=2, body_line=3),
            "semicolons, header on line 2",
        ),
        (
            b"Passenger survey\n\nID of the airport,BER\nID,Class,Gate Location\n1,Eco,3\n2,Eco,4\n",
            Dialect("ID,Class,Gate Location", header_line=4, body_line=5),
            "header on line 4",
        ),
        (b"\n" + written(ROWS), Dialect("ID,Class,Comment", header_line=2, body_line=3), "header on line 2"),
        (
            written([ROWS[0], ["Your id", "Your class", "Other"], ['{"ImportId":"_id"}', "", ""], *ROWS[1:]]),
            Dialect("ID,Class,Comment", body_line=4, label_rows=2),
            "2 label row(s) after the header",
        ),
        (
            b"ID,Class\n1,Eco,\n2,Eco,\n",
            Dialect("ID,Class", closes_records=True),
            "a delimiter at the end of each line",
        ),
        (b'ID,"Class\nof travel",Class\n1,a,Eco\n2,b,Eco\n', Dialect('ID,"Class\nof travel",Class', body_line=3), None),
        (written([*ROWS, ROWS[0]]), Dialect("ID,Class,Comment"), None),
        (written([*ROWS, ["", "", ""], [" ", "", ""]]), Dialect("ID,Class,Comment"), None),
        (written([*ROWS, ["", "", ""]], quote_all=True), Dialect('"ID","Class","Comment"'), None),
    ],
)
def test_the_dialect_is_recognised(tmp_path: Path, content: bytes, dialect: Dialect, words: str | None) -> None:
    judged = accepted(tmp_path, content)
    assert (judged.dialect, judged.dialect.describe(), judged.lines) == (dialect, words, 2)


@pytest.mark.parametrize(
    ("rule", "content", "lines"),
    [
        (FormatRule("*", delimiter=";"), b"ID;Class,a\n1;Eco,b\n", 1),
        (FormatRule("s*.csv", encoding="cp1251"), HEADER + "1,Спасибо\n".encode("cp1251"), 1),
        (FormatRule("*", header_line=3), b"ID,Class\nnot yet,\nID,Class\n1,Eco\n", 1),
        (FormatRule("*", label_rows=1), HEADER + b"the id,the class\n1,Eco\n", 1),
        (FormatRule("other/*", label_rows=1), HEADER + b"the id,the class\n1,Eco\n", 2),
    ],
)
def test_a_rule_of_the_configuration_goes_before_what_is_recognised(
    tmp_path: Path, rule: FormatRule, content: bytes, lines: int
) -> None:
    (judged,) = preflight(deliver(tmp_path, content), CATALOGUE, [rule])
    assert isinstance(judged, Accepted), judged
    assert judged.lines == lines


def test_a_header_that_could_have_two_delimiters_is_refused(tmp_path: Path) -> None:
    assert refused(tmp_path, b"ID,a;ID;b\n1,2;3;4\n").reason == (
        "line 1 is a header with commas or semicolons between its cells: say which under formats in conf/base.yml: "
        '- {files: "survey.csv", delimiter: ","} or - {files: "survey.csv", delimiter: ";"}, '
        "or export the file as UTF-8 with commas"
    )


@pytest.mark.parametrize(
    ("content", "lines", "unclosed"),
    [
        (b'ID,C\n1,"a\nb"\n2,c\n', 2, None),
        (b'ID,C\n1,"a\n\n,\nb"\n2,c\n', 2, None),
        (b'ID,C\n1,"a ""x\ny"" b"\n2,c\n', 2, None),
        (b'ID,C\r\n1,"a\r\nb"\r\n2,c\r\n', 2, None),
        (b'ID,C\n1,"a\rb"\n2,c\n', 2, None),
        (b'ID,C\n1,"a\nb","c\nd"\n2,c\n', 2, None),
        (b'ID,C\n1,"a\n2,b"\n3,c', 2, None),
        (b'ID,C\n1,"a\n2,b\n3,c\n', 3, "2"),
        (b'ID,C\n1,"a\n2,"b"\n3,"c\nd"\n', 3, "2"),
        (b'ID,C\n1,6" x\n2,"b\nc"\n', 2, None),
        (b'ID,C\n1,"' + b"a\n" * 99 + b'b"\n2,c\n', 2, None),
        (b'ID,C\n1,"' + b"a\n" * 100 + b'b"\n2,c\n', 102, "2"),
    ],
)
def test_records_may_span_lines(tmp_path: Path, content: bytes, lines: int, unclosed: str | None) -> None:
    for judged in (accepted(tmp_path, content), accepted(tmp_path, gzip.compress(content), "survey.csv.gz")):
        assert judged.lines == lines
        named = f"a quote is never closed in line(s) {unclosed}: each of these lines stands for itself"
        assert judged.notes == ((named,) if unclosed else ())


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


@pytest.mark.skipif(not REAL_SURVEY.exists(), reason="the public survey file is not part of the repository")
def test_the_public_file_is_accepted() -> None:
    (judged,) = preflight(LandingFile(REAL_SURVEY, REAL_SURVEY.parent, REAL_SURVEY.name), CATALOGUE)
    assert isinstance(judged, Accepted)
    assert judged.sha256 == "50870322733d4778f823e5b652b19f8440456415fa5dfdd4979bc7eabeadba81"
    assert (judged.lines, len(judged.names), judged.needs_copy) == (129_880, 24, False)
