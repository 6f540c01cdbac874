from __future__ import annotations

import pytest

from auditor.submission.hazards import LISTED_PER_KIND, leaves_tree, problems_in
from auditor.submission.model import MAX_FILE_BYTES, Entry, EntryKind, ProblemKind


def kinds(*entries: Entry) -> list[ProblemKind]:
    return [problem.kind for problem in problems_in(entries, "")]


def file(path: str, size: int | None = 1) -> Entry:
    return Entry(path, EntryKind.FILE, size)


@pytest.mark.parametrize(
    "target", ["/etc/passwd", "../../x", "~/x", "../..", "C:\\x", "a/../../.."]
)
def test_links_out_of_the_tree_are_told_apart(target: str) -> None:
    assert leaves_tree("a/link", target)


@pytest.mark.parametrize("target", ["x", "../b/x", "./x", "b/../x", "..x"])
def test_links_within_the_tree_are_not(target: str) -> None:
    assert not leaves_tree("a/link", target)


def test_a_link_is_a_problem_that_names_where_it_points() -> None:
    (problem,) = problems_in([Entry("a", EntryKind.SYMLINK, 5, "../up")], "")
    assert problem.kind is ProblemKind.SYMLINK
    assert "'../up' outside the tree" in problem.message


def test_what_cannot_be_read_is_a_problem() -> None:
    assert kinds(Entry("a", EntryKind.SUBMODULE, None)) == [ProblemKind.SUBMODULE]
    assert kinds(file("a", None)) == [ProblemKind.MISSING_BLOB]
    assert kinds(file("a", MAX_FILE_BYTES + 1)) == [ProblemKind.TOO_LARGE]
    assert kinds(file("a", MAX_FILE_BYTES)) == []


@pytest.mark.parametrize(
    "path", ["a" * 201, "a\nb", "a\u202eb", "a\\b", "a\ud800b", "tab\tname", "zero\u200bwidth"]
)
def test_names_that_mislead_or_break_tools_are_odd(path: str) -> None:
    assert kinds(file(path)) == [ProblemKind.ODD_NAME]


def test_ordinary_names_with_blanks_and_accents_are_not() -> None:
    assert kinds(file("records/a b/Überblick (1).md"), file("x" * 200)) == []


def test_names_that_differ_only_in_case_collide() -> None:
    (problem,) = problems_in([file("a/Log.txt"), file("a/log.txt")], "")
    assert (problem.kind, problem.path) == (ProblemKind.ODD_NAME, "a/log.txt")
    assert "'a/Log.txt'" in problem.message


def test_the_folder_under_audit_comes_first() -> None:
    links = [Entry(path, EntryKind.SYMLINK, 1, "x") for path in ("a/1", "z/1")]
    assert [problem.path for problem in problems_in(links, "z")] == ["z/1", "a/1"]


def test_a_build_tree_does_not_flood_the_list() -> None:
    problems = problems_in([file(f"lost/{i}", None) for i in range(500)], "")
    assert len(problems) == LISTED_PER_KIND + 1
    assert problems[-1].message == "Not listed: 480 more of the kind missing-blob."
