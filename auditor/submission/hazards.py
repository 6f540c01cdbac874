"""Oddities of a tree that a reviewer should know of and a program could trip over."""

from __future__ import annotations

import posixpath
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from auditor.submission.model import MAX_FILE_BYTES, Entry, EntryKind, Problem, ProblemKind
from auditor.submission.paths import is_below

#: Longer paths do not fit into a checkout on every system.
MAX_PATH_CHARACTERS = 200
#: Problems of one kind listed one by one; a build tree has hundreds of the same kind.
LISTED_PER_KIND = 20


def problems_in(entries: Iterable[Entry], folder: str) -> tuple[Problem, ...]:
    """The oddities of `entries`, those of the folder under audit first.

    At most `LISTED_PER_KIND` of a kind are listed; one more entry says how many were left out.
    """
    entries = tuple(entries)
    found = [problem for entry in entries for problem in _of_entry(entry)]
    found += _case_collisions(entries)
    return capped(sorted(found, key=lambda p: (not is_below(p.path, folder), p.path, p.kind)))


def capped(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """The problems in order, without those beyond `LISTED_PER_KIND` of their kind."""
    seen: Counter[ProblemKind] = Counter()
    kept = []
    for problem in problems:
        seen[problem.kind] += 1
        if seen[problem.kind] <= LISTED_PER_KIND:
            kept.append(problem)
    for kind, count in seen.items():
        if count > LISTED_PER_KIND:
            left = count - LISTED_PER_KIND
            kept.append(Problem(kind, "", f"Not listed: {left} more of the kind {kind}."))
    return tuple(kept)


def leaves_tree(link: str, target: str) -> bool:
    """Whether a symbolic link at `link` with the text `target` points outside the tree."""
    if target.startswith(("/", "~", "\\")) or target[1:2] == ":":
        return True
    resolved = posixpath.normpath(posixpath.join(posixpath.dirname(link), target))
    return resolved == ".." or resolved.startswith("../")


def _of_entry(entry: Entry) -> Iterator[Problem]:
    path = entry.path
    if entry.kind is EntryKind.SYMLINK:
        where = " outside the tree" if leaves_tree(path, entry.target) else ""
        message = f"A symbolic link to {entry.target!r}{where}; links are not followed."
        yield Problem(ProblemKind.SYMLINK, path, message)
    elif entry.kind is EntryKind.SUBMODULE:
        message = "A submodule: the files it stands for are not part of the pull request."
        yield Problem(ProblemKind.SUBMODULE, path, message)
    elif entry.size is None:
        message = "The content is not in this clone, so it was not read."
        yield Problem(ProblemKind.MISSING_BLOB, path, message)
    elif entry.size > MAX_FILE_BYTES:
        message = f"{entry.size:,} bytes: larger than what is read ({MAX_FILE_BYTES:,})."
        yield Problem(ProblemKind.TOO_LARGE, path, message)
    for message in _of_name(path):
        yield Problem(ProblemKind.ODD_NAME, path, message)


def _of_name(path: str) -> Iterator[str]:
    if len(path) > MAX_PATH_CHARACTERS:
        yield f"The path has {len(path)} characters, more than {MAX_PATH_CHARACTERS}."
    if not path.isprintable():
        yield "The name holds control or invisible characters."
    if "\\" in path:
        yield "The name holds a backslash or bytes that are not UTF-8."


def _case_collisions(entries: Iterable[Entry]) -> Iterator[Problem]:
    by_folded: defaultdict[str, list[str]] = defaultdict(list)
    for entry in entries:
        by_folded[entry.path.casefold()].append(entry.path)
    for paths in by_folded.values():
        for path in sorted(paths)[1:]:
            message = f"The name differs from {min(paths)!r} only in letter case."
            yield Problem(ProblemKind.ODD_NAME, path, message)
