"""The page of the documentation that lists the rules; made from the rules themselves."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import Final

from auditor.rule import Authority, Example, ExampleKind, Rule, Severity
from rules import all_rules
from rules.miniature import program

_INTRODUCTION: Final = """\
# The rules

One section per check, in the order of the ids; `auditor rules ID` shows the same at a terminal and
`auditor rules --coverage` says which rules of the challenge have none yet. This page is made by
`python -m auditor.generated` from the files in [`rules/`](../rules), where each example is a test
as well.

The code of an example is shown as its difference from one small program that trains, writes its
artifact, reads it back, scores every validation window once and reports
([`rules/miniature.py`](../rules/miniature.py)).
"""

_AUTHORITY: Final = {
    Authority.README: "the challenge's README",
    Authority.RULING: "a ruling by a maintainer",
    Authority.PRACTICE: "what the maintainers accepted, without an explicit ruling",
    Authority.COMMUNITY: "consensus of the participants that no maintainer contradicted",
    Authority.INFERENCE: "what follows from the code; stated by nobody",
}
_SEVERITY: Final = {
    Severity.INVALID: "the score does not count",
    Severity.UNGRADABLE: "the score cannot be judged as packaged",
    Severity.NOTICE: "worth knowing, decides nothing",
}
_KIND: Final = {
    ExampleKind.VALID: "does not fail",
    ExampleKind.INVALID: "fails",
    ExampleKind.KNOWN_MISS: "should fail, and does not yet",
}


def rules_page() -> str:
    """The page, in Markdown."""
    rules = all_rules()
    sections = [_INTRODUCTION, "\n".join(_index(rules)) + "\n"]
    sections.append("\n".join(_misses(rules)) + "\n")
    sections += ["\n".join(_section(rule)) + "\n" for rule in rules]
    return "\n".join(sections)


def _index(rules: tuple[Rule, ...]) -> Iterator[str]:
    yield "| rule | about | since | rests on | a failure means |"
    yield "|---|---|---|---|---|"
    for rule in rules:
        yield (
            f"| [{rule.id}](#{rule.id}) | {_cell(rule.title)} | {rule.in_force} "
            f"| {rule.authority} | {rule.severity} |"
        )


def _misses(rules: tuple[Rule, ...]) -> Iterator[str]:
    yield '<a id="known-misses"></a>'
    yield "Known misses, each an example below its rule and a test that tells when it is found:"
    yield ""
    for rule in rules:
        for example in rule.examples:
            if example.kind is ExampleKind.KNOWN_MISS:
                yield f"- [{rule.id}](#{rule.id}): {example.title}"


def _section(rule: Rule) -> Iterator[str]:
    yield f'<a id="{rule.id}"></a>'
    yield f"## {rule.id}: {rule.title}"
    yield ""
    yield rule.requirement
    yield ""
    yield f"- In force since {rule.in_force}; it rests on {_AUTHORITY[rule.authority]}."
    yield f"- A failure means: {_SEVERITY[rule.severity]}."
    yield f"- What meets it: {rule.fix}"
    for source in rule.sources:
        yield f"- Source: [{source.says}]({source.url})" + (f" ({source.on})" if source.on else "")
    for example in rule.examples:
        yield from _example(example)


def _example(example: Example) -> Iterator[str]:
    difference = _difference(example)
    title = f"{example.title}: **{_KIND[example.kind]}**"
    yield ""
    if not difference:
        yield title[0].upper() + title[1:] + "."
        return
    yield f"<details><summary>{example.title}: <b>{_KIND[example.kind]}</b></summary>"
    yield ""
    yield "```diff"
    yield from difference
    yield "```"
    yield ""
    yield "</details>"


def _difference(example: Example) -> list[str]:
    """How the example's program differs from the scaffold; empty where it is no variation of it."""
    source = example.files.get("train_gpt.py")
    scaffold = program().splitlines()
    if not isinstance(source, str) or not source.startswith("\n".join(scaffold[:10])):
        return []
    lines = difflib.unified_diff(scaffold, source.splitlines(), lineterm="", n=2)
    return ["⋮" if line.startswith("@@") else line for line in list(lines)[3:]]


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
