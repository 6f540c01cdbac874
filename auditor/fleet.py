"""Audits many pull requests of one clone, each in a process of its own, remembering the answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from auditor.audit import audit, audit_unread
from auditor.cache import Cache
from auditor.isolate import Limits, Stopped, each, isolated
from auditor.report import json_report
from auditor.submission import Clone, Submission, SubmissionError, from_commit, from_pull_request
from auditor.verdict import Audit
from rules import all_rules


@dataclass(frozen=True, slots=True)
class Target:
    """One pull request, at its head or at a given commit of it."""

    pr: int
    commit: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one target.

    Attributes:
        target: the target.
        report: its audit as the JSON report has it, `None` where there is none.
        nothing: why there was nothing to audit, else `""`.
        stopped: why the audit did not finish, else `""`.
    """

    target: Target
    report: Mapping[str, Any] | None = None
    nothing: str = ""
    stopped: str = ""


def audit_all(
    clone: Clone,
    targets: Iterable[Target],
    *,
    workers: int = 1,
    cache: Cache | None = None,
    limits: Limits | None = None,
) -> Iterator[Outcome]:
    """Audits every target and yields the outcomes as they come, remembered ones first."""
    missing: list[tuple[Target, str]] = []
    for target in targets:
        key = _content(clone, target)
        known = cache.get("report", key) if cache is not None else None
        if known is not None:
            yield _outcome(target, known)
        else:
            missing.append((target, key))
    _warm(clone)
    for (target, key), answer in each(
        missing, lambda job: _audit(clone, job[0]), workers=workers, limits=limits
    ):
        if isinstance(answer, Stopped):
            yield _unread(clone, target, str(answer), limits)
            continue
        if cache is not None and key:
            cache.put(answer, "report", key)
        yield _outcome(target, answer)


def _warm(clone: Clone) -> None:
    """Reads once what every child needs: the main branch's history and the rules."""
    all_rules()
    clone.main  # noqa: B018  (a cached property)


def _content(clone: Clone, target: Target) -> str:
    """What an answer depends on besides the tool: the commit and the clone's main branch."""
    try:
        head = target.commit or str(clone.pull_head(target.pr).id)
    except SubmissionError:
        return ""
    main = clone.main
    return f"{target.pr} {head} {main.id if main is not None else ''} {clone.url}"


def _audit(clone: Clone, target: Target, auditing: Callable[[Submission], Audit] = audit) -> bytes:
    try:
        if target.commit is None:
            submission = from_pull_request(clone, target.pr)
        else:
            submission = from_commit(clone, target.commit)
    except SubmissionError as error:
        return json.dumps({"nothing": str(error)}).encode()
    rules = {rule.id: rule for rule in all_rules()}
    return json_report.render(auditing(submission), rules).encode()


def _unread(clone: Clone, target: Target, why: str, limits: Limits | None) -> Outcome:
    """The outcome of a target whose program stopped the audit: everything else is still read."""
    try:
        answer = isolated(
            lambda: _audit(clone, target, lambda found: audit_unread(found, why)), limits
        )
    except Stopped:
        return Outcome(target, stopped=why)
    return replace(_outcome(target, answer), stopped=why)


def _outcome(target: Target, answer: bytes) -> Outcome:
    loaded = json.loads(answer)
    if "nothing" in loaded:
        return Outcome(target, nothing=str(loaded["nothing"]))
    return Outcome(target, report=loaded)
