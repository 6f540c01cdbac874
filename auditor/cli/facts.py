"""`auditor facts`: what a submission claims, what its logs show, and what comes out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from auditor.cli.audit import read_target
from auditor.cli.output import CannotAudit, emit
from auditor.cli.tables import table_console
from auditor.evidence import gather
from auditor.evidence.curves import Curve, curves
from auditor.evidence.ledger import ledger
from auditor.isolate import Stopped, isolated
from auditor.report import plot
from auditor.report.ledger_report import (
    LedgerReport,
    disagreements,
    render_json,
    report,
    table,
)
from auditor.submission import Submission
from auditor.texts import read_texts

EPILOG = """
[bold]Examples[/bold]

  auditor facts records/track_10min_16mb/2026-04-01_Mine

  auditor facts --repo parameter-golf --pr 861 --format json

  auditor facts --repo parameter-golf --pr 861 --plot curves.svg
"""


def command(
    target: Annotated[
        Path | None,
        typer.Argument(
            help="A record folder, or a tree that holds records/...; else the current folder.",
            show_default=False,
        ),
    ] = None,
    repo: Annotated[
        Path | None, typer.Option(help="A clone of the challenge.", show_default=False)
    ] = None,
    pr: Annotated[
        int | None,
        typer.Option(help="Number of the pull request to read from the clone.", show_default=False),
    ] = None,
    folder: Annotated[
        str | None,
        typer.Option(help="Record folder to read where there are several.", show_default=False),
    ] = None,
    form: Annotated[str, typer.Option("--format", "-f", help="terminal or json.")] = "terminal",
    picture: Annotated[
        Path | None,
        typer.Option(
            "--plot", help="Draw the logs' curves into this .png or .svg file.", show_default=False
        ),
    ] = None,
) -> None:
    """Show claimed, logged and recomputed figures side by side; ≠ marks those that disagree."""
    if form not in ("terminal", "json"):
        raise CannotAudit(f"--format {form}: the formats are terminal and json")
    suffix = "" if picture is None else picture.suffix.lower().removeprefix(".")
    if picture is not None and suffix not in plot.FORMATS:
        raise CannotAudit(f"--plot {picture.name}: name a file that ends in .png or .svg")
    submission = read_target(target, repo, pr, folder)
    made, drawn = _read(submission, with_curves=picture is not None)
    if picture is not None:
        _draw(picture, suffix, drawn, submission.folder)
    if form == "json":
        emit(render_json(made))
        return
    console = table_console()
    console.print(table(made))
    console.print(f"\n{disagreements(made)}", style="dim")


def _read(submission: Submission, *, with_curves: bool) -> tuple[LedgerReport, list[Curve]]:
    """The figures and curves, read in a child process as every hostile text is."""

    def work() -> bytes:
        texts = read_texts(submission)
        facts = gather(submission, texts)
        made = report(ledger(submission, facts), submission.folder, submission.origin.pr)
        drawn = list(curves(texts.logs)) if with_curves else []
        lines = [[curve.log, curve.what, curve.points] for curve in drawn]
        return json.dumps([made.model_dump(mode="json"), lines]).encode()

    try:
        made, lines = json.loads(isolated(work))
    except Stopped as stopped:
        raise CannotAudit(f"reading the files was stopped: {stopped}") from stopped
    found = [Curve(log, what, tuple((x, y) for x, y in points)) for log, what, points in lines]
    return LedgerReport.model_validate(made), found


def _draw(file: Path, form: str, drawn: list[Curve], title: str) -> None:
    if not drawn:
        raise CannotAudit("--plot: the logs show no losses or scores over steps to draw")
    try:
        content = plot.draw(drawn, title.rpartition("/")[2], form)
    except plot.NoPlotting as error:
        raise CannotAudit(
            "--plot needs matplotlib: pip install 'parameter-golf-auditor[plot]'"
        ) from error
    try:
        file.write_bytes(content)
    except OSError as error:
        raise CannotAudit(f"--plot {file}: {error.strerror or error}") from error
