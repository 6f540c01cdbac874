"""Rewrites that put definitions and constants in another place."""

from __future__ import annotations

import ast
import json
import posixpath
from dataclasses import dataclass, replace

from tests.rewrites import names


@dataclass(frozen=True)
class Sources:
    """The files of a program.

    Attributes:
        main: path of the script that is started.
        files: text of each file, by path.
    """

    main: str
    files: dict[str, str]

    def beside(self, name: str) -> str:
        """The path of a file next to the main script."""
        return posixpath.join(posixpath.dirname(self.main), name)

    def with_files(self, **texts: str) -> Sources:
        """The same program with texts replaced or added, by path."""
        return replace(self, files=self.files | texts)


def reorder(tree: ast.Module) -> ast.Module | None:
    """The functions of a module are defined in the opposite order."""
    moved = [func for func in names.functions(tree) if not func.decorator_list and _constant(func)]
    start = next((i for i, s in enumerate(tree.body) if s in moved), None)
    if start is None or len(moved) < 2 or len({func.name for func in moved}) < len(moved):
        return None
    for func in moved:
        for arg in ast.walk(func.args):
            if isinstance(arg, ast.arg):
                arg.annotation = None  # it would be evaluated before what it names is defined
        func.returns = None
    rest = [stmt for stmt in tree.body if stmt not in moved]
    tree.body = [*rest[:start], *reversed(moved), *rest[start:]]
    return tree


def constants_to_class(tree: ast.Module) -> ast.Module | None:
    """Constants of the module become attributes of a class."""
    found = _constants(tree)
    if not found:
        return None
    kept = [stmt for stmt in tree.body if _constant_name(stmt) not in found]
    body: names.Block = [names.assign(name, value) for name, value in found.items()]
    cls = ast.ClassDef("Constants", [], [], body, [])
    tree.body = [*kept[: _after_imports(kept)], cls, *kept[_after_imports(kept) :]]
    return _Attributes(set(found)).visit(tree)


def constants_to_json(sources: Sources) -> Sources | None:
    """Constants of the module and defaults of settings are read from a JSON file."""
    tree = ast.parse(sources.files[sources.main])
    found = _constants(tree)
    values = {name: ast.literal_eval(value) for name, value in found.items()}
    values = {name: v for name, v in values.items() if isinstance(v, str | int | float | bool)}
    defaults = _Defaults()
    tree = defaults.visit(tree)
    if not values and not defaults.found:
        return None
    tree.body = [stmt for stmt in tree.body if _constant_name(stmt) not in values]
    tree = _Items(set(values)).visit(tree)
    at = _after_imports(tree.body)
    tree.body[at:at] = names.parse(
        "import json\nimport os\n"
        "here = os.path.dirname(os.path.abspath(__file__))\n"
        'with open(os.path.join(here, "config.json")) as file:\n'
        "    CONFIG = json.load(file)"
    )
    text = json.dumps(values | defaults.found, indent=1)
    return sources.with_files(
        **{
            sources.main: ast.unparse(ast.fix_missing_locations(tree)),
            sources.beside("config.json"): text,
        }
    )


def to_siblings(sources: Sources) -> Sources | None:
    """Everything but the entry point moves to modules beside the script."""
    tree = ast.parse(sources.files[sources.main])
    last = tree.body[-1]
    if not isinstance(last, ast.If) or "__main__" not in ast.unparse(last.test):
        return None
    if any(isinstance(node, ast.Global) for node in ast.walk(tree)):
        return None
    entry = names.loaded([last])
    stays = [s for s in tree.body[:-1] if isinstance(s, ast.FunctionDef) and s.name in entry]
    moves = [s for s in tree.body[:-1] if s not in stays]
    if not stays or names.loaded(moves) & {func.name for func in stays}:
        return None
    future = [s for s in moves if isinstance(s, ast.ImportFrom) and s.module == "__future__"]
    bound = names.stored(s for s in moves if s not in future)
    needed = sorted(names.loaded([*stays, last]) & bound)
    taken = ast.ImportFrom("components", [ast.alias(name) for name in needed], 0)
    main = ast.Module([*future, taken, *stays, last], [])
    return sources.with_files(
        **{
            sources.main: ast.unparse(ast.fix_missing_locations(main)),
            sources.beside("components.py"): ast.unparse(ast.Module(moves, [])),
        }
    )


def _constant(func: ast.FunctionDef) -> bool:
    """Whether a definition needs nothing but its own text."""
    given = [*func.args.defaults, *filter(None, func.args.kw_defaults)]
    return all(isinstance(value, ast.Constant) for value in given)


def _constant_name(stmt: ast.stmt) -> str | None:
    if (
        isinstance(stmt, ast.Assign)
        and len(stmt.targets) == 1
        and isinstance(stmt.targets[0], ast.Name)
    ):
        return stmt.targets[0].id
    return None


def _constants(tree: ast.Module) -> dict[str, ast.expr]:
    """Literals that a module assigns once and nothing else binds."""
    bound: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            bound.append(node.id)
        elif isinstance(node, names.Function | ast.Lambda):
            bound += names.parameters(node)
        elif isinstance(node, ast.Global | ast.Nonlocal):
            bound += node.names
    bound += names.imported(tree)
    found: dict[str, ast.expr] = {}
    for stmt in tree.body:
        name = _constant_name(stmt)
        if name is None or bound.count(name) > 1 or name.startswith("__"):
            continue
        try:
            ast.literal_eval(stmt.value)  # type: ignore[attr-defined]
        except (ValueError, TypeError):
            continue
        found[name] = stmt.value  # type: ignore[attr-defined]
    return found


def _after_imports(body: names.Block) -> int:
    """Where the imports and the docstring at the top of a module end."""
    at = 0
    for i, stmt in enumerate(body):
        if isinstance(stmt, ast.Import | ast.ImportFrom):
            at = i + 1
        elif not (i == 0 and isinstance(stmt, ast.Expr)):
            break
    return max(at, 1 if body and isinstance(body[0], ast.Expr) and at == 0 else at)


class _Attributes(ast.NodeTransformer):
    """Names become attributes of the class of constants."""

    def __init__(self, moved: set[str]) -> None:
        self._moved = moved

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id not in self._moved or not isinstance(node.ctx, ast.Load):
            return node
        return ast.Attribute(names.load("Constants"), node.id, node.ctx)


class _Items(ast.NodeTransformer):
    """Names become items of the configuration."""

    def __init__(self, moved: set[str]) -> None:
        self._moved = moved

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id not in self._moved or not isinstance(node.ctx, ast.Load):
            return node
        return ast.Subscript(names.load("CONFIG"), ast.Constant(node.id), node.ctx)


class _Defaults(ast.NodeTransformer):
    """Literal defaults of `os.environ.get` become items of the configuration."""

    def __init__(self) -> None:
        self.found: dict[str, object] = {}

    def visit_Call(self, node: ast.Call) -> ast.Call:
        self.generic_visit(node)
        reader = ast.unparse(node.func)
        if reader not in ("os.environ.get", "os.getenv", "environ.get") or len(node.args) != 2:
            return node
        key, default = node.args
        if not isinstance(key, ast.Constant) or not isinstance(default, ast.Constant):
            return node
        name = str(key.value)
        if self.found.setdefault(name, default.value) != default.value:
            return node
        node.args[1] = ast.Subscript(names.load("CONFIG"), ast.Constant(name), ast.Load())
        return node
