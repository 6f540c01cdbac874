"""What the commands share: where output goes, how audits are rendered, the exit status."""

from __future__ import annotations

import io
import shutil
import sys
from collections.abc import Mapping
from enum import StrEnum

from rich.console import Console

from auditor.findings import Location, Status
from auditor.report import github, json_report, markdown, sarif, terminal
from auditor.report.escape import for_terminal
from auditor.rule import Rule
from auditor.submission.model import BlobMissing
from auditor.texts.lines import read_text
from auditor.verdict import Audit
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
    FailOn.FAIL: {Status.FAIL},
    FailOn.NEEDS_RULING: {Status.FAIL, Status.NEEDS_RULING},
    FailOn.UNKNOWN: {Status.FAIL, Status.NEEDS_RULING, Status.UNKNOWN},
}


def registry() -> dict[str, Rule]:
    """The rules by their ids."""
    return {rule.id: rule for rule in all_rules()}


def exit_status(audit: Audit, fail_on: FailOn) -> int:
    """0 where no answer is as bad as `fail_on`, else 1."""
    return int(any(result.status in _STRICTER[fail_on] for result in audit.results))


def render(audit: Audit, form: Format, *, command: str | None = None, verbose: bool = False) -> str:
    """An audit as text in one of the formats."""
    rules = registry()
    if form is Format.JSON:
        return json_report.render(audit, rules)
    if form is Format.SARIF:
        return sarif.render(audit, rules, _Lines(audit))
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


class _Lines:
    """Reads lines of the submission's files for fingerprints."""

    def __init__(self, audit: Audit) -> None:
        self._snapshot = audit.submission.snapshot
        self._texts: dict[str, list[str]] = {}

    def __call__(self, place: Location) -> str | None:
        if place.layer is not None:
            return None
        if place.file not in self._texts:
            try:
                text = read_text(self._snapshot, place.file)
            except BlobMissing:
                text = None
            self._texts[place.file] = (text or "").split("\n")
        lines = self._texts[place.file]
        return lines[place.line_start - 1] if 0 < place.line_start <= len(lines) else None


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
