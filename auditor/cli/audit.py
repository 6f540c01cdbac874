"""`auditor audit`: one submission, from a folder or from a clone."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from auditor.audit import audit, audit_unread
from auditor.cli.output import CannotAudit, FailOn, Format, emit, exit_status, registry, render
from auditor.isolate import Stopped, isolated
from auditor.policy import Policy, PolicyUnreadable, read_policy
from auditor.submission import (
    Submission,
    SubmissionError,
    from_folder,
    from_pull_request,
    from_range,
)
from auditor.verdict import Audit
from auditor.waived import governed

EPILOG = """
[bold]Examples[/bold]

  auditor audit                                   the record folder you are in

  auditor audit records/track_10min_16mb/2026-04-01_Mine

  auditor audit --repo parameter-golf --pr 1006   from a clone that has refs/pull/*/head

  auditor audit --repo parameter-golf --base main --head my-branch    what a branch adds

  auditor audit --format sarif > audit.sarif      for code scanning

  auditor audit --config auditor.toml             with the organisers' severities and waivers

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
    base: Annotated[
        str | None,
        typer.Option(
            help="Commit or branch of the clone that --head is compared with.", show_default=False
        ),
    ] = None,
    head: Annotated[
        str | None,
        typer.Option(help="Commit or branch of the clone to audit.", show_default=False),
    ] = None,
    folder: Annotated[
        str | None,
        typer.Option(help="Record folder to audit where there are several.", show_default=False),
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option(
            help="The organisers' auditor.toml or pyproject.toml: ruleset, severities, waivers.",
            show_default=False,
        ),
    ] = None,
    form: Annotated[Format, typer.Option("--format", "-f", help="How to print.")] = Format.TERMINAL,
    fail_on: Annotated[FailOn, typer.Option(help="What makes the exit status 1.")] = FailOn.FAIL,
    *,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="All evidence, settings and numbers.")
    ] = False,
) -> None:
    """Audit one submission: which rules it breaks, where, why, and how sure that is."""
    submission = read_target(target, repo, pr, folder, base, head)
    again = _command(target, repo, pr, folder, base, head)
    policy = read_config(config)

    def show(done: Audit) -> tuple[str, Audit]:
        return render(done, form, policy=policy, command=again, verbose=verbose), done

    text, status = run_isolated(submission, show, fail_on, policy)
    emit(text)
    raise typer.Exit(status)


def run_isolated(
    submission: Submission,
    show: Callable[[Audit], tuple[str, Audit]],
    fail_on: FailOn,
    policy: Policy | None = None,
) -> tuple[str, int]:
    """The shown audit and its exit status; a program that kills its reader is shown as unread.

    Raises:
        CannotAudit: not even that could be done.
    """
    policy = policy or Policy()
    limits, today = policy.limits(), datetime.now(UTC).date()

    def work(make: Callable[[], Audit]) -> bytes:
        text, done = show(governed(make(), policy, today))
        return json.dumps([text, exit_status(done, fail_on)]).encode()

    try:
        answer = isolated(lambda: work(lambda: audit(submission, ruleset=limits)))
    except Stopped as stopped:
        why = str(stopped)
        try:
            answer = isolated(lambda: work(lambda: audit_unread(submission, why, limits)))
        except Stopped as again:
            raise CannotAudit(f"the audit was stopped twice: {again}") from again
    text, status = json.loads(answer)
    return str(text), int(status)


def read_config(path: Path | None) -> Policy:
    """The organisers' policy, or none.

    Raises:
        CannotAudit: the file cannot be used.
    """
    if path is None:
        return Policy()
    try:
        return read_policy(path, registry())
    except PolicyUnreadable as error:
        raise CannotAudit(str(error)) from error


def read_target(
    target: Path | None,
    repo: Path | None,
    pr: int | None,
    folder: str | None,
    base: str | None = None,
    head: str | None = None,
) -> Submission:
    """The submission that a command names.

    Raises:
        CannotAudit: it names none, or two.
    """
    if (base is None) != (head is None):
        raise CannotAudit("--base and --head belong together: --base COMMIT --head COMMIT")
    if pr is not None and head is not None:
        raise CannotAudit("give either --pr or --base with --head, not both")
    if head is not None and repo is None:
        raise CannotAudit("--base and --head need --repo CLONE, where the commits are")
    if (repo is None) != (pr is None and head is None):
        raise CannotAudit("--repo and --pr belong together: --repo CLONE --pr NUMBER")
    if repo is not None and target is not None:
        raise CannotAudit("give either a folder or --repo with --pr, not both")
    try:
        if repo is not None and base is not None and head is not None:
            return from_range(repo, base, head, folder)
        if repo is not None and pr is not None:
            return from_pull_request(repo, pr, folder)
        return from_folder(target or Path(), folder)
    except SubmissionError as error:
        raise CannotAudit(str(error)) from error


def _command(
    target: Path | None,
    repo: Path | None,
    pr: int | None,
    folder: str | None,
    base: str | None,
    head: str | None,
) -> str:
    """The command that reproduces this audit."""
    words = ["auditor", "audit"]
    if target is not None:
        words.append(str(target))
    if repo is not None:
        words += ["--repo", repo.name or "."]
    if pr is not None:
        words += ["--pr", str(pr)]
    if base is not None and head is not None:
        words += ["--base", base, "--head", head]
    if folder is not None:
        words += ["--folder", folder]
    return shlex.join(words)
