"""Rewrites that reach the same calls and variables by a longer way."""

from __future__ import annotations

import ast
from collections.abc import Callable

from tests.rewrites import names
from tests.rewrites.names import Block

_APPLY = """
def apply_to(function, *args, **keywords):
    return function(*args, **keywords)
"""
_DECORATE = """
def unchanged(function):
    import functools

    @functools.wraps(function)
    def wrapper(*args, **keywords):
        return function(*args, **keywords)

    return wrapper
"""
_COUNT = """
def counting(*bounds):
    at = 0
    for at in range(*bounds):
        yield at
"""


def functions_to_static(tree: ast.Module) -> ast.Module | None:
    """Functions become static methods of one class."""
    plain = [func for func in names.functions(tree) if not func.decorator_list]
    taken = {name for func in plain for name in (func.name,)} & _reused(tree)
    moved = [func for func in plain if func.name not in taken and _self_contained(func)]
    early = [s for s in tree.body[: _last(tree, moved)] if s not in moved and not _defines(s)]
    moved = [func for func in moved if func.name not in names.loaded(early)]
    if not moved:
        return None
    wanted = {func.name for func in moved}
    at = _last(tree, moved) - len(moved) + 1
    for func in moved:
        func.decorator_list = [names.load("staticmethod")]
    rest = [stmt for stmt in tree.body if stmt not in moved]
    cls = ast.ClassDef("Routines", [], [], list(moved), [])
    tree.body = [*rest[:at], cls, *rest[at:]]
    return _Loads(wanted, lambda n: ast.Attribute(names.load("Routines"), n, ast.Load())).visit(
        tree
    )


def through_apply(tree: ast.Module) -> ast.Module | None:
    """Functions are passed to a function that calls them."""

    def passed(node: ast.Call) -> ast.expr:
        return ast.Call(names.load("apply_to"), [node.func, *node.args], node.keywords)

    return _calls(tree, passed, _APPLY)


def through_partial(tree: ast.Module) -> ast.Module | None:
    """Functions are given their first argument, and the others later."""

    def split(node: ast.Call) -> ast.expr:
        if not node.args or isinstance(node.args[0], ast.Starred):
            return node
        given = ast.Call(names.load("given"), [node.func, node.args[0]], [])
        return ast.Call(given, node.args[1:], node.keywords)

    return _calls(tree, split, "from functools import partial as given")


def through_lambda(tree: ast.Module) -> ast.Module | None:
    """Functions are called by a `lambda` that is called at once."""

    def wrapped(node: ast.Call) -> ast.expr:
        if any(isinstance(n, ast.Yield | ast.Await | ast.NamedExpr) for n in ast.walk(node)):
            return node
        nothing = ast.arguments([], [], None, [], [], None, [])
        return ast.Call(ast.Lambda(nothing, node), [], [])

    return _calls(tree, wrapped, "")


def spread_arguments(tree: ast.Module) -> ast.Module | None:
    """Arguments are spread from a tuple and a dictionary."""

    def spread(node: ast.Call) -> ast.expr:
        if any(isinstance(a, ast.Starred) for a in node.args) or any(
            k.arg is None for k in node.keywords
        ):
            return node
        args = ast.Starred(ast.Tuple(node.args, ast.Load()), ast.Load())
        table = ast.Dict(
            [ast.Constant(k.arg) for k in node.keywords], [k.value for k in node.keywords]
        )
        return ast.Call(node.func, [args], [ast.keyword(None, table)])

    return _calls(tree, spread, "")


def by_getattr(tree: ast.Module) -> ast.Module | None:
    """Methods are looked up by name."""
    found = _Getattr()
    tree = found.visit(tree)
    return tree if found.count else None


def decorate(tree: ast.Module) -> ast.Module | None:
    """Functions get a decorator that changes nothing."""
    found = [f for f in names.functions(tree) if not f.decorator_list and not _yields(f)]
    for func in found:
        func.decorator_list = [names.load("unchanged")]
    if found:
        _prepend(tree, _DECORATE)
    return tree if found else None


