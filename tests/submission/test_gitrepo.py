from __future__ import annotations

from pathlib import Path

import pygit2
import pytest

from auditor.submission import Clone, SubmissionError, from_range
from auditor.submission.gittree import GitSnapshot

from .builders import RECORDS, World, entry


def touched(world: World, pr: int) -> list[str]:
    clone = Clone(world.path)
    head = clone.pull_head(pr)
    snapshot = clone.snapshot(head, clone.base_of(head))
    return [entry.path for entry in snapshot.entries()]


def test_a_pull_request_is_compared_with_where_it_left_main(world: World) -> None:
    fork = world.main({"a": "1"})
    world.pull(1, {"new": "x"}, [fork])
    world.main({"later": "y"}, [fork])
    assert touched(world, 1) == ["new"]


def test_main_merged_into_the_pull_request_is_not_part_of_it(world: World) -> None:
    fork = world.main({"a": "1"})
    work = world.commit({"new": "x"}, [fork])
    later = world.main({"later": "y"}, [fork])
    world.pull(1, {"later": "y"}, [work, later])
    assert touched(world, 1) == ["new"]


def test_a_merged_pull_request_is_compared_with_main_before_the_merge(world: World) -> None:
    fork = world.main({"a": "1"})
    work = world.commit({"one": "x"}, [fork])
    head = world.pull(1, {"two": "x"}, [work])
    before = world.main({"later": "y"}, [fork])
    merge = world.main({"one": "x", "two": "x"}, [before, head])
    world.main({"after": "z"}, [merge])
    assert touched(world, 1) == ["one", "two"]


def test_a_head_that_came_to_main_within_another_merge_keeps_its_own_changes(
    world: World,
) -> None:
    root = world.main({"a": "1"})
    first = world.pull(1, {"one": "x"}, [root])
    second = world.pull(2, {"two": "x"}, [first])
    world.main({"one": "x", "two": "x"}, [root, second])
    assert touched(world, 1) == ["one"]
    assert touched(world, 2) == ["one", "two"]


def test_a_head_on_the_main_line_itself_is_compared_with_its_parent(world: World) -> None:
    root = world.main({"a": "1"})
    head = world.pull(1, {"new": "x"}, [root])
    world.main({"later": "y"}, [head])
    assert touched(world, 1) == ["new"]


def test_a_head_that_shares_no_history_with_main_adds_its_whole_tree(world: World) -> None:
    world.main({"a": "1"})
    world.pull(1, {"b": "1", "c/d": "2"})
    assert touched(world, 1) == ["b", "c/d"]


def test_the_first_commit_of_main_adds_its_whole_tree(world: World) -> None:
    root = world.pull(1, {"a": "1"})
    world.main({"b": "1"}, [root])
    assert touched(world, 1) == ["a"]


@pytest.mark.parametrize(
    "ref",
    [
        "refs/pull/7/head",
        "refs/remotes/origin/pr/7",
        "refs/remotes/pull/7/head",
        "refs/remotes/origin/pull/7/head",
    ],
)
def test_heads_are_found_where_people_fetch_them_to(world: World, ref: str) -> None:
    head = world.commit({"a": "1"}, ref=ref)
    assert Clone(world.path).pull_head(7).id == head


@pytest.mark.parametrize("ref", ["refs/heads/main", "refs/remotes/origin/main"])
def test_main_may_be_local_or_remote(world: World, ref: str) -> None:
    main = world.commit({"a": "1"}, ref=ref)
    head = world.pull(1, {"b": "1"}, [main])
    base = Clone(world.path).base_of(world.repository[head].peel(pygit2.Commit))
    assert base is not None
    assert base.id == main


def test_without_any_main_branch_everything_counts_as_added(world: World) -> None:
    world.pull(1, {"a": "1"})
    assert touched(world, 1) == ["a"]


def test_a_head_that_was_not_fetched_says_what_to_run(world: World) -> None:
    world.main({"a": "1"})
    with pytest.raises(SubmissionError) as caught:
        Clone(world.path).pull_head(99)
    assert "git fetch origin 'refs/pull/*/head:refs/pull/*/head'" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_folder_that_is_no_clone_is_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(SubmissionError, match="give the folder of a clone") as caught:
        Clone(tmp_path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["nonsense", "0" * 40, "", "main:a", "main^{tree}"])
