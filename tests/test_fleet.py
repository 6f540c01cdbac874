from __future__ import annotations

from pathlib import Path

import pytest

from auditor import fleet
from auditor.cache import Cache
from auditor.fleet import Outcome, Target, audit_all
from auditor.isolate import Limits
from auditor.submission import Clone
from tests.clones import CODE, ILLEGAL, LEGAL, NO_FOLDER, UNREADABLE, clone_of_pulls, record
from tests.submission.builders import World


@pytest.fixture
def pulls(world: World) -> World:
    return clone_of_pulls(world)


def outcomes(world: World, *targets: Target, **more: object) -> dict[Target, Outcome]:
    clone = Clone(world.path)
    wanted = targets or tuple(Target(pr) for pr in clone.pull_numbers())
    return {found.target: found for found in audit_all(clone, wanted, **more)}  # type: ignore[arg-type]


def verdict(outcome: Outcome) -> tuple[str, str]:
    assert outcome.report is not None
    return outcome.report["verdict"], outcome.report["ttt_order"]


def test_every_pull_request_ends_in_a_verdict_or_in_nothing_to_audit(pulls: World) -> None:
    found = outcomes(pulls, workers=2)
    assert verdict(found[Target(LEGAL)])[1] == "score_first"
    assert verdict(found[Target(ILLEGAL)]) == ("violation", "adapt_then_score")
    assert verdict(found[Target(UNREADABLE)])[1] == "unknown"
    assert found[Target(NO_FOLDER)].report is None
    assert "no record folder" in found[Target(NO_FOLDER)].nothing
    assert not any(outcome.stopped for outcome in found.values())


def test_a_pull_request_can_be_read_at_an_earlier_commit(pulls: World) -> None:
    head = pulls.repository.references[f"refs/pull/{ILLEGAL}/head"].target
    pulls.pull(ILLEGAL, record(f"2026-03-31_Pull{ILLEGAL}", CODE[LEGAL]), [head])
    now, then = Target(ILLEGAL), Target(ILLEGAL, str(head))
    found = outcomes(pulls, now, then)
    assert verdict(found[now])[1] == "score_first"
    assert verdict(found[then])[1] == "adapt_then_score"


def test_a_pull_request_that_was_not_fetched_is_told_as_such(pulls: World) -> None:
    (outcome,) = outcomes(pulls, Target(999)).values()
    assert "999" in outcome.nothing
    assert outcome.report is None


# --- remembering ---------------------------------------------------------------------------------


def test_a_remembered_answer_is_the_answer(pulls: World, tmp_path: Path) -> None:
    memory = Cache(tmp_path / "cache")
    fresh = outcomes(pulls)
    first = outcomes(pulls, cache=memory)
    again = outcomes(pulls, cache=memory)
    assert fresh == first == again


def test_what_is_remembered_is_not_audited_again(
    pulls: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = Cache(tmp_path / "cache")
    before = outcomes(pulls, cache=memory)

    def refuse(*_: object) -> bytes:
        raise AssertionError("audited again")

    monkeypatch.setattr(fleet, "_audit", refuse)
    assert outcomes(pulls, cache=memory) == before


def test_a_moved_head_is_audited_again(pulls: World, tmp_path: Path) -> None:
    memory = Cache(tmp_path / "cache")
    assert verdict(outcomes(pulls, cache=memory)[Target(LEGAL)])[1] == "score_first"
    head = pulls.repository.references[f"refs/pull/{LEGAL}/head"].target
    pulls.pull(LEGAL, record(f"2026-03-31_Pull{LEGAL}", CODE[ILLEGAL]), [head])
    assert verdict(outcomes(pulls, cache=memory)[Target(LEGAL)])[1] == "adapt_then_score"


def test_a_damaged_memory_is_replaced(pulls: World, tmp_path: Path) -> None:
    memory = Cache(tmp_path / "cache")
    fresh = outcomes(pulls, cache=memory)
    for path in (tmp_path / "cache").rglob("*"):
        if path.is_file():
            path.write_bytes(b"{half an ans")
    assert outcomes(pulls, cache=memory) == fresh
    assert outcomes(pulls, cache=memory) == fresh


def test_without_a_place_to_remember_the_answers_are_the_same(pulls: World, tmp_path: Path) -> None:
    occupied = tmp_path / "file"
    occupied.write_text("")
    assert outcomes(pulls, cache=Cache(occupied)) == outcomes(pulls)


# --- what stops an audit -------------------------------------------------------------------------


def test_a_program_that_stops_the_audit_leaves_its_questions_open(
    pulls: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def exhaust(_submission: object) -> None:
        bytes(64 * 1024**3)

    monkeypatch.setattr(fleet._audit, "__defaults__", (exhaust,))
    (outcome,) = outcomes(pulls, Target(LEGAL), limits=Limits(seconds=20)).values()
    assert outcome.stopped == "it needed more memory than it may have"
    assert outcome.report is not None
    assert outcome.report["verdict"] != "compliant"
    open_rules = {r["id"] for r in outcome.report["rules"] if r["status"] == "unknown"}
    assert {"TTT001", "TTT002", "DATA001"} <= open_rules


def test_a_stopped_audit_is_not_remembered(
    pulls: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = Cache(tmp_path / "cache")

    def stumble(_submission: object) -> None:
        raise KeyError("a mistake in the tool")

    with monkeypatch.context() as broken:
        broken.setattr(fleet._audit, "__defaults__", (stumble,))
        (stopped,) = outcomes(pulls, Target(LEGAL), cache=memory).values()
    assert stopped.stopped.startswith("KeyError")
    (mended,) = outcomes(pulls, Target(LEGAL), cache=memory).values()
    assert not mended.stopped
    assert verdict(mended)[1] == "score_first"
