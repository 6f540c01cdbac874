"""`auditor sweep`: every pull request of a clone, summed up by month and family."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated

import typer

from auditor.cache import Cache
from auditor.cli.output import CannotAudit, emit
from auditor.cli.progress import following
from auditor.fleet import Target, audit_all
from auditor.submission import Clone, SubmissionError
from auditor.survey import Survey

EPILOG = """
[bold]Examples[/bold]

  auditor sweep --repo parameter-golf                      a summary in Markdown

  auditor sweep --repo parameter-golf --format json        one line of JSON per pull request
"""


def command(
    repo: Annotated[Path, typer.Option(help="A clone that has refs/pull/*/head.")],
    form: Annotated[str, typer.Option("--format", "-f", help="markdown or json.")] = "markdown",
    workers: Annotated[int, typer.Option("--workers", "-j", help="Processes.")] = (
        os.cpu_count() or 1
    ),
    *,
    cached: Annotated[
        bool, typer.Option("--cache/--no-cache", help="Remember audits between runs.")
    ] = True,
) -> None:
    """Audit every pull request of a clone."""
    if form not in ("markdown", "json"):
        raise CannotAudit(f"--format {form}: the formats are markdown and json")
    try:
        clone = Clone(repo)
    except SubmissionError as error:
        raise CannotAudit(str(error)) from error
    targets = [Target(pr) for pr in clone.pull_numbers()]
    if not targets:
        raise CannotAudit(
            "the clone has no heads of pull requests; run "
            "git fetch origin 'refs/pull/*/head:refs/pull/*/head' in it"
        )
    survey = Survey()
    found = audit_all(clone, targets, workers=workers, cache=Cache() if cached else None)
    for outcome in following(found, len(targets), "auditing"):
        survey.add(outcome)
        if form == "json":
            emit(json.dumps(survey.line(outcome)))
    if form == "markdown":
        emit(survey.markdown())