def count_in_generator(tree: ast.Module) -> ast.Module | None:
    """Loops over ranges go over a generator that counts."""
    count = 0
    for node in ast.walk(tree):
        func = (
            node.iter.func
            if isinstance(node, ast.For) and isinstance(node.iter, ast.Call)
            else None
        )
        if isinstance(func, ast.Name) and func.id == "range":
            func.id = "counting"
            count += 1
    if count:
        _prepend(tree, _COUNT)
    return tree if count else None


def sums_to_dict(tree: ast.Module) -> ast.Module | None:
    """Variables that are added to become items of a dictionary."""
    count = 0
    for func in names.outer_functions(tree):
        inner = [n for n in ast.walk(func) if isinstance(n, names.Scope) and n is not func]
        if inner or any(isinstance(n, ast.Delete | ast.Global) for n in ast.walk(func)):
            continue
        moved = names.augmented(func.body) & names.locals_of(func) - set(names.parameters(func))
        moved -= {name for n in ast.walk(func) for name in _bound_by_loops(n)}
        if moved:
            _Items(moved).visit(func)
            at = 1 if ast.get_docstring(func) is not None and len(func.body) > 1 else 0
            func.body.insert(at, names.assign("sums", ast.Dict([], [])))
            count += 1
    return tree if count else None


def spell_out_sums(tree: ast.Module) -> ast.Module | None:
    """`total += number` becomes `total = total + number`."""

    def spelled(stmt: ast.stmt) -> Block | None:
        if not isinstance(stmt, ast.AugAssign) or not isinstance(stmt.target, ast.Name):
            return None
        value = ast.BinOp(names.load(stmt.target.id), stmt.op, stmt.value)
        return [names.assign(stmt.target.id, value)]

    return _statements(tree, spelled)


def invert_branches(tree: ast.Module) -> ast.Module | None:
    """The two sides of a branch change places."""

    def inverted(stmt: ast.stmt) -> Block | None:
        if not isinstance(stmt, ast.If) or not stmt.orelse or "__main__" in ast.unparse(stmt.test):
            return None
        return [ast.If(ast.UnaryOp(ast.Not(), stmt.test), stmt.orelse, stmt.body)]

    return _statements(tree, inverted)


def try_finally(tree: ast.Module) -> ast.Module | None:
    """The bodies of functions stand in a `try` with an empty `finally`."""
    found = [func for func in names.outer_functions(tree) if not _yields(func)]
    for func in found:
        at = 1 if ast.get_docstring(func) is not None else 0
        if func.body[at:]:
            func.body[at:] = [ast.Try(func.body[at:], [], [], [ast.Pass()])]
    return tree if found else None


def functions_from_text(tree: ast.Module) -> ast.Module | None:
    """Functions are defined by executing their text."""
    found = False
    for i, stmt in enumerate(tree.body):
        if isinstance(stmt, ast.FunctionDef):
            text = ast.unparse(ast.fix_missing_locations(stmt))
            if "__future__" not in text:
                tree.body[i] = ast.Expr(
                    names.call("exec", ast.Constant(text), names.call("globals"))
                )
                found = True
    return tree if found else None


def main_to_object(tree: ast.Module) -> ast.Module | None:
    """The entry point becomes a method of an object."""
    last = tree.body[-1]
    func = next((f for f in names.functions(tree) if f.name == "main"), None)
    if func is None or names.parameters(func) or "main()" not in ast.unparse(last):
        return None
    func.args.args.append(ast.arg("self"))
    func.name = "run"
    at = tree.body.index(func)
    tree.body[at] = ast.ClassDef("Runner", [], [], [func], [])
    tree.body[-1] = ast.parse(ast.unparse(last).replace("main()", "Runner().run()")).body[0]
    return tree


# --- parts ---------------------------------------------------------------------------------------


