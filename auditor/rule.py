"""The shape of a rule: what it requires, on whose word, since when, and how it is checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING

from auditor.findings import RuleResult

if TYPE_CHECKING:
    from auditor.case import Case


class Family(StrEnum):
    """Groups of rules that answer one question."""

    TTT = "TTT"  # order of scoring and adapting
    SLOT = "SLOT"  # per-batch optimisation on the targets to be scored
    CAUS = "CAUS"  # causality inside the model
    NG = "NG"  # n-gram and other caches
    DIST = "DIST"  # normalised distribution
    PPM = "PPM"  # byte mixers
    CAL = "CAL"  # calibration of the quantiser
    DATA = "DATA"  # which tokens reach training and the artifact
    BPB = "BPB"  # the byte denominator
    ART = "ART"  # the artifact and its size
    TIME = "TIME"  # clocks
    SIG = "SIG"  # significance
    REP = "REP"  # logs and claims against the code
    HYP = "HYP"  # choices made on validation outcomes
    PKG = "PKG"  # contents of the pull request
    NET = "NET"  # network access


class Severity(StrEnum):
    """What follows from a failure."""

    INVALID = "invalid"  # the score does not count
    UNGRADABLE = "ungradable"  # the score cannot be judged as packaged
    NOTICE = "notice"  # worth knowing, does not decide


class Authority(StrEnum):
    """Who stands behind a rule, strongest first."""

    README = "readme"  # text of the challenge's README
    RULING = "ruling"  # a maintainer's words in a thread
    PRACTICE = "practice"  # merges and leaderboard rows without an explicit ruling
    COMMUNITY = "community"  # consensus that no maintainer contradicted
    INFERENCE = "inference"  # follows from the code, stated by nobody


@dataclass(frozen=True, slots=True)
class Source:
    """Where the rule can be read: a link with what it says, and the day it was said."""

    url: str
    says: str
    on: date | None = None


class ExampleKind(StrEnum):
    """What a rule must answer for an example."""

    VALID = "valid"  # must not fail
    INVALID = "invalid"  # must fail
    KNOWN_MISS = "known-miss"  # should fail, and does not yet


@dataclass(frozen=True, slots=True)
class Example:
    """A miniature record folder that shows a rule at work; documentation and test at once.

    Attributes:
        kind: what the rule must answer.
        title: what the example shows, a few words.
        files: name in the record folder -> content.
        folder: name of the record folder, whose day decides which record stood.
    """

    kind: ExampleKind
    title: str
    files: Mapping[str, str | bytes]
    folder: str = "2026-04-01_Example"

    @classmethod
    def script(cls, kind: ExampleKind, title: str, source: str) -> Example:
        """An example that consists of a `train_gpt.py` alone."""
        return cls(kind, title, {"train_gpt.py": source})


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the challenge.

    Attributes:
        id: stable identifier, equal to the name of its file (lower case), its fixture and its
            anchor in the documentation.
        title: the rule in a few words.
        family: which question it belongs to.
        severity: what a failure means.
        requirement: what is required, in plain words.
        authority: who stands behind it.
        in_force: first day on which it was stated.
        sources: where it was stated.
        fix: what a submitter can do about a failure.
        check: decides the rule for one case; must not raise on any input.
        examples: see `Example`.
    """

    id: str
    title: str
    family: Family
    severity: Severity
    requirement: str
    authority: Authority
    in_force: date
    sources: tuple[Source, ...]
    fix: str
    check: Callable[[Case], RuleResult] = field(compare=False)
    examples: tuple[Example, ...] = field(default=(), compare=False)
