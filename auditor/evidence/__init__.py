"""Numbers that a submission's files state: claims, logs, sizes and clocks, each with its line."""

from __future__ import annotations

from auditor.evidence.claims import claim_facts
from auditor.evidence.logs import log_facts
from auditor.evidence.measured import measured_facts
from auditor.evidence.metadata import read_metadata
from auditor.evidence.readme import readme_facts
from auditor.facts import Fact, Facts
from auditor.submission.model import Submission
from auditor.texts import Texts


def gather(submission: Submission, texts: Texts) -> Facts:
    """Collects everything that the submission's JSON, logs and files state; never raises."""
    found: list[Fact] = []
    claim = read_metadata(submission)
    if claim is not None and submission.metadata is not None:
        found += claim_facts(claim, submission.metadata)
    found += measured_facts(submission)
    logged = [fact for log in texts.logs for fact in log_facts(log)]
    for document in texts.documents:
        if document.file == submission.readme:
            found += readme_facts(document, logged)
    return Facts((*found, *logged))
