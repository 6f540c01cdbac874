from __future__ import annotations

from datetime import date

import pygit2
import pytest
from pygit2.enums import ObjectType

from auditor.submission import Clone
from auditor.submission.gittree import GitSnapshot
from auditor.submission.model import BlobMissing, Entry, EntryKind, SubmissionError

from .builders import Content, Deleted, Link, Submodule, World


def snapshot(world: World, head: pygit2.Oid, base: pygit2.Oid | None = None) -> GitSnapshot:
    commits = [
        world.repository[oid].peel(pygit2.Commit) if oid is not None else None
        for oid in (head, base)
    ]
    assert commits[0] is not None
    return GitSnapshot(world.repository, commits[0], commits[1])


def test_added_and_changed_files_are_entries_and_deleted_ones_are_not(world: World) -> None:
    base = world.commit({"keep": "1", "edit": "1", "drop": "1", "move": "a long enough line\n"})
    changes: dict[str, Content] = {"edit": "22", "new": "333", "drop": Deleted(), "move": Deleted()}
    head = world.commit(changes | {"moved": "a long enough line\n"}, [base])
    assert snapshot(world, head, base).entries() == (
        Entry("edit", EntryKind.FILE, 2),
        Entry("moved", EntryKind.FILE, 19),
        Entry("new", EntryKind.FILE, 3),
    )


def test_a_file_that_became_a_link_is_one_entry(world: World) -> None:
    base = world.commit({"a": "1", "b": "1"})
    head = world.commit({"a": Link("b")}, [base])
    assert snapshot(world, head, base).entries() == (Entry("a", EntryKind.SYMLINK, 1, "b"),)


def test_find_sees_the_whole_tree(world: World) -> None:
    base = world.commit({"a/b": "1", "c": "22"})
    seen = snapshot(world, world.commit({"new": "x"}, [base]), base)
    assert seen.find("c") == Entry("c", EntryKind.FILE, 2)
    assert seen.find("a/b") == Entry("a/b", EntryKind.FILE, 1)
    for path in ("a", "missing", "a/b/c", "", "/c", "c/", "../c", "a//b", "a\0b"):
        assert seen.find(path) is None


def test_under_lists_touched_and_untouched_files(world: World) -> None:
    base = world.commit({"a/old": "1", "a/b/deep": "1", "b": "1"})
    seen = snapshot(world, world.commit({"a/new": "x"}, [base]), base)
    assert [entry.path for entry in seen.under("a")] == ["a/b/deep", "a/new", "a/old"]
    assert [entry.path for entry in seen.under("")] == ["a/b/deep", "a/new", "a/old", "b"]
    assert seen.under("b") == seen.under("missing") == ()


def test_reading_takes_a_limit(world: World) -> None:
    seen = snapshot(world, world.commit({"a": b"\x00\xff123"}))
    assert seen.read("a") == b"\x00\xff123"
    assert seen.read("a", 2) == b"\x00\xff"
    assert seen.read("a", 0) == b""


def test_links_and_submodules_are_entries_that_cannot_be_read(world: World) -> None:
    seen = snapshot(world, world.commit({"l": Link("../x"), "s": Submodule()}))
    assert seen.entries() == (
        Entry("l", EntryKind.SYMLINK, 4, "../x"),
        Entry("s", EntryKind.SUBMODULE, None),
    )
    for path in ("l", "s", "missing"):
        with pytest.raises(BlobMissing):
            seen.read(path)
    assert seen.find("s") == Entry("s", EntryKind.SUBMODULE, None)
    assert len(seen.under("")) == 2


def test_a_file_whose_content_was_not_fetched_has_no_size(world: World) -> None:
    head = world.commit({"big.pt": "x" * 100, "a": "1"})
    world.lose(world.oid_at(head, "big.pt"))
    seen = snapshot(world, head)
    assert seen.entries()[1] == Entry("big.pt", EntryKind.FILE, None)
    with pytest.raises(BlobMissing, match="not in this clone"):
        seen.read("big.pt")


def test_a_folder_that_was_not_fetched_is_an_error(world: World) -> None:
    head = world.commit({"a/b": "1"})
    world.lose(world.oid_at(head, "a"))
    clone = Clone(world.path)
    with pytest.raises(SubmissionError, match="git fetch"):
        clone.snapshot(clone.commit(str(head)), None).entries()


def test_names_that_differ_only_in_case_are_kept_apart(world: World) -> None:
    seen = snapshot(world, world.commit({"A": "1", "a": "22"}))
    assert [(entry.path, entry.size) for entry in seen.entries()] == [("A", 1), ("a", 2)]
    assert seen.read("a") == b"22"


