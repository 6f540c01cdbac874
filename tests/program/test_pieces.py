"""A text is cut at statements of the top level, and read as if it had not been."""

import libcst
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.program.parse import Unparsed, parse
from auditor.program.pieces import FEWEST_LINES, pieces
from auditor.program.scan import scan

_LONG = "\n".join(f"    x{i} = {i}" for i in range(FEWEST_LINES))

STATEMENTS = (
    f"def step():\n{_LONG}\n",
    f"@first\n@second(\n    1)\nclass Model:\n{_LONG}\n",
    f"if ready:\n{_LONG}\nelif late:\n{_LONG}\nelse:\n    pass\n",
    f"try:\n{_LONG}\nexcept ValueError:\n    pass\nfinally:\n    pass\n",
    f"for x in y:\n{_LONG}\nelse:\n    pass\n",
    f'note = """\ndef no_statement():\n{_LONG}\n"""\n',
    f"total = (\n{_LONG.replace(' = ', ' + ').replace(chr(10), ' +' + chr(10))}\n)\n",
    "# a comment\n\n",
    "if x: pass\nelse: y = 1; z = 2\n",
)


def cut(text: str) -> list[str]:
    return list(pieces(text, scan(text).lines))


def test_a_piece_begins_at_a_statement_of_the_top_level() -> None:
    first, second = STATEMENTS[:2]
    assert cut(first + second) == [first, second]


def test_short_statements_stay_together() -> None:
    text = "a = 1\nb = 2\n"
    assert cut(text) == [text]


@given(st.lists(st.sampled_from(STATEMENTS), max_size=8).map("".join))
def test_pieces_are_modules_that_make_up_the_text(text: str) -> None:
    found = cut(text)
    assert "".join(found) == text
    for piece in found:
        libcst.parse_module(piece)


@given(st.lists(st.sampled_from(STATEMENTS), max_size=8).map("".join))
def test_statements_keep_the_lines_of_the_text(text: str) -> None:
    starts = [stmt.line for stmt in parse(text).body]
    own = {line for line, part in enumerate(text.split("\n"), 1) if part[:1].isalpha()}
    assert starts == sorted(starts)
    assert set(starts) <= own


def test_a_mistake_is_reported_at_its_line_of_the_text() -> None:
    text = STATEMENTS[0] * 3 + "x = = 1\n"
    with pytest.raises(Unparsed, match=f"near line {text.count(chr(10))}"):
        parse(text)
