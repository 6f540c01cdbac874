"""Every miniature pull request gets the verdict it was written for."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable
from functools import cache
from hashlib import sha256
from pathlib import Path
from types import ModuleType

import pytest

from auditor.audit import audit
from auditor.findings import Status
from auditor.fixtures import Fixture, all_fixtures
from auditor.submission import from_folder
from auditor.trace.claimed import Basis
from auditor.verdict import Audit, Verdict
from rules import all_rules

FIXTURES = {fixture.name: fixture for fixture in all_fixtures()}
ROOT = Path(__file__).parent.parent / "fixtures"

each_fixture = pytest.mark.parametrize("name", FIXTURES)


@cache
def audited(name: str) -> Audit:
    return audit(from_folder(FIXTURES[name].path))


def with_status(done: Audit, status: Status) -> list[str]:
    return [result.rule_id for result in done.results if result.status is status]


@each_fixture
def test_the_verdict_is_the_expected_one(name: str) -> None:
    expected, done = FIXTURES[name].expected, audited(name)
    assert (done.verdict, done.ttt_order) == (expected.verdict, expected.ttt_order)
    assert with_status(done, Status.FAIL) == sorted(expected.fails)
    assert with_status(done, Status.NEEDS_RULING) == sorted(expected.rulings)


@each_fixture
def test_what_fails_is_shown_in_the_files(name: str) -> None:
    done = audited(name)
    paths = {entry.path for entry in done.submission.snapshot.entries()}
    for result in done.results:
        if result.status is Status.FAIL:
            places = [place for finding in result.findings for place in finding.locations]
            assert places
            assert all(
                place.file in paths or place.file == done.submission.folder for place in places
            )


@each_fixture
def test_the_script_is_python_and_printed_its_logs(name: str) -> None:
    done = audited(name)
    for path in done.submission.scripts:
        compile(done.submission.snapshot.read(path), path, "exec")
    untold = f"How the claimed value was found: {Basis.LAST}."
    assert not done.submission.logs or untold not in done.notes


@each_fixture
def test_it_is_named_for_the_rule_that_it_shows(name: str) -> None:
    expected = FIXTURES[name].expected
    rule = name.partition("-")[0].upper()
    assert rule in {rule.id for rule in all_rules()}
    if expected.verdict is Verdict.VIOLATION:
        assert rule in expected.fails
    if expected.verdict is Verdict.NEEDS_RULING:
        assert rule in expected.rulings or not expected.fails


@pytest.mark.parametrize("name", [n for n, f in FIXTURES.items() if f.expected.twin])
def test_a_twin_gets_another_answer(name: str) -> None:
    mine = FIXTURES[name].expected
    assert mine.twin in FIXTURES
    other = FIXTURES[mine.twin].expected
    assert (mine.fails, mine.rulings) != (other.fails, other.rulings)


def test_every_fixture_has_a_twin() -> None:
    assert [name for name, fixture in FIXTURES.items() if fixture.expected.twin is None] == []


def test_no_folder_is_left_out() -> None:
    folders = {path.name for path in ROOT.iterdir() if path.is_dir()} - {"__pycache__"}
    assert folders == set(FIXTURES)


def test_the_demonstration_shows_one_that_complies_and_several_that_do_not() -> None:
    shown = [fixture.expected for fixture in FIXTURES.values() if fixture.expected.demo]
    assert 6 <= len(shown) <= 8
    assert sum(expected.verdict is Verdict.COMPLIANT for expected in shown) == 1
    broken = {rule[:-3] for expected in shown for rule in expected.fails}
    assert broken >= {"TTT", "NG", "CAL", "ART"}


# --- packed scripts ------------------------------------------------------------------------------


def _pack() -> ModuleType:
    spec = importlib.util.spec_from_file_location("pack", ROOT / "pack.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


PACK = _pack()
PACKED = {packed.name: packed for packed in PACK.PACKED}


@pytest.mark.parametrize("name", PACKED)
def test_a_packed_script_is_the_readable_one(name: str) -> None:
    original = PACK.record_folder(PACKED[name].original) / "train_gpt.py"
    hashes = {layer.sha256 for layer in audited(name).layers}
    assert sha256(original.read_bytes()).hexdigest() in hashes


@pytest.mark.parametrize("name", PACKED)
def test_packing_changes_nothing_about_the_verdict(name: str) -> None:
    packed, plain = FIXTURES[name].expected, FIXTURES[PACKED[name].original].expected
    assert (packed.verdict, packed.ttt_order) == (plain.verdict, plain.ttt_order)
    assert (packed.fails, packed.rulings) == (plain.fails, plain.rulings)


def test_every_packed_fixture_can_be_written_anew() -> None:
    assert {f.name for f in _named_packed(FIXTURES.values())} == set(PACKED)


def _named_packed(fixtures: Iterable[Fixture]) -> list[Fixture]:
    return [fixture for fixture in fixtures if fixture.name.endswith("-packed")]
