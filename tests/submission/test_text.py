from __future__ import annotations

import codecs

from hypothesis import given
from hypothesis import strategies as st

from auditor.submission.text import decode

LATIN = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=8)


@given(LATIN)
def test_utf16_is_recognised_with_and_without_a_mark(text: str) -> None:
    assert decode(codecs.BOM_UTF16_LE + text.encode("utf-16-le")) == text
    assert decode(codecs.BOM_UTF16_BE + text.encode("utf-16-be")) == text
    assert decode(text.encode("utf-16-le")) == text
    assert decode(text.encode("utf-16-be")) == text


@given(st.text(st.characters(exclude_characters="\0\ufeff", exclude_categories=["Cs"])))
def test_utf8_comes_back_as_it_was_and_a_mark_is_dropped(text: str) -> None:
    assert decode(text.encode()) == text
    assert decode(codecs.BOM_UTF8 + text.encode()) == text


@given(st.binary())
def test_any_bytes_decode_to_text_without_nul(data: bytes) -> None:
    assert "\0" not in decode(data)


def test_stray_nul_bytes_are_dropped_from_a_log() -> None:
    assert decode(b"val_bpb:1.25\0\0\0 step:1") == "val_bpb:1.25 step:1"
