"""Which of several folders the claim belongs to, and the sentence that says why."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from auditor.submission.candidates import Candidate
from auditor.submission.history import Change
from auditor.submission.model import Track

_NUMBER = re.compile(r"(?<![\d.])\d\.\d{3,8}(?!\d)")
_WORD = re.compile(r"[a-z]+|\d+")
#: Share of a folder's own words that a commit must use to be about that folder.
_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class _Criterion:
    """One way to tell folders apart: the folders with the greatest `key` stay in the race."""

    reason: str
    key: Callable[[Candidate], tuple[float, ...]]


def choose(candidates: Sequence[Candidate], changes: Iterable[Change]) -> tuple[Candidate, str]:
    """Picks the folder that the claim belongs to.

    The criteria are applied in order, each to the folders that the ones before it left equal:
    first what a submission must have, then what was worked on last, because branches grow from
    one submission to the next, and only then what the commits say and which folder looks best.
    A stated score comes late: a new entry whose run is still to come is the claim all the same,
    and the finished one beside it is what it was grown from.

    Args:
        candidates: at least one.
        changes: the commits of the pull request, newest first.

    Returns:
        The folder, and one sentence on why it was chosen; empty where there was no choice.
    """
    left = list(candidates)
    if len(left) == 1:
        return left[0], ""
    reasons = []
    for criterion in _criteria(candidates, changes):
        best = max(criterion.key(candidate) for candidate in left)
        kept = [candidate for candidate in left if criterion.key(candidate) == best]
        if len(kept) < len(left):
            reasons.append(criterion.reason)
        left = kept
        if len(left) == 1:
            return left[0], _sentence(len(candidates), reasons)
    reasons.append("its name sorts last; nothing else tells it apart")
    return max(left, key=lambda candidate: candidate.folder), _sentence(len(candidates), reasons)


def _criteria(candidates: Sequence[Candidate], changes: Iterable[Change]) -> tuple[_Criterion, ...]:
    named = _first_named(candidates, changes)
    last = (float("-inf"),)
    return (
        _Criterion("the pull request adds it or edits its script", lambda c: (c.effect,)),
        _Criterion("it lies among the records", lambda c: (c.track is not Track.NONE,)),
        _Criterion("it holds a training script", lambda c: (c.contents.main_script is not None,)),
        _Criterion("it holds a README or a submission.json", lambda c: (c.presented,)),
        _Criterion("it was worked on last", lambda c: (-c.touched_at,)),
        _Criterion("it was added last", lambda c: (-c.introduced_at,)),
        _Criterion("a commit names it", lambda c: named.get(c.folder, last)),
        _Criterion("it states a score or holds a log", lambda c: (c.scored,)),
        _Criterion(
            "its name carries the latest date", lambda c: ((c.day or date.min).toordinal(),)
        ),
        _Criterion("it is in the ten-minute track", lambda c: (c.track is Track.TEN_MINUTES,)),
        _Criterion(
            "it states the best score",
            lambda c: last if c.score is None else (-c.score,),
        ),
    )


def _sentence(count: int, reasons: Sequence[str]) -> str:
    listed = reasons[0] if len(reasons) == 1 else f"{', '.join(reasons[:-1])} and {reasons[-1]}"
    return f"Chosen among {count} folders because {listed}."


def _first_named(
    candidates: Sequence[Candidate], changes: Iterable[Change]
) -> Mapping[str, tuple[float, ...]]:
    """For the newest commit whose subject names any folder: how well it names each of them.

    A folder is named by its score or by its own words, those that not all the folders share. The
    score counts most, then the share of words, then which comes first in the subject: "new
    record (1.14), and an aside (0.92)" is about the first.
    """
    words = {c.folder: _own_words(c) for c in candidates}
    shared = frozenset.intersection(*words.values()) if words else frozenset()
    for change in changes:
        subject = change.subject.lower()
        found = {c.folder: _naming(subject, c.score, words[c.folder] - shared) for c in candidates}
        named = {folder: value for folder, value in found.items() if value is not None}
        if named:
            return named
    return {}


def _own_words(candidate: Candidate) -> frozenset[str]:
    name = f"{posixpath.basename(candidate.folder)} {candidate.contents.metadata.name}"
    return frozenset(_WORD.findall(name.lower()))


def _naming(
    subject: str, score: float | None, own_words: frozenset[str]
) -> tuple[float, ...] | None:
    at = _position_of(subject, score)
    if at is not None:
        return 1.0, -at
    used = own_words & frozenset(_WORD.findall(subject))
    share = len(used) / len(own_words) if own_words else 0.0
    return (share / 2, 0.0) if share >= _SHARE else None


def _position_of(subject: str, score: float | None) -> int | None:
    """Where the subject states `score`, rounded or cut to as many decimals as it writes."""
    if score is None:
        return None
    for match in _NUMBER.finditer(subject):
        unit = 10.0 ** -(len(match.group()) - 2)
        if abs(float(match.group()) - score) < unit:
            return match.start()
    return None
