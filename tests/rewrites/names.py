"""Which names a piece of code binds and reads."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable, Iterator

Function = ast.FunctionDef | ast.AsyncFunctionDef
Scope = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
Block = list[ast.stmt]

BUILTIN = frozenset(dir(builtins))


def within(nodes: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """The nodes of one scope: nested functions and classes are yielded, not entered."""
    stack = list(nodes)
    while stack:
        node = stack.pop()
        yield node
        if not isinstance(node, Scope):
            stack.extend(ast.iter_child_nodes(node))


def stored(nodes: Iterable[ast.AST]) -> set[str]:
    """Names that these nodes bind in their own scope."""
    found: set[str] = set()
    every = list(within(nodes))
    comprehended = {
        id(name)
        for node in every
        if isinstance(node, ast.comprehension)
        for name in ast.walk(node.target)
    }
    for node in every:
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            if id(node) not in comprehended:
                found.add(node.id)
        elif isinstance(node, Function | ast.ClassDef) or (
            isinstance(node, ast.ExceptHandler) and node.name
        ):
            found.add(node.name)
        elif isinstance(node, ast.alias):
            found.add((node.asname or node.name).split(".")[0])
    return found


def loaded(nodes: Iterable[ast.AST]) -> set[str]:
    """Names that these nodes read, those of nested functions included."""
    return {
        node.id
        for top in nodes
        for node in ast.walk(top)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    } | augmented(nodes)


def augmented(nodes: Iterable[ast.AST]) -> set[str]:
    """Names that these nodes change by an augmented assignment."""
    return {
        node.target.id
        for top in nodes
        for node in ast.walk(top)
        if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name)
    }


def parameters(func: Function | ast.Lambda) -> list[str]:
    """The names of a function's parameters."""
    args = func.args
    every = [*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg]
    return [arg.arg for arg in every if arg is not None]


def locals_of(func: Function) -> set[str]:
    """The names that are local to a function."""
    declared = {
        name
        for node in within(func.body)
        if isinstance(node, ast.Global | ast.Nonlocal)
        for name in node.names
    }
    return (stored(func.body) | set(parameters(func))) - declared


def jumps(body: Block) -> bool:
    """Whether a block leaves itself: a return, a yield, or a break or continue of its own loop."""
    return any(_leaves(stmt, in_loop=False) for stmt in body)


def _leaves(node: ast.AST, *, in_loop: bool) -> bool:
    if isinstance(node, ast.Return | ast.Yield | ast.YieldFrom | ast.Await):
        return True
    if isinstance(node, ast.Break | ast.Continue):
        return not in_loop
    if isinstance(node, Scope):
        return False
    loop = in_loop or isinstance(node, ast.For | ast.While)
    return any(_leaves(child, in_loop=loop) for child in ast.iter_child_nodes(node))


def continues(body: Block) -> bool:
    """Whether a loop's body has a `continue` of its own."""
    stack: list[ast.AST] = list(body)
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Continue):
            return True
        if not isinstance(node, (*Scope, ast.For, ast.While)):
            stack.extend(ast.iter_child_nodes(node))
    return False


def blocks(node: ast.AST) -> Iterator[Block]:
    """The lists of statements directly inside a node."""
    for _, value in ast.iter_fields(node):
        if isinstance(value, list) and value and isinstance(value[0], ast.stmt):
            yield value
        elif isinstance(value, list):
            for item in value:
                if isinstance(item, ast.ExceptHandler | ast.match_case):
                    yield from blocks(item)


def all_blocks(tree: ast.AST) -> Iterator[Block]:
    """Every list of statements in a tree, outer ones first."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.ExceptHandler | ast.match_case):
            yield from blocks(node)


def functions(tree: ast.Module) -> list[ast.FunctionDef]:
    """The functions at the top of a module."""
    return [stmt for stmt in tree.body if isinstance(stmt, ast.FunctionDef)]


def outer_functions(tree: ast.Module) -> list[ast.FunctionDef]:
    """The functions at the top of a module and the methods of its classes."""
    found = functions(tree)
    for stmt in tree.body:
        if isinstance(stmt, ast.ClassDef):
            found += [part for part in stmt.body if isinstance(part, ast.FunctionDef)]
    return found


def imported(tree: ast.Module) -> set[str]:
    """Names bound by imports anywhere in a module."""
    return {
        (alias.asname or alias.name).split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }


def load(name: str) -> ast.Name:
    return ast.Name(name, ast.Load())


def store(name: str) -> ast.Name:
    return ast.Name(name, ast.Store())


def assign(target: str, value: ast.expr) -> ast.Assign:
    return ast.Assign([store(target)], value)


def call(func: str, *args: ast.expr) -> ast.Call:
    return ast.Call(load(func), list(args), [])


def parse(source: str) -> Block:
    return ast.parse(source).body
