"""What lies outside the program: its environment, its files, and what its logs give away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from auditor.program import ir
    from auditor.trace.graph import Node
    from auditor.trace.objects import Frame


class World(Protocol):
    """What the machine asks of its surroundings."""

    def setting(self, name: str, default: str | None = None) -> str | None:
        """The value of an environment variable in the submitted run, `None` where it is not set.

        Args:
            name: the variable.
            default: what the program falls back to, where that is known.
        """

    def default(self, name: str, value: str | None) -> None:
        """Tells that the program falls back to `value` for a variable that is not set."""

    def option(self, name: str) -> str | None:
        """The value of a command-line option in the submitted run, `None` where it is not given."""

    def file(self, path: str) -> bytes | None:
        """The content of a file that the submission ships, looked up from the record folder."""

    def module(self, dotted: str, beside: str) -> ir.Module | None:
        """The parsed module of that name that the submission ships beside the file `beside`."""

    def script(self, path: str) -> ir.Module | None:
        """The parsed script at that path of the submission."""

    def payload(self, data: bytes | str, file: str, layer: str | None) -> ir.Module | None:
        """The parsed code behind a text that the program executes, `None` where it has none."""

    def decode(self, codec: str, data: object) -> bytes | None:
        """The bytes behind encoded or compressed ones, `None` where they cannot be had safely."""

    def branch_taken(
        self,
        stmt: ir.If,
        truth: bool | None,  # noqa: FBT001
        condition: Node,
        frame: Frame,
    ) -> bool | None:
        """Corrects what the settings say of a branch by what the run's logs show."""
