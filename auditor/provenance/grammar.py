"""The lines that a program can print: its texts as patterns, with the conditions around them.

A trace follows one configuration. What a log shows may come from any branch, so the grammar takes
every text of the program, whether the trace reached it or not. It is generous where it matters: a
line counts as printable as soon as one text of the program may make it up.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from auditor.findings import Location
from auditor.program import ir
from auditor.program.walk import Place, expressions, walk

_PERCENT = re.compile(r"%(?:\(\w+\))?[-+ #0]*(?:\d+|\*)?(?:\.(\d+))?([a-zA-Z%])")
_BRACES = re.compile(r"\{\{|\}\}|\{[^{}:!]*(?:![rsa])?(?::([^{}]*))?\}")
_SPEC = re.compile(r"[^{}]*?(,)?(?:\.(\d+))?([a-zA-Z%])?\Z")
_SPECIAL = r"[-+]?(?:nan|inf)"
#: Texts with fewer letters between their values say nothing about who printed a line.
_FEWEST_LETTERS = 3
_LONGEST_TEXT = 4_000
_MOST_TEXTS = 20_000


@dataclass(frozen=True, slots=True, eq=False)
class Hole:
    """A value in a text: its format, and the expression where it is known."""

    spec: str | None
    value: ir.Expr | None = None


Parts = tuple[str | Hole, ...]


@dataclass(frozen=True, eq=False)
class Text:
    """One text of the program.

    Attributes:
        parts: literal pieces and holes.
        file: the file it stands in.
        layer: the decoded layer, `None` for the committed text.
        place: the statement, its function and the conditions around it.
    """

    parts: Parts
    file: str
    layer: str | None
    place: Place

    @cached_property
    def lines(self) -> tuple[Parts, ...]:
        """The lines of the text: a log has each of them for itself."""
        found: list[list[str | Hole]] = [[]]
        for part in self.parts:
            if isinstance(part, Hole):
                found[-1].append(part)
                continue
            first, *more = part.split("\n")
            found[-1].append(first)
            found += [[piece] for piece in more]
        return tuple(tuple(line) for line in found if _letters(line) >= _FEWEST_LETTERS)


@dataclass(frozen=True, eq=False)
class Line:
    """One line that a text of the program can make.

    Attributes:
        text: the text.
        parts: the line's pieces and holes.
    """

    text: Text
    parts: Parts

    @cached_property
    def anchor(self) -> str:
        """The longest literal piece, for a quick look."""
        literals = [part.strip() for part in self.parts if isinstance(part, str)]
        return max(literals, key=len, default="")

    @property
    def where(self) -> Location:
        """The statement that makes the line."""
        text, stmt = self.text, self.text.place.stmt
        return Location(text.file, stmt.line, stmt.end, text.layer, "prints such a line")

    @property
    def holes(self) -> list[Hole]:
        """The values in the line, in their order."""
        return [part for part in self.parts if isinstance(part, Hole)]

    @cached_property
    def exact(self) -> re.Pattern[str]:
        """Matches the whole line as printed, number formats included; one group per hole."""
        return self._compiled(strict=True)

    @cached_property
    def loose(self) -> re.Pattern[str]:
        """Matches the whole line with anything in place of the values."""
        return self._compiled(strict=False)

    def _compiled(self, *, strict: bool) -> re.Pattern[str]:
        pieces = []
        for i, part in enumerate(self.parts):
            if isinstance(part, Hole):
                pieces.append(_pattern(part.spec) if strict else r"\s*(.*?)")
                continue
            # Wrappers of `print` and of the log strip and indent lines.
            text = part.lstrip() if i == 0 else part
            pieces.append(re.escape(text.rstrip() if i == len(self.parts) - 1 else text))
        return re.compile(r"\s*" + "".join(pieces) + r"\s*\Z")


class Grammar:
    """All texts of a program's modules."""

    def __init__(self, modules: Iterable[ir.Module]) -> None:
        texts: list[Text] = []
        for module in modules:
            texts += _texts(module)
            if len(texts) > _MOST_TEXTS:
                break
        self.lines = [Line(text, parts) for text in texts for parts in text.lines]

    def printers(self, line: str) -> Iterator[Line]:
        """The lines of the program that print exactly this line."""
        return (own for own in self.lines if own.anchor in line and own.exact.match(line))

    def likenesses(self, line: str) -> Iterator[Line]:
        """The lines of the program with the same words, whatever the values look like."""
        return (own for own in self.lines if own.anchor in line and own.loose.match(line))

    def starts(self, line: str, fewest: int) -> bool:
        """Whether a literal piece of the program, not shorter than `fewest`, begins the line."""
        stripped = line.lstrip()
        return any(
            isinstance(own.parts[0], str)
            and len(own.parts[0].strip()) >= fewest
            and stripped.startswith(own.parts[0].strip())
            for own in self.lines
        )


