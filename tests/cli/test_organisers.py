"""What organisers use: branches of a clone, and their own file."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.clones import ILLEGAL, clone_of_pulls, path_of
from tests.command import Auditor
from tests.submission.builders import World


def waivers(auditor: Auditor, tree: Path) -> str:
    """A file that waives everything that fails."""
    return "".join(
        f'[[waivers]]\nfingerprint = "{finding["fingerprint"]}"\n'
        'reason = "Settled."\nexpires = 9999-12-31\n'
        for rule in auditor("audit", tree, "--format", "json").json()["rules"]
        if rule["status"] == "fail"
        for finding in rule["findings"]
    )


def test_a_branch_is_audited_against_the_one_it_left(auditor: Auditor, world: World) -> None:
    clone_of_pulls(world)
    head = f"refs/pull/{ILLEGAL}/head"
    ended = auditor("audit", "--repo", world.path, "--base", "main", "--head", head)
    assert ended.status == 1
    assert Path(path_of(ILLEGAL)).parent.name in ended.out
    comment = auditor(
        "audit", "--repo", world.path, "--base", "main", "--head", head, "--format", "markdown"
    )
    assert f"auditor audit --repo clone.git --base main --head {head}" in comment.out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--base", "main"], "--base and --head belong together"),
        (["--repo", ".", "--base", "a", "--head", "b", "--pr", "1"], "not both"),
        (["--base", "a", "--head", "b"], "--base and --head need --repo"),
        (["--repo", "{clone}", "--base", "main", "--head", "gone"], "'gone' names no commit"),
    ],
)
def test_a_range_that_is_none_is_refused(
    auditor: Auditor, world: World, arguments: list[str], says: str
) -> None:
    clone_of_pulls(world)
    ended = auditor("audit", *(argument.format(clone=world.path) for argument in arguments))
    assert (ended.status, ended.out, ended.err.count("\n")) == (2, "", 1)
    assert says in ended.err


def test_the_named_file_sets_findings_aside(
    auditor: Auditor, illegal: Path, tmp_path: Path
) -> None:
    config = tmp_path / "auditor.toml"
    config.write_text(waivers(auditor, illegal), "utf-8")
    ended = auditor("audit", illegal, "--config", config)
    assert ended.status == 0
    assert "1 finding waived" in " ".join(ended.out.split())


def test_a_file_that_the_submission_brings_is_not_read(
    auditor: Auditor, illegal: Path, folder: str
) -> None:
    text = waivers(auditor, illegal)
    for place in (illegal, illegal / folder):
        (place / "auditor.toml").write_text(text, "utf-8")
    ended = auditor("audit", illegal)
    assert ended.status == 1
    assert "waived" not in ended.out


def test_a_file_that_cannot_be_used_is_refused_in_one_line(
    auditor: Auditor, illegal: Path, tmp_path: Path
) -> None:
    config = tmp_path / "auditor.toml"
    config.write_text("waiver = 1\n", "utf-8")
    ended = auditor("audit", illegal, "--config", config)
    assert (ended.status, ended.out, ended.err.count("\n")) == (2, "", 1)
    assert "waiver: Extra inputs are not permitted" in ended.err
