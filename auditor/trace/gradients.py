"""Gradients between a backward pass and the update that uses them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from auditor.trace.graph import Node
from auditor.trace.objects import Cells, Tup

if TYPE_CHECKING:
    from auditor.trace.machine import Machine


class Gradients:
    """The losses whose gradients have been accumulated since the last reset.

    One pool serves all parameters: a backward pass fills the gradients of everything the loss
    depends on, and code that steps several optimisers resets them together.
    """

    def __init__(self, machine: Machine) -> None:
        self.m = machine
        self._cells: Cells = {"pending": Tup(())}

    def add(self, loss: Node) -> None:
        """`loss.backward()`."""
        pending = self.pending()
        if not any(loss is seen for seen in pending):
            self.m.heap.put(self._cells, "pending", Tup((*pending, loss)))

    def clear(self) -> None:
        """`zero_grad()`."""
        self.m.heap.put(self._cells, "pending", Tup(()))

    def pending(self) -> tuple[Node, ...]:
        """The losses whose gradients are in place."""
        pending = self._cells["pending"]
        items = pending.items if isinstance(pending, Tup) else ()
        return tuple(item for item in items if isinstance(item, Node))

    def of(self, parameter: Node) -> Node:
        """`parameter.grad`."""
        return self.m.heap.node("grad", self.pending() or (self.m.heap.content(parameter),))
