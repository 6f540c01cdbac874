"""The command line: `auditor audit`, `facts`, `demo`, `rules`, `bench`, `sweep`."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from auditor import __version__
from auditor.cli import audit, bench, demo, facts, rules, sweep
from auditor.cli.output import CannotAudit, complain, emit

app = typer.Typer(
    name="auditor",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("audit", epilog=audit.EPILOG)(audit.command)
app.command("facts", epilog=facts.EPILOG)(facts.command)
app.command("demo", epilog=demo.EPILOG)(demo.command)
app.command("rules", epilog=rules.EPILOG)(rules.command)
app.command("bench", epilog=bench.EPILOG)(bench.command)
app.command("sweep", epilog=sweep.EPILOG)(sweep.command)


def _tell_version(asked: bool) -> None:  # noqa: FBT001  (called by typer)
    if asked:
        emit(f"parameter-golf-auditor {__version__}")
        raise typer.Exit


@app.callback()
def main(
    *,
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version and exit.", callback=_tell_version, is_eager=True
        ),
    ] = False,
) -> None:
    """Audits submissions to the Parameter Golf challenge: which rules, where, why, how sure.

    Exit status: 0 no rule fails, 1 a rule fails, 2 the audit could not be done.
    """


def run() -> None:
    """The entry point of the `auditor` script."""
    try:
        app()
    except CannotAudit as error:
        complain(str(error))
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:  # the reader has seen enough
        sys.stderr.close()
        sys.exit(141)
