"""Lines of a log that report the size of the code, the model or the whole submission, in bytes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from auditor.evidence.amounts import number_of
from auditor.evidence.stated import Stated, tidy_label
from auditor.facts import Quantity

_N = r"(?P<value>\d[\d,_]*)"
_PATTERNS: tuple[tuple[Quantity, re.Pattern[str]], ...] = (
    (
        Quantity.TOTAL_BYTES,
        re.compile(
            r"Total submission(?: size)?(?P<label>[^:\n]{0,60}):\s*" + _N + r" ?bytes", re.I
        ),
    ),
    (
        Quantity.MODEL_BYTES,
        re.compile(r"Serialized[ _]model(?P<label>[^:\n]{0,60}):\s*" + _N + r" ?bytes", re.I),
    ),
    (
        Quantity.MODEL_BYTES,
        re.compile(r"(?P<label>compressed) model:\s*" + _N + r" ?bytes", re.I),
    ),
    (Quantity.MODEL_BYTES, re.compile(r"(?<![\w])(?P<label>int\d_(?:zlib|zstd|lzma))_bytes:" + _N)),
    (
        Quantity.CODE_BYTES,
        re.compile(r"\bCode(?: size)?(?P<label>[ (_][^:\n]{0,40})?:\s*" + _N + r" ?bytes", re.I),
    ),
    (
        Quantity.ARTIFACT_BYTES,
        re.compile(r"(?P<label>[\w: ]{0,40}artifact(?: size)?):\s*" + _N + r" ?bytes", re.I),
    ),
    (
        Quantity.ARTIFACT_BYTES,
        re.compile(r"(?P<label>(?<![A-Za-z_])artifact_bytes)\s*[:=]\s*" + _N),
    ),
    (Quantity.TOTAL_BYTES, re.compile(r"(?P<label>(?<![A-Za-z_])bytes_total)\s*[:=]\s*" + _N)),
    (
        Quantity.TOTAL_BYTES,
        re.compile(r"(?:model|blob_bytes):\d[\d,]* code\w*:\d[\d,]* (?P<label>total):\s*" + _N),
    ),
    (
        Quantity.MODEL_BYTES,
        re.compile(r"(?P<label>(?:compressed_blob_bytes|model)):" + _N + r"(?= code\w*:\d)"),
    ),
    (Quantity.CODE_BYTES, re.compile(r"(?<= )(?P<label>code(?:_bytes)?):" + _N + r"(?= |$)")),
    (Quantity.TOTAL_BYTES, re.compile(r"(?P<label>budget):" + _N + r"/\d")),
    (
        Quantity.TOTAL_BYTES,
        re.compile(r"(?P<label>^\s*[\w+]*): artifact=\d.*\btotal(?:_submission)?=" + _N),
    ),
    (
        Quantity.TOTAL_BYTES,
        re.compile(r"(?P<label>artifact [^:]{1,40}): \d+ bytes \+ \d+ code = " + _N + r" total"),
    ),
    (
        Quantity.TOTAL_BYTES,
        re.compile(r"(?P<label>Size check \w+):\s*" + _N + r" / \d", re.I),
    ),
)
_ABBREVIATED = re.compile(r"total[:=]|budget:|Size check")
_SMALLEST = 1000


def read_sizes(line: str) -> Iterator[Stated]:
    """The sizes that a line reports, in bytes.

    The label of a model or total is its codec (`int6+zstd`); it is empty where the log names
    none, which is how most scripts print the uncompressed model. The label of the code is
    `compressed` or `uncompressed` where the log says which.
    """
    if "ytes" not in line and not _ABBREVIATED.search(line):
        return
    for quantity, pattern in _PATTERNS:
        match = pattern.search(line)
        number = number_of(match["value"]) if match else None
        if match and number is not None and number >= _SMALLEST:
            label = tidy_label((match["label"] or "").strip(" ()_"))
            yield Stated(quantity, int(number), label)
