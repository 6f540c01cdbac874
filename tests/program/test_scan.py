from __future__ import annotations

import io
import tokenize
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import auditor
from auditor.program.scan import MAX_CHAIN, MAX_DEPTH, BadText, TooDeep, scan

OWN_SOURCES = sorted(Path(auditor.__file__).parent.rglob("*.py"))


def lines_of(text: str) -> list[tuple[int, int]]:
    return list(scan(text).lines)


def lines_by_python(text: str) -> list[tuple[int, int]]:
    """(first, last) line of each logical line, as Python's own tokenizer sees them."""
    found, first = [], None
    layout = {tokenize.NL, tokenize.COMMENT, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.NEWLINE:
            assert first is not None
            found.append((first, token.start[0]))
            first = None
        elif token.type not in layout and first is None:
            first = token.start[0]
    return found


# --- logical lines -------------------------------------------------------------------------------


@pytest.mark.parametrize("path", OWN_SOURCES, ids=lambda path: path.stem)
def test_logical_lines_are_those_of_pythons_own_tokenizer(path: Path) -> None:
    text = path.read_text("utf-8")
    assert lines_of(text) == lines_by_python(text)


PIECES = [
    "x = 1",
    "x = (1,\n     2)",
    "x = '''a\nb'''",
    'x = f"{a!r:>{width}}"',
    'x = f"""{\na\n}"""',
    "x = 1 + \\\n    2",
    "# a comment with an ' and a (",
    "",
    "x = {'#': '\\''}  # ) not a bracket",
    "if x:\n    pass",
    "x = r'\\ '; y = b'\\\\'",
    "x = rb'''\\' a'''",
]


@given(st.lists(st.sampled_from(PIECES)))
@example(["x = '''a\nb'''", "x = (1,\n     2)"])
def test_any_arrangement_of_statements_has_pythons_lines(pieces: list[str]) -> None:
    text = "".join(f"{piece}\n" for piece in pieces)
    assert lines_of(text) == lines_by_python(text)


def test_comments_and_blank_lines_are_no_lines_of_their_own() -> None:
    assert lines_of("\n# one\nx = 1  # two\n\ny = 2\n") == [(3, 3), (5, 5)]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_kind_of_line_break_counts_once(end: str) -> None:
    assert lines_of(end.join(["x = 1", "y = '''", "'''", "z = 3"])) == [(1, 1), (2, 3), (4, 4)]


def test_quotes_of_the_same_kind_inside_an_f_string_field_do_not_end_it() -> None:
    assert lines_of("x = f'{d['key']}'\ny = 1\n") == [(1, 1), (2, 2)]


def test_a_number_sign_inside_a_format_is_no_comment() -> None:
    assert lines_of("x = f'{n:#x}'\ny = 1\n") == [(1, 1), (2, 2)]


def test_string_literals_are_told_with_their_prefixes() -> None:
    text = "x = rb'one' + 'two' + f'{a}three'\n"
    assert [text[start:end] for start, end in scan(text).strings] == ["rb'one'", "'two'"]


# --- what no parser should be given --------------------------------------------------------------


@pytest.mark.parametrize("bracket", ["()", "[]", "{}"])
def test_nesting_is_accepted_up_to_the_limit_and_refused_beyond(bracket: str) -> None:
    left, right = bracket
    scan("x = " + left * MAX_DEPTH + right * MAX_DEPTH)
    with pytest.raises(TooDeep, match=f"more than {MAX_DEPTH} deep"):
        scan("x = " + left * (MAX_DEPTH + 1) + right * (MAX_DEPTH + 1))


def test_three_thousand_brackets_are_refused_with_the_line_they_are_on() -> None:
    with pytest.raises(TooDeep, match=r"\(line 3\)"):
        scan("a = 1\nb = 2\nx = " + "(" * 3000 + ")" * 3000)


def test_a_thousand_nested_calls_are_refused() -> None:
    with pytest.raises(TooDeep):
        scan("x = " + "f(" * 1000 + "1" + ")" * 1000)


def test_nested_f_string_fields_count_as_nesting() -> None:
    with pytest.raises(TooDeep):
        scan("x = " + "f'{" * 200 + "1" + "}'" * 200)


def test_brackets_in_strings_and_comments_do_not_count() -> None:
    scan("x = '" + "(" * 3000 + "'  # " + "[" * 3000)


CHAINS = {
    "signs": "-" * 20_000 + "a",
    "negations": "not " * 5_000 + "a",
    "powers": "a**" * 5_000 + "a",
    "conditions": "a if b else " * 5_000 + "c",
    "functions": "lambda: " * 5_000 + "a",
    "attributes": "a" + ".a" * 5_000,
    "calls": "a" + "(1, 2)" * 5_000,
    "subscripts": "a" + "[0, 0]" * 5_000,
    "sums": "a+" * 5_000 + "a",
}


@pytest.mark.parametrize("kind", CHAINS)
def test_a_chain_that_a_parser_would_recurse_on_is_refused(kind: str) -> None:
    with pytest.raises(TooDeep, match=f"more than {MAX_CHAIN:,} parts in a row"):
        scan(f"x = {CHAINS[kind]}\n")


LONG = {
    "a table": "[" + "-1, " * 20_000 + "]",
    "a table of tables": "[" + "[1, 2, f(3)], " * 5_000 + "]",
    "adjacent strings": "(" + "'abc'\n" * 12_000 + ")",
    "one string": "'" + "a" * 1_600_000 + "'",
    "a sum of 400": "a+" * 400 + "a",
}


@pytest.mark.parametrize("kind", LONG)
def test_length_alone_is_no_reason_to_refuse(kind: str) -> None:
    assert len(lines_of(f"x = {LONG[kind]}\n")) == 1


def test_many_statements_on_one_line_are_no_chain() -> None:
    assert lines_of("x=1;" * 20_000 + "\n") == [(1, 1)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = 'never closed\n", r"a string is never closed \(line 1\)"),
        ("y = 1\nx = '''never closed\n", r"a string is never closed \(line 2\)"),
        ("x = f'{a", "never closed"),
        ("x = (1, 2\ny = 3\n", "a bracket or string is never closed"),
        ("x = 1)\n", r"unexpected '\)' \(line 1\)"),
        ("x = (1]\n", r"unexpected ']' \(line 1\)"),
    ],
)
def test_text_that_cannot_be_python_says_where(text: str, message: str) -> None:
    with pytest.raises(BadText, match=message):
        scan(text)


@given(st.text(alphabet="()[]{}'\"\\#f{}\n\r ;,:=ax0", max_size=80))
def test_any_text_is_scanned_or_refused(text: str) -> None:
    try:
        found = scan(text)
    except (BadText, TooDeep):
        return
    assert all(1 <= first <= last for first, last in found.lines)
    assert all(text[start:end] for start, end in found.strings)
