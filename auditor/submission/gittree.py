"""A snapshot of a commit's tree, read from git objects and never checked out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from functools import cached_property
from itertools import islice

import pygit2
from pygit2.enums import DeltaStatus, FileMode, SortMode

from auditor.submission.history import Change
from auditor.submission.model import (
    MAX_FILE_BYTES,
    BlobMissing,
    Entry,
    EntryKind,
    Problem,
    ProblemKind,
    SubmissionError,
)
from auditor.submission.paths import is_below

#: Entries of one pull request that are listed; the largest real one has under two thousand.
MAX_ENTRIES = 50_000
#: Commits of one pull request that are looked at to tell which folder they worked on, and how
#: often a folder is looked up in one of them.
MAX_COMMITS = 2_000
MAX_LOOKUPS = 200_000

_KINDS: dict[int, EntryKind] = {
    FileMode.LINK: EntryKind.SYMLINK,
    FileMode.COMMIT: EntryKind.SUBMODULE,
}
_LINK_BYTES = 4096
_SUBJECT_BYTES = 500

_State = dict[str, pygit2.Oid]  # folder -> object name of its tree


class GitSnapshot:
    """The tree of a commit, and what it adds to or changes in the tree of another.

    Nothing but the list of touched paths is read before it is asked for. A file that was renamed
    or copied counts as added, a deleted one not at all.
    """

    def __init__(
        self, repository: pygit2.Repository, head: pygit2.Commit, base: pygit2.Commit | None
    ) -> None:
        self.head = head
        self.base = base
        self._repository = repository
        self._odb = repository.odb
        self._seen: dict[str, tuple[Entry, pygit2.Oid]] = {}
        self._listings: dict[str, tuple[Entry, ...]] = {}

    @property
    def day(self) -> date | None:
        """The day of the head commit, in UTC; `None` where its date is beyond any calendar."""
        try:
            return datetime.fromtimestamp(self.head.commit_time, UTC).date()
        except (OverflowError, ValueError, OSError):
            return None

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Whether the pull request touches more than is listed."""
        if len(self.entries()) < MAX_ENTRIES:
            return ()
        message = f"{MAX_ENTRIES:,} paths or more are touched; the rest was not listed."
        return (Problem(ProblemKind.TOO_MANY_FILES, "", message),)

    def entries(self) -> tuple[Entry, ...]:
        """The entries that the head adds or changes, sorted by path."""
        return self._touched

    @cached_property
    def _touched(self) -> tuple[Entry, ...]:
        try:
            if self.base is None:
                diff = self.head.tree.diff_to_tree(swap=True)
            else:
                diff = self.base.tree.diff_to_tree(self.head.tree)
            files = (d.new_file for d in diff.deltas if d.status is not DeltaStatus.DELETED)
            touched = [
                self._entry(file.raw_path, file.mode, file.id)
                for file in islice(files, MAX_ENTRIES)
            ]
        except (KeyError, pygit2.GitError) as error:
            raise SubmissionError(
                f"a folder of {self.head.id} is missing from the clone; run git fetch in it"
            ) from error
        return tuple(sorted(touched, key=lambda entry: entry.path))

    def find(self, path: str) -> Entry | None:
        """The entry at `path` of the head's tree, also where it is not touched."""
        seen = self._locate(path)
        return seen[0] if seen else None

    def under(self, folder: str) -> tuple[Entry, ...]:
        """All entries below `folder` in the head's tree, sorted by path."""
        if folder not in self._listings:
            tree = self._lookup(self.head.tree, folder) if folder else self.head.tree
            if isinstance(tree, pygit2.Tree):
                found = self._walk(tree, folder.encode())
            else:  # nothing, or a name that is not UTF-8 and cannot be looked up
                found = (entry for entry in self._touched if is_below(entry.path, folder))
            entries = sorted(islice(found, MAX_ENTRIES), key=lambda entry: entry.path)
            self._listings[folder] = tuple(entries)
        return self._listings[folder]

    def read(self, path: str, limit: int | None = None) -> bytes:
        """The content of a regular file, at most `limit` bytes of it; see `Snapshot.read`."""
        seen = self._locate(path)
        if seen is None or seen[0].kind is not EntryKind.FILE:
            raise BlobMissing(f"{path}: not a regular file of {self.head.id}")
        entry, oid = seen
        if entry.size is None:
            raise BlobMissing(f"{path}: the content is not in this clone")
        if entry.size > MAX_FILE_BYTES:
            raise BlobMissing(f"{path}: larger than {MAX_FILE_BYTES:,} bytes")
        content = self._blob(oid)
        return content if limit is None else content[: max(0, limit)]

    def is_new(self, folder: str) -> bool:
        """Whether `folder` did not exist in the base."""
        return self.base is None or self._lookup(self.base.tree, folder) is None

    def changes(self, folders: Iterable[str]) -> tuple[Change, ...]:
        """What the commits between base and head did to `folders`, the newest first.

        At most `MAX_COMMITS` commits are looked at, fewer where there are very many folders;
        history that the clone lacks ends the list.
        """
        wanted = tuple(folders)
        count = min(MAX_COMMITS, MAX_LOOKUPS // max(1, len(wanted)))
        states: dict[pygit2.Oid, _State] = {}
        return tuple(self._change(commit, wanted, states) for commit in self._commits(count))

    def _commits(self, count: int) -> Iterator[pygit2.Commit]:
        try:
            walker = self._repository.walk(self.head.id, SortMode.TOPOLOGICAL | SortMode.TIME)
            if self.base is not None:
                walker.hide(self.base.id)
            yield from islice(walker, count)
        except (KeyError, pygit2.GitError):
            return

    def _change(
        self, commit: pygit2.Commit, folders: tuple[str, ...], states: dict[pygit2.Oid, _State]
    ) -> Change:
        def state(oid: pygit2.Oid) -> _State:
            if oid not in states:
                states[oid] = self._state_at(oid, folders)
            return states[oid]

        now = state(commit.id)
        before = [state(parent) for parent in commit.parent_ids]
        touched = (f for f in now if all(b.get(f) != now[f] for b in before))
        introduced = (f for f in now if all(f not in b for b in before))
        message = commit.raw_message[:_SUBJECT_BYTES].decode("utf-8", "replace")
        subject = "" if len(before) > 1 else message.partition("\n")[0].strip()
        return Change(subject, frozenset(touched), frozenset(introduced))

    def _state_at(self, oid: pygit2.Oid, folders: tuple[str, ...]) -> _State:
        commit = self._repository.get(oid)
        if commit is None:  # beyond the edge of a shallow clone
            return {}
        tree = commit.peel(pygit2.Commit).tree
        items = ((folder, self._lookup(tree, folder)) for folder in folders)
        return {folder: item.id for folder, item in items if item is not None}

    def _locate(self, path: str) -> tuple[Entry, pygit2.Oid] | None:
        if path not in self._seen:
            found = self._lookup(self.head.tree, path)
            if found is None or isinstance(found, pygit2.Tree):
                return None
            self._entry(path.encode(), found.filemode, found.id)
        return self._seen[path]

    def _entry(self, raw_path: bytes, mode: int, oid: pygit2.Oid) -> Entry:
        path = raw_path.decode("utf-8", "backslashreplace")
        kind = _KINDS.get(mode, EntryKind.FILE)
        size = self._size(oid, kind)
        target = self._target(oid, size) if kind is EntryKind.SYMLINK else ""
        entry = Entry(path, kind, size, target)
        self._seen[path] = entry, oid
        return entry

    def _size(self, oid: pygit2.Oid, kind: EntryKind) -> int | None:
        if kind is EntryKind.SUBMODULE:
            return None
        try:
            return self._odb.read_header(oid)[1]
        except (KeyError, pygit2.GitError):
            return None

    def _target(self, oid: pygit2.Oid, size: int | None) -> str:
        # Any content can be given the mode of a link; no system takes a longer text for one.
        if size is None or size > _LINK_BYTES:
            return ""
        return self._blob(oid).decode("utf-8", "backslashreplace")

    def _blob(self, oid: pygit2.Oid) -> bytes:
        try:
            blob = self._repository.get(oid)
        except pygit2.GitError as error:
            raise BlobMissing(f"object {oid} of the clone is damaged") from error
        if not isinstance(blob, pygit2.Blob):
            raise BlobMissing(f"object {oid} is not in this clone")
        return blob.data

    def _walk(self, tree: pygit2.Tree, folder: bytes) -> Iterator[Entry]:
        todo = [(tree, folder)]
        while todo:
            tree, folder = todo.pop()
            for child in tree:
                path = b"/".join(filter(None, (folder, child.raw_name)))
                if child.filemode == FileMode.TREE:
                    below = self._repository.get(child.id)
                    if isinstance(below, pygit2.Tree):
                        todo.append((below, path))
                else:
                    yield self._entry(path, child.filemode, child.id)

    @staticmethod
    def _lookup(tree: pygit2.Tree, path: str) -> pygit2.Object | None:
        if not path or path.startswith("/") or path.endswith("/") or "\0" in path:
            return None
        try:
            return tree[path]
        except (KeyError, ValueError, pygit2.GitError):
            return None
