"""What the commands share: where output goes, how audits are rendered, the exit status."""

from __future__ import annotations

import io
import shutil
import sys
from collections.abc import Mapping
from enum import StrEnum

from rich.console import Console

from auditor.policy import Policy
from auditor.report import github, json_report, markdown, sarif, terminal
from auditor.report.escape import for_terminal
from auditor.rule import Rule
from auditor.verdict import Audit, Verdict
from rules import all_rules

_PIPE_WIDTH = 100


class CannotAudit(Exception):
    """The audit could not be done; the message is one line that says what to do about it."""


class Format(StrEnum):
    """How an audit is printed."""

    TERMINAL = "terminal"
    JSON = "json"
    SARIF = "sarif"
    MARKDOWN = "markdown"
    GITHUB = "github"


class FailOn(StrEnum):
    """From which answer on the exit status is 1."""

    FAIL = "fail"
    NEEDS_RULING = "needs-ruling"
    UNKNOWN = "unknown"


_STRICTER = {
    FailOn.FAIL: {Verdict.VIOLATION},
    FailOn.NEEDS_RULING: {Verdict.VIOLATION, Verdict.NEEDS_RULING},
    FailOn.UNKNOWN: {Verdict.VIOLATION, Verdict.NEEDS_RULING, Verdict.INSUFFICIENT_EVIDENCE},
}


def registry(policy: Policy | None = None) -> dict[str, Rule]:
    """The rules by their ids, as the organisers' policy has them."""
    rules = all_rules() if policy is None else policy.rules(all_rules())
    return {rule.id: rule for rule in rules}


def exit_status(audit: Audit, fail_on: FailOn) -> int:
    """0 where the verdict is not as bad as `fail_on`, else 1."""
    return int(audit.verdict in _STRICTER[fail_on])


def render(
    audit: Audit,
    form: Format,
    *,
    policy: Policy | None = None,
    command: str | None = None,
    verbose: bool = False,
) -> str:
    """An audit as text in one of the formats."""
    rules = registry(policy)
    if form is Format.JSON:
        return json_report.render(audit, rules)
    if form is Format.SARIF:
        return sarif.render(audit, rules)
    if form is Format.MARKDOWN:
        return markdown.render(audit, rules, command)
    if form is Format.GITHUB:
        return github.render(audit, rules)
    return _terminal(audit, rules, verbose=verbose)


def _terminal(audit: Audit, rules: Mapping[str, Rule], *, verbose: bool) -> str:
    file = io.StringIO()
    shown = Console()  # knows NO_COLOR, FORCE_COLOR, TERM and whether stdout is a terminal
    console = Console(
        file=file,
        force_terminal=shown.is_terminal,
        color_system="truecolor" if shown.color_system and not shown.no_color else None,
        no_color=shown.no_color,
        width=shutil.get_terminal_size().columns if shown.is_terminal else _PIPE_WIDTH,
    )
    terminal.print_audit(audit, rules, console, verbose=verbose)
    return file.getvalue()


def emit(text: str) -> None:
    """Writes to standard output, whatever its encoding can show."""
    if not text.endswith("\n"):
        text += "\n"
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, "replace").decode(encoding))
    sys.stdout.flush()


def complain(message: str) -> None:
    """Writes one line to standard error."""
    sys.stderr.write(f"auditor: {for_terminal(message, 500)}\n")
