"""Which files wait for a person: what `--strict` counts."""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from pathlib import Path

import pytest

from lakehouse.config.load import Config, load_config
from lakehouse.errors import UsageError
from lakehouse.ledger.events import Event, FileEvent
from lakehouse.ledger.files import BronzeFile, Ledger
from lakehouse.pipeline.waiting import Waiting, waiting_now
from tests.support.places import TEST_CONF

pytestmark = pytest.mark.no_spark

BAD = b"ID\0\n"
RAW = hashlib.sha256(BAD).hexdigest()


def config(landing: Path) -> Config:
    return load_config(TEST_CONF, None, (str(landing),), {})


def event(kind: str, name: str, sha256: str | None = None, raw: str | None = RAW) -> FileEvent:
    return FileEvent(1, Event(kind), name, sha256, raw, "why", None, None, "v1", "run", datetime(2025, 1, 1))


def ledger(*events: FileEvent, loaded: tuple[str, ...] = ()) -> Ledger:
    return Ledger({name: BronzeFile(name, name, 1, "ID", 1, 1, date(2025, 1, 1)) for name in loaded}, events)


@pytest.mark.parametrize(
    ("waiting", "code", "text"),
    [
        (Waiting(), 0, ""),
        (Waiting(held=("a", "b")), 3, "2 file(s) held: a, b"),
        (Waiting(refused=("a",)), 5, "1 file(s) refused: a"),
        (Waiting(refused=("a",), held=("b",)), 5, "1 file(s) refused: a; 1 file(s) held: b"),
    ],
)
def test_exit_code_and_words(waiting: Waiting, code: int, text: str) -> None:
    assert (waiting.exit_code, str(waiting)) == (code, text)


@pytest.mark.parametrize(
    ("decisions", "waits"),
    [
        ([], False),
        (["held"], True),
        (["held", "accepted"], False),
        (["held", "accepted", "held"], True),
        (["held", "withdrawn"], False),
        (["admitted"], False),
    ],
)
def test_a_held_file_waits_until_somebody_decides(tmp_path: Path, decisions: list[str], waits: bool) -> None:
    events = [event(kind, "a.csv", "a.csv") for kind in decisions]
    assert waiting_now(config(tmp_path), ledger(*events, loaded=("a.csv",))).held == (("a.csv",) if waits else ())


@pytest.mark.parametrize(
    ("lying", "content", "waits"),
    [
        ("a.csv", BAD, True),
        ("2025-01/a.csv", BAD, False),
        # Replaced, removed, or set aside.
        ("a.csv", b"ID\n1\n", False),
        ("b.csv", BAD, False),
        (".a.csv", BAD, False),
    ],
)
def test_a_refused_file_waits_while_it_lies_there(tmp_path: Path, lying: str, content: bytes, waits: bool) -> None:
    (tmp_path / lying).parent.mkdir(exist_ok=True)
    (tmp_path / lying).write_bytes(content)
    found = waiting_now(config(tmp_path), ledger(event("refused", "a.csv")))
    assert found.refused == (("a.csv",) if waits else ())


def test_a_file_in_an_archive_waits_while_the_archive_lies_there(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(BAD)
    refusals = ledger(event("refused", "a.zip/in/it.csv"), event("refused", "a.zipped/it.csv"))
    assert waiting_now(config(tmp_path), refusals) == Waiting(refused=("a.zip/in/it.csv",))


def test_a_file_that_could_not_be_read_waits_until_its_name_is_loaded(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"ID\n1\n")
    refusal = event("refused", "a.csv", raw=None)
    assert waiting_now(config(tmp_path), ledger(refusal)).refused == ("a.csv",)
    assert waiting_now(config(tmp_path), ledger(refusal, loaded=("a.csv",))).refused == ()


def test_without_its_landing_place_nobody_can_tell(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="does not exist"):
        waiting_now(config(tmp_path / "none"), ledger(event("refused", "a.csv")))
