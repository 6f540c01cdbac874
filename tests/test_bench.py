from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from auditor.bench import (
    Benchmark,
    Ratio,
    Ruling,
    RulingsUnreadable,
    family_of,
    measure,
    moved,
    read_benchmark,
    read_rulings,
)
from auditor.fleet import Outcome, Target, audit_all
from auditor.submission import Clone
from tests.clones import CODE, ILLEGAL, LEGAL, UNREADABLE, clone_of_pulls, path_of
from tests.submission.builders import World


def ruling(pr: int, label: str = "violation", **more: Any) -> Ruling:
    given = {"pr": pr, "label": label, "tier": "core" if label == "violation" else "merged", **more}
    return Ruling.model_validate(given)


def answered(pr: int, failing: dict[str, list[dict[str, Any]]], unknown: list[str]) -> Outcome:
    rules = [
        {"id": name, "status": "fail", "findings": [{"locations": places}]}
        for name, places in failing.items()
    ]
    rules += [{"id": name, "status": "unknown", "findings": []} for name in unknown]
    verdict = "violation" if failing else "insufficient-evidence" if unknown else "compliant"
    return Outcome(Target(pr), {"rules": rules, "verdict": verdict, "ttt_order": "none"})


def measured(given: Ruling, *failing: str, unknown: list[str] | None = None) -> Benchmark:
    outcome = answered(given.pr, {name: [] for name in failing}, unknown or [])
    return measure([given], {given.pr: outcome})


VIOLATION = ruling(1, families=["TTT"])
ACCEPTED = ruling(2, "accepted")


# --- figures -------------------------------------------------------------------------------------


def test_a_violation_is_found_where_a_rule_of_its_family_fails() -> None:
    assert measured(VIOLATION, "TTT004").core.recall.numerator == 1
    assert measured(VIOLATION, "ART001").core.recall.numerator == 0
    assert measured(VIOLATION).core.recall.denominator == 1


def test_a_failure_on_accepted_work_is_a_false_alarm_in_the_families_of_judgement() -> None:
    assert measured(ACCEPTED, "NG003").accepted.false_alarms.numerator == 1
    assert measured(ACCEPTED, "ART001", "TIME002").accepted.false_alarms.numerator == 0
    assert measured(ACCEPTED).accepted.false_alarms.denominator == 1


@pytest.mark.parametrize("label", ["accepted", "fixed_at_head", "legal_code"])
def test_all_labels_of_legal_work_count_alike(label: str) -> None:
    assert measured(ruling(3, label), "TTT001").accepted.false_alarms.numerator == 1


def test_what_was_found_is_not_unknown_whatever_else_is_open() -> None:
    assert measured(VIOLATION, "TTT001", unknown=["TTT002"]).unknown.numerator == 0
    assert measured(VIOLATION, unknown=["TTT002"]).unknown.numerator == 1
    assert measured(VIOLATION, unknown=["ART001"]).unknown.numerator == 0


def test_an_audit_that_did_not_finish_is_unknown() -> None:
    found = measure([VIOLATION], {1: Outcome(Target(1), stopped="it ran out of time")})
    assert (found.unknown.numerator, found.core.recall.numerator) == (1, 0)
    assert found.rows[0].verdict == "none"


PLACE = {"file": "train_gpt.py", "layer": None, "line_start": 10, "line_end": 20}
SEEN = {"file": "train_gpt.py", "line_start": 20, "line_end": 30}


@pytest.mark.parametrize(
    ("place", "evidence", "right"),
    [
        (PLACE, SEEN, True),
        (PLACE, SEEN | {"line_start": 21}, False),
        (PLACE, SEEN | {"file": "other.py"}, False),
        (PLACE, SEEN | {"line_basis": "unpacked"}, False),
        (PLACE | {"layer": "decoded:1"}, SEEN | {"line_basis": "unpacked"}, True),
        (PLACE | {"layer": "decoded:1"}, SEEN, False),
    ],
)
def test_a_place_is_right_where_it_shares_a_line_with_the_evidence(
    place: dict[str, Any], evidence: dict[str, Any], right: bool
) -> None:
    given = ruling(1, families=["TTT"], evidence=[evidence])
    found = measure([given], {1: answered(1, {"TTT001": [place]}, [])})
    assert (found.localisation.numerator, found.localisation.denominator) == (int(right), 1)


def test_rows_without_an_outcome_are_left_out() -> None:
    assert measure([VIOLATION, ACCEPTED], {}).rows == ()


