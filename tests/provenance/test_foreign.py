from __future__ import annotations

import pytest

from auditor.program.parse import parse
from auditor.provenance.foreign import Kind, foreign_lines, shape_of, words_of
from auditor.provenance.grammar import Grammar
from auditor.texts import TextLines

SOURCE = """
log(f"step:{step}/{n} val_loss:{loss:.4f} val_bpb:{bpb:.4f}")
log(f"  ttt_chunk [{ci + 1}/{n}] bpb={bpb:.6f} time={t:.1f}s")
message = "ema:"
message += f"decay={d}"
log(message)
"""


def foreign(*lines: str) -> list[tuple[Kind, str]]:
    log = TextLines("a.log", tuple(enumerate(lines, start=1)))
    found = foreign_lines(log, Grammar([parse(SOURCE)]), words_of([SOURCE]))
    return [(line.kind, line.text) for line in found]


@pytest.mark.parametrize(
    "line",
    [
        "step:10/20 val_loss:2.1234 val_bpb:1.2345",
        "[rank0]: step:10/20 val_loss:2.1234 val_bpb:1.2345",
        "2026-04-01 12:00:00 step:10/20 val_loss:2.1234 val_bpb:1.2345",
        "ttt_chunk [3/9] bpb=1.234567 time=1.0s",
        "ema:decay=0.997",  # put together from pieces that are all there
        "UserWarning: quant: something from a library",
        "| 0  NVIDIA H100  | 12345 bytes",
        "Installing collected packages",  # no report of a run
    ],
)
def test_what_the_code_a_library_or_a_launcher_prints_is_left_alone(line: str) -> None:
    assert foreign(line) == []


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("quant:saving int5 model...", Kind.UNKNOWN),
        ("quant:int5 artifact size: 16265723 bytes (15.51 MB)", Kind.UNKNOWN),
        ("ttt_chunk [3/9] bpb=1.2345 time=1.0s", Kind.FORM),
        ("step:10/20 val_loss:2.12345 val_bpb:1.2345", Kind.FORM),
    ],
)
def test_what_no_statement_prints_is_told(line: str, kind: Kind) -> None:
    assert foreign(line) == [(kind, line)]


def test_lines_of_one_shape_are_judged_once_and_all_reported() -> None:
    lines = [f"quant:stage {i} artifact: {i}000 bytes" for i in range(5)]
    assert len(foreign(*lines)) == 5


def test_the_shape_keeps_the_number_of_decimals() -> None:
    assert shape_of("a 12 b 3.25") == shape_of("a 7 b 45.99") == "a 0 b 0.00"
    assert shape_of("a 1.5") != shape_of("a 1.50")
