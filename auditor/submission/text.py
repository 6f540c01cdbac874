"""Text from bytes that claim to be text: a byte order mark, UTF-16 and stray NULs included."""

from __future__ import annotations

import codecs

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def decode(data: bytes) -> str:
    """Decodes a text file of unknown encoding; never fails.

    A byte order mark decides. Without one, UTF-16 is recognised by the NUL bytes that it gives to
    ASCII text; everything else is UTF-8. Bytes that do not decode become U+FFFD and stray NULs are
    dropped, so that a truncated or partly binary log still yields its readable lines.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, errors="replace").replace("\0", "")
    return data.decode(_encoding_by_nuls(data), errors="replace").replace("\0", "")


def _encoding_by_nuls(data: bytes) -> str:
    sample = data[:4096]
    pairs = len(sample) // 2
    if pairs == 0:
        return "utf-8"
    # Text in a Latin script has a NUL in every high byte and hardly any in the low ones.
    if sample[1::2].count(0) > 0.6 * pairs and sample[::2].count(0) < 0.2 * pairs:
        return "utf-16-le"
    if sample[::2].count(0) > 0.6 * pairs and sample[1::2].count(0) < 0.2 * pairs:
        return "utf-16-be"
    return "utf-8"
