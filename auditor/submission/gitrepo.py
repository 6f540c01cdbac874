"""A clone of the challenge: where its pull requests are, and what each is compared with."""

from __future__ import annotations

import re
from functools import cached_property
from pathlib import Path

import pygit2

from auditor.submission.gittree import GitSnapshot
from auditor.submission.model import Origin, SubmissionError

_MAIN_REFS = ("refs/heads/main", "refs/remotes/origin/main", "HEAD")
_PULL_REFS = (
    "refs/pull/{}/head",
    "refs/remotes/origin/pr/{}",
    "refs/remotes/pull/{}/head",
    "refs/remotes/origin/pull/{}/head",
)
_NO_HISTORY = (
    "the clone lacks the history that pull requests are compared with; "
    "run git fetch --unshallow in it"
)


class Clone:
    """A clone of the challenge's repository that holds the heads of pull requests.

    Keep one object for many pull requests: the history of the main branch is walked once.

    Args:
        path: the clone, bare or with a work tree.

    Raises:
        SubmissionError: there is no git repository at `path`.
    """

    def __init__(self, path: str | Path) -> None:
        try:
            self.repository = pygit2.Repository(str(path))
        except pygit2.GitError as error:
            raise SubmissionError(
                f"{path} is no git repository that can be opened ({_one_line(error)}); "
                "give the folder of a clone"
            ) from error

    @cached_property
    def url(self) -> str | None:
        """Web address of the remote `origin`, where that is a repository on GitHub."""
        try:
            address = self.repository.remotes["origin"].url or ""
        except KeyError:
            return None
        _, found, name = address.partition("github.com")
        name = name.lstrip(":/").removesuffix("/").removesuffix(".git")
        return f"https://github.com/{name}" if found and name.count("/") == 1 else None

    @cached_property
    def main(self) -> pygit2.Commit | None:
        """The newest commit of the main branch, or `None` in a repository without one."""
        return next(filter(None, map(self._commit_at, _MAIN_REFS)), None)

    def pull_numbers(self) -> list[int]:
        """The numbers of the pull requests whose heads were fetched, ascending."""
        patterns = [re.compile(re.escape(ref).replace(r"\{\}", r"(\d+)")) for ref in _PULL_REFS]
        matches = (p.fullmatch(name) for name in self.repository.references for p in patterns)
        return sorted({int(match[1]) for match in matches if match})

    def pull_head(self, pr: int) -> pygit2.Commit:
        """The head commit of a pull request.

        Raises:
            SubmissionError: its ref was not fetched.
        """
        heads = (self._commit_at(ref.format(pr)) for ref in _PULL_REFS)
        head = next(filter(None, heads), None)
        if head is None:
            raise SubmissionError(
                f"the clone has no head of pull request {pr}; run "
                "git fetch origin 'refs/pull/*/head:refs/pull/*/head' in it"
            )
        return head

    def commit(self, name: str) -> pygit2.Commit:
        """The commit that `name` (an object name, branch or tag) stands for.

        Raises:
            SubmissionError: there is none.
        """
        try:
            return self.repository.revparse_single(name).peel(pygit2.Commit)
        except (KeyError, ValueError, pygit2.GitError) as error:
            raise SubmissionError(
                f"{name!r} names no commit of the clone; give a commit that was fetched"
            ) from error

    def base_of(self, head: pygit2.Commit) -> pygit2.Commit | None:
        """The commit that a pull request with this head is to be compared with.

        - Normally the merge base of `head` and the main branch.
        - A head that main already contains is its own merge base with it. It is compared with
          main as it was before: with the merge base of `head` and the first parent of the merge
          that brought it in, or with its own parent where it lies on main itself.
        - `None` where the two share no history: then the whole tree is what it adds.

        Raises:
            SubmissionError: the clone lacks the commits that would tell.
        """
        if self.main is None:
            return None
        try:
            before: pygit2.Oid = self.main.id
            arrival = self._arrivals.get(head.id)
            if arrival is not None:
                parents = self.repository[arrival].peel(pygit2.Commit).parent_ids
                if not parents:
                    return None
                before = parents[0]
            base = self.repository.merge_base(before, head.id)
            if base:
                return self.repository[base].peel(pygit2.Commit)
        except (KeyError, pygit2.GitError) as error:
            raise SubmissionError(_NO_HISTORY) from error
        if self.repository.is_shallow:
            raise SubmissionError(_NO_HISTORY)
        return None

    def left_at(self, base: pygit2.Commit, head: pygit2.Commit) -> pygit2.Commit | None:
        """The commit at which `head` left the branch whose tip is `base`.

        `None` where the two share no history: then the whole tree is what `head` adds.

        Raises:
            SubmissionError: the clone lacks the commits that would tell.
        """
        try:
            found = self.repository.merge_base(base.id, head.id)
        except (KeyError, pygit2.GitError) as error:
            raise SubmissionError(_NO_HISTORY) from error
        if found:
            return self.repository[found].peel(pygit2.Commit)
        if self.repository.is_shallow:
            raise SubmissionError(_NO_HISTORY)
        return None

    def snapshot(self, head: pygit2.Commit, base: pygit2.Commit | None) -> GitSnapshot:
        """What `head` holds, compared with `base` (`None`: with nothing)."""
        return GitSnapshot(self.repository, head, base)

    def origin(
        self, head: pygit2.Commit, base: pygit2.Commit | None, pr: int | None = None
    ) -> Origin:
        """Where a snapshot of these commits comes from."""
        known = Origin(pr, str(head.id), str(base.id) if base else None)
        return Origin(known.pr, known.head, known.base, self.url) if self.url else known

    def _commit_at(self, ref: str) -> pygit2.Commit | None:
        try:
            return self.repository.lookup_reference(ref).peel(pygit2.Commit)
        except (KeyError, ValueError, pygit2.GitError):
            return None

    @cached_property
    def _arrivals(self) -> dict[pygit2.Oid, pygit2.Oid]:
        """For each commit that main contains: the commit of main's own line that brought it in."""
        arrivals: dict[pygit2.Oid, pygit2.Oid] = {}
        line = []
        commit = self.main
        while commit is not None:
            line.append(commit)
            arrivals[commit.id] = commit.id
            commit = commit.parents[0] if commit.parents else None
        for commit in reversed(line):
            todo = list(commit.parent_ids[1:])
            while todo:
                reached = todo.pop()
                if reached not in arrivals:
                    arrivals[reached] = commit.id
                    todo.extend(self.repository[reached].peel(pygit2.Commit).parent_ids)
        return arrivals


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