def _texts(module: ir.Module) -> Iterator[Text]:
    for expr, place in walk(module.body):
        inner: set[int] = set()
        for part in expressions(expr):
            if id(part) in inner:
                continue
            parts = _parts(part)
            if parts is not None and len(parts) and _length(parts) <= _LONGEST_TEXT:
                # The pieces of a sum are no texts of their own; values inside an f-string are.
                inner.update(_pieces(part))
                yield Text(parts, module.file, module.layer, place)


def _pieces(expr: ir.Expr) -> Iterator[int]:
    if isinstance(expr, ir.Bin) and expr.op == "+":
        for side in (expr.left, expr.right):
            if _parts(side) is not None:
                yield id(side)
                yield from _pieces(side)


def _parts(expr: ir.Expr) -> Parts | None:
    """The pieces of a text, `None` where the expression is none."""
    if isinstance(expr, ir.Const) and isinstance(expr.value, str):
        return (expr.value,)
    if isinstance(expr, ir.FString):
        return tuple(p if isinstance(p, str) else _hole(p) for p in expr.parts)
    if isinstance(expr, ir.Bin) and expr.op == "%":
        return _percent(expr.left)
    if isinstance(expr, ir.Bin) and expr.op == "+":
        left, right = _parts(expr.left), _parts(expr.right)
        if left is None and right is None:
            return None
        return (*(left or (Hole(None),)), *(right or (Hole(None),)))
    if isinstance(expr, ir.Call):
        return _called(expr)
    return None


def _hole(part: ir.Format) -> Hole:
    return Hole("" if part.conversion else part.spec, part.value)


def _percent(template: ir.Expr) -> Parts | None:
    if not (isinstance(template, ir.Const) and isinstance(template.value, str)):
        return None
    parts: list[str | Hole] = []
    position = 0
    for match in _PERCENT.finditer(template.value):
        parts.append(template.value[position : match.start()])
        position = match.end()
        kind = match[2]
        if kind == "%":
            parts.append("%")
        else:
            digits = f".{match[1]}" if match[1] else ""
            parts.append(Hole("" if kind in "sr" else f"{digits}{'d' if kind == 'i' else kind}"))
    return (*parts, template.value[position:])


def _called(call: ir.Call) -> Parts | None:
    """`"...".format(...)`, `log("... %d", x)`, and the words that `print` puts in a row."""
    func = call.func
    if isinstance(func, ir.Attr) and func.name == "format" and isinstance(func.value, ir.Const):
        return _braces(func.value.value) if isinstance(func.value.value, str) else None
    if isinstance(func, ir.Name) and func.id == "print" and len(call.args) > 1:
        parts: list[str | Hole] = []
        for arg in call.args:
            parts += [" "] if parts else []
            parts += _parts(arg) or (Hole(None),)
        return tuple(parts)
    return _percent(call.args[0]) if len(call.args) > 1 else None


def _braces(template: str) -> Parts:
    parts: list[str | Hole] = []
    position = 0
    for match in _BRACES.finditer(template):
        parts.append(template[position : match.start()])
        position = match.end()
        parts.append(match[0][0] if match[0] in ("{{", "}}") else Hole(match[1] or ""))
    return (*parts, template[position:])


def _pattern(spec: str | None) -> str:
    """What a format prints."""
    found = _SPEC.match(spec) if spec else None
    kind = found[3] if found else None
    digits = found[2] if found else None
    comma = r"[\d,]+" if found and found[1] else r"\d+"
    if kind in ("f", "F"):
        fraction = r"\.\d+" if digits is None else rf"\.\d{{{digits}}}" if int(digits) else ""
        return rf"\s*([-+]?{comma}{fraction}|{_SPECIAL})"
    if kind == "d":
        return rf"\s*([-+]?{comma})"
    if kind in ("e", "E"):
        return rf"\s*([-+]?\d(?:\.\d{{{digits or 6}}})?[eE][-+]\d+|{_SPECIAL})"
    return r"\s*(.*?)"


def _length(parts: Parts) -> int:
    return sum(len(part) for part in parts if isinstance(part, str))


def _letters(parts: Iterable[str | Hole]) -> int:
    return sum(c.isalpha() for part in parts if isinstance(part, str) for c in part)
