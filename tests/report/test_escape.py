from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from auditor.report import escape

from .hostile import texts

PRINTED = (
    escape.one_line,
    escape.for_terminal,
    escape.for_markdown_code,
    escape.for_workflow_data,
    escape.for_workflow_property,
    escape.for_sarif_message,
)


@pytest.mark.parametrize("shown", PRINTED)
@given(text=texts)
def test_a_line_holds_only_visible_characters(shown, text):
    line = shown(text)
    assert all(unicodedata.category(char)[0] not in "CZ" or char == " " for char in line)
    line.encode()


@given(text=texts)
def test_a_block_holds_only_visible_characters_and_line_breaks(text):
    shown = escape.block(text)
    assert all(unicodedata.category(char)[0] not in "CZ" or char in " \n" for char in shown)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text, 100 %", "plain text, 100 %"),
        ("größer ≥ 一", "größer ≥ 一"),
        ("a\nb\tc\u00a0d", "a b c d"),
        ("\x1b[2Jclear", "\ufffd[2Jclear"),
        ("\x1b\x07\u202ename", "\ufffdname"),
        ("in\u200bvisible", "in\ufffdvisible"),
        ("tag\U000e0041\U000e0042ged", "tag\ufffdged"),
        ("fill\u3164ed", "fill\ufffded"),
        ("dots\u2800", "dots\ufffd"),
        ("selected\ufe0f\U000e0100", "selected\ufffd"),
        ("\ud800", "\ufffd"),
        ("e" + "\u0301" * 10 + "x", "e" + "\u0301" * 3 + "\ufffdx"),
        ("\u0301x", "\ufffdx"),
    ],
)
def test_what_was_taken_out_leaves_a_mark(text, shown):
    assert escape.one_line(text) == shown


def test_an_ellipsis_says_how_much_is_missing():
    assert escape.one_line("abcdef", 4) == "abcd… (2 more characters)"
    assert escape.one_line("abcde", 4) == "abcd… (1 more character)"
    assert escape.one_line("abcd", 4) == "abcd"
    assert escape.block("a\nb\nc", lines=1) == "a\n… (2 more lines)"


@given(text=st.text(max_size=5_000), limit=st.integers(1, 100))
def test_length_is_bounded(text, limit):
    for shown in PRINTED:
        # Escapes of workflow commands take three characters for one.
        assert len(shown(text, limit)) <= 3 * (limit + len("… (5,000 more characters)")) + 20


@given(text=texts)
def test_terminal_text_starts_no_workflow_command(text):
    shown = escape.for_terminal(text)
    assert "##[" not in shown
    for start in range(len(shown)):  # wrapping can put any character first on its line
        assert not (shown.startswith("::", start) and shown[start + 2 : start + 3].isalpha())


def test_slices_are_not_mistaken_for_workflow_commands():
    assert escape.for_terminal("x[::-1], y[::2]") == "x[::-1], y[::2]"


@given(text=texts)
def test_a_code_span_is_one_code_span(text):
    (paragraph,) = (
        token for token in MarkdownIt().parse(escape.for_markdown_code(text)) if token.children
    )
    (span,) = paragraph.children
    assert span.type == "code_inline"
    assert "<!--" not in span.content


@given(text=texts)
def test_a_fence_is_one_fence(text):
    tokens = MarkdownIt().parse(f"before\n\n{escape.for_markdown_fence(text)}\n\nafter")
    kinds = [token.type for token in tokens if token.level == 0]
    assert kinds == [
        *("paragraph_open", "paragraph_close"),
        "fence",
        *("paragraph_open", "paragraph_close"),
    ]


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("x = 1", "`x = 1`"),
        ("a `b` c", "``a `b` c``"),
        ("`b`", "`` `b` ``"),
        ("", "`(empty)`"),
        (" \n ", "`(empty)`"),
        ("<!-- parameter-golf-auditor -->", "`<! -- parameter-golf-auditor -->`"),
    ],
)
def test_code_spans(text, span):
    assert escape.for_markdown_code(text) == span


def test_prose_is_shown_literally():
    shown = escape.for_markdown_prose(
        "a_b*c* <b> &amp; [x](y), see #402, `x_1` and @someone/team $1$"
    )
    (paragraph,) = (token for token in MarkdownIt().parse(shown) if token.children)
    assert {child.type for child in paragraph.children} == {"text", "code_inline"}
    assert [c.content for c in paragraph.children if c.type == "code_inline"] == [
        "#402",
        "x_1",
        "@someone/team",
    ]
    text = "".join(child.content for child in paragraph.children)
    assert text == "a_b*c* <b> &amp; [x](y), see #402, x_1 and @someone/team $1$"


def test_workflow_escapes():
    assert escape.for_workflow_data("100 %\r\n::error::x, y") == "100 %25%0A::error::x, y"
    assert escape.for_workflow_property("a:b,c%\nd") == "a%3Ab%2Cc%25 d"


def test_sarif_text_holds_no_link_and_no_placeholder():
    assert escape.for_sarif_message("x[0](1) {0} {name}") == "x[0] (1) { 0} {name}"


@given(text=texts)
def test_json_text_is_kept_but_for_lone_surrogates(text):
    kept = escape.for_json(text)
    kept.encode()
    if not any(0xD800 <= ord(char) <= 0xDFFF for char in text):
        assert kept == text


@pytest.mark.parametrize(
    ("value", "carried"),
    [
        (1.5, 1.5),
        (float("nan"), "nan"),
        (float("-inf"), "-inf"),
        (2**53 - 1, 2**53 - 1),
        (2**53, "9007199254740992"),
        ("\ud800", "\ufffd"),
    ],
)
def test_numbers_that_json_can_carry(value, carried):
    assert escape.json_number(value) == carried


@given(text=texts.map(escape.for_json))
@example(text="##[error]forged, \\##[")
def test_json_is_inert_in_a_job_log(text):
    document = escape.as_json({"text": text})
    assert document.isascii()
    assert all(char.isprintable() or char == "\n" for char in document)
    assert "##[" not in document
    assert json.loads(document) == {"text": text}


def test_json_refuses_numbers_that_are_none():
    with pytest.raises(ValueError, match="not JSON compliant"):
        escape.as_json(float("nan"))
