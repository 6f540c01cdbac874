from __future__ import annotations

import dataclasses
import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from auditor.findings import Confidence, Finding, Location, RuleResult, Status
from auditor.report.terminal import print_audit

from .hostile import audits, each_fragment, filled
from .samples import AUDITS, LOG, RULES, SCRIPT, UNDECIDED, VIOLATION, audit

STYLE = re.compile(r"\x1b\[[0-9;]*m")


def printed(shown, width=100, *, verbose=False, color=False):
    file = io.StringIO()
    system = "truecolor" if color else None
    console = Console(
        file=file, width=width, force_terminal=color, color_system=system, _environ={}
    )
    print_audit(shown, RULES, console, verbose=verbose)
    return file.getvalue()


def test_the_verdict_the_claim_and_the_place_come_first():
    first = printed(VIOLATION).splitlines()[:4]
    assert first[0].startswith("VIOLATION  2 of 5 rules")
    assert "1.0634 bits per byte  (submission.json:5)" in first[2]


def test_failures_come_before_open_questions_and_notes():
    mixed = audit([*UNDECIDED.results[:3], *VIOLATION.results[:1]], notes=("A note.",))
    text = printed(mixed)
    order = ["FAIL  ART001", "NEEDS RULING  PPM001", "UNKNOWN  SIG001", "A note.", "rules met"]
    assert [text.index(part) for part in order] == sorted(text.index(part) for part in order)


def test_a_flow_is_shown_in_its_own_order():
    text = printed(VIOLATION)
    steps = ["weights are updated", "→ train_gpt.py:701 in decoded:1", "→ train_gpt.py:918"]
    assert [text.index(step) for step in steps] == sorted(text.index(step) for step in steps)


def test_both_sides_of_a_ruling_are_shown():
    text = printed(UNDECIDED)
    assert "strict   The rule asks" in text
    assert "lenient  A byte distribution" in text


def test_colour_repeats_the_words():
    assert STYLE.sub("", printed(VIOLATION, color=True)) == printed(VIOLATION)
    assert "\x1b" not in printed(VIOLATION)


def test_no_color_is_respected():
    file = io.StringIO()
    console = Console(file=file, width=80, force_terminal=True, _environ={"NO_COLOR": "1"})
    print_audit(VIOLATION, RULES, console)
    colours = re.compile(r"\x1b\[(?:[0-9;]*;)?(?:3[0-7]|9[0-7]|38|48)")
    assert not colours.search(file.getvalue())


def test_settings_facts_and_layers_are_for_the_verbose():
    brief, verbose = printed(VIOLATION), printed(VIOLATION, verbose=True)
    for part in ("TTT_ENABLED = 1  (log,", "final_int6_sliding_window_exact", "through b85, lzma"):
        assert part not in brief
        assert part in verbose


def test_what_is_left_out_is_counted():
    places = tuple(Location(SCRIPT, line, line) for line in range(1, 11))
    found = tuple(Finding(f"Number {n}.", places) for n in range(5))
    shown = audit([RuleResult("TTT001", Status.FAIL, Confidence.HIGH, "No.", found)])
    text = printed(shown)
    assert "... and 7 more" in text
    assert "... and 2 more" in text
    assert "... and" not in printed(shown, verbose=True)


@pytest.mark.parametrize("width", [1, 20, 40, 80, 200])
@pytest.mark.parametrize("name", AUDITS)
def test_lines_fit_the_width_and_are_not_padded(name, width):
    for line in printed(AUDITS[name], width, verbose=True).splitlines():
        assert cell_len(line) <= max(width, 40)
        assert line == line.rstrip()


def test_a_terminal_that_knows_only_ascii():
    file = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    long = dataclasses.replace(
        VIOLATION, results=(RuleResult("TTT001", Status.FAIL, Confidence.HIGH, "ü" * 2_000),)
    )
    for shown in (VIOLATION, long):
        print_audit(shown, RULES, Console(file=file, width=80), verbose=True)
    file.seek(0)
    assert "-> train_gpt.py:701" in file.read()


def check(shown, width, *, verbose):
    text = STYLE.sub("", printed(shown, width, verbose=verbose, color=True))
    for line in text.split("\n"):
        assert line.isprintable()
        assert not re.match(r"\s*::[A-Za-z]", line)
    assert "##[" not in text


@given(shown=audits(), width=st.integers(1, 120), verbose=st.booleans())
def test_hostile_text_prints_nothing_but_itself(shown, width, verbose):
    check(shown, width, verbose=verbose)


@each_fragment
@pytest.mark.parametrize("width", [1, 37, 80])
def test_every_hostile_text_everywhere(fragment, width):
    check(filled(fragment), width, verbose=True)


def test_text_that_looks_like_markup_is_text():
    shown = audit(
        [RuleResult("TTT001", Status.UNKNOWN, Confidence.LOW, "[bold]x[/oops] :smile:")],
        notes=(f"{LOG} holds [red]",),
    )
    assert "[bold]x[/oops] :smile:" in printed(shown)
    assert "holds [red]" in printed(shown)
