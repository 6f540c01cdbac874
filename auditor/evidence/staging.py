"""How the data of a run was laid out: links and copies, and where train and validation part."""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from auditor.findings import Location
from auditor.texts import TextLines

_PLACES = re.compile(r"^\s*(?:\$ |sudo )?(?:ln|cp|mv|rsync)\s")
_VALIDATION = re.compile(r"(?:^|[_-])val(?:id(?:ation)?)?(?:[_-]|\d|$)", re.IGNORECASE)
_TRAINING = re.compile(r"(?:^|[_-])train(?:ing)?(?:[_-]|\d|$)", re.IGNORECASE)
_BOUNDARY = re.compile(
    r"val[-_]docs\b[`\"']{0,2}(?:\s*[=:]\s*|\s+)[`\"']?(?P<count>\d{1,3}(?:[,_]\d{3})+|\d+)",
    re.IGNORECASE,
)
_DEFAULT = re.compile(r"val[-_]docs\b[^\n]*?\bdefault\s*=\s*(?P<count>\d[\d_]{0,11})")
_TRAINED = re.compile(r"\btrain(?:ing|ed)?\b", re.IGNORECASE)
_LONGEST_LINE = 2_000


@dataclass(frozen=True, slots=True)
class Placement:
    """A command that puts one file where another is expected.

    Attributes:
        where: its line.
        source: the file, as written.
        target: the place, as written.
    """

    where: Location
    source: str
    target: str


@dataclass(frozen=True, slots=True)
class Boundary:
    """A statement that the training data begin after so many documents.

    Attributes:
        where: its line.
        documents: the number of documents that were held out.
    """

    where: Location
    documents: int


def validation_as_training(documents: Iterable[TextLines]) -> Iterator[Placement]:
    """Commands that link, copy or move a validation file to where training reads."""
    for document in documents:
        for number, line in document.lines:
            if len(line) > _LONGEST_LINE or not _PLACES.match(line):
                continue
            paths = _paths(line)
            if len(paths) >= 2 and _is(paths[-2], _VALIDATION) and _is(paths[-1], _TRAINING):
                where = Location(document.file, number, number)
                yield Placement(where, paths[-2], paths[-1])


def training_boundaries(documents: Iterable[TextLines], held_out: int) -> Iterator[Boundary]:
    """Statements that the training data begin after fewer documents than are held out.

    A line that also names the right number speaks of the mistake, not of the run.

    Args:
        documents: README, JSON and run scripts, by line.
        held_out: documents of the validation text.
    """
    for document in documents:
        for number, line in document.lines:
            counts = [int(re.sub(r"[,_]", "", m["count"])) for m in _BOUNDARY.finditer(line[:9000])]
            if not counts or not _TRAINED.search(line) or held_out in counts:
                continue
            fewer = [count for count in counts if 0 < count < held_out]
            if fewer:
                yield Boundary(Location(document.file, number, number), min(fewer))


def preparation_defaults(scripts: Iterable[TextLines], held_out: int) -> Iterator[Boundary]:
    """Scripts that prepare data and hold out fewer documents unless they are told otherwise."""
    for script in scripts:
        for number, line in script.lines:
            match = _DEFAULT.search(line[:_LONGEST_LINE])
            count = int(match["count"].replace("_", "")) if match else held_out
            if 0 < count < held_out:
                yield Boundary(Location(script.file, number, number), count)


def _paths(command: str) -> list[str]:
    try:
        words = shlex.split(command, comments=True)
    except ValueError:
        return []
    return [word for word in words[1:] if not word.startswith("-")]


def _is(path: str, kind: re.Pattern[str]) -> bool:
    """Whether the name of a file, not of its folder, is of one kind and not of the other."""
    name = posixpath.splitext(posixpath.basename(path))[0]
    other = _TRAINING if kind is _VALIDATION else _VALIDATION
    return kind.search(name) is not None and other.search(name) is None
