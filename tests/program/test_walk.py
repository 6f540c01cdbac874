from __future__ import annotations

from auditor.program import ir
from auditor.program.parse import parse
from auditor.program.walk import expressions, walk

SOURCE = """
def f(x):
    if x > 1:
        for i in range(3):
            print("inner", i)
    else:
        print("else")


with open("a") as file:
    print("top")
try:
    print("try")
except ValueError:
    print("handler")
"""


def printed() -> dict[str, tuple[str | None, int, int]]:
    """What is printed -> function, number of conditions, line."""
    found = {}
    for expr, place in walk(parse(SOURCE).body):
        if isinstance(expr, ir.Call) and isinstance(expr.func, ir.Name) and expr.func.id == "print":
            (first, *_) = expr.args
            assert isinstance(first, ir.Const)
            found[str(first.value)] = (place.function, len(place.tests), place.stmt.line)
    return found


def test_every_statement_is_visited_with_its_function_and_conditions() -> None:
    assert printed() == {
        "inner": ("f", 1, 5),
        "else": ("f", 0, 7),
        "top": (None, 0, 11),
        "try": (None, 0, 13),
        "handler": (None, 0, 15),
    }


def test_expressions_are_found_at_any_depth() -> None:
    (statement,) = parse('y = [g(f"{a + 1}") for a in b if c]').body
    assert isinstance(statement, ir.Assign)
    names = {part.id for part in expressions(statement.value) if isinstance(part, ir.Name)}
    assert names == {"g", "a", "b", "c"}
