"""`auditor demo`: audits of the bundled miniature pull requests."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from auditor.cli.audit import run_isolated
from auditor.cli.output import CannotAudit, FailOn, Format, emit, render
from auditor.cli.tables import table_console
from auditor.fixtures import Fixture, all_fixtures
from auditor.submission import from_folder
from auditor.verdict import Verdict

EPILOG = """
[bold]Examples[/bold]

  auditor demo                            one that complies, and the main ways not to

  auditor demo --list                     all miniatures, with the verdict each must get

  auditor demo ttt001-second-evaluation   one of them
"""


def command(
    name: Annotated[
        str | None, typer.Argument(help="Show this one only.", show_default=False)
    ] = None,
    *,
    list_: Annotated[bool, typer.Option("--list", help="List all miniatures.")] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="All evidence, settings and numbers.")
    ] = False,
) -> None:
    """Audit the bundled miniature pull requests: one compliant, one for each main violation."""
    if list_:
        table_console().print(_listed(all_fixtures()))
        return
    console = Console(highlight=False)
    shown = _chosen(name)
    for fixture in shown:
        console.rule(Text(fixture.name, style="bold"), align="left")
        console.print(Text(fixture.expected.shows), style="italic", end="\n\n")
        emit(_report(fixture, verbose=verbose) + "\n")
    if name is None:
        console.rule(style="dim")
        console.print(
            f"{len(shown)} of {len(all_fixtures())} miniatures; "
            "`auditor demo --list` names the others, `auditor demo NAME` shows one.",
            style="dim",
        )


def _chosen(name: str | None) -> list[Fixture]:
    """The one asked for, or those of the demonstration, the compliant first."""
    if name is None:
        demo = [fixture for fixture in all_fixtures() if fixture.expected.demo]
        return sorted(demo, key=lambda fixture: fixture.expected.verdict is not Verdict.COMPLIANT)
    found = {fixture.name: fixture for fixture in all_fixtures()}
    if name in found:
        return [found[name]]
    near = get_close_matches(name, found, n=3, cutoff=0.4)
    meant = f"did you mean {' or '.join(near)}? " if near else ""
    raise CannotAudit(f"there is no miniature {name}; {meant}`auditor demo --list` names all")


def _listed(fixtures: Iterable[Fixture]) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in ("name", "verdict", "rules", "shows"):
        table.add_column(heading, no_wrap=heading in ("name", "verdict"))
    for fixture in fixtures:
        expected = fixture.expected
        rules = [*expected.fails, *(f"{rule}?" for rule in expected.rulings)]
        table.add_row(fixture.name, expected.verdict.value, " ".join(rules), expected.shows)
    return table


def _report(fixture: Fixture, *, verbose: bool) -> str:
    submission = from_folder(fixture.path)
    text, _ = run_isolated(
        submission,
        lambda done: (render(done, Format.TERMINAL, verbose=verbose), done),
        FailOn.FAIL,
    )
    return text
