"""What the commits of a pull request did to the folders it touches."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Change:
    """One commit of a pull request.

    Attributes:
        subject: first line of its message; empty for a merge, whose message is not the author's.
        touched: folders that differ from what they were in every parent.
        introduced: folders that exist in none of its parents; a part of `touched`.
    """

    subject: str
    touched: frozenset[str] = frozenset()
    introduced: frozenset[str] = frozenset()


class History(Protocol):
    """Where the files of a snapshot came from."""

    def is_new(self, folder: str) -> bool:
        """Whether `folder` did not exist before the pull request."""

    def changes(self, folders: Iterable[str]) -> tuple[Change, ...]:
        """What the commits did to `folders`, the newest commit first."""


class NoHistory:
    """The history of a folder on disk: everything is new and nothing is known of commits."""

    def is_new(self, folder: str) -> bool:  # noqa: ARG002  (the answer is the same for all)
        """Always true: there is nothing to compare with."""
        return True

    def changes(self, folders: Iterable[str]) -> tuple[Change, ...]:  # noqa: ARG002
        """Always empty."""
        return ()