def _defines(stmt: ast.stmt) -> bool:
    return isinstance(stmt, ast.FunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom)


def _last(tree: ast.Module, moved: list[ast.FunctionDef]) -> int:
    return max((i for i, stmt in enumerate(tree.body) if stmt in moved), default=-1)


def _self_contained(func: ast.FunctionDef) -> bool:
    given = [*func.args.defaults, *filter(None, func.args.kw_defaults)]
    return all(isinstance(value, ast.Constant) for value in given)


def _reused(tree: ast.Module) -> set[str]:
    """Names that are bound more than once, or to something other than a function."""
    seen: set[str] = set()
    found: set[str] = set()
    for node in ast.walk(tree):
        bound: list[str] = []
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            found.add(node.id)
        elif isinstance(node, names.Function | ast.ClassDef):
            bound = [node.name]
        if isinstance(node, names.Function | ast.Lambda):
            found |= set(names.parameters(node))
        found |= {name for name in bound if name in seen}
        seen |= set(bound)
    return found


def _yields(func: ast.FunctionDef) -> bool:
    return any(isinstance(n, ast.Yield | ast.YieldFrom) for n in names.within(func.body))


def _prepend(tree: ast.Module, text: str) -> None:
    """Puts definitions before the first one of the program."""
    first = next(
        (i for i, s in enumerate(tree.body) if isinstance(s, ast.FunctionDef | ast.ClassDef)), 0
    )
    tree.body[first:first] = names.parse(text)


def _calls(
    tree: ast.Module, rewritten: Callable[[ast.Call], ast.expr], support: str
) -> ast.Module | None:
    own = {func.name for func in names.functions(tree)} - _reused(tree)
    if not own:
        return None
    for stmt in tree.body:
        _Calls(own, rewritten).visit(stmt)
    _prepend(tree, support)
    return tree


def _statements(
    tree: ast.Module, rewritten: Callable[[ast.stmt], Block | None]
) -> ast.Module | None:
    count = 0
    for block in list(names.all_blocks(tree)):
        for i, stmt in enumerate(list(block)):
            new = rewritten(stmt)
            if new is not None:
                block[i : i + 1] = new
                count += 1
    return tree if count else None


def _bound_by_loops(node: ast.AST) -> set[str]:
    if isinstance(node, ast.For | ast.comprehension | ast.NamedExpr):
        return names.stored([node.target])
    if isinstance(node, ast.withitem) and node.optional_vars is not None:
        return names.stored([node.optional_vars])
    return set()


class _Calls(ast.NodeTransformer):
    """Rewrites calls of the program's own functions, outside of decorators."""

    def __init__(self, own: set[str], rewritten: Callable[[ast.Call], ast.expr]) -> None:
        self._own = own
        self._rewritten = rewritten

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id in self._own:
            return self._rewritten(node)
        return node


class _Loads(ast.NodeTransformer):
    """Replaces what reads a name."""

    def __init__(self, wanted: set[str], replaced: Callable[[str], ast.expr]) -> None:
        self._wanted = wanted
        self._replaced = replaced

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id in self._wanted and isinstance(node.ctx, ast.Load):
            return self._replaced(node.id)
        return node


class _Items(ast.NodeTransformer):
    def __init__(self, moved: set[str]) -> None:
        self._moved = moved

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id not in self._moved:
            return node
        return ast.Subscript(names.load("sums"), ast.Constant(node.id), node.ctx)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.stmt:
        self.generic_visit(node)
        if not isinstance(node.target, ast.Name):
            node.simple = 0
        return node


class _Getattr(ast.NodeTransformer):
    def __init__(self) -> None:
        self.count = 0

    def visit_Call(self, node: ast.Call) -> ast.Call:
        self.generic_visit(node)
        func = node.func
        named = isinstance(func, ast.Attribute) and isinstance(func.value, ast.Name)
        if named and not func.attr.startswith("__"):
            node.func = names.call("getattr", func.value, ast.Constant(func.attr))
            self.count += 1
        return node
