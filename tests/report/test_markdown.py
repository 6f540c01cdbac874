from __future__ import annotations

import dataclasses
import itertools
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from auditor.findings import Confidence, Finding, Location, RuleResult, Status
from auditor.report.markdown import MARKER, MAX_BYTES, render
from auditor.rule import Rule
from auditor.verdict import Audit, Waived

from .hostile import SENTINEL, audits, each_fragment, filled, texts
from .samples import AUDITS, COMPLIANT, HEAD, RULES, SCRIPT, UNDECIDED, VIOLATION, audit, submission

COMMAND = "auditor check https://github.com/openai/parameter-golf/pull/1234"
PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
OUR_HTML = re.compile(
    rf"{re.escape(MARKER)}\n"
    r"|<details>\n<summary>[^<>]*</summary>\n"
    r"|</details>\n?"
)


def tokens(text: str) -> list[Token]:
    found = []
    for token in PARSER.parse(text):
        found.append(token)
        found.extend(token.children or ())
    return found


def outside_code(text: str) -> list[str]:
    """What a reader gets to see outside code, and where links and images lead."""
    shown = [t.content for t in tokens(text) if t.type in ("text", "html_inline", "html_block")]
    targets = [v for t in tokens(text) for k, v in t.attrs.items() if k in ("href", "src")]
    return [*shown, *(target for target in targets if not allowed(target))]


def allowed(target: object) -> bool:
    """Whether a link leads to a source of a rule or below the audited commit."""
    ours = [source.url for rule in RULES.values() for source in rule.sources]
    at_head = re.compile(
        rf"https://github\.com/openai/parameter-golf/(?:blob|tree)/{HEAD}/"
        r"(?:[A-Za-z0-9._~/-]|%[0-9A-F]{2})+(?:\?plain=1)?(?:#L[0-9]+(?:-L[0-9]+)?)?"
    )
    text = str(target).replace("https://redirect.github.com/", "https://github.com/")
    return text in ours or bool(at_head.fullmatch(text))


def check(text):
    for part in outside_code(text):
        assert SENTINEL not in part
        assert not re.search(r"@\w|#\d|GH-\d", part)
    assert [t for t in tokens(text) if t.type in ("html_inline", "image")] == []
    for token in tokens(text):
        if token.type == "html_block":
            assert OUR_HTML.fullmatch(token.content)
    assert text.startswith(MARKER + "\n")
    assert text.count(MARKER) == 1
    assert text.count("<!--") == 1


@given(shown=audits(), command=texts)
def test_hostile_text_stays_in_code(shown, command):
    check(render(shown, RULES, command))


@each_fragment
def test_every_hostile_text_everywhere(fragment):
    check(render(filled(fragment), RULES, fragment))


def layout(text: str) -> list[tuple[str, str, int]]:
    """The structure of a comment without its words; links may be there or not."""
    return [
        (token.type, token.tag, token.level)
        for token in PARSER.parse(text)
        if not token.type.startswith("link_")
    ]


@given(shown=audits())
def test_hostile_text_does_not_change_the_layout(shown):
    assert layout(render(shown, RULES)) == layout(render(tame(shown), RULES))


def tame(shown):
    """The same audit with harmless words in place of its texts."""
    word = (f"word {n}" for n in itertools.count())

    def location(old):
        return dataclasses.replace(old, file="a.py", note=next(word) if old.note else "")

    def finding(old, summary):
        return Finding(
            summary if old.message == summary else next(word),
            tuple(map(location, old.locations)),
            tuple(map(location, old.flow)),
        )

    def result(old):
        summary = next(word)
        return dataclasses.replace(
            old,
            summary=summary,
            findings=tuple(
                finding(dataclasses.replace(each, message=summary), summary)
                if each.message == old.summary
                else finding(each, summary)
                for each in old.findings
            ),
            strict_side=next(word) if old.strict_side else "",
            lenient_side=next(word) if old.lenient_side else "",
        )

    folder = dataclasses.replace(shown.submission, folder="records", chosen_because=next(word))
    return dataclasses.replace(
        shown,
        submission=folder,
        results=tuple(map(result, shown.results)),
        notes=tuple(next(word) for _ in shown.notes),
        ruleset="r",
        waived=tuple(
            dataclasses.replace(old, finding=Finding(next(word)), reason=next(word))
            for old in shown.waived
        ),
    )


@pytest.mark.parametrize("name", AUDITS)
def test_details_are_balanced(name):
    html = [t.content for t in tokens(render(AUDITS[name], RULES)) if t.type == "html_block"]
    opened = sum(block.count("<details>") for block in html)
    assert opened == sum(block.count("</details>") for block in html)


def test_the_top_is_enough_to_act_on():
    top = render(VIOLATION, RULES).splitlines()[:10]
    assert "violation. 2 of 5 rules that apply are not met" in top[1]
    assert any("`1.0634 bits per byte`" in line for line in top)
    (line,) = (line for line in top if "**TTT001**" in line)
    assert f"/blob/{HEAD}/{SCRIPT})" in line


def test_lines_are_linked_at_the_head_commit():
    where = Location(SCRIPT, 10, 20)
    shown = audit(
        [RuleResult("TTT001", Status.FAIL, Confidence.HIGH, "No.", (Finding("No.", (where,)),))]
    )
    url = f"https://github.com/openai/parameter-golf/blob/{HEAD}/{SCRIPT}#L10-L20"
    assert f"[`train_gpt.py:10-20`]({url})" in render(shown, RULES)


