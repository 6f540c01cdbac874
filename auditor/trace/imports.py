"""Imports: modules of the submission are run, everything else is a library known by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from auditor.program import ir
from auditor.trace.graph import Node, Value
from auditor.trace.library.paths import path_text
from auditor.trace.objects import Ext, Frame, Namespace

if TYPE_CHECKING:
    from auditor.trace.machine import Machine


class Imports:
    """Loads and runs the submission's own modules, each once."""

    def __init__(self, machine: Machine) -> None:
        self.m = machine
        self._loaded: dict[str, Namespace] = {}
        self._running: list[str] = []

    # --- by name ---------------------------------------------------------------------------------

    def module(self, dotted: str, frame: Frame, level: int = 0) -> Value:
        """`import dotted`, as seen from `frame`."""
        beside = frame.module.file
        found = self.m.world.module(dotted, beside)
        if found is None:
            return Ext(dotted) if dotted else Ext("." * level)
        return self._load(found, dotted)

    def _load(self, module: ir.Module, name: str) -> Namespace:
        key = module.file if module.layer is None else f"{module.file}#{module.layer}"
        known = self._loaded.get(key)
        if known is None:
            known = Namespace(name, module.file, module.layer)
            self._loaded[key] = known
            self._execute(module, known, name)
        return known

    def member(self, module: Value, name: str, frame: Frame) -> Value:
        """`from module import name`."""
        if isinstance(module, Namespace):
            if name in module.cells:
                return module.cells[name]
            return self.submodule(module, name)
        if isinstance(module, Ext):
            if module.path.strip(".") == "":
                return self.module(name, frame)
            return Ext(f"{module.path}.{name}")
        return self.m.attributes.read(module, name)

    def submodule(self, package: Namespace, name: str) -> Value:
        """A module inside a package of the submission."""
        found = self.m.world.module(f"{package.name}.{name}", package.file)
        if found is not None:
            return self._load(found, f"{package.name}.{name}")
        return Ext(f"{package.name}.{name}")

    def star(self, module: Value, frame: Frame) -> None:
        """`from module import *`."""
        if isinstance(module, Namespace):
            for name, value in list(module.cells.items()):
                if isinstance(name, str) and not name.startswith("_"):
                    self.m.names.write(name, value, frame)

    # --- by text ---------------------------------------------------------------------------------

    def run_script(self, source: bytes | str, path: str) -> Value:
        """Runs a text of code as a program of its own."""
        module = self.m.world.payload(source, path, None)
        if module is None:
            return self.m.heap.node("call", (), "run_path")
        return self.run_module(module, "__main__")

    def load_file(self, source: bytes | str, path: Node, *, as_main: bool) -> Value:
        """The module behind a file that is loaded by its path, under the name it is given."""
        module = self.m.world.payload(source, path_text(path), None)
        if module is None:
            return self.m.heap.node("call", (), "module_from_spec")
        if as_main:
            return self.run_module(module, "__main__")
        return self._load(module, module.file)

    def run_module(self, module: ir.Module, name: str) -> Namespace:
        """Runs a module afresh, as `__main__` or under its own name."""
        space = Namespace(name, module.file, module.layer)
        self._execute(module, space, name)
        return space

    def run_inside(self, module: ir.Module, space: Namespace) -> None:
        """Runs a text of code in a namespace that exists (`exec`)."""
        inner = Namespace(space.name, module.file, module.layer)
        inner.cells = space.cells
        self._execute(module, inner, None)

    def _execute(self, module: ir.Module, space: Namespace, name: str | None) -> None:
        key = f"{module.file}#{module.layer}"
        if self._running.count(key) > 1:
            return
        self._running.append(key)
        heap = self.m.heap
        self.m.learn(module)
        stmt, caller = heap.stmt, heap.frame
        if name is not None:
            main = "__main__" if name == "__main__" else name
            heap.put(space.cells, "__name__", heap.const(main))
            heap.put(space.cells, "__file__", heap.const(module.file))
        frame = Frame(None, space, None, caller, stmt)
        frame.env = space.cells
        self.m.statements.block(module.body, frame)
        heap.stmt, heap.frame = stmt, caller
        self._running.pop()
