"""A snapshot of a folder on disk, which may have been made to mislead whoever reads it."""

from __future__ import annotations

import os
import stat
from bisect import bisect_left
from collections import deque
from collections.abc import Iterator
from pathlib import Path

from auditor.submission.model import (
    MAX_FILE_BYTES,
    BlobMissing,
    Entry,
    EntryKind,
    Problem,
    ProblemKind,
    SubmissionError,
)
from auditor.submission.paths import is_track

#: Entries listed before the walk stops; a checkout with installed packages can hold far more.
MAX_ENTRIES = 50_000

_SKIPPED = ".git"


class FolderSnapshot:
    """The files below a folder, listed once when the snapshot is made and read when asked for.

    The walk never follows a symbolic link, neither to a file nor to a directory, and opens
    nothing. It goes level by level, so that what is left out of an enormous tree lies deep in it.

    Where `root` lies in a chain `records/<track>/...`, that chain is put before every path, so
    that paths read as in a pull request; otherwise they are relative to `root`.

    Args:
        root: the folder.
        max_entries: number of entries listed before the walk stops.

    Raises:
        SubmissionError: `root` is not a folder that can be listed.
    """

    def __init__(self, root: str | Path, max_entries: int = MAX_ENTRIES) -> None:
        self.root = Path(root)
        self.problems: tuple[Problem, ...] = ()
        _require_listable(self.root)
        self.prefix = _chain_above(self.root)
        self._places: dict[str, Path] = {}
        found, problems = {}, []
        for item in _walk(self.root, self.prefix, max_entries):
            if isinstance(item, Problem):
                problems.append(item)
            else:
                entry, place = item
                found[entry.path] = entry
                self._places[entry.path] = place
        self._paths = sorted(found)
        self._entries = {path: found[path] for path in self._paths}
        self.problems = tuple(problems)

    def entries(self) -> tuple[Entry, ...]:
        """All entries: nothing tells which of them a pull request would change."""
        return tuple(self._entries.values())

    def find(self, path: str) -> Entry | None:
        """The entry at `path`."""
        return self._entries.get(path)

    def under(self, folder: str) -> tuple[Entry, ...]:
        """All entries below `folder`, sorted by path."""
        if not folder:
            return self.entries()
        # Sorted paths with one prefix lie side by side; "0" is the character after "/".
        first = bisect_left(self._paths, f"{folder}/")
        end = bisect_left(self._paths, f"{folder}0")
        return tuple(self._entries[path] for path in self._paths[first:end])

    def read(self, path: str, limit: int | None = None) -> bytes:
        """The content of a regular file, at most `limit` bytes of it; see `Snapshot.read`."""
        entry = self._entries.get(path)
        if entry is None or entry.kind is not EntryKind.FILE:
            raise BlobMissing(f"{path}: not a regular file of this folder")
        try:
            content = _read_regular(self._places[path], limit)
        except OSError as error:
            raise BlobMissing(f"{path}: {error.strerror or error}") from error
        if content is None:
            raise BlobMissing(f"{path}: larger than {MAX_FILE_BYTES:,} bytes, or no file any more")
        return content


def _require_listable(root: Path) -> None:
    if not root.exists():
        raise SubmissionError(f"{root} does not exist; give a record folder or a checkout")
    if not root.is_dir():
        raise SubmissionError(f"{root} is not a folder; give the folder that holds the script")
    try:
        with os.scandir(root):
            pass
    except OSError as error:
        raise SubmissionError(f"{root} cannot be listed: {error.strerror}") from error


def _chain_above(root: Path) -> str:
    """The path that `root` has in a pull request, or `""` where its place does not tell.

    A root that itself holds `records/` is a whole tree, wherever on the disk it lies.
    """
    if (root / "records").is_dir():
        return ""
    parts = root.resolve().parts
    for start in range(1, len(parts)):
        below = parts[start + 1 :]
        if is_track(parts[start]) or (
            parts[start] == "records" and (not below or is_track(below[0]))
        ):
            return "/".join(parts[start:])
    return ""


def _walk(root: Path, prefix: str, limit: int) -> Iterator[tuple[Entry, Path] | Problem]:
    todo = deque([(root, prefix)])
    listed = 0
    while todo:
        place, path = todo.popleft()
        try:
            with os.scandir(place) as scan:
                children = sorted(scan, key=lambda child: child.name)
        except OSError as error:
            yield Problem(ProblemKind.UNREADABLE, path, f"Cannot be listed: {error.strerror}.")
            continue
        for child in children:
            if child.name == _SKIPPED:
                continue
            if listed >= limit:
                message = f"More than {limit:,} entries: what lies deeper was not listed."
                yield Problem(ProblemKind.TOO_MANY_FILES, "", message)
                return
            child_path = "/".join(filter(None, (path, _shown(child.name))))
            if child.is_dir(follow_symlinks=False):
                todo.append((Path(child.path), child_path))
            else:
                listed += 1
                yield _entry_or_problem(child, child_path)


def _shown(name: str) -> str:
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def _entry_or_problem(child: os.DirEntry[str], path: str) -> tuple[Entry, Path] | Problem:
    try:
        status = child.stat(follow_symlinks=False)
        if stat.S_ISLNK(status.st_mode):
            target = _shown(os.readlink(child.path))  # noqa: PTH115  (Path would tidy it)
            return Entry(path, EntryKind.SYMLINK, status.st_size, target), Path(child.path)
    except OSError as error:
        return Problem(ProblemKind.UNREADABLE, path, f"Cannot be examined: {error.strerror}.")
    if stat.S_ISREG(status.st_mode):
        return Entry(path, EntryKind.FILE, status.st_size), Path(child.path)
    message = "Neither a file nor a folder (a device, pipe or socket); it was not opened."
    return Problem(ProblemKind.SPECIAL_FILE, path, message)


def _read_regular(place: Path, limit: int | None) -> bytes | None:
    # The file may have been swapped since the walk: not following a link and not blocking on a
    # pipe are asked of the system in the same call that opens it.
    flags = os.O_RDONLY
    for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_BINARY"):
        flags |= getattr(os, name, 0)
    with os.fdopen(os.open(place, flags), "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode) or status.st_size > MAX_FILE_BYTES:
            return None
        return file.read(MAX_FILE_BYTES if limit is None else max(0, limit))
