"""Opens encoded and compressed code without running it, within bounds.

A packed script is a literal behind a chain of decoders (`exec(lzma.decompress(b85decode(...)))`).
The chain is walked by the same constant folding that evaluates every other expression; this module
only knows the decoders. Every step is bounded in size and ratio, because 402 bytes of bz2 can hold
512 MB.
"""

from __future__ import annotations

import base64
import binascii
import bz2
import lzma
import zlib
from collections.abc import Callable

import brotli

MAX_OUTPUT = 8_000_000
"""Largest text that is unpacked; the largest real payload has 247 kB."""

MAX_RATIO = 200
"""Largest expansion of one decompression; real payloads reach 4.3."""

MAX_DEPTH = 4
"""Deepest nesting of packed texts."""


class CannotOpen(Exception):
    """The bytes could not be unpacked; the message is one sentence saying why."""


def decode(codec: str, data: bytes | str) -> bytes:
    """The bytes behind `data`.

    Args:
        codec: dotted name of the library call that the script uses, such as `lzma.decompress`.
        data: what it is called with.

    Raises:
        CannotOpen: the codec is unknown, the data does not fit it, or the result is too large.
    """
    raw = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
    opener = _CODECS.get(codec)
    if opener is None:
        raise CannotOpen(f"no decoder is known for {codec}")
    try:
        return opener(raw)
    except (ValueError, binascii.Error, zlib.error, lzma.LZMAError, OSError, EOFError) as error:
        raise CannotOpen(f"the data does not fit {codec}") from error


def _bounded(size: int) -> int:
    return min(MAX_OUTPUT, max(4096, size * MAX_RATIO))


def _finish(output: bytes, limit: int) -> bytes:
    if len(output) > limit:
        raise CannotOpen(f"the unpacked text is larger than {limit:,} bytes")
    return output


def _zlib(raw: bytes) -> bytes:
    limit = _bounded(len(raw))
    wbits = zlib.MAX_WBITS | 32 if raw[:1] == b"\x78" or raw[:2] == b"\x1f\x8b" else -15
    return _finish(zlib.decompressobj(wbits).decompress(raw, limit + 1), limit)


def _bz2(raw: bytes) -> bytes:
    limit = _bounded(len(raw))
    return _finish(bz2.BZ2Decompressor().decompress(raw, limit + 1), limit)


def _lzma(raw: bytes) -> bytes:
    """Any of the LZMA containers; a raw stream is recognised by trial."""
    limit = _bounded(len(raw))
    if raw[:6] == b"\xfd7zXZ\x00" or raw[:1] == b"\x5d":
        try:
            opener = lzma.LZMADecompressor(memlimit=1 << 28)
            return _finish(opener.decompress(raw, limit + 1), limit)
        except lzma.LZMAError:
            pass
    return _raw_lzma(raw, limit)


def _raw_lzma(raw: bytes, limit: int) -> bytes:
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 1 << 24}]
    filters += [
        {"id": lzma.FILTER_LZMA1, "dict_size": 1 << 24, "lc": lc, "lp": lp, "pb": pb}
        for lc, lp, pb in ((3, 0, 2), (4, 0, 0), (3, 0, 0), (4, 0, 2), (0, 0, 0), (0, 2, 0))
    ]
    for one in filters:
        try:
            opener = lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[one])
            output = opener.decompress(raw, limit + 1)
        except lzma.LZMAError:
            continue
        if _is_text(output):
            return _finish(output, limit)
    raise CannotOpen("the data does not fit any LZMA format")


def _brotli(raw: bytes) -> bytes:
    limit = _bounded(len(raw))
    opener = brotli.Decompressor()
    try:
        return _finish(bytes(opener.process(raw, output_buffer_limit=limit + 1)), limit)
    except (brotli.error, TypeError) as error:
        raise CannotOpen("the data does not fit brotli") from error


def _is_text(data: bytes) -> bool:
    head = data[:4096]
    return bool(head) and b"\x00" not in head


_CODECS: dict[str, Callable[[bytes], bytes]] = {
    "base64.b85decode": base64.b85decode,
    "base64.a85decode": base64.a85decode,
    "base64.b64decode": base64.b64decode,
    "base64.urlsafe_b64decode": base64.urlsafe_b64decode,
    "base64.standard_b64decode": base64.standard_b64decode,
    "base64.b32decode": base64.b32decode,
    "base64.b16decode": base64.b16decode,
    "binascii.a2b_base64": binascii.a2b_base64,
    "binascii.unhexlify": binascii.unhexlify,
    "bytes.fromhex": binascii.unhexlify,
    "zlib.decompress": _zlib,
    "gzip.decompress": _zlib,
    "bz2.decompress": _bz2,
    "lzma.decompress": _lzma,
    "brotli.decompress": _brotli,
}
