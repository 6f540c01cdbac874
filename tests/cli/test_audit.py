from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from markdown_it import MarkdownIt

from auditor.report.model import schema_text
from tests.clones import ILLEGAL, LEGAL, NO_FOLDER, clone_of_pulls
from tests.command import Auditor
from tests.submission.builders import World, entry, write_tree

FORMATS = ["terminal", "json", "sarif", "markdown", "github"]
ESCAPES = re.compile(r"\x1b")


# --- exit status ---------------------------------------------------------------------------------


def test_nothing_fails_is_0_and_something_fails_is_1(
    auditor: Auditor, legal: Path, illegal: Path
) -> None:
    assert auditor("audit", legal).status == 0
    assert auditor("audit", illegal).status == 1


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_has_the_same_status_and_names_the_rule_that_fails(
    auditor: Auditor, illegal: Path, form: str
) -> None:
    ended = auditor("audit", illegal, "--format", form)
    assert ended.status == 1
    assert "TTT001" in ended.out


def test_what_counts_as_failing_can_be_tightened(auditor: Auditor, legal: Path) -> None:
    report = auditor("audit", legal, "--format", "json").json()
    assert "unknown" in {rule["status"] for rule in report["rules"]}
    assert auditor("audit", legal, "--fail-on", "fail").status == 0
    assert auditor("audit", legal, "--fail-on", "unknown").status == 1


CANNOT: list[tuple[list[str], str]] = [
    (["{tmp}/missing"], "does not exist"),
    (["{tmp}/empty"], "no record folder"),
    (["{tmp}/file.txt"], "is not a folder"),
    (["--pr", "1"], "--repo and --pr belong together"),
    (["--repo", "{tmp}/empty"], "--repo and --pr belong together"),
    (["--repo", "{tmp}/empty", "--pr", "1"], "repository"),
    (["{tmp}", "--repo", "{tmp}/empty", "--pr", "1"], "not both"),
]


