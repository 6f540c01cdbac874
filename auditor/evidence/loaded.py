"""Which files of the record folder the main script loads when it runs."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from auditor.findings import Location
from auditor.submission.contents import entries_of
from auditor.submission.model import Entry, EntryKind, Submission
from auditor.texts.lines import numbered_lines, read_text

_PYTHON = ".py"
_NATIVE = (".c", ".cc", ".cpp", ".cu", ".cuh", ".h", ".hpp", ".rs", ".so", ".pyd")
_FILE_NAME = re.compile(r"[\w.-]{1,200}\.(?:py|cc?|cpp|cuh?|h|hpp|rs|so|pyd)\b")
_IMPORT = re.compile(r"\s*(?:from\s+(?P<source>\.*[\w.]*)\s+import\b|import\s+(?P<names>[\w., ]+))")
#: A Python file that is merely named in a help text is not loaded; one of these loads it.
_LOADER = re.compile(
    r"exec|open\(|run_path|run_module|import_module|spec_from_file_location|read_text|read_bytes"
    r"|subprocess|Popen|check_call|os\.system"
)
#: A script this short cannot train anything: what it loads is the submission's code.
STUB_BYTES = 2_000


@dataclass(frozen=True, slots=True)
class LoadedFile:
    """A file that runs as part of the submission besides its main script.

    Attributes:
        path: its path.
        size: its bytes, or `None` where the content is missing.
        where: the line that loads it; the file itself where only the program's stage knows.
    """

    path: str
    size: int | None
    where: Location


def loaded_files(
    submission: Submission, loaded: Sequence[str] | None = None
) -> tuple[LoadedFile, ...]:
    """The helper files that the main script imports, executes or compiles when it runs.

    Args:
        submission: the submission.
        loaded: the paths, where a better source than the scripts' text knows them. Without it the
            imports and the file names in the text decide, through helpers of helpers.
    """
    candidates = {entry.path: entry for entry in _candidates(submission)}
    if loaded is not None:
        entries = [candidates.get(path) or submission.snapshot.find(path) for path in loaded]
        return tuple(
            LoadedFile(entry.path, entry.size, Location(entry.path, 1, 1))
            for entry in entries
            if entry is not None and entry.path != submission.main_script
        )
    return tuple(_found_in_text(submission, candidates))


def _candidates(submission: Submission) -> Iterator[Entry]:
    for entry in entries_of(submission.snapshot, submission.folder):
        code = entry.path.lower().endswith((_PYTHON, *_NATIVE))
        if code and entry.kind is EntryKind.FILE and entry.path != submission.main_script:
            yield entry


def _found_in_text(submission: Submission, candidates: dict[str, Entry]) -> Iterator[LoadedFile]:
    named: dict[str, list[str]] = {}
    for path in candidates:
        named.setdefault(posixpath.basename(path), []).append(path)
    waiting = [submission.main_script] if submission.main_script else []
    seen: set[str] = set()
    while waiting:
        loader = waiting.pop(0)
        text = read_text(submission.snapshot, loader)
        for number, line in numbered_lines(text or ""):
            code = line.split("#", 1)[0]
            for path in (*_imported(code, loader, candidates), *_named(code, named)):
                if path in seen or path == loader:
                    continue
                seen.add(path)
                if path.endswith(_PYTHON):
                    waiting.append(path)
                where = Location(loader, number, number, note=f"loads {posixpath.basename(path)}")
                yield LoadedFile(path, candidates[path].size, where)


def _named(code: str, named: dict[str, list[str]]) -> Iterator[str]:
    """The candidates that a line names in a string in order to load them."""
    if not named or not ('"' in code or "'" in code):
        return
    loads = _LOADER.search(code) is not None
    for name in _FILE_NAME.findall(code):
        for path in named.get(name, ()):
            if loads or path.endswith(_NATIVE):
                yield path


def _imported(code: str, loader: str, candidates: dict[str, Entry]) -> Iterator[str]:
    match = _IMPORT.match(code) if candidates else None
    if match is None:
        return
    names = [match["source"] or ""] if match["names"] is None else []
    names += [name.split()[0] for name in (match["names"] or "").split(",") if name.strip()]
    for name in names:
        yield from _module(name, loader, candidates)


def _module(name: str, loader: str, candidates: dict[str, Entry]) -> Iterator[str]:
    inside = name.lstrip(".").replace(".", "/")
    base = posixpath.dirname(loader)
    for path in (f"{base}/{inside}.py", f"{base}/{inside}/__init__.py"):
        if inside and path in candidates:
            yield path
