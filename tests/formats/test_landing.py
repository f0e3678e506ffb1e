import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from lakehouse.errors import UnreadableInputError, UsageError
from lakehouse.formats.landing import Ignored, LandingFile, find_files, is_survey
from lakehouse.places.names import is_set_aside

pytestmark = pytest.mark.no_spark


def lay(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("ID\n1\n")


def relatives(*roots: object, set_aside: Sequence[str] = ()) -> list[str]:
    return [file.relative for file in find_files([str(root) for root in roots], set_aside)]


def test_files_are_found_below_a_folder_and_sorted(tmp_path: Path) -> None:
    lay(tmp_path, "b.csv", "a.CSV", "2026-01/x.csv.gz", "2026-01/deep/y.CSV.GZ", "out.csv/part-0.csv")
    assert relatives(tmp_path) == ["2026-01/deep/y.CSV.GZ", "2026-01/x.csv.gz", "a.CSV", "b.csv", "out.csv/part-0.csv"]


def test_every_file_is_found_but_what_a_pattern_sets_aside(tmp_path: Path) -> None:
    lay(tmp_path, ".a.csv", "_b.csv", "_tmp/c.csv", ".git/d.csv", "e.txt", "_SUCCESS", "f.CSV.Part", "old/g.csv", "h")
    every = [".a.csv", ".git/d.csv", "_SUCCESS", "_b.csv", "_tmp/c.csv", "e.txt", "f.CSV.Part", "h", "old/g.csv"]
    assert relatives(tmp_path) == every
    # Capitals make no difference, and a folder that matches is not entered.
    patterns = (".*", "_success", "*.part", "OLD")
    assert relatives(tmp_path, set_aside=patterns) == ["_b.csv", "_tmp/c.csv", "e.txt", "h"]


@pytest.mark.parametrize(
    ("name", "is_read"),
    [
        *[
            (name, True)
            for name in ("a.csv", "A.CSV", "a.csv.gz", "_a.Csv.GZ", ".csv", "a.txt", "a.tsv.bz2", "a.zip", "a.XLSX")
        ],
        *[(name, False) for name in ("a.pdf", "a.csv.bak", "csv", "a.csv.zst", "a.gz", "a")],
    ],
)
def test_a_survey_is_known_by_its_name(name: str, is_read: bool) -> None:
    assert is_survey(Path("in") / name) is is_read


@pytest.mark.parametrize(
    ("name", "pattern"),
    [("in/report.PDF", "*.pdf"), ("notes", "notes"), ("a.csv.bak", "*.bak"), ("in/what[1]", "what[[]1]")],
)
def test_an_ignored_file_comes_with_the_pattern_that_sets_it_aside(name: str, pattern: str) -> None:
    ignored = Ignored.of(LandingFile(Path("/landing") / name, Path("/landing"), name))
    assert f"add '{pattern}' to set_aside in conf/base.yml" in ignored.reason
    assert is_set_aside([Path(name).name], [pattern])


def test_of_two_names_of_a_file_the_one_that_can_be_read_is_taken(tmp_path: Path) -> None:
    lay(tmp_path, "a.csv")
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "a.pdf").symlink_to(tmp_path / "a.csv")
    assert relatives(tmp_path) == ["a.csv"]


def test_a_hidden_file_that_is_named_itself_is_taken(tmp_path: Path) -> None:
    lay(tmp_path, "_in/_b.csv")
    assert relatives(tmp_path / "_in" / "_b.csv") == ["_b.csv"]


def test_a_single_file_lies_below_its_folder(tmp_path: Path) -> None:
    lay(tmp_path, "survey.csv")
    path = tmp_path / "survey.csv"
    assert find_files([str(path)], ()) == (LandingFile(path, tmp_path, "survey.csv"),)


