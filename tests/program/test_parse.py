from __future__ import annotations

import ast
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import auditor
from auditor.program import ir
from auditor.program.parse import Unparsed, parse

OWN_SOURCES = sorted(Path(auditor.__file__).parent.rglob("*.py"))


def statement(text: str) -> ir.Stmt:
    (found,) = parse(text).body
    return found


def expression(text: str) -> ir.Expr:
    found = statement(f"x = {text}")
    assert isinstance(found, ir.Assign)
    return found.value


def constant(text: str) -> object:
    found = expression(text)
    assert isinstance(found, ir.Const)
    return found.value


def walk(body: tuple[ir.Stmt, ...]) -> list[ir.Stmt]:
    found: list[ir.Stmt] = []
    for stmt in body:
        found.append(stmt)
        for name in ("body", "orelse", "final"):
            found += walk(getattr(stmt, name, ()))
        for part in (*getattr(stmt, "handlers", ()), *getattr(stmt, "cases", ())):
            found += walk(part.body)
    return found


# --- lines ---------------------------------------------------------------------------------------


def headers(tree: ast.Module) -> list[int]:
    """First line of every statement that has an effect, as Python's own parser sees it."""
    found = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.stmt) or isinstance(node, ast.Pass):
            continue
        is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if not is_text:
            found.append(node.lineno)
    return sorted(found)


@pytest.mark.parametrize("path", OWN_SOURCES, ids=lambda path: path.stem)
def test_every_statement_stands_on_the_line_that_python_gives_it(path: Path) -> None:
    text = path.read_text("utf-8")
    assert sorted(stmt.line for stmt in walk(parse(text).body)) == headers(ast.parse(text))


def test_a_statement_over_several_lines_knows_its_last() -> None:
    found = statement("\nx = f(\n    1,\n    2,\n)\n")
    assert (found.line, found.end) == (2, 5)


def test_statements_on_one_line_share_it() -> None:
    assert [stmt.line for stmt in parse("a = 1; b = 2\nc = 3\n").body] == [1, 1, 2]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_breaks_of_any_kind_count_alike(end: str) -> None:
    assert [stmt.line for stmt in parse(end.join(["a = 1", "", "b = 2"])).body] == [1, 3]


def test_a_byte_order_mark_is_ignored() -> None:
    assert len(parse("\ufeffa = 1\n").body) == 1


# --- what the representation keeps ---------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["1", "-1", "1.5e3", "0x10", "10**0 and 3", "'a' 'b'", "b'a' b'b'", r"'\n'", r"r'\n'", "None"],
)
def test_literals_have_pythons_values(text: str) -> None:
    if "**" in text:
        assert isinstance(expression(text), ir.BoolOp)
    else:
        assert constant(text) == ast.literal_eval(text)


@given(st.text(max_size=30), st.sampled_from(["'", '"', "'''"]))
def test_any_string_literal_keeps_its_text(text: str, quote: str) -> None:
    body = repr('"' + text)[2:-1].replace('"', '\\"')  # escapes both kinds of quotes
    literal = f"{quote}{body}{quote}"
    assert constant(literal) == ast.literal_eval(literal)


@given(st.integers() | st.floats(allow_nan=False, allow_infinity=False))
def test_any_number_keeps_its_value(number: float) -> None:
    assert constant(repr(number)) == number


def test_an_integer_beyond_pythons_own_limit_is_no_crash() -> None:
    assert isinstance(expression("9" * 10_000), ir.Const)


def test_f_strings_keep_texts_values_and_formats() -> None:
    found = expression("f'val_bpb:{score:.8f} {name!r}{{}}'")
    assert isinstance(found, ir.FString)
    texts = [part for part in found.parts if isinstance(part, str)]
    formats = [part for part in found.parts if isinstance(part, ir.Format)]
    assert "".join(texts) == "val_bpb: {}"
    assert [(part.spec, part.conversion) for part in formats] == [(".8f", ""), ("", "r")]


@pytest.mark.parametrize(
    ("text", "says", "spec", "conversion"),
    [
        ("{loss=:.4f}", "loss=", ".4f", ""),
        ("{ loss = }", " loss = ", "", "r"),
        ("{a.b + 1=!s}", "a.b + 1=", "", "s"),
    ],
)
def test_values_that_print_their_own_text(text: str, says: str, spec: str, conversion: str) -> None:
    found = expression(f"f'{text}'")
    assert isinstance(found, ir.FString)
    label, value = found.parts
    assert label == says
    assert isinstance(value, ir.Format)
    assert (value.spec, value.conversion) == (spec, conversion)


