"""`auditor audit`: one submission, from a folder or from a clone."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from auditor.audit import audit, audit_unread
from auditor.cli.output import CannotAudit, FailOn, Format, emit, exit_status, render
from auditor.isolate import Stopped, isolated
from auditor.submission import Submission, SubmissionError, from_folder, from_pull_request
from auditor.verdict import Audit

EPILOG = """
[bold]Examples[/bold]

  auditor audit                                   the record folder you are in

  auditor audit records/track_10min_16mb/2026-04-01_Mine

  auditor audit --repo parameter-golf --pr 1006   from a clone that has refs/pull/*/head

  auditor audit --format sarif > audit.sarif      for code scanning

  auditor audit --fail-on unknown                 exit 1 unless every rule is decided
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
        typer.Option(help="Record folder to audit where there are several.", show_default=False),
    ] = None,
    form: Annotated[Format, typer.Option("--format", "-f", help="How to print.")] = Format.TERMINAL,
    fail_on: Annotated[FailOn, typer.Option(help="What makes the exit status 1.")] = FailOn.FAIL,
    *,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="All evidence, settings and numbers.")
    ] = False,
) -> None:
    """Audit one submission: which rules it breaks, where, why, and how sure that is."""
    submission = read_target(target, repo, pr, folder)
    again = _command(target, repo, pr, folder)
    text, status = run_isolated(
        submission, lambda done: (render(done, form, command=again, verbose=verbose), done), fail_on
    )
    emit(text)
    raise typer.Exit(status)


def run_isolated(
    submission: Submission, show: Callable[[Audit], tuple[str, Audit]], fail_on: FailOn
) -> tuple[str, int]:
    """The shown audit and its exit status; a program that kills its reader is shown as unread."""

    def work(make: Callable[[], Audit]) -> bytes:
        text, done = show(make())
        return json.dumps([text, exit_status(done, fail_on)]).encode()

    try:
        answer = isolated(lambda: work(lambda: audit(submission)))
    except Stopped as stopped:
        why = str(stopped)
        try:
            answer = isolated(lambda: work(lambda: audit_unread(submission, why)))
        except Stopped as again:
            raise CannotAudit(f"the audit was stopped twice: {again}") from again
    text, status = json.loads(answer)
    return str(text), int(status)


def read_target(
    target: Path | None, repo: Path | None, pr: int | None, folder: str | None
) -> Submission:
    """The submission that a command names.

    Raises:
        CannotAudit: it names none, or two.
    """
    if (repo is None) != (pr is None):
        raise CannotAudit("--repo and --pr belong together: --repo CLONE --pr NUMBER")
    if repo is not None and target is not None:
        raise CannotAudit("give either a folder or --repo with --pr, not both")
    try:
        if repo is not None and pr is not None:
            return from_pull_request(repo, pr, folder)
        return from_folder(target or Path(), folder)
    except SubmissionError as error:
        raise CannotAudit(str(error)) from error


def _command(target: Path | None, repo: Path | None, pr: int | None, folder: str | None) -> str:
    """The command that reproduces this audit."""
    words = ["auditor", "audit"]
    if target is not None:
        words.append(str(target))
    if pr is not None:
        words += ["--repo", "parameter-golf" if repo is None else repo.name, "--pr", str(pr)]
    if folder is not None:
        words += ["--folder", folder]
    return shlex.join(words)
