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
_NO_LOG = re.compile(r"require|constraint|freeze|licen[cs]e|readme|vocab")
_METRIC = re.compile(
    r"""
    (?:bpb|bits_per_byte|loss|\bce|_time)         # what is measured,
    (?:_exact|_ms|_avg|_mean|_per_byte)?["']?
    (?:\s{0,2}[:=]\s{0,2}["']?\d|[ ]\d+\.\d)    # and its value
    | \bstep[ :=]{1,4}\d                          # or how far a run has come
    """,
    re.IGNORECASE | re.VERBOSE,
)
#: A note may quote one or two results; a run prints them over and over.
_METRICS_OF_A_TEXT = 3


def is_run_log(snapshot: Snapshot, entry: Entry) -> bool:
    """Whether a file is a log that a run printed, as opposed to notes, lists or empty files.

    A `.log` needs one measured value, any other text file several. Files with other suffixes are
    logs only where the name has no suffix and says `log`.
    """
    name = posixpath.basename(entry.path).lower()
    suffix = posixpath.splitext(name)[1]
    if entry.kind is not EntryKind.FILE or not entry.size or _NO_LOG.search(name):
        return False
    if suffix not in _SUFFIXES and not (suffix == "" and "log" in name):
        return False
    try:
        data = snapshot.read(entry.path, SNIFFED_BYTES)
    except BlobMissing:
        return False
    needed = 1 if suffix == ".log" else _METRICS_OF_A_TEXT
    return _has_metrics(data[:_FIRST_LOOK], needed) or _has_metrics(data[_FIRST_LOOK:], needed)


def _has_metrics(data: bytes, needed: int) -> bool:
    found = _METRIC.finditer(decode(data))
    return sum(1 for _ in islice(found, needed)) == needed
