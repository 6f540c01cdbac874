"""What the rules on provenance share: the claimed logs, and what the code can print."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from auditor.case import Case
from auditor.evidence.attribution import attribute
from auditor.program import ir
from auditor.program.parse import Unparsed, parse
from auditor.provenance.dumps import Shipped
from auditor.provenance.foreign import words_of
from auditor.provenance.grammar import Grammar
from auditor.submission.contents import entries_of
from auditor.submission.model import EntryKind
from auditor.texts import TextLines
from auditor.texts.lines import read_text
from auditor.trace import Trace
from auditor.trace.events import EventKind

#: Helper files beyond these bounds are read for their words only.
_MOST_HELPERS = 6
_LARGEST_HELPER = 400_000
_CODE = (".py", ".sh", ".c", ".cpp", ".cu", ".ipynb", ".yaml", ".yml", ".toml")


@dataclass(frozen=True, slots=True)
class Printers:
    """What the shipped code can print.

    Attributes:
        grammar: the texts of all code that was read.
        words: all words of the shipped code.
    """

    grammar: Grammar
    words: frozenset[str]


_KNOWN: WeakKeyDictionary[Trace, Printers] = WeakKeyDictionary()
"""Answers of `printers`: several rules ask, and each answer parses the helper files."""


def claimed_logs(case: Case) -> tuple[tuple[TextLines, ...], bool]:
    """The logs of the claimed runs, and whether they are known to be these."""
    attribution = attribute(case.facts)
    names = {run.log for run in attribution.runs}
    found = tuple(log for log in case.texts.logs if log.file in names)
    return found, attribution.sure


def is_read(case: Case) -> bool:
    """Whether all code that the program executes was read."""
    trace = case.trace
    return bool(trace.modules) and not trace.problems and not trace.of(EventKind.UNOPENED)


def printers(case: Case) -> Printers:
    """What the code of a submission can print, helper files included."""
    known = _KNOWN.get(case.trace)
    if known is None:
        known = _KNOWN[case.trace] = _printers(case)
    return known


def _printers(case: Case) -> Printers:
    modules = list(case.trace.modules)
    seen = {module.file for module in modules}
    texts = [module.source for module in modules]
    for path, text in _helpers(case):
        if path in seen:
            continue
        texts.append(text)
        if path.endswith(".py") and len(modules) < _MOST_HELPERS + len(seen):
            modules += _parsed(path, text)
    return Printers(Grammar(modules), words_of(texts))


def shipped_code(case: Case) -> tuple[Shipped, ...]:
    """All code that is shipped: the modules that were read, and the other scripts."""
    found = [
        Shipped(f"{module.file} [{module.layer}]" if module.layer else module.file, module.source)
        for module in case.trace.modules
    ]
    names = {each.name for each in found}
    found += [Shipped(path, text) for path, text in _helpers(case) if path not in names]
    return tuple(found)


def _helpers(case: Case) -> Iterator[tuple[str, str]]:
    submission = case.submission
    for entry in entries_of(submission.snapshot, submission.folder):
        if entry.kind is EntryKind.FILE and entry.path.endswith(_CODE):
            text = read_text(submission.snapshot, entry.path, _LARGEST_HELPER)
            if text is not None:
                yield entry.path, text


def _parsed(path: str, text: str) -> list[ir.Module]:
    try:
        return [parse(text, path)]
    except Unparsed:
        return []
