"""The score that a README states, for submissions whose JSON states none."""

from __future__ import annotations

import re
from collections.abc import Iterator

from auditor.facts import Fact, Quantity, Standing
from auditor.findings import Location
from auditor.texts.lines import TextLines

#: The label of facts from here.
README = "README"

_WORD = re.compile(r"bpb|bits[ -]per[ -]byte", re.IGNORECASE)
_NUMBER = re.compile(r"(?<![\d.,+\-−])([0-4]\.\d{3,10})(?![\d.])")
_OTHERS = re.compile(
    r"baseline|previous|prior|sota|\bvs\b|versus|compared|merged|leaderboard|improve|delta|"
    r"(?<![a-z])from(?![a-z])",
    re.IGNORECASE,
)
_FIRST_LINES = 80


def readme_facts(document: TextLines) -> Iterator[Fact]:
    """The first score in bits per byte near the top of a README that is not somebody else's."""
    for careful in (True, False):
        for number, line in document.lines[:_FIRST_LINES]:
            word = _WORD.search(line[:500])
            if word is None or (careful and _OTHERS.search(line)):
                continue
            after = _NUMBER.search(line, word.end()) or _NUMBER.search(line)
            if after is not None:
                source = Location(document.file, number, number)
                value = float(after[1])
                yield Fact(Quantity.VAL_BPB, value, Standing.CLAIMED, source, label=README)
                return
