"""Writes safe, wrapped lines to a console; the only way in which the terminal report prints.

Lines are wrapped here and not by the console, which would pad them with spaces and knows no
hanging indent.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rich.console import Console
from rich.text import Text

from auditor.report.escape import for_terminal

_LABEL = 9
_LIMIT = 1_000  # characters of one piece of text
_MIN_WIDTH = 20  # narrower terminals wrap by themselves
_ASCII = str.maketrans({"…": "...", "→": "->", "\ufffd": "?"})


@dataclass(frozen=True, slots=True)
class Page:
    """Where a report is printed.

    Attributes:
        console: knows the width, the encoding and whether there is colour.
    """

    console: Console

    def line(self, *pieces: str | tuple[str, str], indent: int = 0, hang: int = 0) -> None:
        """Prints one paragraph from pieces of text, each plain or with a style.

        Args:
            pieces: the text, trusted or not.
            indent: columns before the first line.
            hang: further columns before the lines that follow it.
        """
        text = Text()
        for piece in pieces:
            content, style = (piece, "") if isinstance(piece, str) else piece
            text.append(self._printable(content), style)
        width = max(_MIN_WIDTH, self.console.width - indent - hang)
        for number, wrapped in enumerate(text.wrap(self.console, width, overflow="fold")):
            wrapped.rstrip()
            wrapped.pad_left(indent + (hang if number else 0))
            self.console.print(wrapped, soft_wrap=True)

    def field(self, name: str, text: str, indent: int = 2) -> None:
        """Prints a labelled paragraph."""
        self.line((name.ljust(_LABEL), "dim"), text, indent=indent, hang=_LABEL)

    def gap(self) -> None:
        """Prints an empty line."""
        self.console.print()

    def listing(self, title: str, items: Iterable[str], shown: int) -> None:
        """Prints a titled list with an honest end; nothing where there are no items."""
        lines = list(items)
        if not lines:
            return
        self.gap()
        self.line((title, "bold"))
        for item in lines[:shown]:
            self.line(("- ", "dim"), item, indent=2, hang=2)
        self.rest(len(lines) - shown, indent=4)

    def rest(self, count: int, indent: int) -> None:
        """Says how much was left out, if anything was."""
        if count > 0:
            self.line((f"... and {count:,} more", "dim"), indent=indent)

    def _printable(self, text: str) -> str:
        safe = for_terminal(text, _LIMIT)
        if not self.console.options.ascii_only:
            return safe
        encoding = self.console.encoding
        return safe.translate(_ASCII).encode(encoding, "replace").decode(encoding)
