from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.submission.candidates import Candidate, Effect
from auditor.submission.choice import choose
from auditor.submission.contents import Contents
from auditor.submission.history import Change
from auditor.submission.metadata import Metadata
from auditor.submission.model import Track


def candidate(folder: str, score: float | None = 1.2, name: str = "") -> Candidate:
    document: dict[str, object] = {"val_bpb": score, "name": name}
    script = f"{folder}/train_gpt.py"
    return Candidate(
        folder=folder,
        contents=Contents((), script, f"{folder}/submission.json", Metadata(document), None),
        effect=Effect.ADDS,
        track=Track.TEN_MINUTES,
        logs=(),
        day=None,
        touched_at=0,
        introduced_at=0,
    )


def without_script(of: Candidate) -> Candidate:
    return replace(of, contents=replace(of.contents, main_script=None))


def without_text(of: Candidate) -> Candidate:
    return replace(of, contents=replace(of.contents, metadata_path=None))


A, Z = candidate("r/A"), candidate("r/Z")


def test_one_folder_needs_no_reason() -> None:
    assert choose([A], ()) == (A, "")


@pytest.mark.parametrize(
    ("better", "worse", "reason"),
    [
        (A, replace(Z, effect=Effect.EDITS_SCRIPT), "adds it or edits"),
        (
            replace(A, effect=Effect.EDITS_SCRIPT),
            replace(Z, effect=Effect.EDITS_TEXT),
            "adds it or edits",
        ),
        (replace(A, track=Track.OTHER), replace(Z, track=Track.NONE), "among the records"),
        (A, without_script(Z), "training script"),
        (A, without_text(Z), "README or a submission.json"),
        (A, replace(Z, touched_at=1), "worked on last"),
        (A, replace(Z, introduced_at=1), "added last"),
        (A, candidate("r/Z", score=None), "states a score"),
        (replace(A, day=date(2026, 4, 2)), replace(Z, day=date(2026, 4, 1)), "latest date"),
        (replace(A, day=date(2026, 4, 2)), Z, "latest date"),
        (A, replace(Z, track=Track.NON_RECORD), "ten-minute track"),
        (A, candidate("r/Z", score=1.3), "best score"),
    ],
)
def test_each_criterion_decides_alone(better: Candidate, worse: Candidate, reason: str) -> None:
    for order in ([better, worse], [worse, better]):
        chosen, why = choose(order, ())
        assert chosen == better
        assert reason in why
        assert why.startswith("Chosen among 2 folders because ")


def test_a_new_unfinished_entry_goes_before_the_finished_one_it_grew_from() -> None:
    grown = candidate("r/new", score=None)
    source = replace(candidate("r/old", score=1.1), touched_at=1, introduced_at=1)
    assert choose([source, grown], ())[0] == grown


def test_a_bare_script_added_last_is_not_the_entry() -> None:
    bare = without_text(candidate("r/later", score=None))
    presented = replace(A, touched_at=3, introduced_at=3)
    assert choose([bare, presented], ())[0] == presented


@pytest.mark.parametrize(
    "subject",
    [
        "Add records: 1.1472 BPB, and val-only aside 0.9274",
        "new best (1.147)",
        "val_bpb=1.14721",
        "Wide Net submission",
    ],
)
def test_the_commit_that_names_score_or_words_decides_between_equals(subject: str) -> None:
    named = candidate("r/A_WideNet", 1.14721, "Wide Net")
    other = candidate("r/B_ValOnly", 0.92741, "Val Only")
    changes = [Change("fix typo"), Change(subject), Change("Val Only 0.9274")]
    chosen, why = choose([named, other], changes)
    assert chosen == named
    assert "a commit names it" in why


def test_what_nothing_tells_apart_is_said_to_be_arbitrary() -> None:
    chosen, why = choose([A, Z], [Change("update")])
    assert chosen == Z
    assert "nothing else tells it apart" in why


@given(
    st.lists(
        st.builds(
            candidate,
            st.text("AB_19", max_size=4),
            st.none() | st.floats(0.01, 8),
            st.text(max_size=6),
        ),
        min_size=1,
        max_size=5,
        unique_by=lambda c: c.folder,
    ),
    st.lists(st.text(max_size=12).map(Change), max_size=3),
)
def test_the_choice_does_not_depend_on_the_order(
    candidates: list[Candidate], changes: list[Change]
) -> None:
    chosen, why = choose(candidates, changes)
    assert choose(candidates[::-1], changes) == (chosen, why)
    assert (why == "") == (len(candidates) == 1)
