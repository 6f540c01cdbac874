"""Collectives: every rank runs the same program, so a value from all ranks is the value itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from auditor.trace.graph import Node, Value
from auditor.trace.objects import ListObj

if TYPE_CHECKING:
    from auditor.trace.machine import Machine

_FACTS: dict[str, object] = {
    "is_available": True, "is_initialized": True, "is_nccl_available": True, "get_rank": 0,
    "is_torchelastic_launched": True, "get_node_local_rank": 0,
}  # fmt: skip


class Distributed:
    """`torch.distributed`."""

    def __init__(self, machine: Machine) -> None:
        self.m = machine

    def call(self, path: str, args: list[Value], keywords: dict[str, Value]) -> Value | None:
        """A model of the call, `None` where it is no collective."""
        if not path.startswith(("torch.distributed.", "torch.distributed[")):
            return None
        name = path.rpartition(".")[2]
        if name in _FACTS:
            return self.m.heap.const(_FACTS[name])
        if name == "get_world_size":
            return self.m.library.python.environment(
                self.m.heap.const("WORLD_SIZE"), self.m.heap.const("8")
            )
        if name in ("all_gather", "all_gather_object", "gather", "all_gather_into_tensor",
                    "reduce_scatter_tensor", "all_to_all_single", "all_gather_tensor"):  # fmt: skip
            self._collect(args, keywords)
        return self.m.heap.node("call", (), path)

    def _collect(self, args: list[Value], keywords: dict[str, Value]) -> None:
        """The first argument receives what the second holds on every rank."""
        values = [*args, *keywords.values()]
        if len(values) < 2:
            return
        target, value = values[0], values[1]
        if isinstance(value, ListObj) and isinstance(target, Node):
            target, value = value, target
        if isinstance(target, ListObj):
            self.m.containers.generalise(target)
            self.m.heap.put(target.cells, "elem", value)
        elif isinstance(target, Node):
            self.m.heap.mutate(target, self.m.flow(value))
