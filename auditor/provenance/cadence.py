"""Progress that a log shows at steps where the condition around the statement does not hold."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from auditor.findings import Location
from auditor.program import ir
from auditor.program.walk import expressions
from auditor.provenance.foreign import shape_of
from auditor.provenance.grammar import Grammar, Line
from auditor.texts import TextLines

_ARITHMETIC: dict[str, Callable[[int, int], int]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "%": operator.mod,
    "//": operator.floordiv,
}
_COMPARISONS: dict[str, Callable[[int, int], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_LARGEST = 10**12
_MOST_FINDINGS = 40
_LONGEST_LINE = 400


@dataclass(frozen=True, slots=True)
class OffBeat:
    """A line that its statement prints only at other steps.

    Attributes:
        where: the line.
        text: its text.
        statement: what prints such lines.
    """

    where: Location
    text: str
    statement: Location


def off_beat(log: TextLines, grammar: Grammar) -> Iterator[OffBeat]:
    """The lines of a log whose counters contradict the conditions around their statement.

    A line counts only where every statement with its words refuses it. Conditions on anything but
    the line's own counters and constants are left open.
    """
    conditional = [line for line in grammar.lines if any(map(_is_beat, line.text.place.tests))]
    if not conditional:
        return
    candidates: dict[str, list[Line]] = {}
    found = 0
    for number, text in log.lines:
        if len(text) > _LONGEST_LINE or not any(c.isdigit() for c in text):
            continue
        shape = shape_of(text)
        if shape not in candidates:
            like = list(grammar.likenesses(text))
            candidates[shape] = like if all(line in conditional for line in like) else []
        printers = candidates[shape]
        if printers and all(_refuses(line, text) for line in printers):
            yield OffBeat(Location(log.file, number, number), text.strip(), printers[0].where)
            found += 1
            if found == _MOST_FINDINGS:
                return


def _is_beat(test: ir.Expr) -> bool:
    return any(isinstance(part, ir.Bin) and part.op == "%" for part in expressions(test))


def _refuses(line: Line, text: str) -> bool:
    values = _values(line, text)
    return values is not None and any(
        _truth(test, values) is False for test in line.text.place.tests
    )


def _values(line: Line, text: str) -> dict[str, int] | None:
    """The variables that the line gives away: those printed as they are, or one more or less."""
    match = line.loose.match(text)
    if match is None:
        return None
    values: dict[str, int] = {}
    for hole, written in zip(line.holes, match.groups(), strict=True):
        if written.strip().isdigit() and hole.value is not None:
            found = _solved(hole.value, int(written))
            if found is not None:
                name, value = found
                if values.setdefault(name, value) != value:
                    return None
    return values


def _solved(expr: ir.Expr, value: int) -> tuple[str, int] | None:
    if isinstance(expr, ir.Name):
        return expr.id, value
    if isinstance(expr, ir.Bin) and isinstance(expr.left, ir.Name):
        added = expr.right.value if isinstance(expr.right, ir.Const) else None
        if isinstance(added, int) and expr.op in ("+", "-"):
            return expr.left.id, value - added if expr.op == "+" else value + added
    return None


def _truth(test: ir.Expr, values: Mapping[str, int]) -> bool | None:
    """A condition under some known variables; `None` where the others decide."""
    if isinstance(test, ir.BoolOp):
        parts = [_truth(part, values) for part in test.values]
        decisive = test.op == "or"
        if decisive in parts:
            return decisive
        return None if None in parts else not decisive
    if isinstance(test, ir.Unary) and test.op == "not":
        inner = _truth(test.operand, values)
        return None if inner is None else not inner
    if isinstance(test, ir.Compare):
        return _compared(test, values)
    number = _number(test, values)
    return None if number is None else bool(number)


def _compared(test: ir.Compare, values: Mapping[str, int]) -> bool | None:
    operands = [_number(part, values) for part in (test.left, *test.rights)]
    results: list[bool | None] = []
    for op, left, right in zip(test.ops, operands, operands[1:], strict=False):
        known = left is not None and right is not None and op in _COMPARISONS
        results.append(_COMPARISONS[op](left, right) if known else None)  # type: ignore[arg-type]
    if False in results:
        return False
    return None if None in results else True


def _number(expr: ir.Expr, values: Mapping[str, int]) -> int | None:
    if isinstance(expr, ir.Const):
        whole = isinstance(expr.value, int) and abs(expr.value) < _LARGEST
        return int(expr.value) if whole else None  # type: ignore[call-overload]
    if isinstance(expr, ir.Name):
        return values.get(expr.id)
    if isinstance(expr, ir.Bin) and expr.op in _ARITHMETIC:
        left, right = _number(expr.left, values), _number(expr.right, values)
        if left is None or right is None or (expr.op in ("%", "//") and right == 0):
            return None
        return _ARITHMETIC[expr.op](left, right)
    return None
