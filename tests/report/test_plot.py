from __future__ import annotations

import sys

import pytest

from auditor.evidence.curves import RUNNING, Curve
from auditor.report import plot

CURVES = [
    Curve("records/x/train_seed1.log", "training loss", ((0, 9.0), (500, 3.0), (1000, 2.0))),
    Curve("records/x/$\\frac{1}{$_.log", RUNNING, ((0.1, 1.3), (1.0, 1.2))),
]


@pytest.mark.parametrize(("form", "start"), [("png", b"\x89PNG"), ("svg", b"<?xml")])
def test_a_picture_is_drawn_whatever_the_files_are_called(form: str, start: bytes) -> None:
    assert plot.draw(CURVES, "a $title$", form).startswith(start)


def test_one_input_gives_one_picture() -> None:
    assert plot.draw(CURVES, "x", "svg") == plot.draw(CURVES, "x", "svg")


def test_without_the_library_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(plot.NoPlotting):
        plot.draw(CURVES, "x", "png")
