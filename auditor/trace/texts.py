"""Texts that are put together: templates with holes, known where all parts are known."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from auditor.trace.graph import Const, Node, Value

if TYPE_CHECKING:
    from auditor.trace.machine import Machine

_PERCENT = re.compile(r"%(?:\((\w+)\))?([-+ #0]*)(\d+|\*)?(?:\.(\d+))?([a-zA-Z%])")
_BRACES = re.compile(r"\{\{|\}\}|\{([^{}:!]*)(?:!([rsa]))?(?::([^{}]*))?\}")
_MAX_WIDTH = 4096


@dataclass(frozen=True, slots=True)
class Hole:
    """A value inside a text: which input of the text node it is, and how it is formatted."""

    index: int
    spec: str


Parts = tuple[str | Hole, ...]


class Texts:
    """Makes nodes `text` whose `data` is the template (`Parts`) over their inputs."""

    def __init__(self, machine: Machine) -> None:
        self.m = machine

    def format(self, parts: list[str | tuple[Value, str | None, str]]) -> Value:
        """An f-string."""
        ins: list[Node] = []
        made: list[str | Hole] = []
        origin: frozenset[str] = frozenset()
        for part in parts:
            if isinstance(part, str):
                made.append(part)
                continue
            value, spec, conversion = part
            node = self.m.flow(value)
            text = _formatted(node, spec, conversion)
            if text is not None:
                made.append(text)
                origin |= node.origin if isinstance(node, Const) else frozenset()
            elif node.op == "text":
                self._splice(node, made, ins)
            else:
                made.append(Hole(len(ins), "" if spec is None else spec))
                ins.append(node)
        return self._text(made, ins, origin)

    def _text(
        self, parts: list[str | Hole], ins: list[Node], origin: frozenset[str] = frozenset()
    ) -> Node:
        merged: list[str | Hole] = []
        for part in parts:
            if isinstance(part, str) and merged and isinstance(merged[-1], str):
                merged[-1] += part
            elif part != "":
                merged.append(part)
        if all(isinstance(part, str) for part in merged):
            return self.m.heap.const("".join(p for p in merged if isinstance(p, str)), origin)
        return self.m.heap.node("text", tuple(ins), tuple(merged))

    def _splice(self, text: Node, parts: list[str | Hole], ins: list[Node]) -> None:
        """Adds the parts of one template to another."""
        shift = len(ins)
        parts += (
            Hole(part.index + shift, part.spec) if isinstance(part, Hole) else part
            for part in text.data
        )
        ins += text.ins

    def concatenate(self, left: Node, right: Node) -> Node | None:
        """`left + right` where one of them is a template."""
        parts: list[str | Hole] = []
        ins: list[Node] = []
        for side in (left, right):
            if isinstance(side, Const):
                if not isinstance(side.value, str):
                    return None
                parts.append(side.value)
            elif side.op == "text":
                self._splice(side, parts, ins)
            else:
                parts.append(Hole(len(ins), ""))
                ins.append(side)
        return self._text(parts, ins)

    def join(self, pieces: list[Value], separator: str) -> Node:
        """`separator.join(pieces)`."""
        parts: list[str | tuple[Value, str | None, str]] = []
        for piece in pieces:
            if parts:
                parts.append(separator)
            parts.append((piece, "", ""))
        joined = self.format(parts)
        return joined if isinstance(joined, Node) else self.m.flow(joined)

    def percent(self, template: str, right: Node) -> Node:
        """`template % right`."""
        values = list(right.ins) if right.op == "tuple" else [right]
        parts: list[str | Hole] = []
        position = used = 0
        for match in _PERCENT.finditer(template):
            parts.append(template[position : match.start()])
            position = match.end()
            if match.group(5) == "%":
                parts.append("%")
                continue
            digits = "" if match.group(4) is None else f".{match.group(4)}"
            kind = {"i": "d", "s": "", "r": ""}.get(match.group(5), match.group(5))
            parts.append(Hole(min(used, len(values) - 1) if values else 0, f"{digits}{kind}"))
            used += 1
        parts.append(template[position:])
        if not values:
            return self.m.heap.const(template)
        return self._text(parts, values)

    def braces(self, template: str, args: list[Value], keywords: dict[str, Value]) -> Value:
        """`template.format(*args, **keywords)`."""
        parts: list[str | tuple[Value, str | None, str]] = []
        position = automatic = 0
        for match in _BRACES.finditer(template):
            parts.append(template[position : match.start()])
            position = match.end()
            if match.group() in ("{{", "}}"):
                parts.append(match.group()[0])
                continue
            field = match.group(1)
            if field == "":
                value = args[automatic] if automatic < len(args) else None
                automatic += 1
            elif field.isdigit():
                value = args[int(field)] if int(field) < len(args) else None
            else:
                value = keywords.get(field)
            filled = value if value is not None else self.m.heap.node("missing")
            parts.append((filled, match.group(3) or "", match.group(2) or ""))
        parts.append(template[position:])
        return self.format(parts)


def _formatted(node: Node, spec: str | None, conversion: str) -> str | None:
    """A known value as text."""
    if not isinstance(node, Const) or spec is None:
        return None
    if isinstance(node.value, str | int | float | bool) or node.value is None:
        width = re.search(r"\d+", spec)
        if width is not None and int(width.group()) > _MAX_WIDTH:
            return None
        try:
            value = repr(node.value) if conversion == "r" else node.value
            return format(value, spec)
        except (ValueError, TypeError, OverflowError):
            return None
    return None
