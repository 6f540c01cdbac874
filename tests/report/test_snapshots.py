"""What the reports look like. After an intended change: `pytest tests/report --snapshot-update`."""

from __future__ import annotations

import io

import pytest
from rich.console import Console
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from auditor import __version__
from auditor.report import github, json_report, markdown, sarif, terminal

from .samples import AUDITS, RULES

COMMAND = "auditor check https://github.com/openai/parameter-golf/pull/1234"


def on_terminal(audit, *, verbose=False):
    file = io.StringIO()
    console = Console(file=file, width=100, color_system=None, force_terminal=False, _environ={})
    terminal.print_audit(audit, RULES, console, verbose=verbose)
    return file.getvalue()


RENDERERS = {
    "txt": on_terminal,
    "verbose.txt": lambda audit: on_terminal(audit, verbose=True),
    "md": lambda audit: markdown.render(audit, RULES, COMMAND),
    "github": lambda audit: github.render(audit, RULES),
    "sarif": lambda audit: sarif.render(audit, RULES),
    "json": lambda audit: json_report.render(audit, RULES),
}


class Readable(SingleFileSnapshotExtension):
    """One file a report, as a reader would get it."""

    _write_mode = WriteMode.TEXT


FILES = {kind: type(kind, (Readable,), {"file_extension": kind}) for kind in RENDERERS}


@pytest.mark.parametrize("kind", RENDERERS)
@pytest.mark.parametrize("name", AUDITS)
def test_report(name, kind, snapshot):
    # A release changes no report but for its own number.
    text = RENDERERS[kind](AUDITS[name]).replace(__version__, "0.0.0")
    assert text == snapshot(extension_class=FILES[kind])
