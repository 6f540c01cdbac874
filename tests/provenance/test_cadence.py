from __future__ import annotations

import pytest

from auditor.program.parse import parse
from auditor.provenance.cadence import off_beat
from auditor.provenance.grammar import Grammar
from auditor.texts import TextLines

EVERY_TENTH = """
for ci in range(n):
    if rank == 0 and (ci % 10 == 0 or ci == n - 1):
        log(f"chunk [{ci + 1}/{n}] bpb={b:.4f}")
"""


def refused(source: str, *lines: str) -> list[str]:
    log = TextLines("a.log", tuple(enumerate(lines, start=1)))
    return [line.text for line in off_beat(log, Grammar([parse(source)]))]


@pytest.mark.parametrize("step", [1, 11, 1881, 1893])
def test_steps_that_the_condition_lets_through(step: int) -> None:
    assert refused(EVERY_TENTH, f"chunk [{step}/1893] bpb=1.2345") == []


@pytest.mark.parametrize("step", [2, 10, 100, 500, 1892])
def test_steps_that_it_does_not(step: int) -> None:
    line = f"chunk [{step}/1893] bpb=1.2345"
    assert refused(EVERY_TENTH, line) == [line]


@pytest.mark.parametrize(
    "source",
    [
        # another variable decides
        'if step % every == 0:\n    log(f"chunk [{step}/{n}] bpb={b:.4f}")',
        # a second statement prints the same words at any step
        EVERY_TENTH + 'log(f"chunk [{x}/{n}] bpb={b:.4f}")\n',
        # the printed value is not the tested one
        'if ci % 10 == 0:\n    log(f"chunk [{ci * 2}/{n}] bpb={b:.4f}")',
    ],
)
def test_where_the_line_does_not_tell_nothing_is_said(source: str) -> None:
    assert refused(source, "chunk [7/1893] bpb=1.2345") == []


@pytest.mark.parametrize(
    ("test", "step", "ok"),
    [
        ("step % 100 == 0", 200, True),
        ("step % 100 == 0", 250, False),
        ("step > 0 and step % 5 == 0", 0, False),
        ("not step % 5", 7, False),
        ("step % 5 == 0 or debug", 7, True),
        ("step % 0 == 0", 7, True),
        ("0 <= step % 4 < 2", 3, False),
    ],
)
def test_conditions(test: str, step: int, *, ok: bool) -> None:
    source = f'if {test}:\n    log(f"step:{{step}} of the run")'
    assert (refused(source, f"step:{step} of the run") == []) is ok
