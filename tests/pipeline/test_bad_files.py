"""Every bad file has a named fate, and stops none of the others: docs/bad-files.md lists them."""

from __future__ import annotations

import gzip
import os
import re
from pathlib import Path
from typing import NamedTuple

import pytest
from pyspark.sql import SparkSession

from lakehouse.config.load import Config
from lakehouse.formats.preflight import Accepted
from lakehouse.ledger.events import Event
from lakehouse.ledger.files import Ledger
from lakehouse.pipeline.bronze import Loaded, load_files
from lakehouse.pipeline.context import Context
from lakehouse.pipeline.landing import preflight_landing
from lakehouse.pipeline.run import Outcome, execute
from lakehouse.request import Request
from tests.support.pipeline import Pipeline
from tests.support.places import ROOT
from tests.support.surveys import HEADERS, response, write_survey

HEADER = list(HEADERS.values())


class Fate(NamedTuple):
    """State of a file, its lines, and where they are; `why`: words of the reason of a file that did not go through."""

    state: str
    lines: int | None = None
    in_silver: int | None = None
    quarantined: int | None = None
    why: str = ""


def loaded(lines: int, quarantined: int = 0) -> Fate:
    return Fate("admitted", lines, lines - quarantined, quarantined)


def refused(why: str) -> Fate:
    return Fate("refused", why=why)


class Case(NamedTuple):
    """Bytes of a file, and its fate."""

    content: bytes
    fate: Fate


def text(lines: list[list[str]], header: list[str] | None = None, end: str = "\n", comma: str = ",") -> bytes:
    return "".join(comma.join(cells) + end for cells in (header or HEADER, *lines)).encode()


def three(number: int, **changed: object) -> list[list[str]]:
    """Three good lines with ids of their own, the last one changed."""
    return [response(number), response(number + 1), response(number + 2, **changed)]


def without(name: str, number: int) -> bytes:
    at = list(HEADERS).index(name)
    rows = [cells[:at] + cells[at + 1 :] for cells in three(number)]
    return text(rows, HEADER[:at] + HEADER[at + 1 :])


def mixed_ends(number: int) -> bytes:
    header, one, two, last, _ = text(three(number)).split(b"\n")
    return header + b"\r\n" + one + b"\r" + two + b"\n" + last + b"\r\n"


ANY_ORDER = [*HEADER[5:], *HEADER[:5]]
CASES = {
    "zero bytes": Case(b"", refused("the file is empty")),
    "header only": Case(text([]), refused("a header but no data line")),
    "truncated last line": Case(text(three(1000))[:-40], loaded(3, 1)),
    "missing final newline": Case(text(three(1010))[:-1], loaded(3)),
    "blank lines": Case(text(three(1020)).replace(b"\n", b"\n\n  \n"), loaded(3)),
    "wrong delimiter": Case(text(three(1030), comma=";"), refused("separated by semicolons")),
    "UTF-8 with BOM": Case(b"\xef\xbb\xbf" + text(three(1040)), loaded(3)),
    "UTF-16": Case(text(three(1050)).decode().encode("utf-16"), refused("UTF-16 text")),
    "Latin-1": Case(text(three(1060, gender="Männlich")).decode().encode("latin-1"), refused("line 4 is not UTF-8")),
    "NUL bytes": Case(text(three(1070)).replace(b"821", b"\x00", 1), refused("line 2 has a NUL byte")),
    "CRLF": Case(text(three(1080), end="\r\n"), loaded(3)),
    "CR": Case(text(three(1090), end="\r"), loaded(3)),
    "mixed line ends": Case(mixed_ends(1100), loaded(3)),
    "quoted cells": Case(text(three(1110, class_='"Business"')), loaded(3)),
    "quoted commas and doubled quotes": Case(text(three(1120, class_='"Eco, ""Plus"""')), loaded(3, 1)),
    "records that all fail": Case(
        text([response(1290 + number, age="old") for number in range(3)]), Fate("held", 3, 0, 0, "no record passes")
    ),
    "quoted newline": Case(text(three(1130, class_='"Eco\nPlus"')), loaded(4, 2)),
    "unclosed quote": Case(text(three(1140, class_='"Business')), loaded(3, 1)),
    "duplicate headers": Case(text(three(1150), [*HEADER[:-1], "ID"]), refused("all become the column id")),
    "headers that differ in case": Case(text(three(1160), [*HEADER[:-1], "iD"]), refused("all become the column id")),
    "headers that mean the same": Case(
        text([[*cells, "1"] for cells in three(1170)], [*HEADER, "Departure Delay in Minutes"]),
        refused("all mean departure_delay"),
    ),
    "reordered columns": Case(text([[*cells[5:], *cells[:5]] for cells in three(1180)], ANY_ORDER), loaded(3)),
    "renamed column": Case(text(three(1190), [*HEADER[:9], "Onboard Comfort", *HEADER[10:]]), loaded(3)),
    "added column": Case(text([[*cells, "5"] for cells in three(1200)], [*HEADER, "Lounge"]), loaded(3)),
    "removed question": Case(without("gate_location", 1210), loaded(3)),
    "removed required column": Case(without("class", 1220), Fate("held", 3, 0, 0, "no column for class")),
    "field of 1 MB": Case(text([[*cells, "x" * (1 << 20)] for cells in three(1230)], [*HEADER, "Remark"]), loaded(3)),
    "10,000 columns": Case(
        text([[*response(1240), *["1"] * 10_000]], [*HEADER, *(f"Extra {n}" for n in range(10_000))]),
        refused("10000 columns are unknown"),
    ),
    "a workbook": Case(b"PK\x03\x04" + bytes(range(256)), refused("a zip archive or a workbook")),
    "name with spaces and umlauts": Case(text(three(1250)), loaded(3)),
    "name with an underscore in front": Case(text(three(1290)), loaded(3)),
    "a file of another kind": Case(text(three(1300)), Fate("ignored", why="no survey file by its name")),
    "broken gzip": Case(gzip.compress(text(three(1260)))[:-30] + bytes(30), refused("gzip is broken")),
    "truncated gzip": Case(gzip.compress(text(three(1270)))[:-12], refused("gzip is broken or cut short")),
    "plain text called gzip": Case(text(three(1280)), refused("gzip is broken")),
}
NAMES = {
    "name with spaces and umlauts": "Umfrage März (1).csv",
    "name with an underscore in front": "_survey.csv",
    "a file of another kind": "report.pdf",
    "broken gzip": "broken.csv.gz",
    "truncated gzip": "truncated.csv.gz",
    "plain text called gzip": "plain.csv.gz",
}
# What is no file with content of its own, by name.
PLACES = {
    "pipe.csv": refused("a pipe, a socket or a device"),
    "link.csv": refused("outside of its landing folder"),
    "a\\tb.csv": refused("control characters"),
    "dangling.csv": refused("cannot be read"),
}


