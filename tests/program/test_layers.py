from __future__ import annotations

import base64
import binascii
import bz2
import gzip
import lzma
import zlib

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.program.layers import MAX_OUTPUT, CannotOpen, decode

CODE = b"import torch\nprint('val_bpb:1.0')\n" * 20

RAW_LZMA2 = [{"id": lzma.FILTER_LZMA2, "preset": 9}]
RAW_LZMA1 = [{"id": lzma.FILTER_LZMA1, "lc": 4, "lp": 0, "pb": 0}]

PACKED = {
    "zlib": ("zlib.decompress", zlib.compress(CODE, 9)),
    "raw deflate": ("zlib.decompress", zlib.compress(CODE)[2:-4]),
    "gzip": ("gzip.decompress", gzip.compress(CODE)),
    "bz2": ("bz2.decompress", bz2.compress(CODE)),
    "xz": ("lzma.decompress", lzma.compress(CODE)),
    "lzma alone": ("lzma.decompress", lzma.compress(CODE, lzma.FORMAT_ALONE)),
    "raw LZMA2": ("lzma.decompress", lzma.compress(CODE, lzma.FORMAT_RAW, filters=RAW_LZMA2)),
    "raw LZMA1": ("lzma.decompress", lzma.compress(CODE, lzma.FORMAT_RAW, filters=RAW_LZMA1)),
}


@pytest.mark.parametrize("kind", PACKED)
def test_every_compression_seen_in_submissions_is_opened(kind: str) -> None:
    codec, data = PACKED[kind]
    assert decode(codec, data) == CODE


def test_brotli_is_opened() -> None:
    assert decode("brotli.decompress", brotli.compress(CODE)) == CODE
    with pytest.raises(CannotOpen, match="does not fit brotli"):
        decode("brotli.decompress", b"no brotli at all")


ENCODED = {
    "base64.b85decode": base64.b85encode,
    "base64.a85decode": base64.a85encode,
    "base64.b64decode": base64.b64encode,
    "base64.urlsafe_b64decode": base64.urlsafe_b64encode,
    "base64.b32decode": base64.b32encode,
    "base64.b16decode": base64.b16encode,
    "binascii.unhexlify": binascii.hexlify,
}


@given(st.sampled_from(sorted(ENCODED)), st.binary(max_size=200))
def test_every_text_encoding_gives_back_its_bytes(codec: str, data: bytes) -> None:
    encoded = ENCODED[codec](data)
    assert decode(codec, encoded) == data
    assert decode(codec, encoded.decode("ascii")) == data


# --- bombs ---------------------------------------------------------------------------------------

ZEROS = bytes(64 * 1024 * 1024)
BOMBS = {
    "bz2.decompress": bz2.compress(ZEROS),
    "zlib.decompress": zlib.compress(ZEROS, 9),
    "gzip.decompress": gzip.compress(ZEROS),
    "lzma.decompress": lzma.compress(ZEROS, preset=1),
}


@pytest.mark.parametrize("codec", BOMBS)
def test_a_bomb_is_refused_before_it_unfolds(codec: str) -> None:
    with pytest.raises(CannotOpen, match="larger than"):
        decode(codec, BOMBS[codec])


def test_a_large_payload_may_not_pass_the_absolute_limit_either() -> None:
    noise = bytes(range(256)) * 400
    packed = zlib.compress(noise * 100, 1)
    assert len(packed) * 200 > MAX_OUTPUT
    with pytest.raises(CannotOpen, match=f"{MAX_OUTPUT:,}"):
        decode("zlib.decompress", packed)


# --- what does not fit ---------------------------------------------------------------------------


@pytest.mark.parametrize("codec", [*ENCODED, "zlib.decompress", "bz2.decompress"])
def test_data_that_does_not_fit_is_refused_in_one_sentence(codec: str) -> None:
    with pytest.raises(CannotOpen, match=codec.replace(".", r"\.")):
        decode(codec, "ä\x00 no such data!")


def test_an_unknown_decoder_is_named() -> None:
    with pytest.raises(CannotOpen, match=r"no decoder is known for marshal\.loads"):
        decode("marshal.loads", b"")


@given(st.sampled_from(sorted({*ENCODED, *BOMBS})), st.binary(max_size=300))
def test_any_bytes_are_opened_or_refused(codec: str, data: bytes) -> None:
    try:
        decode(codec, data)
    except CannotOpen as error:
        reason = str(error)
    else:
        return
    assert reason
    assert "\n" not in reason
