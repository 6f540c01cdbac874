"""Neural modules, parameters and optimisers: who owns which learned state, and what updates it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from auditor.trace.events import EventKind
from auditor.trace.graph import Const, Node, Value
from auditor.trace.heap import choice, modules
from auditor.trace.library import tables
from auditor.trace.objects import (
    Choice,
    ClassObj,
    DictObj,
    Function,
    Instance,
    ListObj,
    Obj,
    Partial,
    Tup,
)

if TYPE_CHECKING:
    from auditor.trace.machine import Machine

Keywords = dict[str, Value]

_SELF_RETURNING = {
    "to", "cuda", "cpu", "float", "half", "double", "bfloat16", "train", "eval", "requires_grad_",
    "share_memory", "compile", "freeze", "unfreeze", "set_dtype", "type",
}  # fmt: skip
_LISTING = {"parameters", "buffers", "trainable_parameters", "values"}
_NAMED = {"named_parameters", "named_buffers"}
_STATES = {"state_dict", "parameters_dict", "tree_flatten"}
_CONTAINERS = {"ModuleList", "Sequential", "ParameterList", "ModuleDict", "ParameterDict"}
_MAX_HANDLES = 200
_MAX_SEARCH = 4000
_MAX_KINDS = 24


class Neural:
    """Modules and optimisers, of the submission's own classes and of libraries."""

    def __init__(self, machine: Machine) -> None:
        self.m = machine
        self._handles: dict[Node, tuple[Instance, Value]] = {}

    # --- recognising -----------------------------------------------------------------------------

    def is_module(self, externals: tuple[str, ...]) -> bool:
        """Whether a class derives from a neural module."""
        return any(name.rpartition(".")[2] in tables.MODULE_BASES for name in externals)

    def is_optimizer(self, externals: tuple[str, ...]) -> bool:
        """Whether a class derives from an optimiser."""
        return any(
            name.rpartition(".")[2] in tables.OPTIMIZERS and "optim" in name.lower()
            for name in externals
        )

    def is_instance(self, value: Instance, path: str) -> bool | None:
        """`isinstance(value, path)` for a library class."""
        name = path.rpartition(".")[2]
        if value.library:
            own = value.library.rpartition(".")[2]
            return own == name or (name == "Module" and value.weights is not None)
        if value.cls is not None:
            bases = {base.rpartition(".")[2] for base in value.cls.externals()}
            return name in bases or (name == "Module" and value.weights is not None)
        return None

    # --- making ----------------------------------------------------------------------------------

    def call(self, path: str, args: list[Value], keywords: Keywords) -> Value | None:
        """A model of the call, `None` where it makes nothing neural."""
        name = path.rpartition(".")[2]
        if path.startswith("auditor.") and "grad" in name:
            return self._with_gradient(path, args, keywords)
        if name in tables.OPTIMIZERS and "optim" in path.lower():
            return self.new_optimizer(None, (path,), args, keywords)
        if "lr_scheduler" in path or name.endswith(("GradScaler", "Scheduler")):
            return self._inert(path, args)
        if name in ("Parameter", "Buffer") and ".nn" in path:
            return self._parameter(args, keywords)
        if "clip_grad" in name:
            return self.m.heap.node("call", (), name)
        if ".nn." in path and name[:1].isupper():
            return self._layer(path, name, args, keywords)
        if ".nn.init." in path or name == "vector_to_parameters":
            return self._initialise(name, args)
        return None

    def new_weights(self, module: Instance) -> Node:
        """A fresh learned state."""
        made = self.m.heap.node("weights", (), module)
        made.hot = True
        return made

    def _home(self) -> Instance | None:
        """The module of the submission whose constructor is running."""
        frame = self.m.heap.frame
        while frame is not None:
            func = frame.func
            bound = func.bound if func is not None else None
            if func is not None and isinstance(bound, Instance) and bound.weights is not None:
                return bound if func.name == "__init__" else None
            frame = frame.caller
        return None

    def _layer(self, path: str, name: str, args: list[Value], keywords: Keywords) -> Value:
        made = Instance(None, path, self.m.heap.loop, self.m.heap.stmt)
        home = self._home()
        made.weights = home.weights if home is not None else self.new_weights(made)
        both_ways = keywords.get("bidirectional")
        if both_ways is not None:
            self.m.heap.put(made.cells, "bidirectional", both_ways)
        if name in _CONTAINERS:
            items = args[0] if len(args) == 1 and not isinstance(args[0], Instance) else None
            if isinstance(items, DictObj | ListObj):
                self.m.heap.put(made.cells, "items", items)
            else:
                listed = self.m.iteration.exact(items) if items is not None else args
                if listed is None and items is not None:
                    summary = self.m.containers.summary_list(self.m.iteration.any_of(items))
                    self.m.heap.put(made.cells, "items", summary)
                else:
                    self.m.heap.put(made.cells, "items", self.m.containers.new_list(listed or []))
        return made

    def _parameter(self, args: list[Value], keywords: Keywords) -> Node:
        data = args[0] if args else keywords.get("data")
        ins = () if data is None else (self.m.flow(data),)
        made = self.m.heap.node("param", ins)
        made.hot = True
        return made

    def _inert(self, path: str, args: list[Value]) -> Value:
        made = Instance(None, path, self.m.heap.loop, self.m.heap.stmt)
        if args:
            self.m.heap.put(made.cells, "optimizer", args[0])
        return made

    def _initialise(self, name: str, args: list[Value]) -> Value:
        if name == "vector_to_parameters" and len(args) > 1:
            for target in self.owners(args[1]):
                self._update(target, (self.m.flow(args[0]),), "load")
        return args[0] if args else self.m.heap.const(None)

    def adopt(self, owner: Instance, value: Value) -> None:
        """A parameter or module becomes an attribute of a module."""
        if owner.weights is None:
            return
        if isinstance(value, Node) and value.op == "param" and value.base is None:
            value.base = owner.weights
            if value.ins and value.ins[0].op not in ("alloc", "random", "const"):
                # A parameter that starts from data, not from an initialiser, brings it along.
                old = self.m.heap.content(owner.weights)
                joined = self.m.heap.node("join", (old, value.ins[0]), owner)
                self.m.heap.put(self.m.heap.over, owner.weights, joined)
            value.ins = (self.m.heap.content(owner.weights),)

    # --- calling modules -------------------------------------------------------------------------

    def apply(self, module: Instance, args: list[Value], keywords: Keywords) -> Value:
        """A module of a library is called."""
        name = module.library.rpartition(".")[2]
        canonical = tables.CANONICAL.get(name)
        if canonical is not None:
            return self.m.library.tensors.compute(canonical, args, keywords)
        if name in tables.STATELESS:
            return self.m.library.tensors.compute(name, args[:1], {})
        if name == "Sequential":
            exact = self.m.iteration.exact(module)
            if exact is not None and args:
                result: Value = args[0]
                for layer in exact:
                    result = self.m.calls.call(layer, [result], {}, None)
                return result
        state = (self.m.heap.state(module),) if module.weights is not None else ()
        flows = tuple(self.m.flow(value) for value in (*args, *keywords.values()))
        if name == "Embedding" and flows:
            result = self.m.heap.node("lookup", (flows[0], *state))
        else:
            both_ways = module.cells.get("bidirectional")
            twice = isinstance(both_ways, Const) and both_ways.value is True
            result = self.m.heap.node("apply", (*state, *flows), "bidirectional" if twice else name)
        self.hooks(module, args, result)
        return result

    def hooks(self, module: Instance, args: object, result: Value) -> None:
        """Runs what was registered to run after the module."""
        held = module.cells.get("hooks")
        if isinstance(held, Tup):
            inputs = Tup(tuple(args)) if isinstance(args, list | tuple) else Tup(())
            for hook in held.items:
                self.m.calls.call(hook, [module, inputs, result], {}, None)

    def _with_gradient(self, path: str, args: list[Value], keywords: Keywords) -> Value:
        """`value_and_grad(f)(...)`: the value and its gradients."""
        result = self.m.calls.call(args[0], args[1:], keywords, None)
        gradient = self.m.heap.node("grad", (self.m.flow(result),))
        if path.endswith(".grad"):
            return gradient
        pair = (gradient, result) if path.endswith("grad_and_value") else (result, gradient)
        return Tup(pair)

    # --- methods ---------------------------------------------------------------------------------

    def method(self, receiver: Instance, name: str, args: list[Value], keywords: Keywords) -> Value:
        """A method that an object inherits from a library class."""
        if receiver.owned is not None:
            return self._optimizer_method(receiver, name, args, keywords)
        if receiver.library.endswith("GradScaler"):
            return self._scaler_method(name, args)
        held = receiver.cells.get("items")
        if isinstance(held, ListObj | DictObj) and receiver.weights is None:
            return self.m.library.method(held, name, args, keywords)
        if receiver.weights is not None:
            found = self._module_method(receiver, name, args, keywords)
            if found is not None:
                return found
            if isinstance(held, ListObj | DictObj):
                return self.m.library.method(held, name, args, keywords)
        return self._plain_method(receiver, name, args, keywords)

    def _plain_method(
        self, receiver: Instance, name: str, args: list[Value], keywords: Keywords
    ) -> Value:
        if receiver.library == "parser":
            return self.m.library.arguments.method(receiver, name, args, keywords)
        if receiver.library == "pool":
            found = self.m.library.process.pool_method(name, args, keywords)
            return self.m.heap.const(None) if found is None else found
        if receiver.library == "future" and name in ("result", "get"):
            return receiver.cells.get("value") or self.m.heap.const(None)
        if receiver.library == "context":
            if name.startswith("save"):
                self.m.heap.put(receiver.cells, "saved_tensors", Tup(tuple(args)))
            return self.m.heap.const(None)
        if receiver.library.endswith(("Scheduler", "LR")) or "lr_scheduler" in receiver.library:
            return self.m.heap.const(None)
        if name in ("__init__", "__setattr__") and len(args) < 2:
            return self.m.heap.const(None)
        return self.m.library.opaque(name, [receiver, *args], keywords)

    def _module_method(
        self, module: Instance, name: str, args: list[Value], keywords: Keywords
    ) -> Value | None:
        if name in _SELF_RETURNING:
            return module
        if name in ("forward", "__call__", "forward_native"):
            return self.apply(module, args, keywords)
        if name in ("load_state_dict", "load_weights", "update", "load_parameters"):
            return self._load(module, args, keywords)
        if name == "zero_grad":
            self.m.gradients.clear()
            return self.m.heap.const(None)
        if name == "apply" and args:
            for part in modules(module):
                self.m.calls.call(args[0], [part], {}, None)
            return module
        return self._contents(module, name) or self._register(module, name, args)

    def _contents(self, module: Instance, name: str) -> Value | None:
        """Methods that list the parameters or the parts of a module."""
        if (name in _LISTING and "items" not in module.cells) or name == "parameters":
            return self.m.containers.summary_list(self._parameters(module))
        if name in _NAMED:
            pair = Tup((self.m.heap.node("name"), self._parameters(module)))
            return self.m.containers.summary_list(pair)
        if name in _STATES:
            return self._state_dict(module)
        if name in ("modules", "children"):
            return self._submodules(module, named=False)
        if name in ("named_modules", "named_children"):
            return self._submodules(module, named=True)
        if name in ("get_submodule", "get_parameter"):
            return choice(modules(module))
        return None

    def _register(self, module: Instance, name: str, args: list[Value]) -> Value | None:
        """Methods that add a hook or a part to a module."""
        heap = self.m.heap
        if name in ("register_forward_hook", "register_forward_pre_hook"):
            old = module.cells.get("hooks")
            before = old.items if isinstance(old, Tup) else ()
            heap.put(module.cells, "hooks", Tup((*before, args[0])))
            handle = heap.node("call", (), "hook")
            self._handles[handle] = (module, args[0])
            return handle
        if name in ("register_buffer", "register_parameter", "add_module", "register_module"):
            if len(args) > 1 and isinstance(args[0], Const):
                self.m.attributes.write(module, str(args[0].value), args[1])
            return heap.const(None)
        return None

    def unhook(self, handle: Node) -> None:
        """`handle.remove()`: what was registered runs no more; one from a list is any of it."""
        stack, seen = [handle], {handle}
        while stack and len(seen) < _MAX_HANDLES:
            node = stack.pop()
            held = self._handles.get(node)
            if held is not None:
                module, hook = held
                hooks = module.cells.get("hooks")
                if isinstance(hooks, Tup):
                    left = tuple(other for other in hooks.items if other is not hook)
                    self.m.heap.put(module.cells, "hooks", Tup(left))
            fresh = [part for part in node.ins if part not in seen]
            seen.update(fresh)
            stack.extend(fresh)

    def _parameters(self, module: Instance) -> Node:
        """Stands for any parameter of a module: changing it changes the module's state."""
        made = self.m.heap.node("params", (self.m.heap.state(module),), module)
        made.base, made.hot = module, True
        return made

    def _state_dict(self, module: Instance) -> DictObj:
        made = DictObj(self.m.heap.loop, self.m.heap.stmt)
        self.m.heap.put(made.cells, "keys", self.m.heap.node("name"))
        self.m.heap.put(made.cells, "rest", self._parameters(module))
        return made

    def _load(self, module: Instance, args: list[Value], keywords: Keywords) -> Value:
        """The module's state is replaced; leniently, what is missing keeps its old value."""
        strict = args[1] if len(args) > 1 else keywords.get("strict")
        lenient = isinstance(strict, Const) and strict.value is False
        new = self.m.flow(args[0]) if args else self.m.heap.node("missing")
        for part in modules(module):
            if part.weights is not None and part.weights.data is part:
                old = (self.m.heap.content(part.weights),) if lenient else ()
                loaded = self.m.heap.node("load_state", (new, *old), part)
                self.m.heap.put(self.m.heap.over, part.weights, loaded)
        return self.m.heap.node("call", (), "load_state_dict")

    def _submodules(self, module: Instance, *, named: bool) -> Value:
        kinds = {(part.cls, part.library): part for part in reversed(modules(module))}
        parts = tuple(reversed(kinds.values()))  # one of each kind stands for all of its kind
        joined = parts[0] if len(parts) == 1 else Choice(parts[:_MAX_KINDS])
        item = Tup((self.m.heap.node("name"), joined)) if named else joined
        return self.m.containers.summary_list(item)

    def instance_attribute(self, value: Instance, name: str) -> Value | None:
        """An attribute that an object inherits from a library class."""
        heap = self.m.heap
        if value.owned is not None:
            return self._optimizer_attribute(name)
        if name == "saved_tensors":
            return value.cells.get(name)
        if value.weights is None:
            return None
        if name in ("weight", "bias", "in_proj_weight", "out_proj"):
            made = heap.node("param", (heap.content(value.weights),), name)
            made.base, made.hot = value.weights, True
            return made
        if name in ("training", "in_features", "out_features", "num_embeddings", "embedding_dim",
                    "padding_idx", "normalized_shape"):  # fmt: skip
            return heap.number(name)
        return None

    # --- optimisers ------------------------------------------------------------------------------

    def new_optimizer(
        self,
        cls: ClassObj | None,
        externals: tuple[str, ...],
        args: list[Value],
        keywords: Keywords,
    ) -> Instance:
        """An optimiser over the parameters it is given."""
        made = Instance(cls, externals[0], self.m.heap.loop, self.m.heap.stmt)
        given = args[0] if args else keywords.get("params")
        if given is None and keywords:
            given = next(iter(keywords.values()))
        owned = () if given is None else self.owners(given)
        made.owned = tuple(owned)
        for node in owned:
            node.hot = True
        params = self.m.heap.const(None) if given is None else given
        group = self.m.containers.new_dict({"params": self._plain_params(params)})
        groups = self.m.containers.new_list([group])
        self.m.heap.put(made.cells, "param_groups", groups)
        return made

    def _plain_params(self, given: Value) -> Value:
        """The parameters themselves, where they came in groups."""
        exact = self.m.iteration.exact(given) if isinstance(given, ListObj | Tup) else None
        grouped = [item for item in exact or [] if isinstance(item, DictObj)]
        if grouped:
            made = self.m.containers.new_list([])
            for group in grouped:
                inner = self.m.containers.get_key(group, self.m.heap.const("params"))
                if inner is not None:
                    self.m.containers.extend(made, inner)
            return made
        return given

    def owners(self, value: Value) -> list[Node]:
        """The roots of all learned state that a collection of parameters belongs to."""
        found: dict[int, Node] = {}
        stack: list[Value] = [value]
        seen: set[int] = set()
        while stack and len(seen) < _MAX_SEARCH:
            item = stack.pop()
            if id(item) in seen:
                continue
            seen.add(id(item))
            if isinstance(item, Node):
                self._owners_of_node(item, found, stack)
            elif isinstance(item, Tup):
                stack.extend(item.items)
            elif isinstance(item, Choice):
                stack.extend(item.options)
            elif isinstance(item, Instance) and item.weights is not None:
                for part in modules(item):
                    if part.weights is not None:
                        found[id(part.weights)] = part.weights
            elif isinstance(item, Obj):
                stack.extend(item.cells.values())
            elif isinstance(item, Value) and hasattr(item, "source"):
                stack.append(item.source)
        return list(found.values())

    def _owners_of_node(self, node: Node, found: dict[int, Node], stack: list[Value]) -> None:
        owner = node.base if isinstance(node.base, Instance) else node.data
        if isinstance(owner, Instance):
            for part in modules(owner):
                if part.weights is not None:
                    found[id(part.weights)] = part.weights
        elif isinstance(node.base, Node):
            stack.append(node.base)
        elif node.op in ("alloc", "param", "random", "copy", "clone") and not node.num:
            found[id(node)] = node
        else:
            stack.extend(part for part in node.ins if not part.num)

    def _optimizer_method(
        self, optimizer: Instance, name: str, args: list[Value], keywords: Keywords
    ) -> Value:
        heap = self.m.heap
        if name == "step":
            closure = args[0] if args else keywords.get("closure")
            if isinstance(closure, Function | Partial):
                self.m.gradients.add(self.m.flow(self.m.calls.call(closure, [], {}, None)))
            self.step(optimizer)
        elif name == "zero_grad":
            self.m.gradients.clear()
        elif name in ("update", "apply_gradients") and len(args) > 1:
            return self._functional_update(name, args)
        elif name == "state_dict":
            return self.m.containers.new_dict({})
        elif name == "add_param_group" and args:
            optimizer.owned = (*(optimizer.owned or ()), *self.owners(args[0]))
        elif name == "init" and args:
            return heap.node("call", (), "optimizer state")
        return heap.const(None)

    def _optimizer_attribute(self, name: str) -> Value | None:
        if name == "state":
            return self.m.containers.summary_list(None)
        if name in ("defaults", "learning_rate", "lr"):
            return self.m.heap.number(name)
        return None

    def step(self, optimizer: Instance) -> None:
        """`optimizer.step()`: every state it owns becomes a new version made from the gradients."""
        losses = self.m.gradients.pending()
        for target in optimizer.owned or ():
            self._update(target, losses, "step")

    def _update(self, root: Node, sources: tuple[Node, ...], how: str) -> None:
        heap = self.m.heap
        new = heap.node("update", (heap.content(root), *sources), how)
        if isinstance(root.data, Instance):
            heap.put(heap.over, root, new)
        else:
            heap.mutate(root, new)
        self.m.events.add(EventKind.UPDATE, new, how)

    def _functional_update(self, name: str, args: list[Value]) -> Value:
        """MLX and Optax: `update(model, gradients)`, `apply_gradients(gradients, params)`."""
        target = args[0]
        if isinstance(target, Instance) and target.weights is not None:
            for part in modules(target):
                if part.weights is not None:
                    self._update(part.weights, (self.m.flow(args[1]),), name)
            return self.m.heap.const(None)
        made = self.m.heap.node("update", tuple(self.m.flow(arg) for arg in args), name)
        self.m.events.add(EventKind.UPDATE, made, name)
        return made

    def _scaler_method(self, name: str, args: list[Value]) -> Value:
        if name == "step" and args and isinstance(args[0], Instance):
            return self._optimizer_method(args[0], "step", args[1:], {})
        return args[0] if name == "scale" and args else self.m.heap.const(None)

    # --- copies ----------------------------------------------------------------------------------

    def clone(self, value: Value, *, deep: bool) -> Value:
        """`copy.deepcopy(value)` or `copy.copy(value)`."""
        return self._clone(value, {}, deep=deep)

    def _clone(self, value: Value, done: dict[int, Value], *, deep: bool) -> Value:
        heap = self.m.heap
        if id(value) in done:
            return done[id(value)]
        if isinstance(value, Node):
            if value.num:
                return value
            made = heap.node("copy", (heap.content(value),))
            made.hot = value.hot
            return made
        if isinstance(value, Tup):
            return Tup(tuple(self._clone(item, done, deep=deep) for item in value.items))
        if not isinstance(value, Instance | ListObj | DictObj):
            return value
        copied = self._empty_like(value)
        done[id(value)] = copied
        if isinstance(value, Instance) and isinstance(copied, Instance):
            copied.weights = self._clone_weights(value, copied, done)
        for key, cell in list(value.cells.items()):
            heap.put(copied.cells, key, self._clone(cell, done, deep=deep) if deep else cell)
        return copied

    def _empty_like(self, value: Instance | ListObj | DictObj) -> Obj:
        heap = self.m.heap
        if isinstance(value, ListObj):
            return ListObj(heap.loop, heap.stmt, value.kind)
        if isinstance(value, DictObj):
            made = DictObj(heap.loop, heap.stmt)
            made.factory = value.factory
            return made
        copied = Instance(value.cls, value.library, heap.loop, heap.stmt)
        copied.owned = value.owned
        return copied

    def _clone_weights(
        self, value: Instance, copied: Instance, done: dict[int, Value]
    ) -> Node | None:
        if value.weights is None:
            return None
        key = id(value.weights)
        shared = done.get(key)
        if isinstance(shared, Node):
            return shared
        made = self.new_weights(copied)
        done[key] = made
        copy = self.m.heap.node("copy", (self.m.heap.content(value.weights),), copied)
        self.m.heap.put(self.m.heap.over, made, copy)
        return made
