"""Rewrites that move statements into functions or out of them."""

from __future__ import annotations

import ast
import copy

from tests.rewrites import names
from tests.rewrites.names import Block

_MOST_CALLS = 30


def extract_with(tree: ast.Module) -> ast.Module | None:
    """The body of a `with` inside a function becomes a function of its own."""
    return _extract(tree, ast.With)


def extract_loop_body(tree: ast.Module) -> ast.Module | None:
    """The body of a loop inside a function becomes a function of its own."""
    return _extract(tree, (ast.For, ast.While))


def loop_body_to_closure(tree: ast.Module) -> ast.Module | None:
    """The body of a loop becomes a closure that changes the variables of the function around it."""
    count = 0
    for func in names.outer_functions(tree):
        local = names.locals_of(func)
        if any(isinstance(node, ast.Nonlocal | ast.Global) for node in ast.walk(func)):
            continue
        moved: set[ast.AST] = set()
        for block in list(names.all_blocks(func)):
            for loop in [stmt for stmt in block if isinstance(stmt, ast.For)]:
                inner = set(ast.walk(loop))
                closed = any(isinstance(node, names.Scope) for node in inner)
                if loop not in moved and _movable(loop.body) and not closed:
                    moved |= inner
                    block[block.index(loop) : block.index(loop) + 1] = _closure(
                        loop, func, local, count
                    )
                    count += 1
    return tree if count else None


def inline(tree: ast.Module) -> ast.Module | None:
    """Calls of small functions of the program are replaced by their bodies."""
    bodies = {func.name: func for func in names.functions(tree) if _inlinable(func)}
    count = 0
    for func in names.outer_functions(tree):
        for block in list(names.all_blocks(func)):
            for stmt in list(block):
                made = _inlined(stmt, bodies, func.name, count) if count < _MOST_CALLS else None
                if made is not None:
                    block[block.index(stmt) : block.index(stmt) + 1] = made
                    count += 1
    return tree if count else None


def methods_to_functions(tree: ast.Module) -> ast.Module | None:
    """Methods that only the program itself calls become functions that are given the object."""
    classes = [stmt for stmt in tree.body if isinstance(stmt, ast.ClassDef)]
    owners: dict[str, int] = {}
    for cls in classes:
        for name in names.stored(cls.body):
            owners[name] = owners.get(name, 0) + 1
    texts = {
        n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)
    }
    freed: set[str] = set()
    for cls in classes:
        for part in list(cls.body):
            if (
                isinstance(part, ast.FunctionDef)
                and owners[part.name] == 1
                and _free(part, texts, tree)
            ):
                cls.body.remove(part)
                cls.body = cls.body or [ast.Pass()]
                tree.body.insert(tree.body.index(cls), part)
                freed.add(part.name)
                part.name = f"do_{part.name}"
    return _MethodCalls(freed).visit(tree) if freed else None


# --- extraction ----------------------------------------------------------------------------------


def _extract(
    tree: ast.Module, kind: type[ast.stmt] | tuple[type[ast.stmt], ...]
) -> ast.Module | None:
    made: list[ast.FunctionDef] = []
    for func in names.outer_functions(tree):
        if any(isinstance(node, ast.Nonlocal | ast.Global) for node in ast.walk(func)):
            continue
        for block in names.all_blocks(func):
            for stmt in block:
                if isinstance(stmt, kind) and _movable(stmt.body):  # type: ignore[attr-defined]
                    helper = _taken_out(stmt, func, len(made))
                    if helper is not None:
                        made.append(helper)
    if not made:
        return None
    guard = next((i for i, s in enumerate(tree.body) if isinstance(s, ast.If)), len(tree.body))
    first = next(
        i for i, s in enumerate(tree.body) if isinstance(s, ast.FunctionDef | ast.ClassDef)
    )
    tree.body[min(first, guard) : min(first, guard)] = list(made)
    return tree


