"""The folders that a claim could belong to, and what is known of each."""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import IntEnum

from auditor.submission.contents import Contents, contents_of, is_direct
from auditor.submission.history import Change, History
from auditor.submission.metadata import Metadata
from auditor.submission.model import Entry, EntryKind, Snapshot, Track
from auditor.submission.paths import (
    day_in,
    is_metadata,
    is_python,
    is_readme,
    record_folder,
    track_of,
)
from auditor.submission.trainer import is_named_trainer, main_script

#: Folders that only group others are looked into this many levels deep.
_GROUP_DEPTH = 3


class Effect(IntEnum):
    """What the pull request does to a folder; the more, the likelier the claim is there."""

    EDITS_TEXT = 0
    EDITS_SCRIPT = 1
    ADDS = 2


@dataclass(frozen=True, slots=True)
class Candidate:
    """A folder that the claim could belong to.

    Attributes:
        folder: its path; `""` stands for scripts at the root.
        contents: its files.
        effect: what the pull request does to it.
        track: from its path.
        logs: logs of runs in it.
        day: the date in its name.
        touched_at: how many commits back it was last worked on; large where not known.
        introduced_at: how many commits back it was added; large where not known.
    """

    folder: str
    contents: Contents
    effect: Effect
    track: Track
    logs: tuple[str, ...]
    day: date | None
    touched_at: int
    introduced_at: int

    @property
    def presented(self) -> bool:
        """Whether anything in it presents a submission: a README or the JSON."""
        return bool(self.contents.readme or self.contents.metadata_path)

    @property
    def scored(self) -> bool:
        """Whether its JSON states a score or it holds the log of a run."""
        return self.score is not None or bool(self.logs)

    @property
    def score(self) -> float | None:
        """The score in bits per byte that its JSON states."""
        return self.contents.metadata.score


def candidate_folders(snapshot: Snapshot) -> tuple[str, ...]:
    """The folders that the touched files let a claim belong to, sorted.

    Record folders go by their place below `records/` or a track. Outside of it, a folder counts
    that holds both a trainer and a submission's JSON. The root counts where a trainer lies in it,
    and if there is none of all these, so does every folder with a trainer; the name tells what is
    one, and only at the root, if need be, the content.
    """
    touched = [entry for entry in snapshot.entries() if entry.kind is EntryKind.FILE]
    by_folder: defaultdict[str, list[str]] = defaultdict(list)
    elsewhere = []
    for entry in touched:
        folder = record_folder(entry.path)
        if folder is None:
            elsewhere.append(entry.path)
        else:
            by_folder[folder].append(entry.path)
    found = {part for folder, paths in by_folder.items() for part in _ungrouped(folder, paths)}
    trained_in = {posixpath.dirname(path) for path in elsewhere if is_named_trainer(path)}
    described = {posixpath.dirname(path) for path in elsewhere if is_metadata(path)}
    found |= trained_in & described
    found |= {""} & (trained_in | described)
    found = found or trained_in
    if not found and main_script(snapshot, _at_root(touched), "", Metadata()):
        found = {""}
    return tuple(sorted(found))


def _at_root(entries: Iterable[Entry]) -> list[Entry]:
    return [entry for entry in entries if "/" not in entry.path]


def examine(
    snapshot: Snapshot, history: History, folder: str, changes: Sequence[Change]
) -> Candidate:
    """Looks into a folder; `changes` are the commits of the pull request, newest first."""
    contents = contents_of(snapshot, folder)
    return Candidate(
        folder=folder,
        contents=contents,
        effect=_effect(snapshot, history, folder, contents),
        track=track_of(folder),
        logs=contents.logs(snapshot),
        day=day_in(posixpath.basename(folder)),
        touched_at=_first(folder in change.touched for change in changes),
        introduced_at=_first(folder in change.introduced for change in changes),
    )


def _ungrouped(folder: str, paths: Sequence[str], depth: int = _GROUP_DEPTH) -> set[str]:
    """The folder, or the folders in it where it only groups them.

    Below a track every folder is a record folder, even if all it holds is text; elsewhere below
    `records/` people keep plans and data, so there it takes a script or the JSON.
    """
    direct = [path for path in paths if is_direct(path, folder)]
    if depth and not any(is_python(p) or is_metadata(p) or is_readme(p) for p in direct):
        parts: defaultdict[str, list[str]] = defaultdict(list)
        for path in set(paths).difference(direct):
            parts[path[: path.index("/", len(folder) + 1)]].append(path)
        inner = {f for part, below in parts.items() for f in _ungrouped(part, below, depth - 1)}
        inner = {f for f in inner if any(_is_anchor(path, f) for path in paths)}
        if inner:
            return inner
    known = track_of(folder) is not Track.OTHER
    return {folder} if known or any(is_python(p) or is_metadata(p) for p in paths) else set()


def _is_anchor(path: str, folder: str) -> bool:
    return is_direct(path, folder) and (is_named_trainer(path) or is_metadata(path))


def _effect(snapshot: Snapshot, history: History, folder: str, contents: Contents) -> Effect:
    if folder and history.is_new(folder):
        return Effect.ADDS
    edited = any(entry.path == contents.main_script for entry in snapshot.entries())
    return Effect.EDITS_SCRIPT if edited else Effect.EDITS_TEXT


def _first(hits: Iterable[bool]) -> int:
    position = 0
    for position, hit in enumerate(hits):
        if hit:
            return position
    return position + 1
