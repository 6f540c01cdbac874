"""Progress of long work, shown on a terminal only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

Item = TypeVar("Item")


def following(items: Iterable[Item], total: int, what: str) -> Iterator[Item]:
    """Yields the items; on a terminal a bar on standard error follows them."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield from items
        return
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    # No refreshing thread: the work forks.
    with Progress(*columns, console=console, auto_refresh=False, transient=True) as progress:
        task = progress.add_task(what, total=total)
        for item in items:
            progress.update(task, advance=1, refresh=True)
            yield item
