"""What every later stage sees of a pull request: its files, its record folder, its scripts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Protocol

#: Larger files are listed with their size and never read: no script or log comes near it.
MAX_FILE_BYTES = 32 * 1024 * 1024


class SubmissionError(Exception):
    """The target cannot be audited; the message is one line that says what to do."""


class NothingToAudit(SubmissionError):
    """The target was read, and holds neither a record folder nor a training script."""


class BlobMissing(Exception):
    """The file is listed but its content is not in this clone (or is larger than the limit)."""


class EntryKind(StrEnum):
    """The kind of an entry, from its git mode."""

    FILE = "file"
    SYMLINK = "symlink"
    SUBMODULE = "submodule"


@dataclass(frozen=True, slots=True)
class Entry:
    """One path of a snapshot.

    Attributes:
        path: relative to the root of the pull request's tree, `/`-separated.
        kind: from the git mode.
        size: bytes, or `None` where the content is not in this clone.
        target: what a symbolic link points to, as written; empty for every other kind.
    """

    path: str
    kind: EntryKind
    size: int | None
    target: str = ""


class Snapshot(Protocol):
    """A read-only view of the files a submission consists of. Reading never follows links.

    Paths are text: a byte that is not UTF-8 is written as a backslash, `x` and two hex digits,
    and such an entry is found and read under that name.
    """

    def entries(self) -> Iterable[Entry]:
        """The entries that the pull request adds or changes, sorted by path."""

    def find(self, path: str) -> Entry | None:
        """The entry at `path`, also where the pull request does not touch it."""

    def under(self, folder: str) -> Iterable[Entry]:
        """All entries below `folder`, touched or not, sorted by path; `""` is the whole tree."""

    def read(self, path: str, limit: int | None = None) -> bytes:
        """The content of a regular file, at most `limit` bytes of it.

        Raises:
            BlobMissing: the content is not available, is larger than `MAX_FILE_BYTES`, or the
                entry is not a regular file.
        """


class Track(StrEnum):
    """The track a record folder sits in, from its path."""

    TEN_MINUTES = "track_10min_16mb"
    NON_RECORD = "track_non_record_16mb"
    OTHER = "other"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the files were read from.

    Attributes:
        pr: number of the pull request, where known.
        head: full object name of the head commit, where known.
        base: full object name of the commit the pull request is compared with, where known.
        url: web address of the repository, for permalinks (`https://github.com/owner/name`).
    """

    pr: int | None = None
    head: str | None = None
    base: str | None = None
    url: str = "https://github.com/openai/parameter-golf"


class ProblemKind(StrEnum):
    """Something about the files that a reviewer should know and a program could trip over."""

    SYMLINK = "symlink"
    SUBMODULE = "submodule"
    MISSING_BLOB = "missing-blob"
    TOO_LARGE = "too-large"
    TOO_MANY_FILES = "too-many-files"
    ODD_NAME = "odd-name"
    EMPTY_SCRIPT = "empty-script"
    SPECIAL_FILE = "special-file"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Problem:
    """One oddity of the snapshot, with the path it is about and one neutral sentence."""

    kind: ProblemKind
    path: str
    message: str


@dataclass(frozen=True, slots=True)
class Submission:
    """A pull request, and which part of it the claim belongs to.

    Attributes:
        snapshot: its files.
        origin: where they were read from.
        folder: the record folder under audit; `""` where the pull request edits root scripts, or
            where a folder on disk was given whose place under `records/` is not known.
        track: the folder's track.
        main_script: path of the script that trains and scores, or `None` where there is none. It
            may lie outside `folder` where the record folder ships no script of its own.
        scripts: other Python files of the record folder, sorted.
        logs: paths of the run logs in the record folder, sorted.
        metadata: path of the submission's JSON, or `None`.
        readme: path of the README in the record folder, or `None`.
        other_folders: record folders the pull request also touches, sorted.
        chosen_because: why `folder` and not another, in one sentence; empty where only one is.
        opened: the day the pull request's code is judged by (head commit, folder name or JSON).
        problems: oddities of the snapshot.
    """

    snapshot: Snapshot
    origin: Origin
    folder: str
    track: Track
    main_script: str | None
    scripts: tuple[str, ...] = ()
    logs: tuple[str, ...] = ()
    metadata: str | None = None
    readme: str | None = None
    other_folders: tuple[str, ...] = ()
    chosen_because: str = ""
    opened: date | None = None
    problems: tuple[Problem, ...] = field(default=())

    @property
    def is_record_claim(self) -> bool:
        """Whether the folder competes in the ten-minute track."""
        return self.track is Track.TEN_MINUTES
