"""From a snapshot to a `Submission`: the folder under audit and the parts in it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import chain
from typing import Protocol

from auditor.submission.candidates import Candidate, candidate_folders, examine
from auditor.submission.choice import choose
from auditor.submission.hazards import capped, problems_in
from auditor.submission.history import History
from auditor.submission.metadata import Metadata
from auditor.submission.model import (
    NothingToAudit,
    Origin,
    Problem,
    ProblemKind,
    Snapshot,
    Submission,
    SubmissionError,
    Track,
)
from auditor.submission.paths import is_below, record_folder, track_of
from auditor.submission.trainer import is_named_trainer, main_script

_NAMED_IN_ERROR = 12


class Source(Snapshot, Protocol):
    """A snapshot that also knows what could not be read while it was made."""

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What was left out."""


def read_submission(
    snapshot: Source,
    history: History,
    origin: Origin,
    day: date | None = None,
    folder: str | None = None,
) -> Submission:
    """Finds the folder that the claim belongs to, and the parts it is made of.

    Args:
        snapshot: the files.
        history: how they came about.
        origin: where they were read from.
        day: the day of the head commit; without it the day comes from the folder's name or JSON.
        folder: the folder to audit instead of the one that would be chosen, as a path or as the
            last part of the path of one candidate.

    Raises:
        NothingToAudit: there is neither a record folder nor a training script.
        SubmissionError: `folder` does not exist.
    """
    folders = candidate_folders(snapshot)
    if folder is not None:
        in_question: tuple[str, ...] = (_asked_for(snapshot, folder, folders),)
    elif folders:
        in_question = folders
    else:
        raise NothingToAudit(_nothing(snapshot))
    changes = history.changes(in_question) if len(in_question) > 1 else ()
    candidates = [examine(snapshot, history, each, changes) for each in in_question]
    chosen, why = choose(candidates, changes)
    contents = chosen.contents
    script = contents.main_script or _script_elsewhere(snapshot, folders)
    return Submission(
        snapshot=snapshot,
        origin=origin,
        folder=chosen.folder,
        track=_track(chosen.folder, contents.metadata),
        main_script=script,
        scripts=contents.scripts,
        logs=chosen.logs,
        metadata=contents.metadata_path,
        readme=contents.readme,
        other_folders=tuple(other for other in folders if other not in (chosen.folder, "")),
        chosen_because="It was asked for by name." if folder is not None else why,
        opened=day or chosen.day or contents.metadata.day,
        problems=_problems(snapshot, chosen, script),
    )


def _asked_for(snapshot: Snapshot, wanted: str, folders: Sequence[str]) -> str:
    asked = wanted.strip("/").removeprefix("./") if wanted != "." else ""
    matches = [f for f in folders if f == asked] or [
        f for f in folders if asked and f.endswith(f"/{asked}")
    ]
    if len(matches) == 1:
        return matches[0]
    if any(True for _ in snapshot.under(asked)):
        return asked
    raise SubmissionError(
        f"{wanted!r} names no folder, or more than one; "
        f"the candidates are {_listed(folders) or 'none'}"
    )


def _listed(folders: Sequence[str]) -> str:
    shown = [repr(folder) for folder in folders[:_NAMED_IN_ERROR]]
    more = len(folders) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")


def _nothing(snapshot: Snapshot) -> str:
    count = sum(1 for _ in snapshot.entries())
    return (
        f"no record folder and no training script among the {count} files of the target; "
        "name the folder to audit if one of them is a submission"
    )


def _script_elsewhere(snapshot: Snapshot, folders: Sequence[str]) -> str | None:
    """The trainer that a record folder without one relies on: at the root, or the only one.

    Only what the pull request touches counts, and nothing that lies in a folder of its own claim.
    """
    outside = [
        entry
        for entry in snapshot.entries()
        if record_folder(entry.path) is None
        and not any(folder and is_below(entry.path, folder) for folder in folders)
    ]
    at_root = [entry for entry in outside if "/" not in entry.path]
    found = main_script(snapshot, at_root, "", Metadata())
    named = [entry for entry in outside if is_named_trainer(entry.path)]
    return found or (named[0].path if len(named) == 1 else None)


def _track(folder: str, metadata: Metadata) -> Track:
    """The track of the path; of a folder whose place is not known, the one it says it is in."""
    track = track_of(folder)
    return metadata.track if track is Track.NONE else track


def _problems(snapshot: Source, chosen: Candidate, script: str | None) -> tuple[Problem, ...]:
    entries = {e.path: e for e in chain(snapshot.entries(), chosen.contents.entries)}
    found = list(problems_in(entries.values(), chosen.folder))
    entry = snapshot.find(script) if script else None
    if entry is not None and entry.size == 0:
        message = "The training script is empty: no code of the claimed run is shipped."
        found.insert(0, Problem(ProblemKind.EMPTY_SCRIPT, entry.path, message))
    return capped(chain(found, snapshot.problems))
