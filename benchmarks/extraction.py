"""How much of the clone's logs is understood: the share of pull requests whose figures are read.

    python benchmarks/extraction.py --repo CLONE --sample 40

Every log that a pull request adds or changes is read, not only those of the record folder that an
audit would choose. Four figures are looked for in each run: the final score, how long training and
evaluation took, and the total size. With `--sample` as many values are drawn at random and printed
with the line that each was read from, for a person to compare.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from auditor.evidence.clocks import evaluation_clock
from auditor.evidence.logs import log_facts
from auditor.evidence.runs import Run, is_step, runs_of
from auditor.facts import Fact, Facts, Quantity
from auditor.submission import Clone, SubmissionError
from auditor.submission.gittree import GitSnapshot
from auditor.submission.runlog import is_run_log
from auditor.texts.echo import runtime_lines
from auditor.texts.lines import TextLines, numbered_lines, read_text

ALL_FOUR = "all four in one log"
CENSUS = {
    "final score": 1376,
    "training seconds": 1378,
    "evaluation seconds": 1352,
    "total bytes": 1300,
    ALL_FOUR: 1246,
}
"""Pull requests from which plain patterns over the same logs read each figure, of 1,479."""

_LONGEST = 160


@dataclass(frozen=True, slots=True)
class Read:
    """The figures of one run.

    Attributes:
        pr: the pull request.
        run: the run.
        figures: name of a figure -> the fact it was read from.
    """

    pr: int
    run: Run
    figures: Mapping[str, Fact]


def figures_of(run: Run) -> dict[str, Fact]:
    """The figures that a run states, as an audit takes them where nothing is claimed."""
    scores = [fact for fact in run.scores if not is_step(fact)]
    models, code = run.model, run.code
    totals = [*run.of(Quantity.ARTIFACT_BYTES), *run.totals]
    if not totals and models is not None and code is not None:
        totals = [models]
    found = {
        "final score": scores[-1] if scores else None,
        "training seconds": run.train_clock,
        "evaluation seconds": evaluation_clock(run, Facts(run.facts)),
        "total bytes": totals[-1] if totals else None,
    }
    return {name: fact for name, fact in found.items() if fact is not None}


def read_clone(clone: Clone) -> Iterator[Read]:
    """Every run of every log of every pull request."""
    for pr in clone.pull_numbers():
        try:
            head = clone.pull_head(pr)
            snapshot = clone.snapshot(head, clone.base_of(head))
        except SubmissionError as error:
            sys.stderr.write(f"#{pr}: {error}\n")
            continue
        yield from _runs(pr, snapshot)


def _runs(pr: int, snapshot: GitSnapshot) -> Iterator[Read]:
    for entry in snapshot.entries():
        text = read_text(snapshot, entry.path) if is_run_log(snapshot, entry) else None
        if text is None:
            continue
        lines = TextLines(entry.path, tuple(runtime_lines(text)))
        for run in runs_of(Facts(tuple(log_facts(lines)))):
            yield Read(pr, run, figures_of(run))


def table(read: Sequence[Read]) -> str:
    """Per figure: from how many pull requests it is read, and from how many in the census."""
    by_pr: dict[int, list[Read]] = defaultdict(list)
    for found in read:
        by_pr[found.pr].append(found)
    counts: Counter[str] = Counter()
    for runs in by_pr.values():
        counts.update({name for found in runs for name in found.figures})
        by_log: dict[str, set[str]] = defaultdict(set)
        for found in runs:
            by_log[found.run.log].update(found.figures)
        counts[ALL_FOUR] += any(len(names) == len(CENSUS) - 1 for names in by_log.values())
    logs = len({(found.pr, found.run.log) for found in read})
    lines = [
        f"{len(by_pr):,} pull requests with a log that shows a run, {logs:,} such logs.",
        "",
        "| figure | pull requests | share | census |",
        "|---|--:|--:|--:|",
    ]
    for name, least in CENSUS.items():
        lines.append(f"| {name} | {counts[name]:,} | {counts[name] / len(by_pr):.1%} | {least:,} |")
    return "\n".join(lines) + "\n"


def sample(clone: Clone, read: Sequence[Read], size: int, seed: int) -> str:
    """Values drawn at random, each with its pull request, place and line."""
    drawn = random.Random(seed).sample(  # noqa: S311
        [(found, name) for found in read for name in found.figures], size
    )
    lines = []
    for found, name in drawn:
        fact = found.figures[name]
        where = fact.source
        lines.append(f"#{found.pr} {name} = {fact.value} ({fact.label})")
        lines.append(f"    {where.file}:{where.line_start}")
        lines.append(f"    {_line(clone, found.pr, fact)[:_LONGEST]}")
    return "\n".join(lines) + "\n"


def _line(clone: Clone, pr: int, fact: Fact) -> str:
    head = clone.pull_head(pr)
    text = read_text(clone.snapshot(head, clone.base_of(head)), fact.source.file) or ""
    same = [line for number, line in numbered_lines(text) if number == fact.source.line_start]
    return " / ".join(same)


def main() -> None:
    """Prints the table, and the sample where one is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--repo", type=Path, required=True, help="clone with refs/pull/*/head")
    parser.add_argument("--sample", type=int, default=0, help="values to print")
    parser.add_argument("--seed", type=int, default=0, help="of the sample")
    given = parser.parse_args()
    clone = Clone(given.repo)
    read = list(read_clone(clone))
    print(table(read))
    if given.sample:
        print(sample(clone, read, given.sample, given.seed))


if __name__ == "__main__":
    main()
