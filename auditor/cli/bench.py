"""`auditor bench`: agreement with known judgements, and what a change of the rules moved."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from auditor import bench
from auditor.cache import Cache
from auditor.cli.output import CannotAudit, emit
from auditor.cli.progress import following
from auditor.cli.tables import table_console
from auditor.fleet import Outcome, Target, audit_all
from auditor.submission import Clone, SubmissionError

EPILOG = """
[bold]Examples[/bold]

  auditor bench --repo parameter-golf

  auditor bench --repo parameter-golf --rulings mine.jsonl --format json > now.json

  auditor bench --repo parameter-golf --rulings mine.jsonl --compare before.json
"""


def command(
    repo: Annotated[Path, typer.Option(help="A clone that has refs/pull/*/head.")],
    rulings: Annotated[
        Path | None,
        typer.Option(
            help="Known judgements, one JSON object per line; without it the bundled ones.",
            show_default=False,
        ),
    ] = None,
    form: Annotated[str, typer.Option("--format", "-f", help="table or json.")] = "table",
    compare: Annotated[
        Path | None,
        typer.Option(help="An earlier run's JSON: list what has moved.", show_default=False),
    ] = None,
    workers: Annotated[int, typer.Option("--workers", "-j", help="Processes.")] = (
        os.cpu_count() or 1
    ),
    *,
    cached: Annotated[
        bool, typer.Option("--cache/--no-cache", help="Remember audits between runs.")
    ] = True,
) -> None:
    """Measure recall, false alarms, places and unknowns on pull requests with a known judgement."""
    if form not in ("table", "json"):
        raise CannotAudit(f"--format {form}: the formats are table and json")
    try:
        wanted = bench.bundled_rulings() if rulings is None else bench.read_rulings(rulings)
        before = None if compare is None else bench.read_benchmark(compare)
        clone = Clone(repo)
    except (bench.RulingsUnreadable, SubmissionError) as error:
        raise CannotAudit(str(error)) from error
    outcomes = _audit(clone, wanted, workers, Cache() if cached else None)
    measured = bench.measure(wanted, outcomes)
    if form == "json":
        emit(measured.model_dump_json(indent=2))
    else:
        _print(table_console(), measured, outcomes)
    if before is not None:
        _print_moved(table_console(stderr=form == "json"), before, measured)


def _audit(
    clone: Clone, wanted: list[bench.Ruling], workers: int, cache: Cache | None
) -> dict[int, Outcome]:
    targets = [Target(ruling.pr, _other_commit(clone, ruling)) for ruling in wanted]
    found = audit_all(clone, targets, workers=workers, cache=cache)
    return {outcome.target.pr: outcome for outcome in following(found, len(targets), "auditing")}


def _other_commit(clone: Clone, ruling: bench.Ruling) -> str | None:
    """The commit that was judged, where the pull request's head has moved since."""
    if ruling.head_sha is None:
        return None
    try:
        head = str(clone.pull_head(ruling.pr).id)
    except SubmissionError:
        return ruling.head_sha
    return None if head == ruling.head_sha else ruling.head_sha


def _print(console: Console, measured: bench.Benchmark, outcomes: dict[int, Outcome]) -> None:
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_row("recall, visible in code", str(measured.core.recall))
    table.add_row("recall, visible in records", str(measured.records.recall))
    table.add_row("recall, weaker labels", str(measured.secondary.recall))
    table.add_row("false alarms on legal work", str(measured.accepted.false_alarms))
    table.add_row("places right, of hits", str(measured.localisation))
    table.add_row("could not be decided", str(measured.unknown))
    console.print(table)
    families = Table(box=None, pad_edge=False)
    for heading in ("family", "recall", "false alarms"):
        families.add_column(heading)
    for name, family in measured.families.items():
        families.add_row(name, str(family.recall), str(family.false_alarms))
    console.print()
    console.print(families)
    if measured.missed:
        console.print()
        console.print(_missed(measured.missed))
    for outcome in outcomes.values():
        if outcome.stopped:
            console.print(f"#{outcome.target.pr} was stopped: {outcome.stopped}", markup=False)


def _missed(rows: tuple[bench.Row, ...]) -> Table:
    table = Table(box=None, pad_edge=False, title="Disagreements", title_justify="left")
    for heading in ("pr", "judged", "for", "verdict", "order", "fails", "undecided"):
        table.add_column(heading)
    for row in rows:
        table.add_row(
            f"#{row.pr}",
            f"{row.label}/{row.tier}",
            " ".join(row.families) or "-",
            row.verdict,
            row.ttt_order,
            " ".join(row.failing) or "-",
            " ".join(row.undecided) or "-",
        )
    return table


def _print_moved(console: Console, before: bench.Benchmark, now: bench.Benchmark) -> None:
    changes = bench.moved(before, now)
    console.print(f"\n{len(changes)} of {len(now.rows)} answers moved")
    for old, new in changes:
        lost = sorted(set(old.failing) - set(new.failing))
        gained = sorted(set(new.failing) - set(old.failing))
        rules = [f"-{rule}" for rule in lost] + [f"+{rule}" for rule in gained]
        console.print(
            f"#{new.pr}: {old.verdict} -> {new.verdict}, {old.ttt_order} -> {new.ttt_order} "
            + " ".join(rules),
            markup=False,
        )