def _movable(body: Block) -> bool:
    if len(body) < 2 or names.jumps(body):
        return False
    return not any(
        isinstance(node, names.Function | ast.ClassDef | ast.Delete | ast.Import | ast.ImportFrom)
        or (isinstance(node, ast.Name) and node.id in ("super", "locals", "__class__"))
        or isinstance(node, ast.NamedExpr)
        for stmt in body
        for node in ast.walk(stmt)
    )


def _taken_out(stmt: ast.stmt, func: ast.FunctionDef, count: int) -> ast.FunctionDef | None:
    """Moves the body of a statement into a new function and calls it there."""
    body: Block = stmt.body  # type: ignore[attr-defined]
    local = names.locals_of(func)
    writes = names.stored(body) & local
    surely = _surely_stored(body)
    reads = {name for name in names.loaded(body) & local if not _first_stored(name, body)}
    elsewhere = _outside(func, body)
    outputs = sorted(name for name in writes if name in names.loaded(elsewhere) or name in reads)
    before = [node for node in elsewhere if getattr(node, "lineno", 0) < body[0].lineno]
    bound = names.stored(before) | set(names.parameters(func))
    inputs = sorted((reads | {name for name in outputs if name not in surely}) & local)
    if any(name not in bound for name in inputs):
        return None  # it may not be bound yet
    name = f"part_{count}"
    values: list[ast.expr] = [names.load(output) for output in outputs]
    returned = (
        [ast.Return(ast.Tuple(values, ast.Load()) if len(values) > 1 else values[0])]
        if values
        else []
    )
    args = ast.arguments([], [ast.arg(i) for i in inputs], None, [], [], None, [])
    helper = ast.FunctionDef(name, args, [*body, *returned], [])
    given = names.call(name, *(names.load(i) for i in inputs))
    targets = [names.store(output) for output in outputs]
    if len(targets) > 1:
        stmt.body = [ast.Assign([ast.Tuple(list(targets), ast.Store())], given)]  # type: ignore[attr-defined]
    else:
        stmt.body = [ast.Assign(list(targets), given) if targets else ast.Expr(given)]  # type: ignore[attr-defined]
    return helper


def _outside(func: ast.FunctionDef, body: Block) -> list[ast.AST]:
    """The parts of a function outside a block, as single statements and expressions."""
    inside = {id(stmt) for stmt in body}
    found: list[ast.AST] = []
    stack: list[ast.AST] = list(func.body)
    while stack:
        node = stack.pop()
        if id(node) in inside:
            continue
        if any(id(child) in inside for child in ast.walk(node)):
            stack.extend(ast.iter_child_nodes(node))
        else:
            found.append(node)
    return found


def _surely_stored(body: Block) -> set[str]:
    found: set[str] = set()
    for stmt in body:
        if isinstance(stmt, ast.Assign | ast.AnnAssign | ast.AugAssign):
            found |= names.stored([stmt])
        elif isinstance(stmt, ast.With):
            found |= names.stored(list(stmt.items)) | _surely_stored(stmt.body)
        elif isinstance(stmt, ast.If) and stmt.orelse:
            found |= _surely_stored(stmt.body) & _surely_stored(stmt.orelse)
    return found


def _first_stored(name: str, body: Block) -> bool:
    """Whether a block surely binds a name before it reads it."""
    for stmt in body:
        if isinstance(stmt, ast.With):
            if name in names.loaded(list(stmt.items)):
                return False
            if name in names.stored(list(stmt.items)) or _first_stored(name, stmt.body):
                return True
            if name in names.loaded(stmt.body) | names.stored(stmt.body):
                return False
        elif isinstance(stmt, ast.For) and name in names.stored([stmt.target]):
            return name not in names.loaded([stmt.iter]) and _only_inside(name, stmt, body)
        elif isinstance(stmt, ast.For | ast.If | ast.While):
            if (
                name in names.stored([stmt])
                and _only_inside(name, stmt, body)
                and isinstance(stmt, ast.For | ast.While)
            ):
                return _first_stored(name, stmt.body)
            if name in names.loaded([stmt]) | names.stored([stmt]):
                return name in _surely_stored([stmt]) and _if_stores_first(name, stmt)
        elif name in names.loaded([stmt]):
            return False
        elif name in names.stored([stmt]):
            return True
    return False


