"""Which files are logs of a run: told from a bounded part of their content, not from names."""

from __future__ import annotations

import posixpath
import re
from itertools import islice

from auditor.submission.model import BlobMissing, Entry, EntryKind, Snapshot
from auditor.submission.text import decode

#: Bytes of a file that are looked at: many logs start with the whole source of their script, and
#: some with thousands of lines of warnings.
SNIFFED_BYTES = 4 * 1024 * 1024
_FIRST_LOOK = 64 * 1024

_SUFFIXES = (".log", ".txt", ".out")
_NO_LOG = re.compile(r"require|constraint|freeze|licen[cs]e|readme|vocab|change_?log")
_NAMED_LOG = re.compile(r"\.log\Z|(?:\A|[_\W])(?:logs?|train_?log|output)(?:[_\W]|\Z)")
_METRIC = re.compile(
    r"""
    (?:bpb|bits_per_byte|loss|\bce|_time)         # what is measured,
    (?:_exact|_ms|_avg|_mean|_per_byte)?["']?
    (?:\s{0,2}[:=]\s{0,2}["']?\d|[ ]\d+\.\d)    # and its value
    | \bstep[ :=]{1,4}\d                          # or how far a run has come
    """,
    re.IGNORECASE | re.VERBOSE,
)
#: What a file that is called a log has to state at least once.
_MEASURED = re.compile(rf"\d\.\d|{_METRIC.pattern}", _METRIC.flags)
#: A note may quote one or two results; a run prints them over and over.
_METRICS_OF_A_TEXT = 3


def is_run_log(snapshot: Snapshot, entry: Entry) -> bool:
    """Whether a file is a log that a run printed, as opposed to notes, lists or empty files.

    A text file that its own name or that of its folder calls a log needs one measured number, any
    other text file several with words for what was measured. Files with other suffixes are logs
    only where the name has no suffix and says `log`.
    """
    path = entry.path.lower()
    name = posixpath.basename(path)
    suffix = posixpath.splitext(name)[1]
    if entry.kind is not EntryKind.FILE or not entry.size or _NO_LOG.search(name):
        return False
    if suffix not in _SUFFIXES and not (suffix == "" and "log" in name):
        return False
    try:
        data = snapshot.read(entry.path, SNIFFED_BYTES)
    except BlobMissing:
        return False
    folder = posixpath.basename(posixpath.dirname(path))
    if _NAMED_LOG.search(name) or _NAMED_LOG.search(folder):
        return _has(_MEASURED, data, 1)
    return _has(_METRIC, data, _METRICS_OF_A_TEXT)


def _has(pattern: re.Pattern[str], data: bytes, needed: int) -> bool:
    return any(
        sum(1 for _ in islice(pattern.finditer(decode(part)), needed)) == needed
        for part in (data[:_FIRST_LOOK], data[_FIRST_LOOK:])
    )
