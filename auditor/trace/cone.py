"""Everything that a value was computed from, with links in both directions."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator

from auditor.trace.graph import Node


def behind(value: Node, most: int, *, stops: Collection[str] = ()) -> Iterator[Node]:
    """A value and what it was made of, without going through some operations.

    Args:
        value: where to start.
        most: nodes to come across before giving up.
        stops: operations whose inputs are left out.
    """
    stack, seen = [value], {value}
    while stack and len(seen) < most:
        node = stack.pop()
        yield node
        if node.op in stops:
            continue
        for part in node.ins:
            if part not in seen:
                seen.add(part)
                stack.append(part)


class Cone:
    """The nodes behind a value.

    Attributes:
        nodes: all of them, the value first.
    """

    def __init__(self, top: Node) -> None:
        self.nodes: list[Node] = [top]
        self._users: dict[Node, list[Node]] = {top: []}
        users, nodes = self._users, self.nodes
        for node in nodes:  # grows while it is walked
            for part in node.ins:
                known = users.get(part)
                if known is None:
                    users[part] = [node]
                    nodes.append(part)
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
        users = self._users
        found = set(sources)
        waiting = list(found)
        while waiting:
            for user in users.get(waiting.pop(), ()):
                if user.op in ops and user not in found:
                    found.add(user)
                    waiting.append(user)
        return found

    def made_of(self, sources: Iterable[Node]) -> set[Node]:
        """The sources and all that is made of them."""
        users = self._users
        found = set(sources)
        waiting = list(found)
        while waiting:
            fresh = [user for user in users.get(waiting.pop(), ()) if user not in found]
            found.update(fresh)
            waiting += fresh
        return found

    def users(self, node: Node) -> list[Node]:
        """The nodes that a node is an input of."""
        return self._users.get(node, [])