def test_sources_are_linked_without_a_backlink():
    text = render(VIOLATION, RULES)
    assert "https://redirect.github.com/openai/parameter-golf/issues/402" in text
    assert "https://github.com/openai/parameter-golf/issues/402" not in text


def test_both_readings_are_shown():
    text = render(UNDECIDED, RULES)
    assert "Strict reading: `The rule asks" in text
    assert "Lenient reading: `A byte distribution" in text


def test_the_command_that_repeats_it():
    assert f"```console\n{COMMAND}\n```" in render(COMPLIANT, RULES, COMMAND)
    assert "```" not in render(COMPLIANT, RULES)


def test_a_comment_has_room_at_github():
    place = Location(SCRIPT, 1, 1, note="ü" * 300)
    found = tuple(Finding("ß" * 900 + str(n), (place,) * 20, (place,) * 20) for n in range(9))
    results = [
        RuleResult(rule_id, status, Confidence.LOW, "é" * 900, found, "è" * 900, "ê" * 900)
        for rule_id in RULES
        for status in (Status.FAIL, Status.NEEDS_RULING, Status.UNKNOWN)
    ]
    text = render(audit(results * 3, notes=("note",) * 500), RULES, COMMAND)
    assert len(text.encode()) <= MAX_BYTES
    assert re.search(r"\d+ more sections left out; the JSON report has them\.", text)
    assert COMMAND in text


# One to four bytes each in UTF-8, and two that lengthen what they stand in.
_WIDTHS = st.sampled_from(
    ["a", "é", "\N{CJK UNIFIED IDEOGRAPH-4E00}", "\N{PILE OF POO}", "`", "é/"]
)


def long_audit(
    statuses: Sequence[Status], text: Callable[[], str], *, many: int
) -> tuple[Audit, dict[str, Rule]]:
    """An audit of one rule per status, with `many` findings, notes and waivers."""
    rules = {
        f"X{number}": dataclasses.replace(RULES["TTT001"], id=f"X{number}")
        for number in range(len(statuses))
    }
    where = Location(text(), 1, 2, text(), text())
    found = tuple(Finding(text(), (where,) * 20, (where,) * 20) for _ in range(min(many, 8)))
    results = [
        RuleResult(each, status, Confidence.LOW, text(), found, text(), text())
        for each, status in zip(rules, statuses, strict=True)
    ]
    made = audit(
        results,
        submission=submission(folder=text(), chosen_because=text()),
        notes=(text(),) * many,
        ruleset=text(),
        waived=(Waived(results[0], found[0], text(), date(2026, 5, 1)),) * many,
    )
    return made, rules


def check_length(shown: Audit, rules: Mapping[str, Rule], command: str) -> None:
    """The comment has room at GitHub, and all that is missing in it is counted."""
    text = render(shown, rules, command)
    assert len(text.encode()) < MAX_BYTES
    assert "This is a reading of the submitted files" in text  # the end is never cut
    (left_out,) = re.findall(r"\*(\d+) more sections? left out", text) or ["0"]
    decided = [result for result in shown.results if result.status is not Status.UNKNOWN]
    undecided = bool(shown.notes) or len(decided) < len(shown.results)
    sections = len(decided) + undecided + bool(shown.waived)
    assert text.count("<details>") + int(left_out) == sections
    for status in (Status.FAIL, Status.NEEDS_RULING):
        ids = [result.rule_id for result in shown.results if result.status is status]
        missing = sum(not re.search(rf"^- \*\*{each}\*\*", text, re.MULTILINE) for each in ids)
        assert not missing or f"\n- {missing} more\n" in text


@settings(max_examples=40)
@given(
    statuses=st.lists(
        st.sampled_from([Status.FAIL, Status.NEEDS_RULING, Status.UNKNOWN]),
        min_size=1,
        max_size=60,
    ),
    long=st.builds(lambda char, count: char * count, _WIDTHS, st.integers(1, 1_200)),
    many=st.integers(1, 40),
)
def test_no_audit_is_too_long_for_a_comment(statuses, long, many):
    check_length(*long_audit(statuses, lambda: long, many=many), long * 5)


@pytest.mark.parametrize("char", ["`", "é/", "\N{CJK UNIFIED IDEOGRAPH-4E00}", "\N{PILE OF POO}"])
@pytest.mark.parametrize("length", [90, 1_200])
def test_the_lists_at_the_top_never_push_the_end_out(char, length):
    statuses = [Status.FAIL, Status.NEEDS_RULING] * 20
    check_length(*long_audit(statuses, lambda: char * length, many=40), char * 5_000)


def test_long_lists_say_what_they_leave_out():
    place = Location(SCRIPT, 1, 1)
    found = tuple(Finding(f"Number {n}.", (place,) * 15) for n in range(7))
    result = RuleResult("TTT001", Status.FAIL, Confidence.HIGH, "No.", found)
    text = render(audit([result], notes=("note",) * 25), RULES)
    assert "2 more findings in the JSON report" in text
    assert "3 more places in the JSON report" in text
    assert "5 more notes in the JSON report" in text
