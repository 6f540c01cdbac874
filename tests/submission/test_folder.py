from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest

from auditor.submission.folder import FolderSnapshot
from auditor.submission.model import (
    MAX_FILE_BYTES,
    BlobMissing,
    Entry,
    EntryKind,
    ProblemKind,
    SubmissionError,
)

from .builders import Link, write_tree


def paths(snapshot: FolderSnapshot) -> list[str]:
    return [entry.path for entry in snapshot.entries()]


def test_lists_files_with_their_sizes_and_skips_the_git_directory(tmp_path: Path) -> None:
    write_tree(tmp_path, {"b/x.py": "12345", "a.txt": "", ".git/config": "x"})
    snapshot = FolderSnapshot(tmp_path)
    assert snapshot.entries() == (
        Entry("a.txt", EntryKind.FILE, 0),
        Entry("b/x.py", EntryKind.FILE, 5),
    )
    assert snapshot.find("b/x.py") == Entry("b/x.py", EntryKind.FILE, 5)
    assert snapshot.find("b") is None
    assert snapshot.read("b/x.py") == b"12345"
    assert snapshot.read("b/x.py", 2) == b"12"


def test_under_is_what_lies_below_a_folder(tmp_path: Path) -> None:
    write_tree(tmp_path, dict.fromkeys(["a/x", "a/b/x", "a-b/x", "a0/x", "ab", "b"], ""))
    snapshot = FolderSnapshot(tmp_path)
    assert [entry.path for entry in snapshot.under("a")] == ["a/b/x", "a/x"]
    assert snapshot.under("") == snapshot.entries()
    assert snapshot.under("missing") == ()


def test_links_are_listed_and_never_followed(tmp_path: Path) -> None:
    secret = write_tree(tmp_path / "outside", {"secret.txt": "do not read"})
    tree = write_tree(
        tmp_path / "tree",
        {"file": Link(str(secret / "secret.txt")), "dir": Link(str(secret)), "up": Link("..")},
    )
    snapshot = FolderSnapshot(tree)
    assert paths(snapshot) == ["dir", "file", "up"]
    assert {entry.kind for entry in snapshot.entries()} == {EntryKind.SYMLINK}
    assert snapshot.find("up") == Entry("up", EntryKind.SYMLINK, 2, "..")
    for path in ("file", "dir", "dir/secret.txt", "../outside/secret.txt"):
        with pytest.raises(BlobMissing):
            snapshot.read(path)


def test_a_file_swapped_for_a_link_after_the_walk_is_not_followed(tmp_path: Path) -> None:
    write_tree(tmp_path, {"outside.txt": "do not read", "tree/a.txt": "harmless"})
    snapshot = FolderSnapshot(tmp_path / "tree")
    (tmp_path / "tree/a.txt").unlink()
    (tmp_path / "tree/a.txt").symlink_to(tmp_path / "outside.txt")
    with pytest.raises(BlobMissing):
        snapshot.read("a.txt")


def test_a_file_deleted_after_the_walk_is_missing(tmp_path: Path) -> None:
    snapshot = FolderSnapshot(write_tree(tmp_path, {"a": "x"}))
    (tmp_path / "a").unlink()
    with pytest.raises(BlobMissing):
        snapshot.read("a")


def test_pipes_are_reported_and_never_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.log")
    snapshot = FolderSnapshot(tmp_path)
    assert snapshot.entries() == ()
    assert [(p.kind, p.path) for p in snapshot.problems] == [(ProblemKind.SPECIAL_FILE, "pipe.log")]


def test_a_file_swapped_for_a_pipe_after_the_walk_does_not_block(tmp_path: Path) -> None:
    snapshot = FolderSnapshot(write_tree(tmp_path, {"a": "x"}))
    (tmp_path / "a").unlink()
    os.mkfifo(tmp_path / "a")
    with pytest.raises(BlobMissing):
        snapshot.read("a")


def test_enormous_files_are_listed_and_never_read(tmp_path: Path) -> None:
    with (tmp_path / "model.pt").open("wb") as file:
        file.truncate(MAX_FILE_BYTES + 1)
    snapshot = FolderSnapshot(tmp_path)
    assert snapshot.entries()[0].size == MAX_FILE_BYTES + 1
    with pytest.raises(BlobMissing):
        snapshot.read("model.pt", 10)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads all")
def test_a_folder_that_cannot_be_listed_is_a_problem(tmp_path: Path) -> None:
    closed = write_tree(tmp_path, {"closed/x": ""}) / "closed"
    closed.chmod(0)
    try:
        assert [p.kind for p in FolderSnapshot(tmp_path).problems] == [ProblemKind.UNREADABLE]
    finally:
        closed.chmod(stat.S_IRWXU)


def test_the_walk_stops_at_a_limit_and_says_so(tmp_path: Path) -> None:
    write_tree(tmp_path, {f"deep/er/{i}": "" for i in range(20)} | {"top": ""})
    snapshot = FolderSnapshot(tmp_path, max_entries=5)
    assert len(paths(snapshot)) == 5
    assert "top" in paths(snapshot), "what lies high up is listed first"
    assert [p.kind for p in snapshot.problems] == [ProblemKind.TOO_MANY_FILES]


def test_exactly_the_limit_is_no_problem(tmp_path: Path) -> None:
    write_tree(tmp_path, dict.fromkeys("abc", ""))
    assert FolderSnapshot(tmp_path, max_entries=3).problems == ()


@pytest.mark.skipif(sys.platform == "darwin", reason="the file system refuses such names")
def test_a_name_that_is_not_utf8_is_shown_escaped_and_can_be_read(tmp_path: Path) -> None:
    (Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.py"))).write_text("x", "ascii")
    snapshot = FolderSnapshot(tmp_path)
    assert paths(snapshot) == ["\\xff.py"]
    assert snapshot.read("\\xff.py") == b"x"


@pytest.mark.parametrize(
    ("place", "prefix"),
    [
        ("records/track_10min_16mb/A", "records/track_10min_16mb/A"),
        ("records/track_10min_16mb", "records/track_10min_16mb"),
        ("records", "records"),
        ("registros/track_10min_16mb/A", "track_10min_16mb/A"),
        ("records/mine", ""),
        ("mine", ""),
    ],
)
def test_a_place_among_records_is_put_before_the_paths(
    tmp_path: Path, place: str, prefix: str
) -> None:
    write_tree(tmp_path / place, {"x.py": ""})
    expected = f"{prefix}/x.py" if prefix else "x.py"
    assert paths(FolderSnapshot(tmp_path / place)) == [expected]


def test_a_relative_root_is_placed_like_an_absolute_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_tree(tmp_path / "records/track_10min_16mb/A", {"x.py": ""})
    monkeypatch.chdir(folder)
    assert paths(FolderSnapshot(".")) == ["records/track_10min_16mb/A/x.py"]


def test_a_whole_tree_keeps_its_own_paths_wherever_it_lies(tmp_path: Path) -> None:
    place = tmp_path / "records/track_x/checkout"
    write_tree(place, {"records/track_10min_16mb/A/x.py": ""})
    assert paths(FolderSnapshot(place)) == ["records/track_10min_16mb/A/x.py"]


@pytest.mark.parametrize("name", ["missing", "file.py"])
def test_a_target_that_is_no_folder_is_refused_in_one_line(tmp_path: Path, name: str) -> None:
    write_tree(tmp_path, {"file.py": ""})
    with pytest.raises(SubmissionError, match="give") as caught:
        FolderSnapshot(tmp_path / name)
    assert "\n" not in str(caught.value)
