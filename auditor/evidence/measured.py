"""Sizes of the files as shipped, which no claim can change."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.facts import Fact, Quantity, Standing
from auditor.findings import Location
from auditor.submission.contents import entries_of
from auditor.submission.model import EntryKind, Submission

#: Endings of compressed models; a bare `.pt` is as often the uncompressed checkpoint.
_ARTIFACTS = (".ptz", ".ptz.zst", ".br", ".lzma", ".xz", ".zst")


def measured_facts(submission: Submission) -> Iterator[Fact]:
    """The size of the main script and of compressed models in the record folder, in bytes."""
    snapshot = submission.snapshot
    if submission.main_script is not None:
        entry = snapshot.find(submission.main_script)
        if entry is not None and entry.size is not None:
            yield _size(Quantity.CODE_BYTES, entry.path, entry.size)
    for entry in entries_of(snapshot, submission.folder):
        compressed = entry.path.lower().endswith(_ARTIFACTS)
        if compressed and entry.kind is EntryKind.FILE and entry.size is not None:
            yield _size(Quantity.MODEL_BYTES, entry.path, entry.size)


def _size(quantity: Quantity, path: str, size: int) -> Fact:
    return Fact(quantity, size, Standing.MEASURED, Location(path, 1, 1), label=path)