def test_a_name_that_is_not_utf8_is_shown_escaped_and_can_be_read(world: World) -> None:
    repository = world.repository
    blob = repository.create_blob(b"x")
    tree = repository.odb.write(ObjectType.TREE, b"100644 \xff.py\0" + blob.raw)
    who = pygit2.Signature("s", "s@example.org", world.clock, 0)
    head = repository.create_commit(None, who, who, "odd", tree, [])
    seen = snapshot(world, head)
    assert [entry.path for entry in seen.entries()] == ["\\xff.py"]
    assert seen.read("\\xff.py") == b"x"


def test_a_folder_whose_name_is_not_utf8_is_listed_as_far_as_it_is_touched(world: World) -> None:
    repository = world.repository
    blob = repository.create_blob(b"x")
    inner = repository.odb.write(ObjectType.TREE, b"100644 a.py\0" + blob.raw)
    tree = repository.odb.write(ObjectType.TREE, b"40000 \xff\0" + inner.raw)
    who = pygit2.Signature("s", "s@example.org", world.clock, 0)
    seen = snapshot(world, repository.create_commit(None, who, who, "odd", tree, []))
    assert [entry.path for entry in seen.under("\\xff")] == ["\\xff/a.py"]
    assert seen.read("\\xff/a.py") == b"x"


def test_content_too_long_for_a_link_is_not_shown_as_its_target(world: World) -> None:
    seen = snapshot(world, world.commit({"l": Link("x" * 5000)}))
    assert seen.entries() == (Entry("l", EntryKind.SYMLINK, 5000),)


def test_a_commit_message_in_no_encoding_is_read_as_far_as_it_goes(world: World) -> None:
    base = world.main({"x": "1"})
    tree = world.repository[world.commit({"A/a": "1"}, [base])].peel(pygit2.Commit).tree_id
    lines = [
        f"tree {tree}",
        f"parent {base}",
        "author s <s@example.org> 99999999999999999 +0000",
        "committer s <s@example.org> 99999999999999999 +0000",
        "encoding nonsense",
    ]
    raw = "\n".join(lines).encode() + b"\n\nadd \xff A\nbody"
    seen = snapshot(world, world.repository.odb.write(ObjectType.COMMIT, raw), base)
    assert [change.subject for change in seen.changes(["A"])] == ["add \ufffd A"]
    assert seen.day is None


def test_thousands_of_files_are_listed(world: World) -> None:
    seen = snapshot(world, world.commit({f"d{i % 40}/{i}": str(i) for i in range(4000)}))
    assert len(seen.entries()) == 4000
    assert seen.problems == ()


def test_the_day_is_that_of_the_head_commit_in_utc(world: World) -> None:
    world.clock = 1_767_225_599 - 3600  # the commit is made in the last second of 2025
    assert snapshot(world, world.commit({"a": "1"})).day == date(2025, 12, 31)


def test_a_folder_is_new_where_the_base_lacks_it(world: World) -> None:
    base = world.commit({"old/a": "1"})
    seen = snapshot(world, world.commit({"new/a": "1"}, [base]), base)
    assert seen.is_new("new")
    assert not seen.is_new("old")
    assert snapshot(world, base).is_new("old")


def test_changes_tell_which_commit_worked_on_which_folder(world: World) -> None:
    base = world.main({"x": "1"})
    first = world.commit({"A/a": "1"}, [base], "add A")
    second = world.commit({"B/b": "1"}, [first], "add B")
    head = world.commit({"A/a": "2"}, [second], "edit A")
    changes = snapshot(world, head, base).changes(["A", "B"])
    assert [(c.subject, set(c.touched), set(c.introduced)) for c in changes] == [
        ("edit A", {"A"}, set()),
        ("add B", {"B"}, {"B"}),
        ("add A", {"A"}, {"A"}),
    ]


def test_a_merge_that_only_takes_over_a_folder_does_not_work_on_it(world: World) -> None:
    base = world.main({"x": "1"})
    mine = world.commit({"A/a": "1"}, [base], "add A")
    theirs = world.commit({"B/b": "1"}, [base], "add B")
    head = world.commit({"B/b": "1"}, [mine, theirs], "Merge branch 'B'")
    merge, *_ = snapshot(world, head, base).changes(["A", "B"])
    assert (merge.subject, merge.touched) == ("", frozenset())


def test_a_history_with_a_hole_ends_there(world: World) -> None:
    root = world.commit({"A/a": "1"}, subject="root")
    head = world.commit({"A/a": "2"}, [root], "edit")
    world.lose(root)
    clone = Clone(world.path)
    changes = clone.snapshot(clone.commit(str(head)), None).changes(["A"])
    assert all(change.subject != "root" for change in changes)
