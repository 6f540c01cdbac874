"""Names a finding in a way that survives edits elsewhere in the file.

A code scanner calls a finding new when its fingerprint is. Line numbers, and numbers in messages,
change with every edit above them, so neither goes in.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

from auditor.findings import Finding, Location, Status
from auditor.report.escape import for_json
from auditor.report.links import relative_uri
from auditor.submission.model import Snapshot, Submission
from auditor.texts.lines import read_text
from auditor.verdict import Audit

# Answers that ask for somebody's attention.
OPEN: Final = frozenset((Status.FAIL, Status.NEEDS_RULING, Status.UNKNOWN))

# The text of the first line of a location, or `None` where it is not at hand.
LineText = Callable[[Location], str | None]

_NUMBER = re.compile(r"\d+(?:[.,_]\d+)*")


@dataclass(slots=True)
class Fingerprints:
    """Fingerprints of the findings of one report.

    Attributes:
        line_text: makes the fingerprint depend on the source line, if given.
    """

    line_text: LineText | None = None
    _seen: Counter[str] = field(default_factory=Counter)

    def of(self, rule_id: str, finding: Finding, place: Location | None) -> str:
        """The fingerprint, with a count for findings that are otherwise alike."""
        parts = [rule_id, _stable(finding.message)]
        if place is not None:
            source = self.line_text(place) if self.line_text else None
            parts += [place.file, place.layer or "", _stable(place.note), _words(source or "")]
        digest = hashlib.sha256(json.dumps([for_json(part) for part in parts]).encode())
        key = digest.hexdigest()[:32]
        self._seen[key] += 1
        return f"{key}:{self._seen[key]}"

    def named(self, audit: Audit, rule_id: str, finding: Finding) -> Finding:
        """The finding with its fingerprint; it keeps one that it has."""
        if finding.fingerprint:
            return finding
        place = primary(finding, audit.submission)
        # A stand-in says nothing of the finding: its first line may change at any time.
        shown = place if place in (*finding.locations, *finding.flow) else None
        return replace(finding, fingerprint=self.of(rule_id, finding, shown))


def identified(audit: Audit) -> Audit:
    """The audit with a fingerprint for each open finding.

    An open answer without findings gets one that says what its summary says, so that it has a name
    too.
    """
    prints = Fingerprints(_Lines(audit.submission.snapshot))
    results = []
    for result in audit.results:
        if result.status in OPEN:
            found = result.findings or (Finding(result.summary),)
            named = tuple(prints.named(audit, result.rule_id, finding) for finding in found)
            results.append(replace(result, findings=named))
        else:
            results.append(result)
    return replace(audit, results=tuple(results))


def primary(finding: Finding, submission: Submission) -> Location | None:
    """Where a finding is shown first; one without a place of its own at what was audited."""
    stand_ins = (submission.main_script, submission.metadata, submission.readme, *submission.logs)
    candidates = (
        *finding.locations,
        *finding.flow,
        *(Location(path, 1, 1) for path in stand_ins if path is not None),
    )
    return next((each for each in candidates if relative_uri(each.file) is not None), None)


class _Lines:
    """Reads lines of the submission's files."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._texts: dict[str, list[str]] = {}

    def __call__(self, place: Location) -> str | None:
        if place.layer is not None:
            return None
        if place.file not in self._texts:
            text = read_text(self._snapshot, place.file)
            self._texts[place.file] = (text or "").split("\n")
        lines = self._texts[place.file]
        return lines[place.line_start - 1] if 0 < place.line_start <= len(lines) else None


def _stable(text: str) -> str:
    return _words(_NUMBER.sub("#", text))


def _words(text: str) -> str:
    return " ".join(text.split())
