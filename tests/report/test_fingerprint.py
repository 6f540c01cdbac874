from __future__ import annotations

import dataclasses

from hypothesis import given
from hypothesis import strategies as st

from auditor.findings import Finding, Location
from auditor.report.fingerprint import Fingerprints

from .hostile import findings, texts

PLACE = Location("train_gpt.py", 10, 12, note="scored here")
FINDING = Finding("Line 10 scores what line 8 has adapted to.", (PLACE,))


def first(finding, place=PLACE, line_text=None, rule_id="TTT001"):
    return Fingerprints(line_text).of(rule_id, finding, place)


def test_lines_do_not_matter():
    moved = dataclasses.replace(PLACE, line_start=110, line_end=112)
    renumbered = Finding("Line 110 scores what line 108 has adapted to.", (moved,))
    assert first(FINDING) == first(renumbered, moved)


def test_what_is_said_and_where_does():
    others = [
        first(Finding("Something else.", (PLACE,))),
        first(FINDING, dataclasses.replace(PLACE, file="other.py")),
        first(FINDING, dataclasses.replace(PLACE, layer="decoded:1")),
        first(FINDING, dataclasses.replace(PLACE, note="updated here")),
        first(FINDING, None),
        first(FINDING, rule_id="TTT002"),
    ]
    assert len({first(FINDING), *others}) == len(others) + 1


def test_findings_that_are_alike_are_counted():
    prints = Fingerprints()
    found = [prints.of("TTT001", FINDING, PLACE) for _ in range(3)]
    assert [each.rpartition(":")[2] for each in found] == ["1", "2", "3"]
    assert len({each.rpartition(":")[0] for each in found}) == 1


def test_the_source_line_counts_where_it_is_at_hand():
    plain = first(FINDING)
    with_line = first(FINDING, line_text=lambda _: "  loss.backward( )")
    same_but_for_spaces = first(FINDING, line_text=lambda _: "loss.backward(   )")
    another = first(FINDING, line_text=lambda _: "optimizer.step()")
    assert with_line == same_but_for_spaces
    assert len({plain, with_line, another}) == 3
    assert first(FINDING, line_text=lambda _: None) == plain


@given(finding=findings, line=texts, shift=st.integers(0, 1_000))
def test_any_finding_survives_a_shift(finding, line, shift):
    place = next(iter(finding.locations), None)
    if place is None:
        return
    moved = dataclasses.replace(place, line_start=place.line_start + shift)
    before = first(finding, place, lambda _: line)
    assert before == first(finding, moved, lambda _: line)
    before.encode("ascii")