def test_a_name_that_stands_for_no_commit_is_refused(world: World, name: str) -> None:
    world.main({"a": "1"})
    with pytest.raises(SubmissionError, match="names no commit"):
        Clone(world.path).commit(name)


def test_commits_go_by_branch_tag_and_abbreviation(world: World) -> None:
    oid = world.main({"a": "1"})
    clone = Clone(world.path)
    assert {clone.commit(name).id for name in ("main", str(oid), str(oid)[:10])} == {oid}


def test_a_clone_without_the_history_of_main_says_what_to_run(world: World) -> None:
    root = world.main({"a": "1"})
    second = world.main({"b": "1"}, [root])
    world.pull(1, {"c": "1"}, [root])
    world.main({"d": "1"}, [second])
    world.lose(second)
    clone = Clone(world.path)
    with pytest.raises(SubmissionError, match="git fetch --unshallow"):
        clone.base_of(clone.pull_head(1))


def test_a_shallow_clone_is_not_mistaken_for_unrelated_histories(world: World) -> None:
    root = world.main({"a": "1"})
    main = world.main({"b": "1"}, [root])
    head = world.pull(1, {"c": "1"}, [root])
    (world.path / "shallow").write_text(f"{main}\n{head}\n", "ascii")
    clone = Clone(world.path)
    with pytest.raises(SubmissionError, match="git fetch --unshallow"):
        clone.base_of(clone.pull_head(1))


@pytest.mark.parametrize(
    ("remote", "url"),
    [
        ("https://github.com/owner/name.git", "https://github.com/owner/name"),
        ("git@github.com:owner/name.git", "https://github.com/owner/name"),
        ("ssh://git@github.com/owner/name", "https://github.com/owner/name"),
        ("https://example.org/owner/name", None),
        ("/somewhere/github.com", None),
        (None, None),
    ],
)
def test_the_web_address_comes_from_origin_on_github(
    world: World, remote: str | None, url: str | None
) -> None:
    if remote is not None:
        world.repository.remotes.create("origin", remote)
    assert Clone(world.path).url == url


def test_the_origin_of_a_snapshot_names_both_commits(world: World) -> None:
    base = world.main({"a": "1"})
    head = world.pull(5, {"b": "1"}, [base])
    clone = Clone(world.path)
    commit = clone.pull_head(5)
    origin = clone.origin(commit, clone.base_of(commit), 5)
    assert (origin.pr, origin.head, origin.base) == (5, str(head), str(base))
    assert origin.url == "https://github.com/openai/parameter-golf"


def test_nothing_is_checked_out(world: World, tmp_path: Path) -> None:
    world.pull(1, {"a": "1"})
    clone = Clone(world.path)
    snapshot = clone.snapshot(clone.pull_head(1), None)
    assert isinstance(snapshot, GitSnapshot)
    assert snapshot.read("a") == b"1"
    assert [path.name for path in tmp_path.iterdir()] == [world.path.name]


def test_a_range_holds_what_the_branch_adds_and_not_what_the_base_has_gained(world: World) -> None:
    fork = world.main({"a": "1"})
    head = world.commit(entry("2026-04-01_New"), [fork])
    base = world.main(entry("2026-03-30_Other"), [fork])
    found = from_range(world.path, str(base), str(head), pr=7)
    assert found.folder == f"{RECORDS}/2026-04-01_New"
    assert found.other_folders == ()
    assert (found.origin.pr, found.origin.base) == (7, str(fork))


def test_a_range_without_common_history_is_the_whole_tree(world: World) -> None:
    base = world.main({"a": "1"})
    head = world.commit(entry("2026-04-01_New"))
    assert from_range(world.path, str(base), str(head)).origin.base is None


def test_a_range_needs_commits_that_are_there(world: World) -> None:
    base = world.main({"a": "1"})
    with pytest.raises(SubmissionError, match="names no commit of the clone"):
        from_range(world.path, str(base), "0" * 40)
