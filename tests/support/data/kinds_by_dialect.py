"""Kinds of files by their bytes: delimiters, encodings, line ends, quotes."""

from __future__ import annotations

from tests.support.data.delivered_files import (
    HEADER,
    NUMBERS,
    WITH_COMMENT,
    Kind,
    commented,
    loaded,
    mixed_ends,
    quoted,
    refused,
    text,
    three,
)
from tests.support.data.surveys import response

INSIDE = ",".join(response(77_000_001))

BY_DIALECT = (
    Kind("zero bytes", "zero.csv", b"", refused("the file is empty")),
    Kind("header only", "header.csv", text([]).encode(), refused("a header but no data line")),
    Kind(
        "truncated last line",
        "truncated.csv",
        text(three(next(NUMBERS)))[:-40].encode(),
        loaded(3, 1),
        "the cut line is quarantined as `malformed`",
    ),
    Kind("missing final newline", "no_end.csv", text(three(next(NUMBERS)))[:-1].encode(), loaded(3)),
    Kind(
        "blank lines, and lines of empty cells",
        "blank.csv",
        (text(three(next(NUMBERS))).replace("\n", "\n\n  \n") + "," * 23 + "\n").encode(),
        loaded(3),
        "they are no records; the numbers of the others stay those of the file",
    ),
    Kind("semicolons", "semicolons.csv", text(three(next(NUMBERS)), comma=";").encode(), loaded(3, 0, "semicolons")),
    Kind("tabs", "tabs.tsv", text(three(next(NUMBERS)), comma="\t").encode(), loaded(3, 0, "tabs")),
    Kind("vertical bars", "bars.txt", text(three(next(NUMBERS)), comma="|").encode(), loaded(3, 0, "vertical bars")),
    Kind(
        "`sep=;` as first line",
        "sep.csv",
        ("sep=;\n" + text(three(next(NUMBERS)), comma=";")).encode(),
        loaded(3, 0, "semicolons, header on line 2"),
    ),
    Kind(
        "a header that two delimiters make",
        "ambiguous.csv",
        b"ID,a;ID;b\n1,2;3;4\n",
        refused('{files: "ambiguous.csv", delimiter: ","} or'),
        "both are named, with the lines to paste under `formats`",
    ),
    Kind(
        "one more delimiter at each line's end",
        "closed.csv",
        text([[*cells, ""] for cells in three(next(NUMBERS))]).encode(),
        loaded(3, 0, "a delimiter at the end of each line"),
    ),
    Kind(
        "UTF-8 with byte order mark",
        "mark.csv",
        ("\ufeff" + text(three(next(NUMBERS)))).encode(),
        loaded(3),
        "the mark is no part of the first header",
    ),
    Kind(
        "UTF-16",
        "utf16.csv",
        text(three(next(NUMBERS)), comma=";").encode("utf-16"),
        loaded(3, 0, "semicolons, UTF-16"),
        "with or without a mark",
    ),
    Kind(
        "Windows-1252, Latin-1",
        "western.csv",
        quoted(commented(next(NUMBERS), "très bien, 5 €"), WITH_COMMENT).encode("cp1252"),
        loaded(3, 0, "Windows-1252"),
        "where its letters are those of Western Europe",
    ),
    Kind(
        "text of another encoding",
        "cyrillic.csv",
        quoted(commented(next(NUMBERS), "Спасибо за всё, было очень хорошо"), WITH_COMMENT).encode("cp1251"),
        refused("line 3 is not UTF-8 text and may be"),
        "the line and the likely encodings are named, with the lines to paste under `formats`",
    ),
    Kind(
        "NUL bytes",
        "nul.csv",
        text(three(next(NUMBERS))).encode().replace(b"821", b"\0", 1),
        refused("line 2 has a NUL byte"),
    ),
    Kind("CRLF", "crlf.csv", text(three(next(NUMBERS)), end="\r\n").encode(), loaded(3)),
    Kind("CR", "cr.csv", text(three(next(NUMBERS)), end="\r").encode(), loaded(3), "from a copy with newlines"),
    Kind("mixed line ends", "mixed.csv", mixed_ends(next(NUMBERS)).encode(), loaded(3), "from a copy with newlines"),
    Kind(
        "quoted cells",
        "quoted.csv",
        text(three(next(NUMBERS), class_='"Business"')).encode(),
        loaded(3),
        "quotes are no part of the value",
    ),
    Kind(
        "quoted commas and doubled quotes",
        "commas.csv",
        text(three(next(NUMBERS), class_='"Eco, ""Plus"""')).encode(),
        loaded(3, 1),
        "read as one cell; here it is an unknown word, and its record is quarantined",
    ),
    Kind(
        "a comment that spans lines",
        "comment.csv",
        quoted(commented(next(NUMBERS), 'said "no"\r\n\nand left,\n'), WITH_COMMENT).encode(),
        loaded(3),
        "whole in bronze; a record keeps the number of its first line",
    ),
    Kind(
        "a comment with a line like a response",
        "like_a_response.csv",
        quoted(commented(next(NUMBERS), f"see\n{INSIDE},x\n"), WITH_COMMENT).encode(),
        loaded(3),
        "it stays a comment",
    ),
    Kind(
        "a quote that is never closed",
        "unclosed.csv",
        text(three(next(NUMBERS), class_='"Business')).encode(),
        loaded(3, 1),
        "its own line is quarantined and named; a quoted cell reaches over 100 lines and 1 MB at most, so that a "
        "missing quote cannot swallow the file",
    ),
    Kind(
        "a header cell that spans lines",
        "tall_header.csv",
        text(three(next(NUMBERS)), ['"\nID"', *HEADER[1:]]).encode(),
        loaded(3),
    ),
)
