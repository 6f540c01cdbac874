"""What one line of a log states, before it is known which run the line belongs to."""

from __future__ import annotations

import re
from dataclasses import dataclass

from auditor.facts import Quantity

#: Labels are for people and for matching lines of one evaluation; longer ones are noise.
_LONGEST_LABEL = 80
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Stated:
    """One value found in a line; attributes as in `auditor.facts.Fact`."""

    quantity: Quantity
    value: float | int | str
    label: str = ""
    written: str = ""
    precision: float = 0.0


def tidy_label(words: str) -> str:
    """`words` as a label: single spaces, no punctuation at the ends, not too long."""
    return _SPACES.sub(" ", words).strip(" \t:=|>-,#*")[:_LONGEST_LABEL].rstrip()
