"""The score that a README states, for submissions whose JSON states none."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

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
_LAST_DIGIT = 6e-5


def readme_facts(document: TextLines, logged: Iterable[Fact] = ()) -> Iterator[Fact]:
    """The score in bits per byte that a README claims, as one fact or none.

    That is the best of the numbers that a log shows as well. Where no log shows any of them it is
    the first that is not said to be somebody else's.

    Args:
        document: the README.
        logged: what the logs state.
    """
    stated = list(_stated(document))
    shown = [f.number for f in logged if f.quantity is Quantity.VAL_BPB and "step" not in f.label]
    own = [f for f in stated if any(abs(f.number - number) < _LAST_DIGIT for number in shown)]
    if own:
        yield min(own, key=lambda fact: fact.number)
    elif stated:
        yield stated[0]


def _stated(document: TextLines) -> Iterator[Fact]:
    """The scores near the top of a README; lines that compare with others come last."""
    for comparing in (False, True):
        for number, line in document.lines[:_FIRST_LINES]:
            word = _WORD.search(line[:500])
            if word is None or comparing is not (_OTHERS.search(line) is not None):
                continue
            after = _NUMBER.search(line, word.end()) or _NUMBER.search(line)
            if after is not None:
                source = Location(document.file, number, number)
                value = float(after[1])
                yield Fact(Quantity.VAL_BPB, value, Standing.CLAIMED, source, label=README)