def test_disagreements_are_listed() -> None:
    outcomes = {1: answered(1, {}, []), 2: answered(2, {"TTT001": []}, [])}
    assert [row.pr for row in measure([VIOLATION, ACCEPTED], outcomes).missed] == [1, 2]


def test_a_family_is_the_rules_name_without_its_number() -> None:
    assert [family_of(rule) for rule in ("TTT001", "DATA004", "NG001")] == ["TTT", "DATA", "NG"]


def test_a_share_of_nothing_is_zero() -> None:
    assert str(Ratio(numerator=0, denominator=0)) == "0/0 (0.0%)"
    assert str(Ratio(numerator=49, denominator=50)) == "49/50 (98.0%)"


# --- comparing -----------------------------------------------------------------------------------


def test_only_answers_that_moved_are_told() -> None:
    before = measured(VIOLATION, "TTT001")
    assert moved(before, measured(VIOLATION, "TTT001")) == []
    ((old, new),) = moved(before, measured(VIOLATION, "TTT001", "DATA001"))
    assert (old.failing, new.failing) == (("TTT001",), ("TTT001", "DATA001"))


def test_figures_survive_being_written_and_read(tmp_path: Path) -> None:
    found = measured(VIOLATION, "TTT001")
    file = tmp_path / "before.json"
    file.write_text(found.model_dump_json(indent=2))
    assert read_benchmark(file) == found


@pytest.mark.parametrize("text", ["", "{}", "not json", "[1, 2]"])
def test_what_is_no_benchmark_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "before.json"
    file.write_text(text)
    with pytest.raises(RulingsUnreadable, match=r"before\.json is not the output"):
        read_benchmark(file)


# --- rulings -------------------------------------------------------------------------------------


def write(tmp_path: Path, *rows: object) -> Path:
    file = tmp_path / "rulings.jsonl"
    file.write_text("\n".join(r if isinstance(r, str) else json.dumps(r) for r in rows))
    return file


def test_rulings_are_one_object_per_line_and_may_say_more_than_is_asked(tmp_path: Path) -> None:
    row = {"pr": 1, "label": "accepted", "tier": "merged", "note": "a word"}
    assert [r.pr for r in read_rulings(write(tmp_path, row, "", row | {"pr": 2}))] == [1, 2]


@pytest.mark.parametrize(
    ("row", "where"),
    [
        ('{"pr": 1', "rulings.jsonl:2: the line"),
        ({"pr": 1, "label": "perhaps", "tier": "core"}, "rulings.jsonl:2: label"),
        ({"label": "accepted", "tier": "core"}, "rulings.jsonl:2: pr"),
        ('{"pr": NaN, "label": "accepted", "tier": "core"}', "rulings.jsonl:2"),
    ],
)
def test_a_row_that_is_no_ruling_is_told_with_its_line(
    tmp_path: Path, row: object, where: str
) -> None:
    with pytest.raises(RulingsUnreadable, match=where):
        read_rulings(write(tmp_path, {"pr": 1, "label": "accepted", "tier": "core"}, row))


def test_a_file_without_rulings_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RulingsUnreadable, match="holds no rulings"):
        read_rulings(write(tmp_path))
    with pytest.raises(RulingsUnreadable, match="cannot be read"):
        read_rulings(tmp_path / "missing.jsonl")


# --- end to end ----------------------------------------------------------------------------------


def test_real_audits_are_measured(world: World) -> None:
    clone_of_pulls(world)
    at = 1 + next(i for i, line in enumerate(CODE[ILLEGAL].splitlines()) if "opt.step()" in line)
    steps = {"file": path_of(ILLEGAL), "line_start": at, "line_end": at + 30}
    rulings = [
        ruling(ILLEGAL, families=["TTT"], evidence=[steps]),
        ruling(UNREADABLE, families=["TTT"]),
        ruling(LEGAL, "accepted"),
    ]
    found = audit_all(Clone(world.path), [Target(r.pr) for r in rulings])
    figures = measure(rulings, {outcome.target.pr: outcome for outcome in found})
    assert str(figures.core.recall) == "1/2 (50.0%)"
    assert str(figures.accepted.false_alarms) == "0/1 (0.0%)"
    assert str(figures.localisation) == "1/1 (100.0%)"
    assert [row.pr for row in figures.rows if row.unknown] == [UNREADABLE]
    assert [row.pr for row in figures.missed] == [UNREADABLE]
