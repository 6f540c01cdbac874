from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.texts.lines import numbered_lines, read_text
from tests.memory import MemorySnapshot


def test_lines_are_counted_as_an_editor_counts_them() -> None:
    assert list(numbered_lines("a\nb\r\nc\n")) == [(1, "a"), (2, "b"), (3, "c"), (4, "")]


def test_a_progress_bar_comes_out_state_by_state_under_one_number() -> None:
    text = "start\n 10%\r 50%\r100%\nend"
    assert list(numbered_lines(text)) == [
        (1, "start"),
        (2, " 10%"),
        (2, " 50%"),
        (2, "100%"),
        (3, "end"),
    ]


def test_form_feeds_and_unicode_separators_do_not_end_a_line() -> None:
    text = "a\x0cb\x0bc\u2028d\x85e"
    assert list(numbered_lines(text)) == [(1, text)]


@given(st.text())
def test_the_last_number_is_one_more_than_the_line_feeds(text: str) -> None:
    numbers = [number for number, _ in numbered_lines(text)]
    assert all(1 <= number <= text.count("\n") + 1 for number in numbers)
    assert numbers == sorted(numbers)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_text_is_read_in_every_encoding_that_occurs(encoding: str) -> None:
    snapshot = MemorySnapshot({"a.log": "seed:42\nval_bpb:1.1\n".encode(encoding)})
    assert read_text(snapshot, "a.log") == "seed:42\nval_bpb:1.1\n"


def test_nuls_and_broken_bytes_do_not_hide_the_rest() -> None:
    snapshot = MemorySnapshot({"a.log": b"seed:42\n" + b"\0" * 64 + b"\xff\xfeok\n"})
    text = read_text(snapshot, "a.log")
    assert text is not None
    assert text.startswith("seed:42\n")
    assert text.endswith("ok\n")


def test_reading_is_bounded() -> None:
    assert read_text(MemorySnapshot({"a.log": b"x" * 100}), "a.log", limit=10) == "x" * 10


def test_a_file_without_content_reads_as_none() -> None:
    snapshot = MemorySnapshot({"a.log": b"x"}, missing=frozenset({"a.log"}))
    assert read_text(snapshot, "a.log") is None
    assert read_text(snapshot, "b.log") is None


@given(st.binary())
def test_any_bytes_can_be_read(data: bytes) -> None:
    text = read_text(MemorySnapshot({"a.log": data}), "a.log")
    assert text is not None
    assert "\0" not in text
    list(numbered_lines(text))
