"""Rewrites that only give things other names."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from tests.rewrites import names
from tests.rewrites.names import BUILTIN

_DEFINITIONS = (ast.FunctionDef, ast.ClassDef)


def rename(tree: ast.Module) -> ast.Module | None:
    """Every variable, parameter, function and class gets a name that says nothing."""
    kept = _visible_names(tree) | names.imported(tree) | BUILTIN
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        for name in _bound(node):
            if name not in kept and not name.startswith("__"):
                found.setdefault(name, f"n{len(found)}")
    return _Renamer(found).visit(tree) if found else None


def alias_imports(tree: ast.Module) -> ast.Module | None:
    """Every imported name gets an alias."""
    kept = _visible_names(tree) | {"annotations", "*"}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            kept |= {a.name.split(".")[0] for a in node.names if "." in a.name and not a.asname}
        elif isinstance(node, ast.ImportFrom) and node.module == "__future__":
            kept |= {a.name for a in node.names}
    wanted = sorted(names.imported(tree) - kept)
    renamed = {name: f"lib_{i}" for i, name in enumerate(wanted)}
    return _Renamer(renamed).visit(tree) if renamed else None


def alias_functions(tree: ast.Module) -> ast.Module | None:
    """Functions are called through a second name, those of libraries too."""
    first = next((i for i, s in enumerate(tree.body) if isinstance(s, _DEFINITIONS)), 0)
    own = {func.name for func in names.functions(tree)} - _rebound(tree)
    imported = _imported(tree.body[:first]) - _rebound(tree)
    library: dict[str, str] = {}
    _Aliaser({name: f"call_{name}" for name in own}, imported, library).visit(tree)
    body: names.Block = []
    for stmt in tree.body:
        body.append(stmt)
        if isinstance(stmt, ast.FunctionDef) and stmt.name in own:
            body.append(names.assign(f"call_{stmt.name}", names.load(stmt.name)))
    body[first:first] = [
        names.assign(alias, ast.parse(path, mode="eval").body) for path, alias in library.items()
    ]
    tree.body = body
    return tree if own or library else None


def dispatch(tree: ast.Module) -> ast.Module | None:
    """Functions are called through a table of functions."""
    own = {func.name for func in names.functions(tree)} - _rebound(tree)
    if not own:
        return None
    replaced = _Dispatcher(own)
    for stmt in tree.body:
        if isinstance(stmt, _DEFINITIONS):
            replaced.visit(stmt)
    last = max(i for i, s in enumerate(tree.body) if isinstance(s, _DEFINITIONS))
    early = [s for s in tree.body[:last] if not isinstance(s, _DEFINITIONS)]
    if names.loaded(early) & own:
        return None
    table = ast.Dict(
        [ast.Constant(name) for name in sorted(own)], [names.load(n) for n in sorted(own)]
    )
    tree.body.insert(last + 1, names.assign("ROUTINES", table))
    return tree


def _bound(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
        return [node.id]
    if isinstance(node, names.Function):
        return [node.name, *names.parameters(node)]
    if isinstance(node, ast.Lambda):
        return names.parameters(node)
    if isinstance(node, ast.ClassDef):
        return [node.name]
    return []


def _visible_names(tree: ast.Module) -> set[str]:
    """Names that are also seen in other ways: as attributes of classes, keywords or texts."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            found |= names.stored(node.body)
        elif isinstance(node, ast.keyword) and node.arg:
            found.add(node.arg)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.add(node.value)
        elif (isinstance(node, ast.ExceptHandler) and node.name) or (
            isinstance(node, ast.MatchAs | ast.MatchStar) and node.name
        ):
            found.add(node.name)
    return found


def _rebound(tree: ast.Module) -> set[str]:
    """Names that are assigned anywhere, or defined more than once."""
    seen: set[str] = set()
    twice: set[str] = set()
    for node in ast.walk(tree):
        for name in _bound(node):
            if not isinstance(node, ast.FunctionDef) or name in seen or name != node.name:
                twice.add(name)
            seen.add(name)
    return twice


def _imported(body: names.Block) -> set[str]:
    found: set[str] = set()
    for stmt in body:
        if isinstance(stmt, ast.Import | ast.ImportFrom):
            found |= {(a.asname or a.name).split(".")[0] for a in stmt.names}
    return found


class _Renamer(ast.NodeTransformer):
    """Applies one table of names to a whole tree."""

    def __init__(self, table: Mapping[str, str]) -> None:
        self._table = table

    def visit_Name(self, node: ast.Name) -> ast.Name:
        node.id = self._table.get(node.id, node.id)
        return node

    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.arg = self._table.get(node.arg, node.arg)
        self.generic_visit(node)
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        node.name = self._table.get(node.name, node.name)
        self.generic_visit(node)
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.ClassDef:
        node.name = self._table.get(node.name, node.name)
        self.generic_visit(node)
        return node

    def visit_Global(self, node: ast.Global) -> ast.Global:
        node.names = [self._table.get(name, name) for name in node.names]
        return node

    def visit_Nonlocal(self, node: ast.Nonlocal) -> ast.Nonlocal:
        node.names = [self._table.get(name, name) for name in node.names]
        return node

    def visit_alias(self, node: ast.alias) -> ast.alias:
        bound = node.asname or node.name
        if bound in self._table:
            node.asname = self._table[bound]
        return node


class _Aliaser(ast.NodeTransformer):
    """Calls functions by their second name; notes the library functions that need one."""

    def __init__(self, own: Mapping[str, str], imports: set[str], library: dict[str, str]) -> None:
        self._own = own
        self._imports = imports
        self._library = library
        self._inside = False

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        outer, self._inside = self._inside, True
        node.body = [self.visit(stmt) for stmt in node.body]
        self._inside = outer
        return node

    def visit_Call(self, node: ast.Call) -> ast.Call:
        self.generic_visit(node)
        if self._inside and isinstance(node.func, ast.Name):
            node.func.id = self._own.get(node.func.id, node.func.id)
        elif self._inside and isinstance(node.func, ast.Attribute):
            path = ast.unparse(node.func)
            plain = path.replace(".", "").replace("_", "").isalnum() and "._" not in path
            if plain and path.split(".")[0] in self._imports:
                alias = self._library.setdefault(path, f"use_{len(self._library)}")
                node.func = names.load(alias)
        return node


class _Dispatcher(ast.NodeTransformer):
    """Looks functions up in a table."""

    def __init__(self, own: set[str]) -> None:
        self._own = own

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        node.body = [self.visit(stmt) for stmt in node.body]
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.ClassDef:
        node.body = [
            self.visit(part) if isinstance(part, ast.FunctionDef) else part for part in node.body
        ]
        return node

    def visit_Call(self, node: ast.Call) -> ast.Call:
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id in self._own:
            table = names.load("ROUTINES")
            node.func = ast.Subscript(table, ast.Constant(node.func.id), ast.Load())
        return node