def name_of(case: str) -> str:
    return NAMES.get(case, f"{re.sub('[^a-z0-9]+', '_', case.lower())}.csv")


@pytest.fixture(scope="module")
def fates(spark: SparkSession, config: Config, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Fate]:
    """The fate of each file of one run over all of them."""
    pipeline = Pipeline(spark, config, tmp_path_factory.mktemp("bad_files"))
    for case, (content, _) in CASES.items():
        (pipeline.landing / name_of(case)).write_bytes(content)
    os.mkfifo(pipeline.landing / "pipe.csv")
    (pipeline.root / "secret.csv").write_bytes(text(three(1)))
    (pipeline.landing / "link.csv").symlink_to(pipeline.root / "secret.csv")
    (pipeline.landing / "dangling.csv").symlink_to(pipeline.root / "nowhere.csv")
    (pipeline.landing / "a\tb.csv").write_bytes(text(three(2)))
    assert pipeline.run("run", "--survey-date", "2025-01-31") == 5
    files = {row["file"]: row for row in pipeline.read("ops.files").collect()}
    return {
        name: Fate(*(row[column] for column in ("state", "lines", "in_silver", "quarantined", "reason")))
        for name, row in files.items()
    }


@pytest.mark.parametrize("name", [*map(name_of, CASES), *PLACES])
def test_fate(fates: dict[str, Fate], name: str) -> None:
    expected = {**{name_of(case): fate for case, (_, fate) in CASES.items()}, **PLACES}[name]
    found = fates[name]
    assert found[:4] == expected[:4], found
    assert expected.why in found.why


def test_no_file_is_passed_over(fates: dict[str, Fate]) -> None:
    assert fates.keys() == {*map(name_of, CASES), *PLACES}


def test_the_documents_list_every_fate() -> None:
    document = (ROOT / "docs" / "bad-files.md").read_text(encoding="utf-8")
    cases = dict(re.findall(r"^\| ([^|]+?) \| (\w+)", document, re.MULTILINE))
    told = {"admitted": "loaded", "refused": "refused", "held": "held", "ignored": "ignored"}
    assert {case: cases.get(case) for case in CASES} == {case: told[fate.state] for case, (_, fate) in CASES.items()}


def test_files_that_go_or_change_while_they_are_read_stop_nobody_else(
    spark: SparkSession, config: Config, tmp_path: Path
) -> None:
    pipeline = Pipeline(spark, config, tmp_path)
    for name, number in (("good", 1), ("gone", 11), ("grown", 21)):
        write_survey(pipeline.landing / f"{name}_2025-01.csv", three(number))
    place = Request(pipeline.warehouse.root, (str(pipeline.landing),), pipeline.conf)

    def work(context: Context, ledger: Ledger) -> Outcome:
        files = [file for file in preflight_landing(context.config) if isinstance(file, Accepted)]
        (pipeline.landing / "gone_2025-01.csv").unlink()
        with (pipeline.landing / "grown_2025-01.csv").open("a") as grown:
            grown.write("one more line\n")
        loaded, decisions = load_files(context, ledger, files)
        refused = tuple(decision.file for decision in decisions if decision.event is Event.REFUSED)
        ledger = context.record_decisions(ledger.with_files(loaded), decisions)
        return Outcome(ledger, Loaded(ledger, len(loaded), 0, refused))

    finished = execute(place, "ingest", work)
    assert sorted(finished.outcome.refused) == ["gone_2025-01.csv", "grown_2025-01.csv"]
    assert finished.exit_code(strict=False) == 5
    bronze = {row["_source_file"] for row in pipeline.read("bronze.survey_responses_raw").collect()}
    assert bronze == {"good_2025-01.csv"}
    events = {row["file"]: row["reason"] for row in pipeline.read("ops.file_events").collect()}
    assert all("changed while it was read" in reason for reason in events.values())
    assert events.keys() == {"gone_2025-01.csv", "grown_2025-01.csv"}
