"""The first stage: which files a pull request consists of, and which of them carry the claim.

A target is read from a folder on disk or from the objects of a git clone, never checked out,
imported or run. What is found is a `Submission`: an immutable view of the files, the record
folder that the claim belongs to with a sentence on why it was chosen, and its script, logs and
metadata. A target that cannot be audited raises `SubmissionError`, whose message is one line that
says what to do about it.

Example:
    ::

        clone = Clone("parameter-golf")
        submission = from_pull_request(clone, 1234)
        print(submission.folder, submission.main_script)
"""

from __future__ import annotations

from pathlib import Path

from auditor.submission.folder import FolderSnapshot
from auditor.submission.gitrepo import Clone
from auditor.submission.history import NoHistory
from auditor.submission.model import NothingToAudit, Origin, Submission, SubmissionError
from auditor.submission.record import read_submission

__all__ = [
    "Clone",
    "NothingToAudit",
    "Submission",
    "SubmissionError",
    "from_commit",
    "from_folder",
    "from_pull_request",
    "from_range",
]


def from_folder(path: str | Path, folder: str | None = None) -> Submission:
    """Reads a submission from a folder on disk.

    Args:
        path: a record folder, the tree of a pull request, or a checkout. Where it lies in a chain
            `records/<track>/...` the paths of the submission start with that chain; otherwise they
            are relative to `path`, and a record folder given on its own has the path `""`.
        folder: record folder to audit instead of the one that would be chosen.

    Raises:
        SubmissionError: there is nothing to read, or no such `folder`.
        NothingToAudit: there is neither a record folder nor a training script.
    """
    return read_submission(FolderSnapshot(path), NoHistory(), Origin(), folder=folder)


def from_pull_request(repo: Clone | str | Path, pr: int, folder: str | None = None) -> Submission:
    """Reads a submission from the head of a pull request in a clone.

    Args:
        repo: the clone, or where it lies. Pass one `Clone` for many pull requests: it remembers
            the history of the main branch.
        pr: number of the pull request.
        folder: record folder to audit instead of the one that would be chosen.

    Raises:
        SubmissionError: no such clone, pull request or `folder`.
        NothingToAudit: there is neither a record folder nor a training script.
    """
    clone = repo if isinstance(repo, Clone) else Clone(repo)
    head = clone.pull_head(pr)
    base = clone.base_of(head)
    snapshot = clone.snapshot(head, base)
    return read_submission(snapshot, snapshot, clone.origin(head, base, pr), snapshot.day, folder)


def from_commit(
    repo: Clone | str | Path, head: str, base: str | None = None, folder: str | None = None
) -> Submission:
    """Reads a submission from any commit of a clone.

    Args:
        repo: the clone, or where it lies.
        head: object name, branch or tag of the commit to audit.
        base: what to compare it with; without it, what a pull request would be compared with.
        folder: record folder to audit instead of the one that would be chosen.

    Raises:
        SubmissionError: no such clone, commit or `folder`.
        NothingToAudit: there is neither a record folder nor a training script.
    """
    clone = repo if isinstance(repo, Clone) else Clone(repo)
    commit = clone.commit(head)
    compared = clone.commit(base) if base is not None else clone.base_of(commit)
    snapshot = clone.snapshot(commit, compared)
    return read_submission(snapshot, snapshot, clone.origin(commit, compared), snapshot.day, folder)


def from_range(
    repo: Clone | str | Path, base: str, head: str, folder: str | None = None, pr: int | None = None
) -> Submission:
    """Reads what a branch adds to another, as a pull request from one into the other would.

    Args:
        repo: the clone, or where it lies.
        base: object name or branch of the commit that it is to be merged into; commits that `base`
            has and `head` has not are left out of the comparison.
        head: object name or branch of the commit to audit.
        folder: record folder to audit instead of the one that would be chosen.
        pr: number of the pull request, where known.

    Raises:
        SubmissionError: no such clone, commit or `folder`.
        NothingToAudit: there is neither a record folder nor a training script.
    """
    clone = repo if isinstance(repo, Clone) else Clone(repo)
    commit = clone.commit(head)
    left = clone.left_at(clone.commit(base), commit)
    snapshot = clone.snapshot(commit, left)
    return read_submission(snapshot, snapshot, clone.origin(commit, left, pr), snapshot.day, folder)
