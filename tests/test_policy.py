from __future__ import annotations

import contextlib
from datetime import date
from pathlib import Path

import pygit2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.policy import Policy, PolicyUnreadable, parse_policy, policy_at, read_policy
from auditor.rule import Severity
from rules import all_rules

from .submission.builders import Link, World

KNOWN = frozenset(rule.id for rule in all_rules())
PRINT = "0123456789abcdef" * 2 + ":1"
FULL = f"""
ruleset = "parameter-golf-2026"

[severities]
SIG001 = "notice"

[in-force]
REP002 = 2026-04-10

[[waivers]]
fingerprint = "{PRINT}"
reason = "Settled in the thread."
expires = 2026-06-30
"""


def parse(text: str | bytes, name: str = "auditor.toml") -> Policy:
    return parse_policy(text.encode() if isinstance(text, str) else text, name, KNOWN)


def test_everything_that_can_be_laid_down() -> None:
    policy = parse(FULL)
    assert policy.severities == {"SIG001": Severity.NOTICE}
    assert policy.in_force == {"REP002": date(2026, 4, 10)}
    (waiver,) = policy.waivers
    assert (waiver.fingerprint, waiver.expires) == (PRINT, date(2026, 6, 30))


def test_in_a_shared_file_only_the_table_of_this_tool_is_read() -> None:
    text = '[project]\nname = "x"\n[tool.auditor.severities]\nSIG001 = "notice"\n'
    assert parse(text, "some/pyproject.toml").notices == {"SIG001"}
    assert parse('[project]\nname = "x"\n', "pyproject.toml") == Policy()


def test_rules_get_their_severities_and_days() -> None:
    rules = {rule.id: rule for rule in parse(FULL).rules(all_rules())}
    assert rules["SIG001"].severity is Severity.NOTICE
    assert rules["REP002"].in_force == date(2026, 4, 10)
    assert rules["TTT001"] == {rule.id: rule for rule in all_rules()}["TTT001"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("ruleset = [", "auditor.toml is not TOML"),
        (b"\xff\xfe", "auditor.toml is not TOML"),
        ("rulesets = 'x'", "rulesets: Extra inputs are not permitted"),
        ("ruleset = '../../x'", "there is no ruleset '../../x'; there is parameter-golf-2026"),
        ("[severities]\nSIG001 = 'off'", "severities.SIG001: Input should be 'invalid'"),
        ("[severities]\nSIG999 = 'notice'", "severities names 'SIG999', which is no rule"),
        ("[in-force]\nSIG001 = '2026-04-01'", "write a day without quotes"),
        ("[in-force]\nSIG001 = 2026-04-01T00:00:00", "write a day without quotes"),
        ("[in-force]\nSIG999 = 2026-04-01", "in-force names 'SIG999'"),
        (FULL.replace(":1", ""), "waivers.0.fingerprint: String should match"),
        (FULL.replace("Settled in the thread.", ""), "waivers.0.reason"),
        (FULL.replace("expires = 2026-06-30", ""), "waivers.0.expires: Field required"),
        (FULL + FULL[FULL.index("[[waivers]]") :], "is waived twice"),
        ("#" * 1_000_001, "is larger than 1,000,000 bytes"),
    ],
)
def test_what_cannot_be_used_is_said_in_one_line(text: str | bytes, says: str) -> None:
    with pytest.raises(PolicyUnreadable) as caught:
        parse(text)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


@given(st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode)))
def test_no_text_raises_anything_else(data: bytes) -> None:
    with contextlib.suppress(PolicyUnreadable):
        parse(data)


def test_a_missing_file_is_said_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(PolicyUnreadable, match="No such file or directory"):
        read_policy(tmp_path / "auditor.toml", KNOWN)


def test_the_root_of_a_commit_is_read_and_its_own_file_goes_first(tmp_path: Path) -> None:
    world = World(tmp_path / "clone")
    shared = '[tool.auditor.severities]\nSIG001 = "notice"\n'
    commits = [
        world.main({"README.md": "x", "records/a/auditor.toml": FULL}),
        world.main({"pyproject.toml": shared}),
        world.main({"pyproject.toml": shared, "auditor.toml": ""}),
        world.main({"auditor.toml": Link("records/auditor.toml")}),
    ]
    *found, refused = commits
    policies = [policy_at(world.repository[oid].peel(pygit2.Commit), KNOWN) for oid in found]
    assert [sorted(policy.notices) for policy in policies] == [[], ["SIG001"], []]
    with pytest.raises(PolicyUnreadable, match="a link"):
        policy_at(world.repository[refused].peel(pygit2.Commit), KNOWN)
