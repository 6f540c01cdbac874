"""The parts that make up one record folder: scripts, logs, metadata, README."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from dataclasses import dataclass

from auditor.submission.metadata import Metadata, read_metadata
from auditor.submission.model import Entry, EntryKind, Snapshot
from auditor.submission.paths import (
    is_below,
    is_container,
    is_metadata,
    is_python,
    is_readme,
    record_folder,
)
from auditor.submission.runlog import is_run_log
from auditor.submission.trainer import main_script

_OTHER_DOCUMENTS = 10  # JSON files that are looked into where none has the usual name


@dataclass(frozen=True, slots=True)
class Contents:
    """The files of a folder by the part they play.

    Attributes:
        entries: all of them, sorted by path.
        main_script: the script that trains and scores.
        metadata_path: the submission's JSON.
        metadata: what it says; empty where there is none.
        readme: the README.
    """

    entries: tuple[Entry, ...]
    main_script: str | None
    metadata_path: str | None
    metadata: Metadata
    readme: str | None

    @property
    def scripts(self) -> tuple[str, ...]:
        """The Python files other than the main script."""
        files = (e.path for e in self.entries if e.kind is EntryKind.FILE and is_python(e.path))
        return tuple(path for path in files if path != self.main_script)

    def logs(self, snapshot: Snapshot) -> tuple[str, ...]:
        """The logs of runs; reads a bounded part of every text file."""
        return tuple(entry.path for entry in self.entries if is_run_log(snapshot, entry))


def contents_of(snapshot: Snapshot, folder: str) -> Contents:
    """The parts of the record folder `folder`, touched by the pull request or not.

    Where `folder` is `""` only touched files count, and only those outside record folders: the
    rest of the tree is the challenge's own.
    """
    entries = entries_of(snapshot, folder)
    metadata_path = _metadata_path(snapshot, folder, entries)
    metadata = read_metadata(snapshot, metadata_path)
    return Contents(
        entries=entries,
        main_script=main_script(snapshot, entries, folder, metadata),
        metadata_path=metadata_path,
        metadata=metadata,
        readme=_readme(folder, entries),
    )


def entries_of(snapshot: Snapshot, folder: str) -> tuple[Entry, ...]:
    """The entries that count as part of `folder`; see `contents_of`.

    Of `records/` and the folder of a track, those are only the files lying loose in it.
    """
    if is_container(folder):
        return tuple(e for e in snapshot.under(folder) if is_direct(e.path, folder))
    if folder:
        return tuple(snapshot.under(folder))
    return tuple(entry for entry in snapshot.entries() if record_folder(entry.path) is None)


def is_direct(path: str, folder: str) -> bool:
    """Whether `path` lies in `folder` and not further down."""
    return is_below(path, folder) and posixpath.dirname(path) == folder


def _metadata_path(snapshot: Snapshot, folder: str, entries: Iterable[Entry]) -> str | None:
    files = [e.path for e in entries if e.kind is EntryKind.FILE]
    documents = [path for path in files if path.lower().endswith(".json")]
    direct = [path for path in documents if is_direct(path, folder)]
    paths = [path for path in (documents if folder else direct) if is_metadata(path)]
    if not paths:  # the name is misspelt now and then
        others = direct[:_OTHER_DOCUMENTS]
        paths = [path for path in others if read_metadata(snapshot, path).is_description]

    def rank(path: str) -> tuple[int, bool, bool, str]:
        usual = posixpath.basename(path).lower() == "submission.json"
        unscored = not usual and read_metadata(snapshot, path).score is None
        return path.count("/"), not usual, unscored, path

    return min(paths, key=rank, default=None)


def _readme(folder: str, entries: Iterable[Entry]) -> str | None:
    paths = [
        e.path
        for e in entries
        if e.kind is EntryKind.FILE and is_readme(e.path) and is_direct(e.path, folder)
    ]
    return min(paths, key=lambda path: (not path.lower().endswith(".md"), path), default=None)
