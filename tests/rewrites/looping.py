"""Rewrites that say a repetition in another way."""

from __future__ import annotations

import ast
from collections.abc import Callable

from tests.rewrites import names
from tests.rewrites.names import Block


def for_to_while(tree: ast.Module) -> ast.Module | None:
    """`for i in range(a, b, c)` becomes a `while` loop that counts."""
    return _each_statement(tree, _counted)


def for_to_next(tree: ast.Module) -> ast.Module | None:
    """Any other `for` becomes a `while` loop that asks an iterator for the next element."""
    return _each_statement(tree, _iterated)


def while_true(tree: ast.Module) -> ast.Module | None:
    """`while condition` becomes an endless loop with a `break`."""

    def endless(stmt: ast.stmt, _: int) -> Block | None:
        if not isinstance(stmt, ast.While) or stmt.orelse or isinstance(stmt.test, ast.Constant):
            return None
        leave = ast.If(ast.UnaryOp(ast.Not(), stmt.test), [ast.Break()], [])
        return [ast.While(ast.Constant(True), [leave, *stmt.body], [])]

    return _each_statement(tree, endless)


def comprehension_to_loop(tree: ast.Module) -> ast.Module | None:
    """A list made by a comprehension is filled by a loop instead."""
    return _each_statement(tree, _spelled_out)


def _each_statement(
    tree: ast.Module, rewritten: Callable[[ast.stmt, int], Block | None]
) -> ast.Module | None:
    count = 0
    for block in list(names.all_blocks(tree)):
        for stmt in list(block):
            new = rewritten(stmt, count)
            if new is not None:
                at = block.index(stmt)
                block[at : at + 1] = new
                count += 1
    return tree if count else None


def _counted(stmt: ast.stmt, count: int) -> Block | None:
    if not isinstance(stmt, ast.For) or stmt.orelse or not isinstance(stmt.target, ast.Name):
        return None
    if not isinstance(stmt.iter, ast.Call) or ast.unparse(stmt.iter.func) != "range":
        return None
    args = stmt.iter.args
    if any(isinstance(arg, ast.Starred) for arg in args):
        return None
    start = args[0] if len(args) > 1 else ast.Constant(0)
    stop = args[1] if len(args) > 1 else args[0]
    step = args[2] if len(args) > 2 else ast.Constant(1)
    if isinstance(step, ast.UnaryOp):
        return None
    if isinstance(step, ast.Constant):
        setup = []
    else:
        setup = [names.assign(f"step_{count}", step)]
        step = names.load(f"step_{count}")
    counter, end = f"at_{count}", f"end_{count}"
    setup += [names.assign(counter, start), names.assign(end, stop)]
    test = ast.Compare(names.load(counter), [ast.Lt()], [names.load(end)])
    take = names.assign(stmt.target.id, names.load(counter))
    advance = ast.AugAssign(names.store(counter), ast.Add(), step)
    body = (
        [take, advance, *stmt.body] if names.continues(stmt.body) else [take, *stmt.body, advance]
    )
    return [*setup, ast.While(test, body, [])]


def _iterated(stmt: ast.stmt, count: int) -> Block | None:
    if not isinstance(stmt, ast.For) or stmt.orelse:
        return None
    if isinstance(stmt.iter, ast.Call) and ast.unparse(stmt.iter.func) == "range":
        return None
    source, item = f"source_{count}", ast.unparse(stmt.target)
    setup = names.assign(source, names.call("iter", stmt.iter))
    (take,) = names.parse(f"try:\n    {item} = next({source})\nexcept StopIteration:\n    break")
    return [setup, ast.While(ast.Constant(True), [take, *stmt.body], [])]


def _spelled_out(stmt: ast.stmt, count: int) -> Block | None:
    if (
        not isinstance(stmt, ast.Assign | ast.Return | ast.AugAssign | ast.Expr)
        or stmt.value is None
    ):
        return None
    value = stmt.value
    holder = value.args if isinstance(value, ast.Call) else []
    made = value if isinstance(value, ast.ListComp) else holder[0] if len(holder) == 1 else None
    if not isinstance(made, ast.ListComp) or any(g.is_async for g in made.generators):
        return None
    inner = {
        name.id
        for generator in made.generators
        for name in ast.walk(generator.target)
        if isinstance(name, ast.Name)
    }
    if any(isinstance(node, ast.Lambda | ast.NamedExpr) for node in ast.walk(made)):
        return None
    table = {name: f"{name}_{count}" for name in inner}
    for node in ast.walk(made):
        if isinstance(node, ast.Name):
            node.id = table.get(node.id, node.id)
    items = f"items_{count}"
    body: Block = [
        ast.Expr(ast.Call(ast.Attribute(names.load(items), "append", ast.Load()), [made.elt], []))
    ]
    for generator in reversed(made.generators):
        for test in reversed(generator.ifs):
            body = [ast.If(test, body, [])]
        body = [ast.For(generator.target, generator.iter, body, [])]
    if made is value:
        stmt.value = names.load(items)
    else:
        holder[0] = names.load(items)
    return [names.assign(items, ast.List([], ast.Load())), *body, stmt]
