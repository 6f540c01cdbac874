"""What a rule gets to look at."""

from __future__ import annotations

from dataclasses import dataclass

from auditor.facts import Facts
from auditor.ruleset import Ruleset
from auditor.submission.model import Submission


@dataclass(frozen=True, slots=True)
class Case:
    """One submission, read by all stages before the rules.

    Attributes:
        submission: its files and its record folder.
        facts: what its logs and metadata state.
        ruleset: the limits and rulings in force.
    """

    submission: Submission
    facts: Facts
    ruleset: Ruleset