def test_f_strings_of_python_3_12_are_read_on_every_python() -> None:
    found = expression("""f'{d['key']} {'\\n'.join(rows)} {f'{f'{1}'}'}'""")
    assert isinstance(found, ir.FString)
    assert [type(part.value) for part in found.parts if isinstance(part, ir.Format)] == [
        ir.Sub,
        ir.Call,
        ir.FString,
    ]


def test_loops_know_the_names_that_they_bind_and_add_to() -> None:
    loop = statement("for i in xs:\n    total += i\n    last = i\n    for j in i:\n        n = j\n")
    assert isinstance(loop, ir.For)
    assert loop.assigned == {"i", "last", "j", "n"}
    assert loop.augmented == {"total"}


def test_functions_inside_a_loop_keep_their_names_to_themselves() -> None:
    loop = statement("while a:\n    def f():\n        inner = 1\n    g = lambda: (y := 2)\n")
    assert isinstance(loop, ir.While)
    assert loop.assigned == {"f", "g"}


def test_attributes_assigned_outside_a_constructor_are_mutated() -> None:
    module = parse(
        "class A:\n"
        "    def __init__(self):\n        self.a = 1\n"
        "    def step(self):\n        self.b = 2\n        self.rows[0] = 3\n"
        "def f():\n    global g\n    t.add_(1)\n"
    )
    assert module.mutated == {"b", "g"}
    assert {"rows", "t"} <= module.in_place


def test_a_function_that_yields_is_a_generator() -> None:
    assert [
        stmt.is_generator
        for stmt in parse("def f():\n    yield 1\ndef g():\n    def h():\n        yield\n").body
        if isinstance(stmt, ir.FunctionDef)
    ] == [True, False]


def test_docstrings_and_placeholders_have_no_effect() -> None:
    assert parse('"""Docs."""\n...\npass\n').body == ()


MODERN = [
    "match a:\n    case 1 | 2:\n        x = 1\n    case [b, *_] if b:\n        x = 2\n",
    "try:\n    x = 1\nexcept* ValueError as e:\n    x = 2\n",
    "async def f():\n    async with a as b:\n        return [c async for c in await b]\n",
    "def f(a, /, b, *, c=1, **d) -> int: ...\n",
    "def f[T](a: T) -> T: return a\n",
    "with (a as b, c as d):\n    x = 1\n",
    "x = a if (b := c) else [*d, *e]\n",
    "print(*a, **b, c=1)\n",
    "del a, b[0], c.d\n",
    "x: int\ny: int = 1\n",
    "@a.b(c)\nclass D(E, metaclass=F): ...\n",
    "from . import a\nfrom ..b import c as d\nfrom e import *\n",
]


@pytest.mark.parametrize("text", MODERN)
def test_every_kind_of_statement_is_read(text: str) -> None:
    assert parse(text).body


def test_names_for_types_have_no_effect() -> None:
    assert parse("type X[T] = list[T]\n").body == ()


# --- what cannot be read -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "def f(:\n    pass\n",
        "x = = 1\n",
        "if x:\npass\n",
        "  x = 1\n y = 2\n",
        "x = (1\n",
        "x = '\n",
    ],
)
def test_broken_python_is_refused_with_its_line(text: str) -> None:
    with pytest.raises(Unparsed, match=r"line \d"):
        parse(text)


HOSTILE = {
    "brackets": "x = " + "[" * 3_000 + "]" * 3_000,
    "calls": "x = " + "f(" * 1_000 + ")" * 1_000,
    "signs": "x = " + "-" * 20_000 + "1",
    "blocks": "".join(f"{' ' * depth}if x:\n" for depth in range(500)) + " " * 500 + "y = 1\n",
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_nesting_that_would_kill_the_parser_is_refused(kind: str) -> None:
    with pytest.raises(Unparsed):
        parse(HOSTILE[kind])


@given(st.text(alphabet="abif elsx=()[]:,.'\n 0123", max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        parse(text)
    except Unparsed as error:
        reason = str(error)
    else:
        return
    assert reason
    assert "\n" not in reason
