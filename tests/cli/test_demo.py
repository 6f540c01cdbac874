from __future__ import annotations

import re

import pytest
from typer.testing import CliRunner

from auditor.cli import app
from auditor.cli.output import CannotAudit
from auditor.fixtures import all_fixtures

HEADLINES = {
    "compliant": "COMPLIANT",
    "violation": "VIOLATION",
    "needs-ruling": "NEEDS RULING",
    "insufficient-evidence": "INSUFFICIENT EVIDENCE",
}


def demo(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["demo", *arguments], catch_exceptions=False)
    assert result.exit_code == 0
    return result.output


def sections(output: str) -> dict[str, str]:
    """The text below each heading, by the heading's name."""
    _, *parts = re.split(r"^(\S+) ─+$", output, flags=re.MULTILINE)
    return dict(zip(parts[::2], parts[1::2], strict=True))


def test_it_shows_each_chosen_miniature_with_the_verdict_it_must_get() -> None:
    shown = sections(demo())
    expected = {f.name: f.expected for f in all_fixtures() if f.expected.demo}
    assert shown.keys() == expected.keys()
    for name, text in shown.items():
        assert re.search(rf"^{HEADLINES[expected[name].verdict]}\b", text, re.MULTILINE)
        for rule in expected[name].fails:
            assert f"FAIL  {rule}" in text


def test_the_one_that_complies_comes_first() -> None:
    first, *others = sections(demo()).values()
    assert "COMPLIANT" in first
    assert not any("COMPLIANT" in other for other in others)


def test_one_can_be_shown_alone() -> None:
    output = demo("ttt002-last-epoch")
    assert list(sections(output)) == ["ttt002-last-epoch"]
    assert "TTT002" in output


def test_more_is_shown_when_asked_for() -> None:
    assert len(demo("art001-fits", "--verbose")) > len(demo("art001-fits"))


def test_all_can_be_listed() -> None:
    lines = demo("--list").splitlines()
    for fixture in all_fixtures():
        assert any(
            line.startswith(f"{fixture.name} ") and fixture.expected.verdict in line
            for line in lines
        )


def test_a_misspelt_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(CannotAudit, match=r"ttt001-scorefirst; did you mean ttt001-score-first"):
        demo("ttt001-scorefirst")
