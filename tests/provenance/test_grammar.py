from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.program.parse import parse
from auditor.provenance.grammar import Grammar


def grammar(source: str) -> Grammar:
    return Grammar([parse(source)])


def printed(source: str, line: str) -> bool:
    return next(grammar(source).printers(line), None) is not None


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ('log(f"step:{i} loss:{x:.4f}")', "step:12 loss:3.1415"),
        ('log(f"step:{i} loss:{x:.4f}")', "step:12 loss:nan"),
        ('log(f"  chunk [{i + 1}/{n}] bpb={b:.6f}")', "chunk [1/9] bpb=1.234567"),
        ('log("size: %d bytes" % size)', "size: 123 bytes"),
        ('log("loss %.3f at %s" % (a, b))', "loss 1.234 at the end"),
        ('log("size: {:,} bytes".format(n))', "size: 1,234 bytes"),
        ('log("a {{literal}} {x}".format(x=1))', "a {literal} 7"),
        ('log("total: " + str(n) + " bytes")', "total: 12 bytes"),
        ('print("final", "bpb", x)', "final bpb 1.1"),
        ('log(f"{v=:.3f} done")', "v=1.250 done"),
        ('log(f"took {1000 * t:.0f}ms now")', "took 12345ms now"),
        ('log("one\\ntwo: %d" % n)', "two: 4"),
        ('logging.info("loss: %f nats", x)', "loss: 1.25 nats"),
        ('def f():\n    if x:\n        return f"deep:{y:.2e}"', "deep:1.25e-03"),
    ],
)
def test_a_line_is_recognised_by_the_text_that_makes_it(source: str, line: str) -> None:
    assert printed(source, line)


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ('log(f"bpb={b:.6f} time")', "bpb=1.2345 time"),  # fewer decimals
        ('log(f"bpb={b:.6f} time")', "bpb=1.234567 time and more"),
        ('log(f"size: {n:d} bytes")', "size: 1.5 bytes"),
        ('log(f"took {t:.0f}ms now")', "took 12.0ms now"),
    ],
)
def test_and_no_other_line_is(source: str, line: str) -> None:
    assert not printed(source, line)


def test_another_form_of_the_same_words_is_a_likeness() -> None:
    known = grammar('log(f"bpb={b:.6f} time={t:.1f}s")')
    (like,) = known.likenesses("bpb=1.2 time=3s")
    assert like.where.line_start == 1
    assert next(known.printers("bpb=1.2 time=3s"), None) is None


def test_texts_without_words_recognise_nothing() -> None:
    assert not grammar('print(f"{a} {b}")').lines


def test_the_function_and_the_conditions_of_a_text_are_known() -> None:
    source = (
        'def f(i):\n    if i % 10 == 0:\n        if debug:\n            log(f"at {i} of many")\n'
    )
    (line,) = (own for own in grammar(source).lines if "many" in own.anchor)
    assert line.text.place.function == "f"
    assert len(line.text.place.tests) == 2


@given(
    st.integers(0, 10**9),
    st.floats(allow_nan=True, allow_infinity=True),
    st.integers(0, 9),
    st.floats(-1e12, 1e12),
)
def test_whatever_a_statement_prints_its_text_recognises(
    i: int, x: float, digits: int, y: float
) -> None:
    source = f'log(f"step:{{i}} loss:{{x:.{digits}f}} rate:{{y:,.2f}} lr:{{y:.3e}}")'
    line = f"step:{i} loss:{x:.{digits}f} rate:{y:,.2f} lr:{y:.3e}"
    assert printed(source, line)
