"""The intermediate representation: Python's structure without its spelling.

Every stage after the parser works on these nodes and knows nothing of LibCST. A module is a list of
statements; statements carry the lines they stand on, expressions do not (a finding points at the
statement). The nodes are plain mutable records for speed; nobody changes them after lowering.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


class Expr:
    """Base of all expressions."""

    __slots__ = ()


class Stmt:
    """Base of all statements; `line` and `end` count from 1, inclusive."""

    __slots__ = ()
    line: int
    end: int


# --- expressions ---------------------------------------------------------------------------------


@dataclass(slots=True, eq=False)
class Const(Expr):
    """A literal: number, string, bytes, `True`, `False`, `None` or `...`."""

    value: object


@dataclass(slots=True, eq=False)
class Name(Expr):
    """A variable."""

    id: str


@dataclass(slots=True, eq=False)
class Attr(Expr):
    """`value.name`."""

    value: Expr
    name: str


@dataclass(slots=True, eq=False)
class Sub(Expr):
    """`value[index]`; several indices are a tuple."""

    value: Expr
    index: Expr


@dataclass(slots=True, eq=False)
class Slice(Expr):
    """`lower:upper:step` inside a subscript."""

    lower: Expr | None
    upper: Expr | None
    step: Expr | None


@dataclass(slots=True, eq=False)
class Star(Expr):
    """`*value` in a call, a display or a target."""

    value: Expr


@dataclass(slots=True, eq=False)
class Call(Expr):
    """`func(*args, **keywords)`; a keyword without a name is a `**` spread."""

    func: Expr
    args: tuple[Expr, ...]
    keywords: tuple[tuple[str | None, Expr], ...]


@dataclass(slots=True, eq=False)
class Bin(Expr):
    """A binary operation; `op` is its spelling (`+`, `//`, `@`, ...)."""

    op: str
    left: Expr
    right: Expr


@dataclass(slots=True, eq=False)
class Unary(Expr):
    """A unary operation: `-`, `+`, `~` or `not`."""

    op: str
    operand: Expr


@dataclass(slots=True, eq=False)
class BoolOp(Expr):
    """`and` / `or` over two or more operands."""

    op: str
    values: tuple[Expr, ...]


@dataclass(slots=True, eq=False)
class Compare(Expr):
    """A chain of comparisons; `ops` are spelled as in Python (`not in`, `is`, ...)."""

    left: Expr
    ops: tuple[str, ...]
    rights: tuple[Expr, ...]


@dataclass(slots=True, eq=False)
class IfExp(Expr):
    """`body if test else orelse`."""

    test: Expr
    body: Expr
    orelse: Expr


@dataclass(slots=True, eq=False)
class Seq(Expr):
    """A tuple, list or set display."""

    kind: str
    items: tuple[Expr, ...]


@dataclass(slots=True, eq=False)
class DictExpr(Expr):
    """A dict display; an item without a key is a `**` spread."""

    items: tuple[tuple[Expr | None, Expr], ...]


@dataclass(slots=True, eq=False)
class Clause:
    """One `for target in iter if ...` of a comprehension."""

    target: Expr
    iter: Expr
    ifs: tuple[Expr, ...]


@dataclass(slots=True, eq=False)
class Comp(Expr):
    """A comprehension of kind `list`, `set`, `dict` or `gen`; `value` only for `dict`."""

    kind: str
    elt: Expr
    value: Expr | None
    clauses: tuple[Clause, ...]


@dataclass(slots=True, eq=False)
class Format(Expr):
    """One replacement field of an f-string; `spec` is its format, `None` where it is computed."""

    value: Expr
    spec: str | None
    conversion: str


@dataclass(slots=True, eq=False)
class FString(Expr):
    """An f-string as its literal texts and replacement fields."""

    parts: tuple[str | Format, ...]


@dataclass(slots=True, eq=False)
class Lambda(Expr):
    """A lambda."""

    params: Params
    body: Expr


@dataclass(slots=True, eq=False)
class Yield(Expr):
    """`yield value`, or `yield from value` where `delegates`."""

    value: Expr | None
    delegates: bool


@dataclass(slots=True, eq=False)
class Await(Expr):
    """`await value`."""

    value: Expr


@dataclass(slots=True, eq=False)
class Walrus(Expr):
    """`target := value`."""

    target: Name
    value: Expr


@dataclass(slots=True, eq=False)
class Param:
    """One parameter with its default."""

    name: str
    default: Expr | None


@dataclass(slots=True, eq=False)
class Params:
    """The parameters of a function; `plain` includes positional-only ones."""

    plain: tuple[Param, ...]
    star: str | None
    keyword_only: tuple[Param, ...]
    double_star: str | None


# --- statements ----------------------------------------------------------------------------------


@dataclass(slots=True, eq=False)
class Assign(Stmt):
    """`a = b = value`."""

    line: int
    end: int
    targets: tuple[Expr, ...]
    value: Expr


@dataclass(slots=True, eq=False)
class AnnAssign(Stmt):
    """`target: annotation = value`; the annotation is not kept."""

    line: int
    end: int
    target: Expr
    value: Expr | None


@dataclass(slots=True, eq=False)
class AugAssign(Stmt):
    """`target op= value`; `op` without the equals sign."""

    line: int
    end: int
    target: Expr
    op: str
    value: Expr


@dataclass(slots=True, eq=False)
class ExprStmt(Stmt):
    """An expression evaluated for its effect."""

    line: int
    end: int
    value: Expr


@dataclass(slots=True, eq=False)
class Return(Stmt):
    """`return value`."""

    line: int
    end: int
    value: Expr | None


@dataclass(slots=True, eq=False)
class Raise(Stmt):
    """`raise`; what is raised does not matter here."""

    line: int
    end: int


@dataclass(slots=True, eq=False)
class Assert(Stmt):
    """`assert test`."""

    line: int
    end: int
    test: Expr


@dataclass(slots=True, eq=False)
class Delete(Stmt):
    """`del targets`."""

    line: int
    end: int
    targets: tuple[Expr, ...]


@dataclass(slots=True, eq=False)
class Jump(Stmt):
    """`break` or `continue`."""

    line: int
    end: int
    kind: str


@dataclass(slots=True, eq=False)
class Scope(Stmt):
    """`global names` or `nonlocal names`."""

    line: int
    end: int
    kind: str
    names: tuple[str, ...]


@dataclass(slots=True, eq=False)
class Import(Stmt):
    """`import module as name`, once per module."""

    line: int
    end: int
    modules: tuple[tuple[str, str | None], ...]


@dataclass(slots=True, eq=False)
class ImportFrom(Stmt):
    """`from module import names`; `names` is empty for `*`, `level` counts leading dots."""

    line: int
    end: int
    module: str
    level: int
    names: tuple[tuple[str, str | None], ...]


@dataclass(slots=True, eq=False)
class If(Stmt):
    """`if test: body else: orelse`; `elif` is an `If` in `orelse`. Lines are the header's."""

    line: int
    end: int
    test: Expr
    body: tuple[Stmt, ...]
    orelse: tuple[Stmt, ...]


