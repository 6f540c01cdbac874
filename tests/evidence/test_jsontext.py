from __future__ import annotations

import json
import math
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.evidence.jsontext import MAX_DEPTH, MAX_LEAVES, Path, Scalar, read_json

documents = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=20,
)


def leaves(value: object, path: Path = ()) -> Iterator[tuple[Path, Scalar]]:
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from leaves(inner, (*path, key))
    elif isinstance(value, list) and value:
        for i, inner in enumerate(value):
            yield from leaves(inner, (*path, i))
    elif isinstance(value, dict | list):
        yield path, None
    else:
        assert value is None or isinstance(value, str | int | float | bool)
        yield path, value


@given(documents, st.sampled_from([None, 0, 2]))
def test_a_valid_document_is_read_as_the_standard_library_reads_it(
    document: object, indent: int | None
) -> None:
    read = read_json(json.dumps(document, indent=indent))
    assert read.problems == ()
    assert [(leaf.path, leaf.value) for leaf in read.leaves] == list(leaves(document))


@given(st.text(alphabet='{}[]:,"0 1-a\\\ntruefalsenulNaInfity.e+\t', max_size=25))
def test_a_problem_is_reported_exactly_where_the_standard_library_refuses(text: str) -> None:
    try:
        json.loads(text)
        valid = True
    except ValueError:
        valid = False
    assert (not read_json(text).problems) == valid


@given(st.text())
def test_no_text_raises(text: str) -> None:
    read_json(text)


def test_every_value_has_the_line_of_its_key() -> None:
    read = read_json(
        '{\n  "a": 1,\n  "b": {\n    "c":\n      2\n  },\n  "d": [\n    3,\n    4\n  ]\n}'
    )
    assert [(leaf.path, leaf.line) for leaf in read.leaves] == [
        (("a",), 2),
        (("b", "c"), 4),
        (("d", 0), 8),
        (("d", 1), 9),
    ]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ('{\n "a": 1,\n}', 3, "member is missing"),
        ('{\n "a": 1\n "b": 2\n}', 3, "comma is missing"),
        ('{\n "a": 1_000\n}', 2, "`1_000` is not a JSON value"),
        ('{\n "a": 1\n}\n{}', 4, "text after the end"),
        ('{\n "a": 1', 1, "ends before the bracket is closed"),
        ("", 1, "holds no value"),
        ('{"a": "unfinished\n}', 1, "is not a JSON value"),
    ],
)
def test_mistakes_are_named_with_their_line(text: str, line: int, message: str) -> None:
    problem = read_json(text).problems[0]
    assert problem.line == line
    assert message in problem.message


def test_reading_goes_on_after_a_mistake() -> None:
    read = read_json('{\n "a": 1\n "bytes_total": 15_000_000,\n "val_bpb": 1.1\n}')
    assert ("val_bpb",) in [leaf.path for leaf in read.leaves]


def test_numbers_that_are_none_are_kept_apart() -> None:
    values = [leaf.value for leaf in read_json("[NaN, Infinity, -Infinity]").leaves]
    assert isinstance(values[0], float)
    assert math.isnan(values[0])
    assert values[1:] == [math.inf, -math.inf]


def test_depth_length_and_digits_are_bounded() -> None:
    deep = read_json("[" * (MAX_DEPTH + 1))
    assert "nested deeper" in deep.problems[-1].message
    long = read_json("[" + "1," * (MAX_LEAVES + 1) + "1]")
    assert len(long.leaves) == MAX_LEAVES
    assert "too many digits" in read_json("[" + "9" * 5000 + "]").problems[0].message
    assert len(read_json('{"' + "k" * 5000 + '": 1}').leaves[0].path[0]) == 200  # type: ignore[arg-type]
