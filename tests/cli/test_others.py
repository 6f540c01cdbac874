"""`rules`, `bench`, `sweep`, and what all commands have in common."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from auditor import __version__
from rules import all_rules
from tests.clones import ILLEGAL, LEGAL, NO_FOLDER, UNREADABLE, clone_of_pulls
from tests.command import Auditor
from tests.submission.builders import World

# --- rules ---------------------------------------------------------------------------------------


def test_all_rules_are_listed(auditor: Auditor) -> None:
    ended = auditor("rules")
    assert (ended.status, ended.err) == (0, "")
    listed = [line.split()[0] for line in ended.out.splitlines()[1:] if line[:1].isupper()]
    assert listed == [rule.id for rule in all_rules()]


@pytest.mark.parametrize("name", ["TTT001", "ttt001"])
def test_one_rule_is_explained(auditor: Auditor, name: str) -> None:
    ended = auditor("rules", name)
    (rule,) = (rule for rule in all_rules() if rule.id == "TTT001")
    assert ended.status == 0
    assert rule.title in ended.out
    for source in rule.sources:
        assert source.url in ended.out
    for example in rule.examples:
        assert example.title in ended.out


def test_a_rule_that_does_not_exist_is_an_error(auditor: Auditor) -> None:
    ended = auditor("rules", "XYZ001")
    assert (ended.status, ended.out) == (2, "")
    assert ended.err == "auditor: there is no rule XYZ001; `auditor rules` lists them\n"


def test_coverage_of_the_rulebook(auditor: Auditor) -> None:
    ended = auditor("rules", "--coverage")
    assert ended.status == 0
    for rule in all_rules():
        assert rule.id in ended.out


# --- bench ---------------------------------------------------------------------------------------


@pytest.fixture
def rulings(tmp_path: Path) -> Path:
    rows = [
        {"pr": ILLEGAL, "label": "violation", "tier": "core", "families": ["TTT"]},
        {"pr": LEGAL, "label": "accepted", "tier": "merged"},
    ]
    file = tmp_path / "rulings.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return file


@pytest.fixture
def clone(world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))
    return clone_of_pulls(world).path


def test_figures_are_printed_as_a_table_and_as_json(
    auditor: Auditor, clone: Path, rulings: Path
) -> None:
    shown = auditor("bench", "--repo", clone, "--rulings", rulings)
    assert (shown.status, shown.err) == (0, "")
    assert "1/1 (100.0%)" in shown.out
    figures = auditor("bench", "--repo", clone, "--rulings", rulings, "--format", "json").json()
    assert figures["core"]["recall"] == {"numerator": 1, "denominator": 1}
    assert figures["accepted"]["false_alarms"] == {"numerator": 0, "denominator": 1}


def test_with_and_without_memory_the_figures_are_the_same(
    auditor: Auditor, clone: Path, rulings: Path
) -> None:
    command = ("bench", "--repo", clone, "--rulings", rulings, "--format", "json")
    first, again, fresh = auditor(*command), auditor(*command), auditor(*command, "--no-cache")
    assert first.out == again.out == fresh.out


def test_what_moved_since_an_earlier_run_is_told(
    auditor: Auditor, clone: Path, rulings: Path, tmp_path: Path
) -> None:
    command = ("bench", "--repo", clone, "--rulings", rulings)
    before = tmp_path / "before.json"
    before.write_text(auditor(*command, "--format", "json").out)
    assert "0 of 2 answers moved" in auditor(*command, "--compare", before).out
    old = json.loads(before.read_text())
    old["rows"][0]["failing"] = ["DATA001"]
    before.write_text(json.dumps(old))
    told = auditor(*command, "--compare", before).out
    assert "1 of 2 answers moved" in told
    assert "-DATA001" in told or "+TTT001" in told
    piped = auditor(*command, "--compare", before, "--format", "json")
    assert json.loads(piped.out)["rows"]
    assert "answers moved" in piped.err


def test_a_bench_that_cannot_be_done_is_2(auditor: Auditor, clone: Path, tmp_path: Path) -> None:
    for arguments, said in (
        (("--repo", clone, "--rulings", tmp_path / "missing"), "missing"),
        (("--repo", tmp_path, "--rulings", tmp_path / "missing"), ""),
        (("--repo", clone, "--rulings", tmp_path / "missing", "--format", "xml"), "table and json"),
    ):
        ended = auditor("bench", *arguments)
        assert (ended.status, ended.out) == (2, "")
        assert ended.err.count("\n") == 1
        assert said in ended.err


# --- sweep ---------------------------------------------------------------------------------------


def test_every_pull_request_is_summed_up(auditor: Auditor, clone: Path) -> None:
    ended = auditor("sweep", "--repo", clone)
    assert (ended.status, ended.err) == (0, "")
    assert ended.out.startswith("4 pull requests; 0 audits were stopped.")
    lines = auditor("sweep", "--repo", clone, "--format", "json").out.splitlines()
    by_pr = {row["pr"]: row for row in map(json.loads, lines)}
    assert by_pr.keys() == {LEGAL, ILLEGAL, NO_FOLDER, UNREADABLE}
    assert by_pr[ILLEGAL]["ttt_order"] == "adapt_then_score"
    assert by_pr[NO_FOLDER]["verdict"] is None
    assert by_pr[UNREADABLE]["verdict"] != "compliant"


def test_a_clone_without_pull_requests_is_an_error_that_says_what_to_do(
    auditor: Auditor, world: World
) -> None:
    world.main({"README.md": "."})
    ended = auditor("sweep", "--repo", world.path)
    assert ended.status == 2
    assert "git fetch origin 'refs/pull/*/head:refs/pull/*/head'" in ended.err


# --- all -----------------------------------------------------------------------------------------


def test_the_version_is_told(auditor: Auditor) -> None:
    assert auditor("--version").out == f"parameter-golf-auditor {__version__}\n"


@pytest.mark.parametrize("command", ["audit", "demo", "rules", "bench", "sweep"])
@pytest.mark.parametrize("option", ["-h", "--help"])
def test_every_command_explains_itself(auditor: Auditor, command: str, option: str) -> None:
    ended = auditor(command, option)
    assert (ended.status, ended.err) == (0, "")
    assert f"auditor {command}" in ended.out


def test_a_command_that_does_not_exist_is_2(auditor: Auditor) -> None:
    ended = auditor("frobnicate")
    assert (ended.status, ended.out) == (2, "")
    assert "frobnicate" in ended.err
