"""A console whose tables are not squeezed when their output is piped."""

from __future__ import annotations

from rich.console import Console

_PIPE_WIDTH = 160


def table_console(*, stderr: bool = False) -> Console:
    """A console as wide as the terminal, or wide enough where there is none."""
    console = Console(highlight=False, stderr=stderr)
    return (
        console
        if console.is_terminal
        else Console(highlight=False, stderr=stderr, width=_PIPE_WIDTH)
    )
