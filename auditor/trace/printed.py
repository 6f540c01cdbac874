"""What logs tell about branches: a line that only one branch prints shows that it was taken."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from auditor.program import ir
from auditor.texts import TextLines

_MIN_LITERAL = 8


class Printed:
    """The lines that runs printed, and the texts that each module can print."""

    def __init__(self, logs: Sequence[TextLines]) -> None:
        self._logs = ["\n".join(line for _, line in log.lines) for log in logs]
        self._texts: dict[tuple[str, str | None], Counter[str]] = {}

    def module(self, module: ir.Module) -> None:
        """Takes note of what a module can print."""
        if self._logs:
            self._texts[module.file, module.layer] = Counter(_texts(module.body))

    def shows(self, stmt: ir.If, file: str, layer: str | None) -> bool | None:
        """Whether the logs show that the body of a branch ran: in most, in none, or in a few."""
        everywhere = self._texts.get((file, layer))
        if not everywhere:
            return False
        inside = Counter(_texts(stmt.body))
        own = [text for text, count in inside.items() if everywhere[text] == count]
        certain = set(_direct(stmt.body)) & set(own)
        seen = sum(
            any(text in log for text in own) and all(text in log for text in certain)
            for log in self._logs
        )
        if 2 * seen >= len(self._logs):
            return True
        return None if seen else False


def _texts(body: Sequence[ir.Stmt]) -> Iterator[str]:
    """Literal pieces of what the statements of a block print, at any depth."""
    for stmt in body:
        yield from _direct((stmt,))
        for block in blocks(stmt):
            yield from _texts(block)


def _direct(body: Sequence[ir.Stmt]) -> Iterator[str]:
    """Literal pieces of what the statements of a block print whenever the block runs."""
    for stmt in body:
        if isinstance(stmt, ir.ExprStmt) and isinstance(stmt.value, ir.Call):
            for arg in stmt.value.args:
                text = _literal(arg)
                if len(text) >= _MIN_LITERAL:
                    yield text


def blocks(stmt: ir.Stmt) -> Iterator[tuple[ir.Stmt, ...]]:
    """The blocks of statements directly inside a statement."""
    if isinstance(stmt, ir.If | ir.For | ir.While):
        yield stmt.body
        yield stmt.orelse
    elif isinstance(stmt, ir.With | ir.FunctionDef | ir.ClassDef):
        yield stmt.body
    elif isinstance(stmt, ir.Try):
        yield stmt.body
        yield from (handler.body for handler in stmt.handlers)
        yield stmt.orelse
        yield stmt.final
    elif isinstance(stmt, ir.Match):
        yield from (case.body for case in stmt.cases)


def _literal(expr: ir.Expr) -> str:
    """The longest literal piece of a text."""
    if isinstance(expr, ir.Const) and isinstance(expr.value, str):
        return expr.value.strip()
    if isinstance(expr, ir.FString):
        pieces = [part.strip() for part in expr.parts if isinstance(part, str)]
        return max(pieces, key=len, default="")
    if isinstance(expr, ir.Bin) and expr.op == "+":
        return max(_literal(expr.left), _literal(expr.right), key=len)
    return ""
