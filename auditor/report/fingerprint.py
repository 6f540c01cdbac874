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
from dataclasses import dataclass, field

from auditor.findings import Finding, Location
from auditor.report.escape import for_json

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


def _stable(text: str) -> str:
    return _words(_NUMBER.sub("#", text))


def _words(text: str) -> str:
    return " ".join(text.split())