@dataclass(slots=True, eq=False)
class For(Stmt):
    """`for target in iter`; its body binds `assigned` and augments `augmented`.

    `flags` are the names that it only ever sets to one constant.
    """

    line: int
    end: int
    target: Expr
    iter: Expr
    body: tuple[Stmt, ...]
    orelse: tuple[Stmt, ...]
    assigned: frozenset[str] = field(default_factory=frozenset)
    augmented: frozenset[str] = field(default_factory=frozenset)
    flags: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class While(Stmt):
    """`while test`; its body binds `assigned` and augments `augmented`; `flags` as for `For`."""

    line: int
    end: int
    test: Expr
    body: tuple[Stmt, ...]
    orelse: tuple[Stmt, ...]
    assigned: frozenset[str] = field(default_factory=frozenset)
    augmented: frozenset[str] = field(default_factory=frozenset)
    flags: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Handler:
    """One `except` clause; `types` are the names of the exceptions it catches."""

    line: int
    types: tuple[str, ...]
    name: str | None
    body: tuple[Stmt, ...]


@dataclass(slots=True, eq=False)
class Try(Stmt):
    """`try` with its handlers, `else` and `finally`."""

    line: int
    end: int
    body: tuple[Stmt, ...]
    handlers: tuple[Handler, ...]
    orelse: tuple[Stmt, ...]
    final: tuple[Stmt, ...]


@dataclass(slots=True, eq=False)
class With(Stmt):
    """`with context as target`, once per item."""

    line: int
    end: int
    items: tuple[tuple[Expr, Expr | None], ...]
    body: tuple[Stmt, ...]


@dataclass(slots=True, eq=False)
class FunctionDef(Stmt):
    """A function. `last` is the last line of its body; `line`/`end` are its header's."""

    line: int
    end: int
    name: str
    params: Params
    body: tuple[Stmt, ...]
    decorators: tuple[Expr, ...]
    is_generator: bool
    last: int


@dataclass(slots=True, eq=False)
class ClassDef(Stmt):
    """A class. `last` is the last line of its body; `line`/`end` are its header's."""

    line: int
    end: int
    name: str
    bases: tuple[Expr, ...]
    keywords: tuple[tuple[str | None, Expr], ...]
    body: tuple[Stmt, ...]
    decorators: tuple[Expr, ...]
    last: int


@dataclass(slots=True, eq=False)
class MatchCase:
    """One `case` of a `match`; `test` is `None` where the pattern is not a plain value."""

    test: Expr | None
    guard: Expr | None
    binds: tuple[str, ...]
    body: tuple[Stmt, ...]


@dataclass(slots=True, eq=False)
class Match(Stmt):
    """`match subject`."""

    line: int
    end: int
    subject: Expr
    cases: tuple[MatchCase, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Module:
    """One parsed text of code.

    Attributes:
        file: path in the pull request.
        layer: name of the decoded layer, `None` for the committed text.
        source: the text that was parsed.
        body: its statements.
        mutated: names of attributes that are assigned outside a constructor, and of variables that
            are declared `global` or `nonlocal`, anywhere in the text.
        in_place: names of variables and attributes that are changed in place, anywhere in the text.
    """

    file: str
    layer: str | None
    source: str
    body: tuple[Stmt, ...]
    mutated: frozenset[str]
    in_place: frozenset[str]
