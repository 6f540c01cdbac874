"""Executing other code: payloads, sibling scripts, child processes, threads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from auditor.trace.events import EventKind
from auditor.trace.graph import Const, Node, Value
from auditor.trace.library import tables
from auditor.trace.objects import Ext, Function, Instance, Tup

if TYPE_CHECKING:
    from auditor.trace.machine import Machine

Keywords = dict[str, Value]

_STARTERS = {
    "subprocess.run", "subprocess.Popen", "subprocess.call", "subprocess.check_call",
    "subprocess.check_output", "os.system", "os.execv", "os.execvp", "os.execve", "os.execvpe",
    "os.popen", "os.spawnv",
}  # fmt: skip


class Process:
    """`exec`, `runpy`, `importlib`, `subprocess`, thread pools."""

    def __init__(self, machine: Machine) -> None:
        self.m = machine

    def call(self, path: str, args: list[Value], keywords: Keywords) -> Value | None:
        """A model of the call, `None` where it starts nothing."""
        if path == "builtins.compile" and args:
            return self.m.heap.node("compiled", (self.m.flow(args[0]),))
        if path in ("builtins.exec", "builtins.eval") and args:
            return self._exec(args)
        if path in ("runpy.run_path", "runpy.run_module") and args:
            return self._run_path(args[0])
        if path in ("importlib.import_module", "builtins.__import__") and args:
            return self._import(args[0])
        if path.startswith(("importlib.util.", "importlib.machinery.")):
            return self._spec(path, args)
        if path in _STARTERS:
            return self._start(path, args)
        if path in ("threading.Thread", "multiprocessing.Process", "torch.multiprocessing.Process"):
            return self._thread(args, keywords)
        if path.endswith(("ThreadPoolExecutor", "ProcessPoolExecutor", "multiprocessing.Pool",
                          "ThreadPool", "get_context")):  # fmt: skip
            return Instance(None, "pool", self.m.heap.loop, self.m.heap.stmt)
        if path.endswith("multiprocessing.spawn") and args:
            rest = keywords.get("args", args[1] if len(args) > 1 else Tup(()))
            items = self.m.iteration.exact(rest) or []
            return self.m.calls.call(args[0], [self.m.heap.const(0), *items], {}, None)
        return None

    # --- code in this process --------------------------------------------------------------------

    def _exec(self, args: list[Value]) -> Value:
        source = self.m.flow(args[0])
        while source.op in ("compiled", "decode", "encode") and source.ins:
            source = source.ins[0]
        frame = self.m.heap.frame
        if isinstance(source, Const) and isinstance(source.value, str | bytes) and frame:
            space = frame.module
            module = self.m.world.payload(source.value, space.file, space.layer)
            if module is not None:
                self.m.imports.run_inside(module, space)
                return self.m.heap.const(None)
        self.m.events.add(EventKind.UNOPENED, source)
        return self.m.heap.node("call", (source,), "exec")

    def _run_path(self, target: Value) -> Value:
        node = self.m.flow(target)
        held = self.m.library.files.read(node)
        if isinstance(held, Const) and isinstance(held.value, str | bytes):
            name = str(node.value) if isinstance(node, Const) else "payload"
            return self.m.imports.run_script(held.value, name)
        self.m.events.add(EventKind.UNOPENED, node)
        return self.m.heap.node("call", (node,), "run_path")

    def _import(self, name: Value) -> Value:
        frame = self.m.heap.frame
        if isinstance(name, Const) and isinstance(name.value, str) and frame is not None:
            return self.m.imports.module(name.value, frame)
        return self.m.heap.node("call", (self.m.flow(name),), "import")

    def _spec(self, path: str, args: list[Value]) -> Value:
        """`importlib.util`: a spec stands for its file, and loading it runs the file."""
        if path.endswith(("spec_from_file_location", "SourceFileLoader")) and len(args) > 1:
            return self.m.heap.node("spec", (self.m.flow(args[1]), self.m.flow(args[0])))
        if path.endswith("module_from_spec") and args:
            spec = self.m.flow(args[0])
            if spec.op == "spec":
                held = self.m.library.files.read(spec.ins[0])
                if isinstance(held, Const) and isinstance(held.value, str | bytes):
                    name = spec.ins[1]
                    as_main = isinstance(name, Const) and name.value == "__main__"
                    return self.m.imports.load_file(held.value, spec.ins[0], as_main=as_main)
            return self.m.heap.node("call", (spec,), path)
        return self.m.heap.node("call", tuple(self.m.flow(a) for a in args), path)

    # --- other processes -------------------------------------------------------------------------

    def _start(self, path: str, args: list[Value]) -> Value:
        command = self.m.flow(args[0]) if args else self.m.heap.node("missing")
        words = command_words(command)
        self.m.events.add(EventKind.PROCESS, command, path)
        if _reaches_out(words):
            self.m.events.add(EventKind.NETWORK, command, " ".join(words[:4]))
        script = next((word for word in words if word.endswith(".py")), None)
        if script is not None:
            module = self.m.world.script(script)
            if module is not None:
                self.m.imports.run_module(module, "__main__")
        return self.m.heap.node("call", (command,), path)

    def pool_method(self, name: str, args: list[Value], keywords: Keywords) -> Value | None:
        """A method of a pool of workers or of what it promises: the work is done at once."""
        if name in ("submit", "apply_async", "apply") and args:
            rest = list(args[1:])
            if name != "submit" and rest:
                rest = self.m.iteration.exact(rest[0]) or rest
            promise = Instance(None, "future", self.m.heap.loop, self.m.heap.stmt)
            result = self.m.calls.call(args[0], rest, keywords, None)
            self.m.heap.put(promise.cells, "value", result)
            return result if name == "apply" else promise
        if name in ("map", "imap", "imap_unordered", "starmap", "map_async") and len(args) > 1:
            item = self.m.iteration.any_of(args[1])
            parts = self.m.iteration.exact(item) if name == "starmap" else None
            result = self.m.calls.call(args[0], parts or [item], {}, None)
            return self.m.containers.summary_list(result)
        return None

    def _thread(self, args: list[Value], keywords: Keywords) -> Value:
        target = keywords.get("target", args[1] if len(args) > 1 else None)
        given = keywords.get("args", Tup(()))
        if isinstance(target, Function | Ext) or target is not None:
            items = self.m.iteration.exact(given) or []
            self.m.calls.call(target, items, {}, None)
        return self.m.heap.node("call", (), "thread")


def _reaches_out(words: list[str]) -> bool:
    """Whether a command fetches something: its program does, with one of the words that matter."""
    if "-m" in words:
        words = words[words.index("-m") + 1 :]
    for position, word in enumerate(words[:2]):
        needed = tables.NETWORK_COMMANDS.get(word.rpartition("/")[2])
        if needed is not None:
            return not needed or any(w in needed for w in words[position + 1 :])
    return False


def command_words(command: Node) -> list[str]:
    """The known words of a command line."""
    if isinstance(command, Const) and isinstance(command.value, str):
        return command.value.split()
    known = (part.value for part in command.ins if isinstance(part, Const))
    return [word for word in known if isinstance(word, str)]
