"""`auditor demo`: audits of the bundled miniature pull requests."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from auditor.cli.audit import run_isolated
from auditor.cli.output import CannotAudit, FailOn, Format, emit, render
from auditor.fixtures import Fixture, all_fixtures
from auditor.submission import from_folder


def command(
    name: Annotated[
        str | None, typer.Argument(help="Show this one only.", show_default=False)
    ] = None,
    *,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="All evidence, settings and numbers.")
    ] = False,
) -> None:
    """Audit the bundled miniature pull requests: one compliant, one for each main violation."""
    if not all_fixtures():
        raise CannotAudit("the miniature pull requests are missing; install the package again")
    shown = [f for f in all_fixtures() if (f.expected.demo if name is None else f.name == name)]
    if not shown:
        names = ", ".join(f.name for f in all_fixtures())
        raise CannotAudit(f"there is no miniature {name}; there are {names}")
    console = Console(highlight=False)
    for fixture in shown:
        console.rule(Text(fixture.name), align="left")
        console.print(Text(fixture.expected.shows), style="italic")
        emit(_report(fixture, verbose=verbose))
    if name is None:
        number = f"{len(shown)} of {len(all_fixtures())} miniatures"
        console.print(f"{number} shown; `auditor demo NAME` shows one.", style="dim")


def _report(fixture: Fixture, *, verbose: bool) -> str:
    submission = from_folder(fixture.path)
    text, _ = run_isolated(
        submission,
        lambda done: (render(done, Format.TERMINAL, verbose=verbose), done),
        FailOn.FAIL,
    )
    return text
