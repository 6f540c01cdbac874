"""Everything that a value was computed from, with links in both directions."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from auditor.trace.graph import Node


class Cone:
    """The nodes behind a value.

    Attributes:
        nodes: all of them, the value first.
    """

    def __init__(self, top: Node) -> None:
        self.nodes: list[Node] = [top]
        self._users: dict[Node, list[Node]] = {top: []}
        for node in self.nodes:  # grows while it is walked
            for part in node.ins:
                known = self._users.get(part)
                if known is None:
                    self._users[part] = [node]
                    self.nodes.append(part)
                else:
                    known.append(node)

    def onward(self, sources: Iterable[Node], keep: Callable[[Node, Node], bool]) -> set[Node]:
        """The sources and what is made of them, along links `keep(user, part)` holds for."""
        found = set(sources)
        waiting = list(found)
        while waiting:
            part = waiting.pop()
            for user in self._users.get(part, ()):
                if user not in found and keep(user, part):
                    found.add(user)
                    waiting.append(user)
        return found

    def through(self, sources: Iterable[Node], ops: Collection[str]) -> set[Node]:
        """The sources and what is made of them by some operations only."""
        return self.onward(sources, lambda user, _: user.op in ops)

    def users(self, node: Node) -> list[Node]:
        """The nodes that a node is an input of."""
        return self._users.get(node, [])