def _if_stores_first(name: str, stmt: ast.stmt) -> bool:
    return (
        isinstance(stmt, ast.If)
        and name not in names.loaded([stmt.test])
        and _first_stored(name, stmt.body)
        and _first_stored(name, stmt.orelse)
    )


def _only_inside(name: str, stmt: ast.stmt, body: Block) -> bool:
    """Whether a name occurs in one statement of a block and nowhere else in it."""
    others = [other for other in body if other is not stmt]
    return name not in names.loaded(others) | names.stored(others)


# --- closures ------------------------------------------------------------------------------------


def _closure(loop: ast.For, func: ast.FunctionDef, local: set[str], count: int) -> Block:
    targets = names.stored([loop.target])
    elsewhere = _outside(func, loop.body)
    used = names.loaded(elsewhere) | names.stored(elsewhere)
    writes = (names.stored(loop.body) & local) - targets
    shared = {name for name in writes if name in used or not _first_stored(name, loop.body)}
    bound = names.stored(elsewhere) | set(names.parameters(func))
    fresh = [names.assign(name, ast.Constant(None)) for name in sorted(shared - bound)]
    name = f"turn_{count}"
    args = ast.arguments([], [ast.arg(t) for t in sorted(targets)], None, [], [], None, [])
    declared: Block = [ast.Nonlocal(sorted(shared))] if shared else []
    inner = ast.FunctionDef(name, args, [*declared, *loop.body], [])
    loop.body = [ast.Expr(names.call(name, *(names.load(t) for t in sorted(targets))))]
    return [*fresh, inner, loop]


# --- inlining ------------------------------------------------------------------------------------


def _inlinable(func: ast.FunctionDef) -> bool:
    args = func.args
    if func.decorator_list or args.vararg or args.kwarg or args.posonlyargs:
        return False
    if not all(
        isinstance(d, ast.Constant) for d in [*args.defaults, *filter(None, args.kw_defaults)]
    ):
        return False
    body = func.body[:-1] if isinstance(func.body[-1], ast.Return) else func.body
    if any(isinstance(node, ast.Return) for stmt in body for node in names.within([stmt])):
        return False
    return not any(
        isinstance(
            node, (*names.Scope, ast.Yield, ast.YieldFrom, ast.Global, ast.Nonlocal, ast.Await)
        )
        for stmt in func.body
        for node in ast.walk(stmt)
    )


def _inlined(
    stmt: ast.stmt, bodies: dict[str, ast.FunctionDef], inside: str, count: int
) -> Block | None:
    value = stmt.value if isinstance(stmt, ast.Assign | ast.Return | ast.Expr) else None
    if not isinstance(value, ast.Call) or not isinstance(value.func, ast.Name):
        return None
    func = bodies.get(value.func.id)
    if func is None or func.name == inside or any(isinstance(a, ast.Starred) for a in value.args):
        return None
    if any(keyword.arg is None for keyword in value.keywords):
        return None
    given = _arguments(func, value)
    if given is None:
        return None
    table = {name: f"{name}_in{count}" for name in names.locals_of(func)}
    body = [_renamed(part, table) for part in copy.deepcopy(func.body)]
    result: ast.expr = ast.Constant(None)
    if isinstance(body[-1], ast.Return):
        last = body.pop()
        result = last.value or result  # type: ignore[attr-defined]
    setup = [names.assign(table[name], expr) for name, expr in given.items()]
    stmt.value = result  # type: ignore[attr-defined]
    return [*setup, *body, stmt]


def _arguments(func: ast.FunctionDef, made: ast.Call) -> dict[str, ast.expr] | None:
    args = func.args
    positional = [arg.arg for arg in args.args]
    if len(made.args) > len(positional):
        return None
    given: dict[str, ast.expr] = dict(zip(positional, made.args, strict=False))
    given |= {keyword.arg: keyword.value for keyword in made.keywords if keyword.arg}
    defaults = dict(zip(reversed(positional), reversed(args.defaults), strict=False))
    defaults |= {a.arg: d for a, d in zip(args.kwonlyargs, args.kw_defaults, strict=True) if d}
    every = [*positional, *(arg.arg for arg in args.kwonlyargs)]
    if any(name not in given and name not in defaults for name in every) or set(given) - set(every):
        return None
    return given | {name: defaults[name] for name in every if name not in given}


