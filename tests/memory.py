"""Record folders that exist only in memory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from auditor.case import Case
from auditor.evidence import gather
from auditor.facts import Fact, Facts, Quantity, Standing
from auditor.ruleset import load_ruleset
from auditor.submission.model import BlobMissing, Entry, EntryKind, Origin, Submission, Track
from auditor.texts import read_texts

FOLDER = "records/track_10min_16mb/2026-04-01_Example"
NON_RECORD = "records/track_non_record_16mb/2026-04-01_Example"


@dataclass(frozen=True)
class MemorySnapshot:
    """A snapshot of files given as text or bytes; `missing` are listed without their content."""

    files: Mapping[str, bytes]
    missing: frozenset[str] = frozenset()
    untouched: frozenset[str] = field(default=frozenset())

    def entries(self) -> Iterable[Entry]:
        return [entry for entry in self._all() if entry.path not in self.untouched]

    def find(self, path: str) -> Entry | None:
        return next((entry for entry in self._all() if entry.path == path), None)

    def under(self, folder: str) -> Iterable[Entry]:
        return [e for e in self._all() if not folder or e.path.startswith(f"{folder}/")]

    def read(self, path: str, limit: int | None = None) -> bytes:
        if path not in self.files or path in self.missing:
            raise BlobMissing(path)
        return self.files[path][:limit]

    def _all(self) -> list[Entry]:
        sizes = {path: len(data) for path, data in self.files.items()}
        return [
            Entry(path, EntryKind.FILE, None if path in self.missing else size)
            for path, size in sorted(sizes.items())
        ]


def _day(folder: str) -> date | None:
    """The day in a record folder's name."""
    try:
        return date.fromisoformat(folder.rpartition("/")[2][:10])
    except ValueError:
        return None


def submission_of(
    files: Mapping[str, str | bytes],
    *,
    folder: str = FOLDER,
    elsewhere: Mapping[str, str | bytes] | None = None,
    missing: Iterable[str] = (),
) -> Submission:
    """A submission whose record folder holds `files`; `elsewhere` are other paths it touches."""
    paths = {f"{folder}/{name}": content for name, content in files.items()}
    paths |= elsewhere or {}
    data = {path: _bytes(content) for path, content in paths.items()}
    scripts = sorted(f"{folder}/{name}" for name in files if name.endswith(".py"))
    main = f"{folder}/train_gpt.py" if f"{folder}/train_gpt.py" in scripts else None
    others = {path.rsplit("/", 1)[0] for path in data if path.startswith("records/")} - {folder}
    others = {other for other in others if not other.startswith(f"{folder}/")}
    return Submission(
        snapshot=MemorySnapshot(data, frozenset(f"{folder}/{name}" for name in missing)),
        origin=Origin(base="0" * 40 if elsewhere else None),
        folder=folder,
        track=Track.NON_RECORD if "non_record" in folder else Track.TEN_MINUTES,
        main_script=main,
        scripts=tuple(path for path in scripts if path != main),
        logs=tuple(sorted(f"{folder}/{n}" for n in files if n.endswith((".log", ".txt")))),
        metadata=f"{folder}/submission.json" if "submission.json" in files else None,
        readme=f"{folder}/README.md" if "README.md" in files else None,
        opened=_day(folder),
        other_folders=tuple(sorted(others)),
    )


def case_of(submission: Submission) -> Case:
    """The case that a rule gets to see."""
    texts = read_texts(submission)
    return Case(submission, texts, gather(submission, texts), load_ruleset())


def facts_of(submission: Submission, *sources: str) -> Facts:
    """What the files of a submission state."""
    return gather(submission, read_texts(submission, sources))


def values(
    facts: Iterable[Fact] | Facts, quantity: Quantity, standing: Standing | None = None
) -> list[float | int | str]:
    """The values of the facts about one quantity, in their order."""
    return [
        fact.value
        for fact in facts
        if fact.quantity is quantity and standing in (None, fact.standing)
    ]


def _bytes(content: str | bytes) -> bytes:
    return content.encode() if isinstance(content, str) else content
