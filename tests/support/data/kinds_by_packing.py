"""Kinds of files by name, compression, archive and workbook."""

from __future__ import annotations

import bz2
import gzip

from tests.support.data.delivered_files import (
    NUMBERS,
    Fate,
    Kind,
    archive,
    loaded,
    refused,
    text,
    three,
    workbook,
)

BY_PACKING = (
    Kind("name with spaces and umlauts", "Umfrage März (1).csv", text(three(next(NUMBERS))).encode(), loaded(3)),
    Kind("name with an underscore in front", "_survey.csv", text(three(next(NUMBERS))).encode(), loaded(3)),
    Kind("gzip", "packed.csv.gz", gzip.compress(text(three(next(NUMBERS))).encode()), loaded(3)),
    Kind("bzip2", "packed.csv.bz2", bz2.compress(text(three(next(NUMBERS))).encode()), loaded(3)),
    Kind(
        "broken gzip",
        "broken.csv.gz",
        gzip.compress(text(three(next(NUMBERS))).encode())[:-30] + bytes(30),
        refused("gzip is broken"),
        "known by its raw bytes",
    ),
    Kind(
        "broken bzip2",
        "broken.csv.bz2",
        bz2.compress(text(three(next(NUMBERS))).encode())[:-12],
        refused("bzip2 is broken or cut short"),
    ),
    Kind(
        "truncated gzip",
        "cut.csv.gz",
        gzip.compress(text(three(next(NUMBERS))).encode())[:-12],
        refused("gzip is broken or cut short"),
    ),
    Kind("plain text called gzip", "plain.csv.gz", text(three(next(NUMBERS))).encode(), refused("gzip is broken")),
    Kind(
        "zip archive that leads out of its place",
        "escape.zip",
        archive(up_a_csv=text(three(next(NUMBERS)))),
        refused("leads out of it"),
        "so are links, passwords and broken archives; each survey in an archive is a file of its own",
    ),
    Kind(
        "workbook",
        "book.xlsx",
        workbook(three(next(NUMBERS)), [["Passenger survey"], []]),
        loaded(3, 0, "header on line 3"),
        "`.xlsx`, `.xlsb`, `.xls` and `.ods`; sheets with equal headers are one delivery, others are left out and "
        "told; with different headers: `sheet` under `formats`",
    ),
    Kind(
        "a workbook called CSV",
        "book.csv",
        b"PK\x03\x04" + bytes(range(256)),
        refused("a zip archive or a workbook"),
    ),
    Kind(
        "a broken workbook",
        "broken.xlsx",
        workbook(three(next(NUMBERS)))[:500],
        refused("the workbook is broken"),
        "so are those with macros or a password",
    ),
    Kind(
        "a file of another kind",
        "report.pdf",
        b"%PDF",
        Fate("ignored", why="no survey file by its name"),
        "not opened; its name is not that of a survey",
    ),
)