@pytest.mark.parametrize("prefix", ["file:", "file://"])
def test_a_file_prefix_is_accepted(tmp_path: Path, prefix: str) -> None:
    lay(tmp_path, "a.csv")
    assert find_files([f"{prefix}{tmp_path}"], ()) == (LandingFile(tmp_path / "a.csv", tmp_path, "a.csv"),)


def test_a_relative_root_gives_absolute_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lay(tmp_path, "in/a.csv")
    monkeypatch.chdir(tmp_path)
    assert [file.path for file in find_files(["in"], ())] == [tmp_path / "in" / "a.csv"]


def test_a_file_reached_twice_is_listed_once_with_its_longest_path(tmp_path: Path) -> None:
    lay(tmp_path, "may/a.csv", "b.csv")
    inner = tmp_path / "may"
    assert relatives(tmp_path, inner, inner / "a.csv") == ["b.csv", "may/a.csv"]
    assert relatives(inner / "a.csv", inner, tmp_path) == ["b.csv", "may/a.csv"]


def test_two_files_of_the_same_relative_path_are_both_listed(tmp_path: Path) -> None:
    lay(tmp_path, "one/a.csv", "two/a.csv")
    files = find_files([str(tmp_path / "two"), str(tmp_path / "one")], ())
    assert [file.path for file in files] == [tmp_path / "one" / "a.csv", tmp_path / "two" / "a.csv"]


def test_links_are_followed_without_going_in_circles(tmp_path: Path) -> None:
    lay(tmp_path, "elsewhere/x.csv")
    landing = tmp_path / "landing"
    lay(landing, "a.csv")
    (landing / "circle").symlink_to(landing)
    (landing / "linked").symlink_to(tmp_path / "elsewhere")
    (landing / "b.csv").symlink_to(landing / "a.csv")
    assert relatives(landing) == ["a.csv", "linked/x.csv"]


def test_a_dangling_link_is_listed_so_that_it_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "gone.csv").symlink_to(tmp_path / "nowhere.csv")
    assert relatives(tmp_path) == ["gone.csv"]


def test_no_files_and_no_roots_give_nothing(tmp_path: Path) -> None:
    assert find_files([str(tmp_path)], ()) == ()
    assert find_files([], ()) == ()


def test_a_missing_root_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"nowhere' does not exist.*--landing") as caught:
        find_files([str(tmp_path), str(tmp_path / "nowhere")], ())
    assert caught.value.exit_code == 2


def test_a_single_file_of_another_kind_is_named(tmp_path: Path) -> None:
    lay(tmp_path, "survey.pdf")
    with pytest.raises(UsageError, match=r"survey\.pdf' is not "):
        find_files([str(tmp_path / "survey.pdf")], ())


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (b"a\nb.csv", "a\\nb.csv"),
        (b"a\x1b[31m.csv", "a\\x1b[31m.csv"),
        (b"a\xff.csv", "a\\udcff.csv"),
        ("ä.csv".encode(), "ä.csv"),
    ],
)
def test_odd_characters_in_names_are_shown_escaped(tmp_path: Path, name: bytes, shown: str) -> None:
    Path(os.fsdecode(os.path.join(os.fsencode(tmp_path), name))).write_text("ID\n1\n")
    assert relatives(tmp_path) == [shown]


def test_what_is_no_file_is_listed_so_that_it_is_refused_or_ignored_by_name(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder.csv").mkdir()
    lay(tmp_path / "folder.csv", "part.csv")
    assert relatives(tmp_path) == ["folder.csv/part.csv", "pipe", "pipe.csv"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may list every folder")
def test_a_folder_that_cannot_be_listed_is_an_unreadable_input(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0)
    with pytest.raises(UnreadableInputError, match="closed"):
        find_files([str(tmp_path)], ())


def test_a_folder_that_fails_while_listed_is_an_unreadable_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(path: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(os, "scandir", fail)
    with pytest.raises(UnreadableInputError, match=r"cannot be listed \(Permission denied\)"):
        find_files([str(tmp_path)], ())
