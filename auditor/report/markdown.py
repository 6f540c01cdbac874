"""The report as a review comment: what an organiser acts on first, the evidence folded below.

Text from a submission appears inside code spans and fences only, and paths in link targets only
percent-encoded, so that nothing in it can notify anybody, forge the marker or change the layout.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape as html_escape

from auditor import __version__
from auditor.evidence.headline import claimed_bpb
from auditor.findings import Finding, Location
from auditor.report.escape import for_markdown_code, for_markdown_fence, for_markdown_prose
from auditor.report.links import folder_link, permalink, without_backlink
from auditor.report.view import (
    ORDER,
    ROOT,
    TOOL,
    Answer,
    Answers,
    amount,
    group,
    headline,
    place,
    places,
    plural,
)
from auditor.rule import Rule
from auditor.submission.model import Submission
from auditor.verdict import Audit

# By this line a later run finds the comment that it has to update.
MARKER = "<!-- parameter-golf-auditor -->"
# GitHub's limit on a comment, counted in bytes to be right however GitHub counts.
MAX_BYTES = 65_536

_RESERVE = 200  # for the sentence on what was left out
_MESSAGE = 1_000
_HEAD = 10  # rules in a list at the top
_HEAD_BYTES = 16_000  # of such a list: its two lists must never push the end out
_FINDINGS = 5
_PLACES = 12
_NOTES = 20


def render(audit: Audit, rules: Mapping[str, Rule], command: str | None = None) -> str:
    """The audit as a comment for the pull request.

    Args:
        audit: what to report.
        rules: the registry, by rule id.
        command: the command line that repeats the audit, shown at the end.

    Raises:
        KeyError: a result belongs to no rule in `rules`.
    """
    answers = group(audit, rules)
    head = _head(audit, answers)
    tail = _tail(audit, answers, command)
    room = MAX_BYTES - _RESERVE - _size(head) - _size(tail)
    blocks: list[str] = []
    left_out = 0
    for block in _body(audit, answers):
        # What does not fit ends the list: a gap in the middle would look like completeness.
        if left_out or _size(block) > room:
            left_out += 1
            continue
        blocks.append(block)
        room -= _size(block)
    if left_out:
        blocks.append(f"*{plural(left_out, 'more section')} left out; the JSON report has them.*\n")
    return "\n".join([head, *blocks, tail])


def _head(audit: Audit, answers: Answers) -> str:
    """Verdict, claim and one line per rule that fails: enough to act on."""
    submission = audit.submission
    stated = claimed_bpb(audit.facts)
    score = "Claims no score that could be read"
    if stated is not None:
        score = f"Claims {for_markdown_code(amount(stated))} in {_link(stated.source, submission)}"
    lines = [MARKER, f"### Audit: {audit.verdict}. {_upper(headline(audit, answers))}", ""]
    lines += [f"{score}; {ORDER[audit.ttt_order]}.", ""]
    lines += _listed(answers.failing, submission)
    if answers.rulings:
        lines += ["For organisers to decide, as the rules can be read in two ways:", ""]
        lines += _listed(answers.rulings, submission)
    if answers.unknown:
        lines += [f"{plural(len(answers.unknown), 'rule')} could not be decided, see below.", ""]
    lines.append(f"Audited: {_audited(submission)}.")
    return "\n".join(lines) + "\n"


def _listed(answers: Sequence[Answer], submission: Submission) -> Iterator[str]:
    """One line per answer, and an empty one after them."""
    if not answers:
        return
    room = _HEAD_BYTES
    shown = 0
    for answer in answers[:_HEAD]:
        line = _headline_of(answer, submission)
        room -= _size(line)
        if room < 0:
            break
        yield line
        shown += 1
    if len(answers) > shown:
        yield f"- {len(answers) - shown} more"
    yield ""


def _headline_of(answer: Answer, submission: Submission) -> str:
    result = answer.result
    first = next(places(result), None)
    where = f" at {_link(first, submission)}" if first is not None else ""
    summary = for_markdown_code(result.summary)
    return f"- **{answer.rule.id}**{where}: {summary} ({result.confidence} confidence)"


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _body(audit: Audit, answers: Answers) -> Iterator[str]:
    """The sections under the head, the most useful first."""
    submission = audit.submission
    for answer in answers.failing:
        yield _folded(f"{_name(answer)}: evidence", _evidence(answer, submission))
    for answer in answers.rulings:
        yield _folded(f"{_name(answer)}: both readings", _evidence(answer, submission))
    if audit.waived:
        count = len(audit.waived)
        yield _folded(f"Waived by the organisers ({count})", ["\n".join(_waived(audit))])
    undecided = [_undecided(answer) for answer in answers.unknown]
    undecided += [f"- {for_markdown_code(note)}" for note in audit.notes[:_NOTES]]
    if len(audit.notes) > _NOTES:
        undecided.append(f"- {len(audit.notes) - _NOTES} more notes in the JSON report")
    if undecided:
        count = len(answers.unknown) + len(audit.notes)
        yield _folded(f"What could not be decided or read ({count})", ["\n".join(undecided)])


def _waived(audit: Audit) -> Iterator[str]:
    for waived in audit.waived[:_NOTES]:
        yield (
            f"- **{waived.result.rule_id}**: {for_markdown_code(waived.finding.message)}, "
            f"until {waived.expires}: {for_markdown_code(waived.reason)}"
        )
    if len(audit.waived) > _NOTES:
        yield f"- {len(audit.waived) - _NOTES} more in the JSON report"


def _evidence(answer: Answer, submission: Submission) -> Iterator[str]:
    """The paragraphs that let a reader check one answer."""
    rule, result = answer.rule, answer.result
    if result.strict_side:
        yield f"Strict reading: {for_markdown_code(result.strict_side)}"
    if result.lenient_side:
        yield f"Lenient reading: {for_markdown_code(result.lenient_side)}"
    for finding in result.findings[:_FINDINGS]:
        if finding.message != result.summary:
            yield for_markdown_code(finding.message, _MESSAGE)
        yield from _steps(finding, submission)
    if len(result.findings) > _FINDINGS:
        yield f"{len(result.findings) - _FINDINGS} more findings in the JSON report."
    yield f"**Required:** {for_markdown_prose(rule.requirement)}"
    sources = [
        f"[{for_markdown_prose(source.says)}]({without_backlink(source.url)})"
        + (f" ({source.on})" if source.on else "")
        for source in rule.sources
    ]
    if sources:
        yield "**Source:** " + "; ".join(sources)
    yield f"**What would meet it:** {for_markdown_prose(rule.fix)}"


def _steps(finding: Finding, submission: Submission) -> Iterator[str]:
    """The places of a finding as a list, numbered where their order is the point."""
    steps = finding.flow or finding.locations
    if not steps:
        return
    lines = []
    for number, step in enumerate(steps[:_PLACES], 1):
        bullet = f"{number}." if finding.flow else "-"
        note = f" {for_markdown_code(step.note)}" if step.note else ""
        lines.append(f"{bullet} {_link(step, submission)}{note}")
    if len(steps) > _PLACES:
        lines.append(f"- {len(steps) - _PLACES} more places in the JSON report")
    yield "\n".join(lines)


def _undecided(answer: Answer) -> str:
    title = for_markdown_prose(answer.rule.title)
    return f"- **{answer.rule.id}** {title}: {for_markdown_code(answer.result.summary)}"


def _tail(audit: Audit, answers: Answers, command: str | None) -> str:
    lines = []
    if command is not None:
        lines += ["To repeat this audit:", "", for_markdown_fence(command, "console"), ""]
    lines.append(
        f"{plural(len(answers.passed), 'rule')} met, {len(answers.not_applicable)} not applicable. "
        f"{TOOL} {__version__}, ruleset {for_markdown_code(audit.ruleset)}. "
        "This is a reading of the submitted files, for organisers to decide on."
    )
    return "\n".join(lines) + "\n"


def _folded(summary: str, paragraphs: Iterable[str]) -> str:
    # The blank lines end the HTML block, so that what is inside is read as Markdown.
    inside = "\n\n".join(paragraphs)
    return f"<details>\n<summary>{summary}</summary>\n\n{inside}\n\n</details>\n"


def _name(answer: Answer) -> str:
    return html_escape(f"{answer.rule.id} {answer.rule.title}")


def _audited(submission: Submission) -> str:
    origin = submission.origin
    shown = for_markdown_code(submission.folder or ROOT)
    link = folder_link(origin, submission.folder)
    folder = f"[{shown}]({link})" if link else shown
    commit = f" at {for_markdown_code(origin.head[:12])}" if origin.head else ""
    reason = submission.chosen_because
    return folder + commit + (f" ({for_markdown_code(reason)})" if reason else "")


def _link(location: Location, submission: Submission) -> str:
    shown = for_markdown_code(place(location, submission))
    link = permalink(submission.origin, location)
    return f"[{shown}]({link})" if link else shown


def _size(text: str) -> int:
    return len(text.encode()) + 1
