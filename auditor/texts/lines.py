"""Lines of real-world text files, numbered as an editor numbers them, read within bounds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from auditor.submission.model import BlobMissing, Snapshot
from auditor.submission.text import decode

#: No log of a run comes near this; what lies beyond is noise or an attempt to stall the reader.
TEXT_LIMIT = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class TextLines:
    """The lines of one text file that count, with their numbers.

    Attributes:
        file: its path in the pull request.
        lines: (number, text) of each line.
    """

    file: str
    lines: tuple[tuple[int, str], ...]


def read_text(snapshot: Snapshot, path: str, limit: int = TEXT_LIMIT) -> str | None:
    """The decoded text of a file, at most `limit` bytes of it; `None` where it cannot be read."""
    try:
        return decode(snapshot.read(path, limit))
    except BlobMissing:
        return None


def numbered_lines(text: str) -> Iterator[tuple[int, str]]:
    r"""The lines of a text with their numbers, counted from 1.

    A line ends at `\n` or `\r\n`, as for git and the code view of a forge. A bare `\r` does not
    start a new number: the states of a progress bar that overwrite each other come out one by
    one, all under the number of the line they share. Form feeds and Unicode separators are
    ordinary characters.
    """
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), start=1):
        if "\r" not in line:
            yield number, line
            continue
        for part in line.split("\r"):
            if part:
                yield number, part
