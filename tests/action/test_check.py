"""The check on four built pull requests: compliant, violating, hostile, and no submission."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pygit2
import pytest
from jsonschema import Draft202012Validator
from markdown_it import MarkdownIt

from auditor.fixtures import all_fixtures
from auditor.report.github import MAX_ANNOTATIONS
from auditor.report.markdown import MARKER, MAX_BYTES
from rules.miniature import program
from rules.ttt001 import ADAPT_ALL
from tests.action.job import Job, Ran, event_of_pull
from tests.submission.builders import Content, Files, World, entry

GITHUB = Draft202012Validator(
    json.loads((Path(__file__).parents[1] / "report/data/sarif-github.schema.json").read_text())
)
FORGED = (
    f"{MARKER}\n### Audit: compliant. all rules are met\n\n</details>\n\n@openai/everyone\n"
    "::set-output name=verdict::compliant\n::error::forged\n##[error]forged\n"
)
HOSTILE: Files = entry(
    "2026-04-01_Mine",
    1.25,
    {
        "train_gpt.py": program(ADAPT_ALL, before_scoring="adapt(model, val_tokens)"),
        "README.md": FORGED,
        "train.log": "final_exact val_loss:2.1 val_bpb:1.25000000\n" + FORGED,
        "a\n::error::forged\n\x1b[2J.py": "import urllib.request\n",
        "```\n# Approved\n<img src=x>.log": FORGED,
        "one_line.log": "val_bpb:1.1 " * 450_000,
    },
)
NOTHING: Files = {"docs/a\n::error::forged.md": "Nothing to score.\n"}


def fixture(name: str) -> Files:
    (found,) = (each.path for each in all_fixtures() if each.name == name)
    return {
        path.relative_to(found).as_posix(): path.read_bytes()
        for path in found.rglob("*")
        if path.is_file() and path.name != "expected.toml"
    }


Check = Callable[[Files], Ran]


@pytest.fixture
def check(world: World, tmp_path: Path) -> Check:
    def run(files: Files, base: Files | None = None) -> Ran:
        fork = world.main({"README.md": "The challenge.\n", **(base or {})})
        head = world.pull(7, files, [fork])
        tip = world.main({"records/later.md": "x"}, [fork])
        return Job(tmp_path, world).run(event_of_pull(7, str(tip), str(head)))

    return run


def well_formed(ran: Ran) -> None:
    """What holds of every run, whatever the pull request holds."""
    GITHUB.validate(ran.sarif())
    comment = ran.file("comment.md")
    assert comment.startswith(f"{MARKER}\n### Audit: ")
    assert comment.count(MARKER) == 1
    assert len(comment.encode()) < MAX_BYTES
    assert ran.summary == comment
    assert set(ran.outputs) == {"head", "number", "verdict", "status"}
    lines = ran.log.splitlines()
    assert len(lines) <= MAX_ANNOTATIONS
    for line in lines:
        assert re.match(r"::(error|warning|notice) ", line)
        assert line.isprintable()


def shown(comment: str) -> str:
    """The words of a comment outside of code."""
    tokens = [t for top in MarkdownIt().parse(comment) for t in (top, *(top.children or ()))]
    return " ".join(t.content for t in tokens if t.type in ("text", "html_block", "html_inline"))


def test_a_compliant_pull_request_passes(check: Check) -> None:
    ran = check(fixture("pkg003-non-record"))
    well_formed(ran)
    assert (ran.outputs["verdict"], ran.conclusion, ran.log) == ("compliant", 0, "")
    assert "### Audit: compliant" in ran.summary
    assert ran.sarif()["runs"][0]["results"] == []


def test_a_violating_pull_request_fails_with_annotations_at_its_lines(check: Check) -> None:
    ran = check(fixture("ttt001-second-evaluation"))
    well_formed(ran)
    assert (ran.outputs["verdict"], ran.conclusion) == ("violation", 1)
    assert re.search(r"^::error file=records/.*train_gpt\.py,line=\d+,.*TTT001", ran.log, re.M)
    assert "**TTT001**" in ran.summary
    assert "TTT001" in {each["ruleId"] for each in ran.sarif()["runs"][0]["results"]}
    assert json.loads(ran.file("audit.json"))["submission"]["pr"] == 7


def test_a_hostile_pull_request_forges_nothing(check: Check) -> None:
    ran = check(HOSTILE)
    well_formed(ran)
    assert (ran.outputs["verdict"], ran.outputs["status"], ran.conclusion) == ("violation", "1", 1)
    words = shown(ran.summary)
    for forged in ("all rules are met", "Approved", "@openai", "forged", "<img"):
        assert forged not in words
    assert "::set-output" not in ran.log
    assert not re.search(r"^::error::forged", ran.log, re.M)


def test_a_pull_request_without_a_submission_passes_and_says_so(check: Check) -> None:
    ran = check(NOTHING)
    well_formed(ran)
    assert (ran.outputs["verdict"], ran.conclusion) == ("no-submission", 0)
    assert ran.log.startswith("::notice title=Nothing to audit::")
    assert ran.sarif()["runs"][0]["results"] == []
    assert not (ran.folder / "audit.json").exists()


def waiver_of_all(check: Ran) -> str:
    return "".join(
        f'[[waivers]]\nfingerprint = "{finding["fingerprint"]}"\nreason = "Settled."\n'
        "expires = 9999-12-31\n"
        for rule in json.loads(check.file("audit.json"))["rules"]
        if rule["status"] == "fail"
        for finding in rule["findings"]
    )


def test_the_policy_is_that_of_the_base_and_not_of_the_pull_request(
    world: World, tmp_path: Path
) -> None:
    files = fixture("ttt001-second-evaluation")
    fork = world.main({"README.md": "x"})

    def run(name: str, base: pygit2.Oid, pulled: Files) -> Ran:
        head = world.pull(7, pulled, [base])
        (tmp_path / name).mkdir()
        return Job(tmp_path / name, world).run(event_of_pull(7, str(base), str(head)))

    waivers: dict[str, Content] = {"auditor.toml": waiver_of_all(run("plain", fork, files))}
    assert run("theirs", fork, {**files, **waivers}).conclusion == 1
    ours = run("ours", world.main(waivers, [fork]), files)
    assert ours.conclusion == 0
    assert "waived" in ours.summary


def test_a_policy_that_cannot_be_used_stops_the_check_in_one_line(
    world: World, tmp_path: Path
) -> None:
    base = world.main({"auditor.toml": "waivers = 1\n"})
    head = world.pull(7, HOSTILE, [base])
    ran = Job(tmp_path, world).run(event_of_pull(7, str(base), str(head)))
    assert (ran.outputs["verdict"], ran.conclusion) == ("cannot-audit", 2)
    assert ran.log.startswith("::error title=The audit could not be done::auditor.toml: waivers")
    assert not (ran.folder / "audit.sarif").exists()


def test_nothing_of_the_pull_request_is_checked_out(world: World, tmp_path: Path) -> None:
    base = world.main({"README.md": "x"})
    head = world.pull(7, HOSTILE, [base])
    job = Job(tmp_path, world)
    job.run(event_of_pull(7, str(base), str(head)))
    assert {path.name for path in job.workspace.iterdir()} == {".git", "README.md"}


@pytest.mark.parametrize(
    ("event", "says"),
    [
        ({"action": "created"}, "run this on pull_request"),
        ({"pull_request": {"number": 1}}, "the event's base is not as expected"),
        (event_of_pull(1, "main", "0" * 40), "the event's base.sha is not as expected"),
        (event_of_pull(1, "0" * 40, "0" * 40 + "\n"), "the event's head.sha is not as expected"),
    ],
)
def test_an_event_without_a_pull_request_is_refused(
    world: World, tmp_path: Path, event: dict[str, object], says: str
) -> None:
    world.main({"README.md": "x"})
    ran = Job(tmp_path, world).run(event)
    assert ran.conclusion == 2
    assert ran.log.startswith("::error title=Audit::")
    assert says in ran.log
