"""Delimiter, encoding, header and records of a file, as they are recognised from its first bytes."""

import csv
import gzip
import io
from pathlib import Path
from typing import Literal

import pytest

from lakehouse.formats.dialect import Dialect, FormatRule
from lakehouse.formats.preflight import Accepted, preflight
from tests.support.preflights import CATALOGUE, HEADER, accepted, deliver, refused

pytestmark = pytest.mark.no_spark


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
