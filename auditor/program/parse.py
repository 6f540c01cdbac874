"""Source text to intermediate representation. The only module that knows LibCST.

Lines come from `scan`: its logical lines and the parser's statements are two walks over the same
text, so the n-th statement header stands on the n-th logical line. LibCST's own position metadata
would cost more than the parse itself.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

import libcst as cst

from auditor.program import ir
from auditor.program.pieces import pieces
from auditor.program.repair import repaired
from auditor.program.scan import BadText, TooDeep, scan


class Unparsed(Exception):
    """The text could not be read as Python; the message is one sentence saying why."""


def parse(source: str, file: str = "train_gpt.py", layer: str | None = None) -> ir.Module:
    """Reads one text of code.

    Args:
        source: the text; line breaks of any kind, a byte-order mark is ignored.
        file: path it stands in, for findings.
        layer: name of the decoded layer it is, for findings.

    Raises:
        Unparsed: the text is not Python, or is nested too deeply to be read safely.
    """
    text = source.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    try:
        lines = scan(text).lines
    except (TooDeep, BadText) as error:
        raise Unparsed(str(error)) from error
    try:
        body, lowering = _lowered(text, lines)
    except RecursionError as error:
        raise Unparsed("expressions are nested too deeply to be read") from error
    return ir.Module(
        file, layer, text, body, frozenset(lowering.mutated), frozenset(lowering.in_place)
    )


def _lowered(text: str, lines: Sequence[tuple[int, int]]) -> tuple[tuple[ir.Stmt, ...], _Lowering]:
    """The statements of a text, and the walk that found them."""
    try:
        lowering = _Lowering(lines)
        blocks = [lowering.block(_read(piece).body) for piece in pieces(text, lines)]
    except Unparsed:  # said of a piece, with its own line numbers
        lowering = _Lowering(lines)
        blocks = [lowering.block(_read(text).body)]
    return tuple(chain.from_iterable(blocks)), lowering


def _read(text: str) -> cst.Module:
    try:
        return cst.parse_module(text)
    except (cst.ParserSyntaxError, cst.CSTValidationError):
        # Minifiers write `1 if a else(b)`, which Python accepts and LibCST does not.
        try:
            return cst.parse_module(repaired(text))
        except (cst.ParserSyntaxError, cst.CSTValidationError) as error:
            raise Unparsed(_reason(error)) from error


def _reason(error: Exception) -> str:
    if isinstance(error, cst.ParserSyntaxError):
        return f"not valid Python near line {error.raw_line}"
    return "not valid Python"


_BINARY = {
    cst.Add: "+", cst.Subtract: "-", cst.Multiply: "*", cst.Divide: "/", cst.FloorDivide: "//",
    cst.Modulo: "%", cst.Power: "**", cst.MatrixMultiply: "@", cst.LeftShift: "<<",
    cst.RightShift: ">>", cst.BitAnd: "&", cst.BitOr: "|", cst.BitXor: "^",
}  # fmt: skip
_AUGMENTED = {
    cst.AddAssign: "+", cst.SubtractAssign: "-", cst.MultiplyAssign: "*", cst.DivideAssign: "/",
    cst.FloorDivideAssign: "//", cst.ModuloAssign: "%", cst.PowerAssign: "**",
    cst.MatrixMultiplyAssign: "@", cst.LeftShiftAssign: "<<", cst.RightShiftAssign: ">>",
    cst.BitAndAssign: "&", cst.BitOrAssign: "|", cst.BitXorAssign: "^",
}  # fmt: skip
_UNARY = {cst.Minus: "-", cst.Plus: "+", cst.BitInvert: "~", cst.Not: "not"}
_COMPARE = {
    cst.Equal: "==", cst.NotEqual: "!=", cst.LessThan: "<", cst.LessThanEqual: "<=",
    cst.GreaterThan: ">", cst.GreaterThanEqual: ">=", cst.In: "in", cst.NotIn: "not in",
    cst.Is: "is", cst.IsNot: "is not",
}  # fmt: skip
_DISPLAYS: dict[type, str] = {cst.Tuple: "tuple", cst.List: "list", cst.Set: "set"}
_COMPREHENSIONS: dict[type, str] = {
    cst.ListComp: "list", cst.SetComp: "set", cst.GeneratorExp: "gen",
}  # fmt: skip
_NO_MODULE = cst.Module([])
_WORDS = {"True": True, "False": False, "None": None}
_PLAIN_STRING = re.compile(r"[uU]?('''|\"\"\"|'|\")([^\\]*)\1", re.DOTALL)


_VARIES = object()
"""Stands for "no single constant"."""


class _Lowering:
    """Walks a LibCST tree once.

    `_bound` collects the names bound inside each open loop, with the constant that all bindings of
    a name assign.
    """

    def __init__(self, lines: Sequence[tuple[int, int]]) -> None:
        self._lines = lines
        self._next = 0
        self._bound: list[dict[str, Any]] = []
        self._added: list[set[str]] = []
        self._yields = [False]
        self._in_init = [False]
        self.mutated: set[str] = set()
        self.in_place: set[str] = set()

    # --- statements ----------------------------------------------------------------------------

    def block(self, body: Iterable[Any]) -> tuple[ir.Stmt, ...]:
        statements: list[ir.Stmt] = []
        for node in body:
            if isinstance(node, cst.SimpleStatementLine):
                self._simple(node.body, self._line(), statements)
            else:
                statements.append(_COMPOUND[type(node)](self, node))
        return tuple(statements)

    def _line(self) -> tuple[int, int]:
        if self._next >= len(self._lines):
            raise Unparsed("its lines could not be told apart")
        self._next += 1
        return self._lines[self._next - 1]

    def _here(self) -> int:
        """The last line that was consumed."""
        return self._lines[self._next - 1][1]

    def _suite(self, body: Any, line: tuple[int, int]) -> tuple[ir.Stmt, ...]:
        if isinstance(body, cst.SimpleStatementSuite):
            statements: list[ir.Stmt] = []
            self._simple(body.body, line, statements)
            return tuple(statements)
        return self.block(body.body)

    def _simple(self, parts: Iterable[Any], line: tuple[int, int], out: list[ir.Stmt]) -> None:
        for part in parts:
            lower = _SIMPLE.get(type(part))
            if lower is not None:
                statement = lower(self, part, *line)
                if statement is not None:
                    out.append(statement)

    def _expr_stmt(self, node: cst.Expr, line: int, end: int) -> ir.Stmt | None:
        if isinstance(node.value, cst.SimpleString | cst.ConcatenatedString | cst.Ellipsis):
            return None  # a docstring or a placeholder has no effect
        return ir.ExprStmt(line, end, self.expr(node.value))

    def _assign(self, node: cst.Assign, line: int, end: int) -> ir.Stmt:
        value = self.expr(node.value)
        constant = value.value if isinstance(value, ir.Const) else _VARIES
        targets = tuple(self._target(target.target, constant) for target in node.targets)
        return ir.Assign(line, end, targets, value)

    def _ann_assign(self, node: cst.AnnAssign, line: int, end: int) -> ir.Stmt:
        value = None if node.value is None else self.expr(node.value)
        return ir.AnnAssign(line, end, self._target(node.target), value)

    def _aug_assign(self, node: cst.AugAssign, line: int, end: int) -> ir.Stmt:
        value = self.expr(node.value)
        target = self.expr(node.target)
        if isinstance(target, ir.Attr):
            self.mutated.add(target.name)
        elif isinstance(target, ir.Name):
            for names in self._added:
                names.add(target.id)
        self.in_place.add(_tail(target))
        return ir.AugAssign(line, end, target, _AUGMENTED[type(node.operator)], value)

    def _target(self, node: Any, constant: Any = _VARIES) -> ir.Expr:
        target = self.expr(node)
        self._binds(target, constant)
        return target

    def _binds(self, target: ir.Expr, constant: Any = _VARIES) -> None:
        if isinstance(target, ir.Name):
            self._bind_name(target.id, constant)
        elif isinstance(target, ir.Attr):
            if not self._in_init[-1]:
                self.mutated.add(target.name)
        elif isinstance(target, ir.Seq):
            for item in target.items:
                self._binds(item)
        elif isinstance(target, ir.Star):
            self._binds(target.value)
        elif isinstance(target, ir.Sub):
            self.in_place.add(_tail(target.value))

    def _return(self, node: cst.Return, line: int, end: int) -> ir.Stmt:
        return ir.Return(line, end, None if node.value is None else self.expr(node.value))

    def _raise(self, node: cst.Raise, line: int, end: int) -> ir.Stmt:  # noqa: ARG002
        return ir.Raise(line, end)

    def _assert(self, node: cst.Assert, line: int, end: int) -> ir.Stmt:
        return ir.Assert(line, end, self.expr(node.test))

    def _delete(self, node: cst.Del, line: int, end: int) -> ir.Stmt:
        target = self.expr(node.target)
        is_tuple = isinstance(target, ir.Seq) and target.kind == "tuple"
        return ir.Delete(line, end, target.items if is_tuple else (target,))  # type: ignore[attr-defined]

    def _break(self, node: cst.Break, line: int, end: int) -> ir.Stmt:  # noqa: ARG002
        return ir.Jump(line, end, "break")

    def _continue(self, node: cst.Continue, line: int, end: int) -> ir.Stmt:  # noqa: ARG002
        return ir.Jump(line, end, "continue")

    def _global(self, node: cst.Global, line: int, end: int) -> ir.Stmt:
        return self._scope("global", node, line, end)

    def _nonlocal(self, node: cst.Nonlocal, line: int, end: int) -> ir.Stmt:
        return self._scope("nonlocal", node, line, end)

    def _scope(self, kind: str, node: Any, line: int, end: int) -> ir.Stmt:
        names = tuple(item.name.value for item in node.names)
        self.mutated.update(names)
        return ir.Scope(line, end, kind, names)

    def _import(self, node: cst.Import, line: int, end: int) -> ir.Stmt:
        names = tuple((_dotted(alias.name), _asname(alias)) for alias in node.names)
        for name, asname in names:
            self._bind_name(asname or name.split(".")[0])
        return ir.Import(line, end, names)

    def _import_from(self, node: cst.ImportFrom, line: int, end: int) -> ir.Stmt:
        module = "" if node.module is None else _dotted(node.module)
        if isinstance(node.names, cst.ImportStar):
            return ir.ImportFrom(line, end, module, len(node.relative), ())
        names = tuple((_dotted(alias.name), _asname(alias)) for alias in node.names)
        for name, asname in names:
            self._bind_name(asname or name)
        return ir.ImportFrom(line, end, module, len(node.relative), names)

    def _bind_name(self, name: str, constant: Any = _VARIES) -> None:
        for names in self._bound:
            known = names.get(name, constant)
            same = type(known) is type(constant) and known == constant
            names[name] = constant if same else _VARIES

    def _if(self, node: cst.If) -> ir.Stmt:
        line = self._line()
        test = self.expr(node.test)
        body = self._suite(node.body, line)
        return ir.If(*line, test, body, self._orelse(node.orelse))

    def _orelse(self, node: Any) -> tuple[ir.Stmt, ...]:
        if node is None:
            return ()
        if isinstance(node, cst.If):
            return (self._if(node),)
        return self._suite(node.body, self._line())

    def _for(self, node: cst.For) -> ir.Stmt:
        line = self._line()
        iterable = self.expr(node.iter)
        self._open_loop()
        target = self._target(node.target)
        body = self._suite(node.body, line)
        bound, added, flags = self._close_loop()
        orelse = self._orelse(node.orelse)
        return ir.For(*line, target, iterable, body, orelse, bound, added, flags)

    def _while(self, node: cst.While) -> ir.Stmt:
        line = self._line()
        self._open_loop()
        test = self.expr(node.test)
        body = self._suite(node.body, line)
        bound, added, flags = self._close_loop()
        return ir.While(*line, test, body, self._orelse(node.orelse), bound, added, flags)

    def _open_loop(self) -> None:
        self._bound.append({})
        self._added.append(set())

    def _close_loop(self) -> tuple[frozenset[str], frozenset[str], dict[str, Any]]:
        bound, added = self._bound.pop(), frozenset(self._added.pop())
        flags = {n: v for n, v in bound.items() if v is not _VARIES and n not in added}
        return frozenset(bound), added, flags

    def _outside_loops(self) -> tuple[list[dict[str, Any]], list[set[str]]]:
        """Sets the open loops aside while a function or class body is lowered."""
        saved = self._bound, self._added
        self._bound, self._added = [], []
        return saved

    def _try(self, node: cst.Try | cst.TryStar) -> ir.Stmt:
        line = self._line()
        body = self._suite(node.body, line)
        handlers = tuple(self._handler(handler) for handler in node.handlers)
        orelse = self._orelse(node.orelse)
        final = () if node.finalbody is None else self._suite(node.finalbody.body, self._line())
        return ir.Try(*line, body, handlers, orelse, final)

    def _handler(self, node: Any) -> ir.Handler:
        line = self._line()
        types: tuple[str, ...] = ()
        if node.type is not None:
            caught = self.expr(node.type)
            several = caught.items if isinstance(caught, ir.Seq) else (caught,)
            types = tuple(_tail(item) for item in several)
        name = node.name.name.value if node.name is not None else None
        return ir.Handler(line[0], types, name, self._suite(node.body, line))

    def _with(self, node: cst.With) -> ir.Stmt:
        line = self._line()
        items = tuple(
            (
                self.expr(item.item),
                None if item.asname is None else self._target(item.asname.name),
            )
            for item in node.items
        )
        return ir.With(*line, items, self._suite(node.body, line))

    def _function(self, node: cst.FunctionDef) -> ir.Stmt:
        decorators = tuple(self._decorator(item) for item in node.decorators)
        line = self._line()
        self._bind_name(node.name.value)
        params = self._params(node.params)
        saved = self._outside_loops()
        self._yields.append(False)
        self._in_init.append(node.name.value in ("__init__", "__post_init__"))
        body = self._suite(node.body, line)
        self._in_init.pop()
        is_generator = self._yields.pop()
        self._bound, self._added = saved
        return ir.FunctionDef(
            *line, node.name.value, params, body, decorators, is_generator, self._here()
        )

    def _decorator(self, node: cst.Decorator) -> ir.Expr:
        self._line()
        return self.expr(node.decorator)

    def _class(self, node: cst.ClassDef) -> ir.Stmt:
        decorators = tuple(self._decorator(item) for item in node.decorators)
        line = self._line()
        self._bind_name(node.name.value)
        bases = tuple(self.expr(item.value) for item in node.bases)
        keywords = tuple(
            (None if item.keyword is None else item.keyword.value, self.expr(item.value))
            for item in node.keywords
        )
        saved = self._outside_loops()
        body = self._suite(node.body, line)
        self._bound, self._added = saved
        return ir.ClassDef(*line, node.name.value, bases, keywords, body, decorators, self._here())

    def _match(self, node: cst.Match) -> ir.Stmt:
        line = self._line()
        subject = self.expr(node.subject)
        cases = []
        for case in node.cases:
            head = self._line()
            test, binds = self._pattern(case.pattern)
            for name in binds:
                self._bind_name(name)
            guard = None if case.guard is None else self.expr(case.guard)
            cases.append(ir.MatchCase(test, guard, binds, self._suite(case.body, head)))
        return ir.Match(*line, subject, tuple(cases))

    def _pattern(self, node: Any) -> tuple[ir.Expr | None, tuple[str, ...]]:
        if isinstance(node, cst.MatchValue):
            return self.expr(node.value), ()
        if isinstance(node, cst.MatchSingleton):
            return ir.Const(_WORDS.get(node.value.value)), ()
        if isinstance(node, cst.MatchOr):
            tests = [self._pattern(item.pattern)[0] for item in node.patterns]
            if all(test is not None for test in tests):
                return ir.Seq("tuple", tuple(test for test in tests if test is not None)), ()
        if isinstance(node, cst.MatchAs) and node.pattern is None and node.name is not None:
            return None, (node.name.value,)
        return None, ()

    # --- expressions ---------------------------------------------------------------------------

    def expr(self, node: Any) -> ir.Expr:
        lower = _EXPR.get(type(node))
        if lower is None:
            raise Unparsed(f"uses {type(node).__name__}, which is not understood")
        return lower(self, node)

    def _name(self, node: cst.Name) -> ir.Expr:
        value = node.value
        if value in _WORDS:
            return ir.Const(_WORDS[value])
        return ir.Name(value)

    def _number(self, node: Any) -> ir.Expr:
        return ir.Const(_number(node.value))

    def _ellipsis(self, node: cst.Ellipsis) -> ir.Expr:  # noqa: ARG002
        return ir.Const(...)

    def _string(self, node: cst.SimpleString) -> ir.Expr:
        return ir.Const(_string(node.value))

    def _concatenated(self, node: cst.ConcatenatedString) -> ir.Expr:
        parts: list[Any] = []
        rest: Any = node
        while isinstance(rest, cst.ConcatenatedString):
            parts.append(self.expr(rest.left))
            rest = rest.right
        parts.append(self.expr(rest))
        values = [part.value for part in parts if isinstance(part, ir.Const)]
        texts = [value for value in values if isinstance(value, str)]
        if len(texts) == len(parts):
            return ir.Const("".join(texts))
        if len(values) == len(parts):
            return ir.Const(b"".join(value for value in values if isinstance(value, bytes)))
        pieces: list[str | ir.Format] = []
        for part in parts:
            pieces.extend(part.parts if isinstance(part, ir.FString) else (part.value,))
        return ir.FString(tuple(pieces))

    def _fstring(self, node: cst.FormattedString) -> ir.Expr:
        raw = "r" in node.prefix
        parts = (piece for part in node.parts for piece in self._fstring_part(part, raw=raw))
        return ir.FString(tuple(parts))

    def _fstring_part(self, part: Any, *, raw: bool) -> Iterator[str | ir.Format]:
        if isinstance(part, cst.FormattedStringText):
            yield _fstring_text(part.value, raw=raw)
            return
        spec: str | None = ""
        if part.format_spec is not None:
            texts = [
                item.value if isinstance(item, cst.FormattedStringText) else None
                for item in part.format_spec
            ]
            spec = None if None in texts else "".join(text for text in texts if text is not None)
        conversion = part.conversion or ""
        if part.equal is not None:  # `{loss=:.4f}` prints its own text as well
            pieces = (part.whitespace_before_expression, part.expression, part.equal)
            yield "".join(_NO_MODULE.code_for_node(piece) for piece in pieces)
            conversion = conversion or ("" if spec else "r")
        yield ir.Format(self.expr(part.expression), spec, conversion)

    def _attribute(self, node: cst.Attribute) -> ir.Expr:
        return ir.Attr(self.expr(node.value), node.attr.value)

    def _subscript(self, node: cst.Subscript) -> ir.Expr:
        value = self.expr(node.value)
        indices = tuple(self._index(item.slice) for item in node.slice)
        if len(indices) == 1 and not _trailing_comma(node.slice[0]):
            return ir.Sub(value, indices[0])
        return ir.Sub(value, ir.Seq("tuple", indices))

    def _index(self, node: cst.BaseSlice) -> ir.Expr:
        if isinstance(node, cst.Index):
            value = self.expr(node.value)
            return ir.Star(value) if node.star else value
        parts = (getattr(node, name) for name in ("lower", "upper", "step"))
        return ir.Slice(*(None if part is None else self.expr(part) for part in parts))

    def _call(self, node: cst.Call) -> ir.Expr:
        func = self.expr(node.func)
        args: list[ir.Expr] = []
        keywords: list[tuple[str | None, ir.Expr]] = []
        for arg in node.args:
            value = self.expr(arg.value)
            if arg.keyword is not None:
                keywords.append((arg.keyword.value, value))
            elif arg.star == "**":
                keywords.append((None, value))
            else:
                args.append(ir.Star(value) if arg.star else value)
        if isinstance(func, ir.Attr):
            self._note_in_place(func, args)
        return ir.Call(func, tuple(args), tuple(keywords))

    def _note_in_place(self, func: ir.Attr, args: Sequence[ir.Expr]) -> None:
        if func.name.endswith("_") and not func.name.startswith("_"):
            self.in_place.add(_tail(func.value))
        elif func.name == "at" and args:
            self.in_place.add(_tail(args[0]))

    def _binary(self, node: cst.BinaryOperation) -> ir.Expr:
        # A long `a + b + c` is a left-leaning chain: unroll it instead of recursing.
        spine: list[cst.BinaryOperation] = []
        rest: cst.BaseExpression = node
        while isinstance(rest, cst.BinaryOperation):
            spine.append(rest)
            rest = rest.left
        result = self.expr(rest)
        for part in reversed(spine):
            result = ir.Bin(_BINARY[type(part.operator)], result, self.expr(part.right))
        return result

    def _unary(self, node: cst.UnaryOperation) -> ir.Expr:
        op = _UNARY[type(node.operator)]
        operand = self.expr(node.expression)
        if op == "-" and isinstance(operand, ir.Const) and isinstance(operand.value, int | float):
            return ir.Const(-operand.value)
        return ir.Unary(op, operand)

    def _boolean(self, node: cst.BooleanOperation) -> ir.Expr:
        op = "and" if isinstance(node.operator, cst.And) else "or"
        values: list[ir.Expr] = []
        rest: Any = node
        while (isinstance(rest, cst.BooleanOperation) and not rest.lpar) or rest is node:
            if (isinstance(rest.operator, cst.And)) != (op == "and"):
                break
            values.append(self.expr(rest.right))
            rest = rest.left
        values.append(self.expr(rest))
        return ir.BoolOp(op, tuple(reversed(values)))

    def _comparison(self, node: cst.Comparison) -> ir.Expr:
        ops = tuple(_COMPARE[type(item.operator)] for item in node.comparisons)
        rights = tuple(self.expr(item.comparator) for item in node.comparisons)
        return ir.Compare(self.expr(node.left), ops, rights)

    def _ifexp(self, node: cst.IfExp) -> ir.Expr:
        return ir.IfExp(self.expr(node.test), self.expr(node.body), self.expr(node.orelse))

    def _display(self, node: Any) -> ir.Expr:
        return ir.Seq(_DISPLAYS[type(node)], tuple(self._element(item) for item in node.elements))

    def _element(self, node: Any) -> ir.Expr:
        value = self.expr(node.value)
        return ir.Star(value) if isinstance(node, cst.StarredElement) else value

    def _dict(self, node: cst.Dict) -> ir.Expr:
        return ir.DictExpr(
            tuple(
                (self.expr(item.key) if isinstance(item, cst.DictElement) else None,
                 self.expr(item.value))
                for item in node.elements
            )
        )  # fmt: skip

    def _comprehension(self, node: Any) -> ir.Expr:
        kind = _COMPREHENSIONS.get(type(node))
        clauses = self._clauses(node.for_in)
        if kind is None:
            return ir.Comp("dict", self.expr(node.key), self.expr(node.value), clauses)
        return ir.Comp(kind, self.expr(node.elt), None, clauses)

    def _clauses(self, node: cst.CompFor | None) -> tuple[ir.Clause, ...]:
        clauses: list[ir.Clause] = []
        while node is not None:
            ifs = tuple(self.expr(item.test) for item in node.ifs)
            clauses.append(ir.Clause(self.expr(node.target), self.expr(node.iter), ifs))
            node = node.inner_for_in
        return tuple(clauses)

    def _lambda(self, node: cst.Lambda) -> ir.Expr:
        params = self._params(node.params)
        saved = self._outside_loops()
        body = self.expr(node.body)
        self._bound, self._added = saved
        return ir.Lambda(params, body)

    def _params(self, node: cst.Parameters) -> ir.Params:
        plain = tuple(self._param(item) for item in (*node.posonly_params, *node.params))
        star = node.star_arg.name.value if isinstance(node.star_arg, cst.Param) else None
        double = node.star_kwarg.name.value if node.star_kwarg is not None else None
        return ir.Params(plain, star, tuple(map(self._param, node.kwonly_params)), double)

    def _param(self, node: cst.Param) -> ir.Param:
        return ir.Param(node.name.value, None if node.default is None else self.expr(node.default))

    def _yield(self, node: cst.Yield) -> ir.Expr:
        self._yields[-1] = True
        if node.value is None:
            return ir.Yield(None, delegates=False)
        if isinstance(node.value, cst.From):
            return ir.Yield(self.expr(node.value.item), delegates=True)
        return ir.Yield(self.expr(node.value), delegates=False)

    def _await(self, node: cst.Await) -> ir.Expr:
        return ir.Await(self.expr(node.expression))

    def _walrus(self, node: cst.NamedExpr) -> ir.Expr:
        target = ir.Name(node.target.value)  # type: ignore[attr-defined]
        self._bind_name(target.id)
        return ir.Walrus(target, self.expr(node.value))

    def _starred(self, node: cst.StarredElement) -> ir.Expr:
        return ir.Star(self.expr(node.value))


_L = _Lowering
_SIMPLE: dict[type, Callable[..., ir.Stmt | None]] = {
    cst.Expr: _L._expr_stmt, cst.Assign: _L._assign, cst.AnnAssign: _L._ann_assign,
    cst.AugAssign: _L._aug_assign, cst.Return: _L._return, cst.Raise: _L._raise,
    cst.Assert: _L._assert, cst.Del: _L._delete, cst.Break: _L._break,
    cst.Continue: _L._continue, cst.Global: _L._global, cst.Nonlocal: _L._nonlocal,
    cst.Import: _L._import, cst.ImportFrom: _L._import_from,
}  # fmt: skip
_COMPOUND: dict[type, Callable[..., ir.Stmt]] = {
    cst.If: _L._if, cst.For: _L._for, cst.While: _L._while, cst.Try: _L._try,
    cst.TryStar: _L._try, cst.With: _L._with, cst.FunctionDef: _L._function,
    cst.ClassDef: _L._class, cst.Match: _L._match,
}  # fmt: skip
_EXPR: dict[type, Callable[..., ir.Expr]] = {
    cst.Name: _L._name, cst.Integer: _L._number, cst.Float: _L._number,
    cst.Imaginary: _L._number, cst.Ellipsis: _L._ellipsis, cst.SimpleString: _L._string,
    cst.ConcatenatedString: _L._concatenated, cst.FormattedString: _L._fstring,
    cst.Attribute: _L._attribute, cst.Subscript: _L._subscript, cst.Call: _L._call,
    cst.BinaryOperation: _L._binary, cst.UnaryOperation: _L._unary,
    cst.BooleanOperation: _L._boolean, cst.Comparison: _L._comparison, cst.IfExp: _L._ifexp,
    cst.Tuple: _L._display, cst.List: _L._display, cst.Set: _L._display, cst.Dict: _L._dict,
    cst.ListComp: _L._comprehension, cst.SetComp: _L._comprehension,
    cst.GeneratorExp: _L._comprehension, cst.DictComp: _L._comprehension,
    cst.Lambda: _L._lambda, cst.Yield: _L._yield, cst.Await: _L._await,
    cst.NamedExpr: _L._walrus, cst.StarredElement: _L._starred,
}  # fmt: skip


def _dotted(node: Any) -> str:
    parts: list[str] = []
    while isinstance(node, cst.Attribute):
        parts.append(node.attr.value)
        node = node.value
    parts.append(node.value)
    return ".".join(reversed(parts))


def _asname(alias: cst.ImportAlias) -> str | None:
    return None if alias.asname is None else str(alias.asname.name.value)  # type: ignore[union-attr]


def _tail(node: ir.Expr) -> str:
    """The name an expression ends in, looking through subscripts and method calls."""
    while isinstance(node, ir.Sub | ir.Call):
        if isinstance(node, ir.Sub):
            node = node.value
        elif isinstance(node.func, ir.Attr):
            node = node.func.value
        else:
            return ""
    if isinstance(node, ir.Attr):
        return node.name if node.name not in ("data", "grad") else _tail(node.value)
    return node.id if isinstance(node, ir.Name) else ""


def _trailing_comma(element: cst.SubscriptElement) -> bool:
    return isinstance(element.comma, cst.Comma)


def _number(text: str) -> object:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return 0  # an integer beyond CPython's digit limit


def _string(text: str) -> object:
    plain = _PLAIN_STRING.fullmatch(text)
    if plain is not None:
        return plain.group(2)
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError):
        return text


def _fstring_text(text: str, *, raw: bool) -> str:
    text = text.replace("{{", "{").replace("}}", "}")
    if raw or "\\" not in text:
        return text
    escaped = re.sub(r'(?<!\\)((?:\\\\)*)"', r"\1\\" + '"', text).replace("\n", "\\n")
    value = _string(f'"{escaped}"')
    return value if isinstance(value, str) else text
