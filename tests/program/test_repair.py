"""Python that is valid, and that LibCST refuses or cannot survive."""

from __future__ import annotations

import ast

import libcst
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.program.repair import MAX_ADJACENT, repaired

REFUSED = [
    "x = 1 if a else(b if c else d)\n",
    "x = a or(b if c else d)\n",
    "x = a and not(b if c else d)\n",
    "x = [a for a in(b if c else d)]\n",
    "x = 1 if a in(b if c else d)else 2\n",
]


@pytest.mark.parametrize("text", REFUSED)
def test_what_libcst_refuses_it_accepts_repaired(text: str) -> None:
    ast.parse(text)
    with pytest.raises((libcst.ParserSyntaxError, libcst.CSTValidationError)):
        libcst.parse_module(text)
    libcst.parse_module(repaired(text))


MINIFIED = [
    *REFUSED,
    "\\\nx = 1\n",
    "def f(a):return[a]if a else(a,)\n",
    "for a in[1,2]:print(a)\n",
    "x=[a for a in b if(a)]\n",
    "x=0xfor 2\n",
    "x=1if a else 2\n",
    "x='a'if a else'b'\n",
    "assert(a)\n",
    "x=a if b else-1\n",
    "while(a):a=not(a)\n",
    "from a import(b)\n",
    "with(a)as b:pass\n",
    "x=f'{a}'if b else''\n",
    "s='else(b) is text'\n",
    "s='''if(a)\nor(b)'''\ny=1\n",
]


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::SyntaxWarning")
@pytest.mark.parametrize("text", MINIFIED)
def test_a_repaired_program_is_the_same_program(text: str) -> None:
    assert ast.dump(ast.parse(repaired(text))) == ast.dump(ast.parse(text))


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::SyntaxWarning")
@pytest.mark.parametrize("text", MINIFIED)
def test_line_numbers_are_kept(text: str) -> None:
    before, after = ast.parse(text), ast.parse(repaired(text))
    assert [s.lineno for s in after.body] == [s.lineno for s in before.body]


@pytest.mark.parametrize("prefix", ["", "b"])
def test_a_long_run_of_adjacent_strings_becomes_one(prefix: str) -> None:
    parts = [f"{prefix}'part {number}'" for number in range(MAX_ADJACENT + 100)]
    text = "x = (" + "\n".join(parts) + ")\ny = 1\n"
    joined = repaired(text)
    first, second = ast.parse(joined).body
    assert isinstance(first, ast.Assign)
    assert ast.literal_eval(first.value) == ast.literal_eval(ast.parse(text).body[0].value)
    assert second.lineno == len(parts) + 1
    assert joined.count("part 7'") == 0


@given(st.lists(st.sampled_from(["a", '"', "\\n", "\\'", "é", " "]), min_size=1))
def test_joined_strings_keep_their_text(pieces: list[str]) -> None:
    literals = [f"'{piece}'" for piece in pieces] * (MAX_ADJACENT + 1)
    text = "x = (" + "\n".join(literals) + ")\n"
    value = ast.parse(repaired(text)).body[0].value
    assert ast.literal_eval(value) == ast.literal_eval(ast.parse(text).body[0].value)
