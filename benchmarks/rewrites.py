"""Rewrites real submissions and compares the verdicts before and after.

Run: `python benchmarks/rewrites.py --repo CLONE --rulings FILE`, where CLONE has the pull requests
as `refs/pull/*/head` and FILE holds known judgements as `auditor bench` reads them. A rewrite that
keeps behaviour must keep the failing rules and the label of the order; an edit that changes
behaviour must make a rule of its families fail, or stop failing. Nothing of a submission is run.
"""

from __future__ import annotations

import ast
import gc
import json
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from auditor.bench import Ruling, read_rulings
from auditor.isolate import Limits, Stopped, each
from auditor.submission import Clone, Submission, SubmissionError, from_commit, from_pull_request
from tests.rewrites.catalogue import CHANGING, KEEPING, written
from tests.rewrites.moving import Sources
from tests.rewrites.reading import (
    Answer,
    NotRewritable,
    answer,
    program_of,
    rewritten,
    trace_of,
)
from tests.rewrites.sites import Sites, sites

_TOGETHER = 8
"""Rewrites of one submission that share a process."""

_LIMITS = Limits(seconds=300)


@dataclass(frozen=True)
class Result:
    """What one rewrite did to one submission.

    Attributes:
        pr: number of the pull request.
        rewrite: name of the rewrite.
        right: whether the verdict did what it must; `None` where the rewrite does not apply.
        told: what was answered before and after, or why there is no answer.
    """

    pr: int
    rewrite: str
    right: bool | None
    told: str = ""


def select(rulings: Sequence[Ruling], count: int, also: Sequence[int]) -> list[Ruling]:
    """Half violations visible in code, half accepted work, spread evenly; and those named."""
    bad = [r for r in rulings if r.label == "violation" and r.tier == "core"]
    good = [r for r in rulings if r.label == "accepted"]
    chosen = {r.pr: r for r in [*_spread(bad, count // 2), *_spread(good, count - count // 2)]}
    known = {r.pr: r for r in rulings}
    for pr in also:
        chosen[pr] = known.get(pr) or Ruling(pr=pr, label="accepted", tier="named")
    return [chosen[pr] for pr in sorted(chosen)]


def _spread(rows: Sequence[Ruling], count: int) -> list[Ruling]:
    step = max(1.0, len(rows) / max(1, count))
    return [rows[int(i * step)] for i in range(count) if int(i * step) < len(rows)]


def examine(clone: Clone, ruling: Ruling, wanted: Sequence[str]) -> Iterator[Result]:
    """Applies every wanted rewrite to one submission."""
    try:
        submission = _submission(clone, ruling)
        sources = program_of(submission)
    except (SubmissionError, NotRewritable) as error:
        yield Result(ruling.pr, "read", None, str(error))
        return
    before = answer(submission)
    plain = rewritten(submission, sources)
    for name in wanted:
        gc.collect()
        if name in KEEPING:
            yield _kept(ruling.pr, name, submission, sources, before)
    edits = [name for name in wanted if name in CHANGING]
    if edits:
        at = sites(trace_of(plain), sources.main)
        for name in edits:
            gc.collect()
            yield _changed(ruling.pr, name, plain, sources, at)


def _submission(clone: Clone, ruling: Ruling) -> Submission:
    if ruling.head_sha is None or str(clone.pull_head(ruling.pr).id) == ruling.head_sha:
        return from_pull_request(clone, ruling.pr)
    return from_commit(clone, ruling.head_sha)


def _kept(pr: int, name: str, original: Submission, sources: Sources, before: Answer) -> Result:
    made = KEEPING[name](sources)
    if made is None:
        return Result(pr, name, None)
    after = answer(rewritten(original, made))
    same = (after.fails, after.order) == (before.fails, before.order)
    return Result(pr, name, same, _told(before, after))


def _changed(pr: int, name: str, plain: Submission, sources: Sources, at: Sites) -> Result:
    change, before = CHANGING[name], answer(plain)
    if bool(before.families & change.families) != change.mends:
        return Result(pr, name, None)
    tree = change.edit(ast.parse(sources.files[sources.main]), at)
    if tree is None:
        return Result(pr, name, None)
    made = sources.with_files(**{sources.main: written(tree)})
    after = answer(rewritten(plain, made))
    right = bool(after.families & change.families) != change.mends
    return Result(pr, name, right, _told(before, after))


def _told(before: Answer, after: Answer) -> str:
    def one(found: Answer) -> str:
        opened = f" ?{','.join(found.open)}" if found.open else ""
        return f"{found.order} {','.join(found.fails) or '-'}{opened}"

    moved = "" if before.claimed == after.claimed else f" [{before.claimed} -> {after.claimed}]"
    return f"{one(before)} -> {one(after)}{moved}"


def _results(
    clone: Clone, chosen: Sequence[Ruling], wanted: Sequence[str], workers: int
) -> Iterator[Result]:
    """Every result as it comes; those that are wrong are told at once."""
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    groups = [wanted[i : i + _TOGETHER] for i in range(0, len(wanted), _TOGETHER)]
    jobs = [(ruling, group) for ruling in chosen for group in groups]

    def work(job: tuple[Ruling, Sequence[str]]) -> bytes:
        return json.dumps([asdict(r) for r in examine(clone, *job)]).encode()

    for (ruling, group), found in each(jobs, work, workers=workers, limits=_LIMITS):
        if isinstance(found, Stopped):
            why = f"stopped: {found}"
            new = [Result(ruling.pr, name, right=False, told=why) for name in group]
        else:
            new = [Result(**row) for row in json.loads(found)]
        for result in new:
            if result.right is False:
                told = f"#{result.pr} {result.rewrite}: {result.told}"
                console.print(told, markup=False)
            yield result


def main(
    repo: Annotated[Path, typer.Option(help="A clone that has refs/pull/*/head.")],
    rulings: Annotated[Path, typer.Option(help="Known judgements, one JSON object per line.")],
    rows: Annotated[int, typer.Option(help="How many submissions to choose.")] = 40,
    pr: Annotated[list[int] | None, typer.Option(help="A further pull request.")] = None,
    rewrite: Annotated[list[str] | None, typer.Option(help="Only this rewrite.")] = None,
    workers: Annotated[int, typer.Option("--workers", "-j", help="Processes.")] = 1,
    form: Annotated[str, typer.Option("--format", "-f", help="table or json.")] = "table",
) -> None:
    """Print how many verdicts each rewrite kept or changed as it must."""
    clone = Clone(repo)
    wanted = rewrite or [*KEEPING, *CHANGING]
    chosen = select(read_rulings(rulings), rows, pr or ())
    results = list(_results(clone, chosen, wanted, workers))
    if form == "json":
        print(json.dumps([asdict(result) for result in results], indent=1))
    else:
        _print(results)


def _print(results: Sequence[Result]) -> None:
    by_name: dict[str, list[Result]] = defaultdict(list)
    for result in results:
        by_name[result.rewrite].append(result)
    table = Table(box=None, pad_edge=False)
    for heading in ("rewrite", "must", "right", "of", "other"):
        table.add_column(heading)
    for name in [*KEEPING, *CHANGING]:
        judged = [r for r in by_name.get(name, ()) if r.right is not None]
        wrong = " ".join(f"#{r.pr}" for r in judged if not r.right)
        right = sum(1 for r in judged if r.right)
        must = "keep" if name in KEEPING else "mend" if CHANGING[name].mends else "break"
        table.add_row(name, must, str(right), str(len(judged)), wrong)
    Console().print(table)


if __name__ == "__main__":
    typer.run(main)
