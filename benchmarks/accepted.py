"""Failures of rules on size, time, bytes, significance and packaging among accepted submissions.

    python benchmarks/accepted.py --repo CLONE --rulings FILE > docs/accepted-findings.md

An accepted row may fail such a rule only where a reader can verify it: each line of the table names
the file and the line that shows it.
"""

from __future__ import annotations

import argparse
import posixpath
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from auditor.bench import ALARM_FAMILIES, Ruling, family_of, read_rulings
from auditor.fleet import Outcome, Target, audit_all
from auditor.submission import Clone

_ACCEPTED = {"accepted", "fixed_at_head", "legal_code"}
_MOST_FINDINGS = 4
_LONGEST = 260
_LINK = re.compile(r" \(https?://[^)\s]*\)")
_INTRODUCTION = """\
# Accepted submissions that fail a rule

Made by `benchmarks/accepted.py` from pull requests whose judgement is known and in their favour.
Rules on the order of adapting and scoring, on distributions, calibration and data must not fail on
any of them. Rules on size, time, bytes, significance, reproduction and packaging may, where the
line that shows it can be looked up: in the pull request's own files, at its head.

| pull request | rule | what the line shows | where |
|---|---|---|---|
"""


def rows(ruling: Ruling, outcome: Outcome) -> Iterator[str]:
    """The lines of the table for one pull request, the strongest findings of each rule."""
    rules = outcome.report["rules"] if outcome.report else ()
    for rule in rules:
        if rule["status"] != "fail" or family_of(rule["id"]) in ALARM_FAMILIES:
            continue
        for finding in rule["findings"][:_MOST_FINDINGS]:
            told = _plain(finding["message"])
            yield f"| #{ruling.pr} | {rule['id']} | {told} | {_where(finding)} |"


def _where(finding: Mapping[str, Any]) -> str:
    places = finding["locations"][:1]
    names = (f"`{posixpath.basename(p['file'])}:{p['line_start']}`" for p in places)
    return ", ".join(names) or "the list of files"


def _plain(message: str) -> str:
    return " ".join(_LINK.sub("", message).replace("|", "/").split())[:_LONGEST]


def _target(clone: Clone, ruling: Ruling) -> Target:
    """The pull request, at the judged commit where its head has moved on since."""
    moved = str(clone.pull_head(ruling.pr).id) != ruling.head_sha
    return Target(ruling.pr, ruling.head_sha if moved else None)


def main() -> None:
    """Prints the page."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--repo", type=Path, required=True, help="clone with refs/pull/*/head")
    parser.add_argument("--rulings", type=Path, required=True, help="known judgements")
    parser.add_argument("-j", "--workers", type=int, default=1)
    given = parser.parse_args()
    accepted = [r for r in read_rulings(given.rulings) if r.label in _ACCEPTED]
    by_pr = {ruling.pr: ruling for ruling in accepted}
    clone = Clone(given.repo)
    targets = [_target(clone, ruling) for ruling in accepted]
    found = audit_all(clone, targets, workers=given.workers)
    lines = [
        (outcome.target.pr, line)
        for outcome in found
        for line in rows(by_pr[outcome.target.pr], outcome)
    ]
    failing = len({pr for pr, _ in lines})
    print(_INTRODUCTION + "\n".join(line for _, line in sorted(lines, key=lambda pair: pair[0])))
    print(f"\n{failing} of {len(accepted)} fail such a rule; {len(lines)} lines show why.")


if __name__ == "__main__":
    main()