@pytest.mark.parametrize(("arguments", "said"), CANNOT)
def test_an_audit_that_cannot_be_done_is_2_and_one_line_on_standard_error(
    auditor: Auditor, tmp_path: Path, arguments: list[str], said: str
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file.txt").write_text("")
    ended = auditor("audit", *(argument.format(tmp=tmp_path) for argument in arguments))
    assert (ended.status, ended.out) == (2, "")
    assert ended.err.startswith("auditor: ")
    assert ended.err.count("\n") == 1
    assert said in ended.err


@pytest.mark.parametrize("arguments", [["--format", "xml"], ["--pr", "one"], ["--nonsense"]])
def test_arguments_that_do_not_fit_are_2(auditor: Auditor, arguments: list[str]) -> None:
    ended = auditor("audit", *arguments)
    assert (ended.status, ended.out) == (2, "")
    assert arguments[0] in ended.err


# --- what is audited -----------------------------------------------------------------------------


def test_the_current_folder_is_audited_where_none_is_given(
    auditor: Auditor, illegal: Path, folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(illegal / folder)
    assert auditor("audit").status == 1


def test_a_record_folder_and_its_tree_get_the_same_answer(
    auditor: Auditor, illegal: Path, folder: str
) -> None:
    whole = auditor("audit", illegal, "--format", "json").json()
    alone = auditor("audit", illegal / folder, "--format", "json").json()
    assert [(r["id"], r["status"]) for r in whole["rules"]] == [
        (r["id"], r["status"]) for r in alone["rules"]
    ]
    assert whole["submission"]["folder"] == alone["submission"]["folder"] == folder


def test_one_of_several_folders_can_be_chosen(auditor: Auditor, illegal: Path) -> None:
    write_tree(illegal, entry("2026-04-02_Other"))
    chosen = "records/track_10min_16mb/2026-04-01_Mine"
    report = auditor("audit", illegal, "--folder", chosen, "--format", "json").json()
    assert report["submission"]["folder"] == chosen
    ended = auditor("audit", illegal, "--folder", "records/none")
    assert ended.status == 2
    assert "records/none" in ended.err


def test_a_pull_request_is_read_from_a_clone(auditor: Auditor, world: World) -> None:
    clone_of_pulls(world)
    repo = ("--repo", world.path)
    assert auditor("audit", *repo, "--pr", str(ILLEGAL)).status == 1
    report = auditor("audit", *repo, "--pr", str(LEGAL), "--format", "json").json()
    assert report["ttt_order"] == "score_first"
    for number in (NO_FOLDER, 999):
        ended = auditor("audit", *repo, "--pr", str(number))
        assert (ended.status, ended.err.count("\n")) == (2, 1)


# --- formats -------------------------------------------------------------------------------------


def test_json_follows_the_published_schema(auditor: Auditor, illegal: Path) -> None:
    report = auditor("audit", illegal, "--format", "json").json()
    Draft202012Validator(json.loads(schema_text())).validate(report)
    assert report["verdict"] == "violation"


def test_sarif_points_at_lines_and_keeps_its_fingerprints_when_they_shift(
    auditor: Auditor, illegal: Path, folder: str
) -> None:
    def results() -> list[tuple[str, int]]:
        (shown,) = auditor("audit", illegal, "--format", "sarif").json()["runs"]
        return [
            (
                result["partialFingerprints"]["primaryLocationLineHash"],
                result["locations"][0]["physicalLocation"].get("region", {}).get("startLine", 0),
            )
            for result in shown["results"]
        ]

    before = results()
    script = illegal / folder / "train_gpt.py"
    script.write_text("# a comment\n# and another\n" + script.read_text())
    after = results()
    assert [name for name, _ in after] == [name for name, _ in before]
    moved = {new - old for (_, old), (_, new) in zip(before, after, strict=True)}
    assert 2 in moved
    assert moved <= {0, 2}


def test_markdown_is_a_review_that_names_the_command(auditor: Auditor, illegal: Path) -> None:
    text = auditor("audit", illegal, "--format", "markdown").out
    shown = [line for line in text.splitlines() if line and not line.startswith("<!--")]
    assert any("TTT001" in line and "train_gpt.py:" in line for line in shown[:10])
    assert f"auditor audit {illegal}" in text
    assert MarkdownIt("commonmark").render(text)


def test_github_prints_workflow_commands(auditor: Auditor, illegal: Path, folder: str) -> None:
    lines = auditor("audit", illegal, "--format", "github").out.splitlines()
    assert any(line.startswith(f"::error file={folder}/train_gpt.py,line=") for line in lines)


def test_verbose_says_more(auditor: Auditor, illegal: Path) -> None:
    assert len(auditor("audit", illegal, "-v").out) > len(auditor("audit", illegal).out)


# --- where the output goes -----------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMATS)
def test_a_pipe_gets_the_report_and_nothing_else(
    auditor: Auditor, illegal: Path, form: str
) -> None:
    ended = auditor("audit", illegal, "--format", form)
    assert ended.err == ""
    assert not ESCAPES.search(ended.out)
    assert ended.out.endswith("\n")


def test_colour_can_be_forced_and_refused(
    auditor: Auditor, illegal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert ESCAPES.search(auditor("audit", illegal).out)
    monkeypatch.setenv("NO_COLOR", "1")
    assert not re.search(r"\x1b\[[0-9;]*3[0-9]m", auditor("audit", illegal).out)


def started(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "auditor", *map(str, arguments)],
        capture_output=True,
        env={**os.environ, **environment},
        check=False,
        timeout=120,
    )


def test_a_terminal_that_knows_only_ascii_gets_what_it_can_show(illegal: Path) -> None:
    ended = started("audit", illegal, PYTHONIOENCODING="ascii")
    assert ended.returncode == 1
    assert ended.stderr == b""
    assert ended.stdout.isascii()


def test_a_reader_that_has_seen_enough_is_no_error(illegal: Path) -> None:
    command = f"{sys.executable} -m auditor audit {illegal} --format json | head -c 10"
    ended = subprocess.run(["bash", "-c", command], capture_output=True, check=False, timeout=120)
    assert ended.stderr == b""
    assert len(ended.stdout) == 10
