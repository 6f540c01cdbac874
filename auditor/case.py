"""What a rule gets to look at."""

from __future__ import annotations

from dataclasses import dataclass, field

from auditor.facts import Facts
from auditor.ruleset import Ruleset
from auditor.submission.model import Submission
from auditor.texts import Texts
from auditor.trace import Trace


@dataclass(frozen=True, slots=True)
class Case:
    """One submission, read by all stages before the rules.

    Attributes:
        submission: its files and its record folder.
        texts: the lines of its logs and documents.
        facts: what its logs and metadata state.
        ruleset: the limits and rulings in force.
        trace: what its program does, from the entry point to the claimed score.
    """

    submission: Submission
    texts: Texts
    facts: Facts
    ruleset: Ruleset
    trace: Trace = field(default_factory=Trace)
