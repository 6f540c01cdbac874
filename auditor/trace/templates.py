"""The lines a program can print, as patterns: which statement printed a given line of a log."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from auditor.trace.events import Event, EventKind
from auditor.trace.graph import Node
from auditor.trace.texts import Hole

_NUMBER = r"[-+]?(?:\d[\d,]*\.?\d*(?:[eE][-+]?\d+)?|nan|inf)"
_SPEC = re.compile(r"[^{}]*?(?:\.(\d+))?([a-zA-Z%])?\Z")


@dataclass(frozen=True)
class Template:
    """One report of a program.

    Attributes:
        event: the report.
        parts: its text: literal pieces and holes.
        ins: the values behind the holes.
    """

    event: Event
    parts: tuple[str | Hole, ...]
    ins: tuple[Node, ...]

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Matches a line that this report printed; one group per hole."""
        pieces = [_hole(part) if isinstance(part, Hole) else re.escape(part) for part in self.parts]
        return re.compile(r"\s*" + "".join(pieces).strip() + r"\s*\Z", re.DOTALL)

    @property
    def shape(self) -> str:
        """The text with `{}` for every value."""
        return "".join("{}" if isinstance(part, Hole) else part for part in self.parts).strip()

    @cached_property
    def anchor(self) -> str:
        """The longest literal piece, for a quick look."""
        literals = [part for part in self.parts if isinstance(part, str)]
        lines = [line.strip() for text in literals for line in text.split("\n")]
        return max(lines, key=len, default="")

    def match(self, line: str) -> list[tuple[Node, str]] | None:
        """The values that a line gives to the holes, `None` where another report printed it."""
        if self.anchor not in line:
            return None
        found = self.pattern.match(line)
        if found is None:
            return None
        holes = [part for part in self.parts if isinstance(part, Hole)]
        return [(self.ins[h.index], text) for h, text in zip(holes, found.groups(), strict=True)]


def _hole(part: Hole) -> str:
    spec = _SPEC.match(part.spec)
    kind = spec.group(2) if spec is not None else None
    digits = spec.group(1) if spec is not None else None
    if kind in ("f", "F") and digits is not None:
        fraction = rf"\.\d{{{digits}}}" if int(digits) else ""
        return rf"\s*([-+]?[\d,]+{fraction}|[-+]?(?:nan|inf))"
    if kind == "d":
        return r"\s*([-+]?[\d,]+)"
    if kind in ("e", "g", "E", "G"):
        return rf"\s*({_NUMBER})"
    return r"(.*?)"


def templates(events: list[Event]) -> list[Template]:
    """The reports of a program that carry values, once per statement and text."""
    found: list[Template] = []
    seen: set[tuple[object, ...]] = set()
    for event in events:
        node = event.node
        if event.kind is not EventKind.REPORT or node is None or node.op != "text":
            continue
        key = (id(event.stmt), node.data, node.ins)
        made = Template(event, node.data, node.ins)
        if key not in seen:
            seen.add(key)
            found.append(made)
    return found
