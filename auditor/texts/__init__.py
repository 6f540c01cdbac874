"""The texts that several stages read: what the runs printed and how they were started."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from auditor.submission.contents import entries_of
from auditor.submission.metadata import read_metadata
from auditor.submission.model import EntryKind, Submission
from auditor.texts.echo import runtime_lines
from auditor.texts.lines import TextLines, numbered_lines, read_text

__all__ = ["TextLines", "Texts", "read_texts"]

#: Bounds on what is read of one submission; beyond them more logs add nothing but time.
MAX_LOGS = 400
MAX_LOG_CHARACTERS = 200_000_000
_MAX_DOCUMENTS = 10
#: What `torchrun --tee` puts before each line of a process.
_TEE = re.compile(r"^\[[a-z]+\d+\]: ?", re.MULTILINE)
_DOCUMENT_BYTES = 400_000


@dataclass(frozen=True, slots=True)
class Texts:
    """The lines of a submission's texts, read once for all stages.

    Attributes:
        logs: what the runs printed, without the copies of their source that logs carry.
        documents: shell scripts and the README, which hold the commands that start a run.
        titles: what the submission calls itself: folder, name, first heading, techniques.
    """

    logs: tuple[TextLines, ...] = ()
    documents: tuple[TextLines, ...] = ()
    titles: tuple[str, ...] = ()


def read_texts(submission: Submission, sources: Sequence[str] = ()) -> Texts:
    """Reads the logs and the documents of a submission; never raises.

    Args:
        submission: the submission.
        sources: texts of code that its logs may echo besides its scripts as committed, for
            example the decoded layers of a packed script.
    """
    documents = tuple(_documents(submission))
    return Texts(
        tuple(_logs(submission, sources)), documents, tuple(_titles(submission, documents))
    )


def _logs(submission: Submission, sources: Sequence[str]) -> Iterator[TextLines]:
    echoed = [*_scripts(submission), *sources]
    left = MAX_LOG_CHARACTERS
    for log in submission.logs[:MAX_LOGS]:
        text = read_text(submission.snapshot, log) if left > 0 else None
        if text is not None:
            left -= len(text)
            yield TextLines(log, tuple(runtime_lines(_TEE.sub("", text), echoed)))


def _documents(submission: Submission) -> Iterator[TextLines]:
    entries = entries_of(submission.snapshot, submission.folder)
    paths = [e.path for e in entries if e.kind is EntryKind.FILE and e.path.endswith(".sh")]
    paths += [submission.readme] if submission.readme else []
    for path in paths[:_MAX_DOCUMENTS]:
        text = read_text(submission.snapshot, path, _DOCUMENT_BYTES)
        if text is not None:
            yield TextLines(path, tuple(numbered_lines(text)))


def _titles(submission: Submission, documents: Sequence[TextLines]) -> Iterator[str]:
    yield posixpath.basename(submission.folder)
    metadata = read_metadata(submission.snapshot, submission.metadata)
    yield metadata.name
    yield from metadata.techniques
    for document in documents:
        if document.file == submission.readme:
            headings = (line for _, line in document.lines if line.startswith("#"))
            yield next(headings, "")[:300]


def _scripts(submission: Submission) -> list[str]:
    paths = [submission.main_script, *submission.scripts]
    texts = (read_text(submission.snapshot, path) for path in paths if path is not None)
    return [text for text in texts if text is not None]
