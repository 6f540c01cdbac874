"""Real folders and git repositories for the tests, written file by file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pygit2
from pygit2.enums import FileMode

TRAINER = "loss.backward()\nprint(f'val_bpb:{bpb}')\n"
LOG = "step:1/20 train_loss:6.9\nstep:20/20 val_loss:2.1 val_bpb:1.2500\n"

RECORDS = "records/track_10min_16mb"


@dataclass(frozen=True)
class Link:
    """A symbolic link with this text."""

    target: str


@dataclass(frozen=True)
class Submodule:
    """An entry that stands for a commit of another repository."""


@dataclass(frozen=True)
class Deleted:
    """Takes the file away."""


Content = str | bytes | Link | Submodule | Deleted
Files = Mapping[str, Content]


def entry(name: str, score: float | None = 1.25, more: Files | None = None) -> dict[str, Content]:
    """The files of a complete record folder in the ten-minute track, and `more` in it."""
    folder = f"{RECORDS}/{name}"
    stated = "null" if score is None else score
    complete: dict[str, Content] = {
        f"{folder}/README.md": f"# {name}\n",
        f"{folder}/submission.json": f'{{"author": "a", "val_bpb": {stated}}}',
        f"{folder}/train_gpt.py": TRAINER,
        f"{folder}/train.log": LOG,
    }
    return complete | {f"{folder}/{path}": content for path, content in (more or {}).items()}


def write_tree(root: Path, files: Files) -> Path:
    """Writes `files` below `root` and returns it."""
    for path, content in files.items():
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, Link):
            place.symlink_to(content.target)
        elif isinstance(content, str | bytes):
            place.write_bytes(content.encode() if isinstance(content, str) else content)
        else:
            raise TypeError(f"{content} has no counterpart on disk")
    return root


class World:
    """A bare clone with a main branch and heads of pull requests."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.repository = pygit2.init_repository(str(path), bare=True, initial_head="main")
        self.clock = 1_774_940_000  # the morning of 31 March 2026, in UTC

    def commit(
        self,
        files: Files,
        parents: Sequence[pygit2.Oid] = (),
        subject: str = "work",
        ref: str | None = None,
    ) -> pygit2.Oid:
        """Commits the tree of the first parent with `files` changed in it; an hour passes."""
        self.clock += 3600
        who = pygit2.Signature("somebody", "somebody@example.org", self.clock, 0)
        index = pygit2.Index()
        if parents:
            index.read_tree(self.repository[parents[0]].peel(pygit2.Tree))
        for path, content in files.items():
            if isinstance(content, Deleted):
                index.remove(path)
            else:
                index.add(self._index_entry(path, content))
        tree = index.write_tree(self.repository)
        message = f"{subject}\n\nbody\n"
        oid = self.repository.create_commit(None, who, who, message, tree, list(parents))
        if ref is not None:
            self.repository.references.create(ref, oid, force=True)
        return oid

    def main(
        self, files: Files, parents: Sequence[pygit2.Oid] = (), subject: str = "main"
    ) -> pygit2.Oid:
        """Commits to the main branch."""
        return self.commit(files, parents, subject, "refs/heads/main")

    def pull(
        self, pr: int, files: Files, parents: Sequence[pygit2.Oid] = (), subject: str = "pull"
    ) -> pygit2.Oid:
        """Commits and makes it the head of a pull request."""
        return self.commit(files, parents, subject, f"refs/pull/{pr}/head")

    def lose(self, oid: pygit2.Oid) -> None:
        """Takes an object away, as in a clone that was made without large files."""
        name = str(oid)
        (self.path / "objects" / name[:2] / name[2:]).unlink()

    def oid_at(self, commit: pygit2.Oid, path: str) -> pygit2.Oid:
        """The object name of the file at `path`."""
        return self.repository[commit].peel(pygit2.Tree)[path].id

    def _index_entry(self, path: str, content: Content) -> pygit2.IndexEntry:
        if isinstance(content, Submodule):
            return pygit2.IndexEntry(path, pygit2.Oid(hex="1" * 40), FileMode.COMMIT)
        mode = FileMode.LINK if isinstance(content, Link) else FileMode.BLOB
        text = content.target if isinstance(content, Link) else content
        assert isinstance(text, str | bytes)
        data = text.encode() if isinstance(text, str) else text
        return pygit2.IndexEntry(path, self.repository.create_blob(data), mode)
