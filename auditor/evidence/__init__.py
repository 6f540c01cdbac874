"""Numbers that a submission's files state: claims, logs, sizes and clocks, each with its line."""

from __future__ import annotations

from collections.abc import Sequence

from auditor.evidence.claims import claim_facts
from auditor.evidence.logs import log_facts
from auditor.evidence.measured import measured_facts
from auditor.evidence.metadata import read_metadata
from auditor.evidence.text import read_text
from auditor.facts import Fact, Facts
from auditor.submission.model import Submission

#: Bounds on what is read of one submission; beyond them more logs add nothing but time.
MAX_LOGS = 400
MAX_LOG_CHARACTERS = 200_000_000


def gather(submission: Submission, sources: Sequence[str] = ()) -> Facts:
    """Reads everything that the submission's JSON, logs and files state; never raises.

    Args:
        submission: the submission.
        sources: texts of code that its logs may echo besides its scripts as committed, for
            example the decoded layers of a packed script.
    """
    found: list[Fact] = []
    document = read_metadata(submission)
    if document is not None and submission.metadata is not None:
        found += claim_facts(document, submission.metadata)
    found += measured_facts(submission)
    echoed = [*_scripts(submission), *sources]
    left = MAX_LOG_CHARACTERS
    for log in submission.logs[:MAX_LOGS]:
        text = read_text(submission.snapshot, log) if left > 0 else None
        if text is not None:
            left -= len(text)
            found += log_facts(text, log, echoed)
    return Facts(tuple(found))


def _scripts(submission: Submission) -> list[str]:
    paths = [submission.main_script, *submission.scripts]
    texts = (read_text(submission.snapshot, path) for path in paths if path is not None)
    return [text for text in texts if text is not None]
