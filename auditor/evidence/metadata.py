"""The JSON in which a submission states its results."""

from __future__ import annotations

from auditor.evidence.jsontext import JsonText, read_json
from auditor.submission.model import Submission
from auditor.texts.lines import read_text

#: The longest one seen states every ablation of a paper and has a tenth of this.
_LIMIT = 2 * 1024 * 1024


def read_metadata(submission: Submission) -> JsonText | None:
    """The submission's JSON, read as far as it can be; `None` where there is none to read."""
    if submission.metadata is None:
        return None
    text = read_text(submission.snapshot, submission.metadata, _LIMIT)
    return None if text is None else read_json(text)