def _renamed(stmt: ast.stmt, table: dict[str, str]) -> ast.stmt:
    for node in ast.walk(stmt):
        if isinstance(node, ast.Name):
            node.id = table.get(node.id, node.id)
        elif isinstance(node, ast.ExceptHandler) and node.name:
            node.name = table.get(node.name, node.name)
    return stmt


# --- methods -------------------------------------------------------------------------------------


def _free(method: ast.FunctionDef, texts: set[str], tree: ast.Module) -> bool:
    if method.name.startswith("__") or method.decorator_list or method.name in texts:
        return False
    if method.name in {
        "forward",
        "step",
        "reset",
        "update",
        "close",
        "read",
        "write",
        "add",
        "append",
    }:
        return False
    uses = [
        n for n in ast.walk(method) if isinstance(n, ast.Name) and n.id in ("super", "__class__")
    ]
    if uses or not method.args.args:
        return False
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    found = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr == method.name
    ]
    return bool(found) and all(
        id(node) in called and isinstance(node.ctx, ast.Load) and not _of_library(node)
        for node in found
    )


def _of_library(node: ast.Attribute) -> bool:
    return ast.unparse(node.value).split(".")[0] in (
        "torch",
        "np",
        "F",
        "dist",
        "nn",
        "os",
        "math",
        "super()",
    )


class _MethodCalls(ast.NodeTransformer):
    """`obj.method(args)` becomes `do_method(obj, args)`."""

    def __init__(self, freed: set[str]) -> None:
        self._freed = freed

    def visit_Call(self, node: ast.Call) -> ast.Call:
        self.generic_visit(node)
        if isinstance(node.func, ast.Attribute) and node.func.attr in self._freed:
            node.args.insert(0, node.func.value)
            node.func = names.load(f"do_{node.func.attr}")
        return node


# --- state ---------------------------------------------------------------------------------------


def sums_to_object(tree: ast.Module) -> ast.Module | None:
    """Variables that are added to become attributes of an object."""
    count = 0
    for func in names.outer_functions(tree):
        inner = [
            node for node in ast.walk(func) if isinstance(node, names.Scope) and node is not func
        ]
        if inner or any(isinstance(node, ast.Delete | ast.Global) for node in ast.walk(func)):
            continue
        moved = names.augmented(func.body) & names.locals_of(func) - set(names.parameters(func))
        moved = {name for name in moved if _plainly_assigned(name, func)}
        if moved:
            _ToAttributes(moved).visit(func)
            func.body.insert(_after_docstring(func), names.assign("kept", names.call("Kept")))
            count += 1
    if not count:
        return None
    first = next(
        i for i, s in enumerate(tree.body) if isinstance(s, ast.FunctionDef | ast.ClassDef)
    )
    tree.body[first:first] = names.parse("class Kept:\n    pass")
    return tree


def _plainly_assigned(name: str, func: ast.FunctionDef) -> bool:
    for node in names.within(func.body):
        target = None
        if isinstance(node, ast.For | ast.comprehension | ast.NamedExpr):
            target = node.target
        elif isinstance(node, ast.withitem):
            target = node.optional_vars
        if target is not None and name in names.stored([target]):
            return False
    return True


def _after_docstring(func: ast.FunctionDef) -> int:
    return 1 if ast.get_docstring(func) is not None and len(func.body) > 1 else 0


class _ToAttributes(ast.NodeTransformer):
    def __init__(self, moved: set[str]) -> None:
        self._moved = moved

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id not in self._moved:
            return node
        return ast.Attribute(names.load("kept"), node.id, node.ctx)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.stmt:
        self.generic_visit(node)
        if isinstance(node.target, ast.Attribute):
            node.simple = 0
        return node
