"""Text that a submission could carry to break a report, and audits full of it."""

from __future__ import annotations

import dataclasses
from datetime import date

import pytest
from hypothesis import strategies as st

from auditor.facts import Fact, Facts, Quantity, Standing
from auditor.findings import Confidence, Finding, Location, RuleResult, Status, TttOrder
from auditor.settings import Setting, SettingSource
from auditor.submission.model import Origin, Problem, ProblemKind
from auditor.verdict import Audit, LayerInfo, Waived

from .samples import HEAD, RULES, audit, submission

# Stands in every hostile text, so that an oracle can tell where the text has got to.
SENTINEL = "zqx"

FRAGMENTS = (
    "@openai/everyone",
    "#1234",
    "GH-12",
    "<!--",
    "-->",
    "<!-- parameter-golf-auditor -->",
    "<script>alert(1)</script>",
    "</details>",
    "</code></pre>",
    "<img src=x onerror=y>",
    "&lt;b&gt;",
    "`",
    "``",
    "```",
    "\n```\n",
    "~~~",
    "\n\n# Approved\n\n",
    "\n- [x] approved by @maintainer\n",
    "\n| a | b |\n|---|---|\n",
    "[link](https://example.com)",
    "![image](https://example.com/x.png)",
    "](https://example.com)",
    "https://example.com",
    "$\\sqrt{3}$",
    "\\",
    "|",
    "{0}",
    "[1](2)",
    "\n::error file=a::forged",
    "::stop-commands::x",
    "::add-mask::a",
    "##[error]forged",
    "%0A::error::",
    "%",
    ",line=1",
    ":",
    "[bold]",
    "[/oops]",
    "\x1b[2J",
    "\x1b]8;;https://example.com\x07",
    "\x9b31m",
    "\x00",
    "\x07",
    "\x08",
    "\r",
    "\r\n",
    "\t",
    "\u2028",
    "\u202e",
    "\u2066",
    "\u200b",
    "\ufeff",
    "\U000e0041",
    "\ufe0f",
    "\u115f",
    "\ud800",
    "\udcff",
    "\u0301" * 20,
    "\N{PILE OF POO}",
    "\N{CJK UNIFIED IDEOGRAPH-4E00}",
    "../../etc/passwd",
    "//example.com",
    "..",
    "C:\\x",
    " ",
    "a" * 300,
)

# `st.text` alone leaves out surrogates, which paths and literals can hold.
_ANY = st.text(st.characters(exclude_categories=()), max_size=8)
texts = st.lists(st.one_of(st.sampled_from(FRAGMENTS), _ANY), max_size=5).map(
    lambda parts: SENTINEL.join(["", *parts, ""]) if parts else SENTINEL
)
lines = st.integers(min_value=-1, max_value=10**6)
values = st.one_of(st.floats(), st.integers(min_value=-(10**30), max_value=10**30), texts)
locations = st.builds(Location, texts, lines, lines, layer=st.one_of(st.none(), texts), note=texts)
findings = st.builds(
    Finding,
    texts,
    st.lists(locations, max_size=3).map(tuple),
    st.lists(locations, max_size=3).map(tuple),
)
results = st.builds(
    RuleResult,
    st.sampled_from(sorted(RULES)),
    st.sampled_from(Status),
    st.sampled_from(Confidence),
    texts,
    st.lists(findings, max_size=2).map(tuple),
    strict_side=texts,
    lenient_side=texts,
)

waived = st.builds(
    lambda result, finding, reason: Waived(result, _named(finding), reason, date(2026, 5, 1)),
    results.filter(lambda result: result.status not in (Status.PASS, Status.NOT_APPLICABLE)),
    findings,
    texts,
)


@st.composite
def audits(draw: st.DrawFn) -> Audit:
    """Audits with hostile text in every field that can hold text."""
    origin = Origin(
        pr=draw(st.one_of(st.none(), st.integers(1, 9_999))),
        head=draw(st.one_of(st.none(), st.just(HEAD), texts)),
        url=draw(st.one_of(st.just("https://github.com/openai/parameter-golf"), texts)),
    )
    return audit(
        draw(st.lists(results, min_size=1, max_size=4)),
        submission=submission(
            origin=origin,
            folder=draw(texts),
            main_script=draw(texts),
            logs=(draw(texts),),
            metadata=draw(texts),
            readme=draw(texts),
            other_folders=(draw(texts),),
            chosen_because=draw(texts),
            problems=(Problem(ProblemKind.ODD_NAME, draw(texts), draw(texts)),),
        ),
        ttt_order=draw(st.sampled_from(TttOrder)),
        settings=(Setting(draw(texts), draw(texts), SettingSource.LOG, draw(locations)),),
        facts=Facts(
            (
                Fact(
                    Quantity.VAL_BPB,
                    draw(values),
                    Standing.CLAIMED,
                    draw(locations),
                    label=draw(st.one_of(st.just("val_bpb"), texts)),
                    written=draw(texts),
                    precision=draw(st.floats()),
                ),
            )
        ),
        layers=(
            LayerInfo(draw(texts), draw(texts), draw(texts), 1, 1, (draw(texts),), draw(texts)),
        ),
        notes=(draw(texts),),
        waived=tuple(draw(st.lists(waived, max_size=2))),
        ruleset=draw(texts),
    )


def filled(text: str) -> Audit:
    """An audit with the same text in every field that can hold text, for every open status."""
    text = SENTINEL + text + SENTINEL
    where = Location(text, 1, 2, text, text)
    found = (Finding(text, (where,), (where, where)), Finding("Another.", (where,)))
    fact = Fact(Quantity.VAL_BPB, text, Standing.CLAIMED, where, label="val_bpb", written=text)
    return audit(
        [
            RuleResult(rule_id, status, Confidence.LOW, text, found, text, text)
            for rule_id, status in zip(RULES, Status, strict=False)
        ],
        submission=submission(
            folder=text,
            main_script=text,
            logs=(text,),
            metadata=text,
            readme=text,
            other_folders=(text,),
            chosen_because=text,
            problems=(Problem(ProblemKind.ODD_NAME, text, text),),
        ),
        settings=(Setting(text, text, SettingSource.LOG, where),),
        facts=Facts((fact, Fact(Quantity.GPU, text, Standing.LOGGED, where, label=text))),
        layers=(LayerInfo(text, text, text, 1, 1, (text,), text),),
        notes=(text,),
        waived=(Waived(_open(text, found), _named(found[0]), text, date(2026, 5, 1)),),
        ruleset=text,
    )


def _named(finding: Finding) -> Finding:
    """What a waived finding always has."""
    return dataclasses.replace(finding, fingerprint=f"{'0' * 32}:1")


def _open(text: str, found: tuple[Finding, ...]) -> RuleResult:
    return RuleResult("TTT001", Status.FAIL, Confidence.HIGH, text, found)


each_fragment = pytest.mark.parametrize("fragment", FRAGMENTS, ids=ascii)
