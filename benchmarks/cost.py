"""What an audit costs: its processor time as a ratio to LibCST's own parse of the same files.

    python benchmarks/cost.py --repo CLONE --sample 200

For each pull request of the sample, spread evenly over the clone, three child processes are forked
from one warm parent: one notes which texts of code the audit reads, one is timed while it only
parses these texts, one is timed while it does the whole audit, from git objects to the JSON report.
Nothing is cached. Ratios are printed, not seconds, because only they mean the same on another
machine.
"""

from __future__ import annotations

import argparse
import gc
import json
import resource
import statistics
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import libcst

from auditor.audit import audit
from auditor.isolate import Stopped, isolated
from auditor.program.repair import repaired
from auditor.program.scan import BadText, Scan, TooDeep, scan
from auditor.report import json_report
from auditor.submission import Clone, SubmissionError, from_pull_request
from rules import all_rules

KIB = 1024
MEDIAN_BAR = 2.5
MEMORY_BAR = 500 * KIB * KIB


@dataclass(frozen=True, slots=True)
class Measured:
    """What one pull request cost.

    Attributes:
        pr: its number.
        parse: seconds of processor time that LibCST took for the texts.
        whole: seconds of processor time that the audit took.
        memory: bytes, the largest resident set of the audit.
    """

    pr: int
    parse: float
    whole: float
    memory: int

    @property
    def ratio(self) -> float:
        """Whole audit to parse."""
        return self.whole / self.parse


def measure(clone: Clone, pr: int) -> Measured | None:
    """Measures one pull request; `None` where it has no program that LibCST reads."""
    try:
        texts = json.loads(isolated(lambda: _texts(clone, pr)))
        if not texts:
            return None
        parse, _ = json.loads(isolated(lambda: _timed(lambda: _parse(texts))))
        whole, memory = json.loads(isolated(lambda: _timed(lambda: _audit(clone, pr))))
    except Stopped as stopped:
        print(f"#{pr} was stopped: {stopped}", file=sys.stderr)
        return None
    return Measured(pr, parse, whole, memory)


def _texts(clone: Clone, pr: int) -> bytes:
    """Every text of code that the audit reads, whole and in a spelling that LibCST accepts."""
    seen: list[str] = []

    def noting(text: str) -> Scan:
        scanned = scan(text)
        seen.append(text)
        return scanned

    with mock.patch("auditor.program.parse.scan", noting):
        _audit(clone, pr)
    return json.dumps([text for text in map(_accepted, seen) if text is not None]).encode()


def _accepted(text: str) -> str | None:
    try:
        libcst.parse_module(text)
    except (libcst.ParserSyntaxError, libcst.CSTValidationError):
        return _repaired(text)
    return text


def _repaired(text: str) -> str | None:
    try:
        again = repaired(text)
        libcst.parse_module(again)
    except (libcst.ParserSyntaxError, libcst.CSTValidationError, BadText, TooDeep):
        return None
    return again


def _parse(texts: Sequence[str]) -> None:
    for text in texts:
        libcst.parse_module(text)


def _audit(clone: Clone, pr: int) -> None:
    try:
        submission = from_pull_request(clone, pr)
    except SubmissionError:
        return
    json_report.render(audit(submission), {rule.id: rule for rule in all_rules()})


def _timed(work: Callable[[], None]) -> bytes:
    before = resource.getrusage(resource.RUSAGE_SELF)
    work()
    after = resource.getrusage(resource.RUSAGE_SELF)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return json.dumps([seconds, after.ru_maxrss * KIB]).encode()


def _sample(numbers: Sequence[int], size: int) -> Iterator[int]:
    step = max(1.0, len(numbers) / size)
    for position in range(min(size, len(numbers))):
        yield numbers[int(position * step)]


def _percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def main() -> int:
    """Measures a sample and prints the ratios; the exit status is 1 where a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repo", type=Path, required=True, help="clone with refs/pull/*/head")
    parser.add_argument("--sample", type=int, default=200, help="number of pull requests")
    parser.add_argument("--pr", type=int, nargs="*", help="these pull requests instead of a sample")
    parser.add_argument("--verbose", action="store_true", help="also print every pull request")
    options = parser.parse_args()
    clone = Clone(options.repo)
    all_rules()
    clone.main  # noqa: B018  (a cached property that every child needs)
    gc.freeze()
    found = []
    for pr in options.pr or _sample(clone.pull_numbers(), options.sample):
        one = measure(clone, pr)
        if one is None:
            continue
        found.append(one)
        if options.verbose:
            print(f"#{one.pr}  {one.ratio:6.2f}  parse {one.parse:.3f} s  {one.memory >> 20} MiB")
    return _report(found)


def _report(found: Sequence[Measured]) -> int:
    ratios = [one.ratio for one in found]
    memory = _percentile([one.memory for one in found], 0.99)
    total = sum(one.whole for one in found) / sum(one.parse for one in found)
    print(f"audits measured         {len(found)}")
    print(f"ratio, median           {statistics.median(ratios):.2f}  (bar {MEDIAN_BAR})")
    print(f"ratio, 90th percentile  {_percentile(ratios, 0.9):.2f}")
    print(f"ratio, 99th percentile  {_percentile(ratios, 0.99):.2f}")
    print(f"ratio of the sums       {total:.2f}")
    print(f"memory, 99th percentile {memory / KIB / KIB:.0f} MiB  (bar {MEMORY_BAR >> 20})")
    return int(statistics.median(ratios) > MEDIAN_BAR or memory > MEMORY_BAR)


if __name__ == "__main__":
    sys.exit(main())
