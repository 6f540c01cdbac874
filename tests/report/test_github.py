from __future__ import annotations

import re

from hypothesis import given

from auditor.findings import Confidence, Finding, Location, RuleResult, Status
from auditor.report.github import MAX_ANNOTATIONS, render

from .hostile import audits, each_fragment, filled
from .samples import COMPLIANT, RULES, SCRIPT, UNDECIDED, VIOLATION, audit

COMMAND = re.compile(r"::(error|warning|notice) ([^:]*)::(.*)")


def parsed(text):
    """The commands as the runner reads them: kind, properties, message."""
    for line in text.splitlines():
        kind, properties, message = COMMAND.fullmatch(line).groups()
        pairs = dict(pair.split("=", 1) for pair in properties.split(","))
        yield kind, {key: unescaped(value) for key, value in pairs.items()}, unescaped(message)


def unescaped(text):
    for code, char in (("%0A", "\n"), ("%0D", "\r"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(code, char)
    return text


def test_kinds_follow_the_status():
    kinds = [
        (kind, properties["title"]) for kind, properties, _ in parsed(render(UNDECIDED, RULES))
    ]
    assert kinds == [
        ("warning", "PPM001 Byte mixer is a distribution"),
        ("notice", "TTT001 Score before update"),
        ("notice", "SIG001 Improvement is significant"),
    ]


def test_places():
    script, layer = Location(SCRIPT, 7, 9), Location(SCRIPT, 812, 830, "decoded:1")
    found = tuple(Finding("Here.", (where,)) for where in (script, layer))
    shown = audit([RuleResult("TTT001", Status.FAIL, Confidence.HIGH, "Not met.", found)])
    first, second = parsed(render(shown, RULES))
    title = "TTT001 Score before update"
    assert first == (
        "error",
        {"file": SCRIPT, "line": "7", "endLine": "9", "title": title},
        "Not met.\nHere.",
    )
    assert second[1]["line"] == second[1]["endLine"] == "1"
    assert second[2].endswith("See lines 812-830 of decoded:1.")


def test_nothing_is_said_where_nothing_is_open():
    assert render(COMPLIANT, RULES) == ""


def test_at_most_ten_and_the_last_counts_the_rest():
    found = tuple(Finding(f"Number {n}.", (Location(SCRIPT, n, n),)) for n in range(1, 14))
    shown = audit([RuleResult("TTT001", Status.FAIL, Confidence.HIGH, "Not met.", found)])
    commands = list(parsed(render(shown, RULES)))
    assert len(commands) == MAX_ANNOTATIONS
    assert "3 more annotations left out" in commands[-1][2]
    assert not any("left out" in message for _, _, message in commands[:-1])


def test_failures_come_first():
    kinds = [kind for kind, _, _ in parsed(render(VIOLATION, RULES))]
    assert kinds == ["error", "error", "notice"]


def check(shown):
    text = render(shown, RULES)
    lines = text.split("\n")
    assert lines.pop() == ""
    assert len(lines) <= MAX_ANNOTATIONS
    for line in lines:
        assert line.isprintable()
    for _, properties, _ in parsed(text):
        assert set(properties) <= {"file", "line", "endLine", "title"}


@given(shown=audits())
def test_hostile_text_starts_no_command_and_no_property(shown):
    check(shown)


@each_fragment
def test_every_hostile_text_everywhere(fragment):
    check(filled(fragment))
