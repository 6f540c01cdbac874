"""The report as SARIF 2.1.0, for code scanners; kept within the limits of GitHub's."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

from auditor import __version__
from auditor.findings import Finding, Location, Status
from auditor.report.escape import as_json, for_json, for_markdown_prose, for_sarif_message
from auditor.report.fingerprint import identified, primary
from auditor.report.links import relative_uri, span
from auditor.report.view import TOOL, Answer, group
from auditor.rule import Rule, Severity
from auditor.verdict import Audit

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)

# What GitHub accepts of one run, or shows of it where that is less.
MAX_RESULTS = 5_000
MAX_LOCATIONS = 1_000
MAX_STEPS = 1_000
MAX_TAGS = 20
MAX_BYTES = 10_000_000

_MESSAGE = 1_000
_NOTIFICATIONS = 100
_LEVELS = {Severity.INVALID: "error", Severity.UNGRADABLE: "warning", Severity.NOTICE: "note"}

Json = dict[str, object]

_ROOTS: Json = {"%SRCROOT%": {"description": {"text": "The root of the pull request's tree."}}}


def render(audit: Audit, rules: Mapping[str, Rule]) -> str:
    """The audit as a SARIF log.

    Args:
        audit: what to report.
        rules: the registry, by rule id; all of them are listed, so that a scanner can show what
            was looked for.

    Raises:
        KeyError: a result belongs to no rule in `rules`.
    """
    audit = identified(audit)
    results, left_out = _fitting(chain(_results(audit, rules), _suppressed(audit, rules)))
    run: Json = {
        "tool": {"driver": _driver(rules.values())},
        "invocations": [_invocation(audit, left_out)],
        "originalUriBaseIds": _ROOTS,
        "results": results,
        "properties": {
            "verdict": audit.verdict,
            "tttOrder": audit.ttt_order,
            "ruleset": for_json(audit.ruleset),
        },
    }
    if audit.submission.origin.head:
        run["versionControlProvenance"] = [
            {
                "repositoryUri": for_json(audit.submission.origin.url),
                "revisionId": for_json(audit.submission.origin.head),
            }
        ]
    return as_json({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]})


def render_nothing(rules: Mapping[str, Rule], why: str) -> str:
    """A SARIF log where there is nothing to audit: a scanner closes what earlier logs have opened.

    Args:
        rules: the registry, by rule id.
        why: why there was nothing to audit.
    """
    note: Json = {"level": "note", "message": _message(why)}
    run: Json = {
        "tool": {"driver": _driver(rules.values())},
        "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": [note]}],
        "originalUriBaseIds": _ROOTS,
        "results": [],
        "properties": {"verdict": "no-submission"},
    }
    return as_json({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]})


def _driver(rules: Iterable[Rule]) -> Json:
    return {
        "name": TOOL,
        "version": __version__,
        "semanticVersion": __version__,
        "rules": [_descriptor(rule) for rule in rules],
    }


def _descriptor(rule: Rule) -> Json:
    sources = [(source, f" ({source.on})" if source.on else "") for source in rule.sources]
    plain = [rule.requirement, f"Fix: {rule.fix}"]
    plain += [f"Source: {source.says}{on} {source.url}" for source, on in sources]
    rich = [f"**Fix:** {for_markdown_prose(rule.fix)}"]
    rich += [
        f"**Source:** [{for_markdown_prose(source.says)}]({source.url}){on}"
        for source, on in sources
    ]
    tags: list[str] = [rule.family, rule.severity, f"authority-{rule.authority}"]
    descriptor: Json = {
        "id": rule.id,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.requirement},
        "help": {
            "text": "\n\n".join(plain),
            "markdown": for_markdown_prose(rule.requirement) + "\n\n" + "\n\n".join(rich),
        },
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {"tags": tags[:MAX_TAGS], "inForce": rule.in_force.isoformat()},
    }
    if rule.sources:
        descriptor["helpUri"] = rule.sources[0].url
    return descriptor


def _results(audit: Audit, rules: Mapping[str, Rule]) -> Iterator[Json]:
    """One result per finding, those that decide first."""
    for answer in group(audit, rules).open:
        for finding in answer.result.findings:
            yield _result(audit, rules, answer, finding)


def _suppressed(audit: Audit, rules: Mapping[str, Rule]) -> Iterator[Json]:
    """One result per waived finding, which a scanner counts apart and shows as dismissed."""
    for waived in audit.waived:
        answer = Answer(rules[waived.result.rule_id], waived.result)
        reason = f"{waived.reason} (until {waived.expires})"
        yield _result(audit, rules, answer, waived.finding) | {
            "suppressions": [
                {
                    "kind": "external",
                    "status": "accepted",
                    "justification": for_sarif_message(reason, _MESSAGE),
                }
            ]
        }


def _result(audit: Audit, rules: Mapping[str, Rule], answer: Answer, finding: Finding) -> Json:
    result = answer.result
    return {
        "ruleId": result.rule_id,
        "ruleIndex": list(rules).index(result.rule_id),
        "level": _level(answer),
        "message": _message(_sentence(answer, finding)),
        **_where(finding, primary(finding, audit.submission)),
        "partialFingerprints": {
            "parameterGolfAuditor/v1": finding.fingerprint,
            "primaryLocationLineHash": finding.fingerprint,  # the only one GitHub compares
        },
        "properties": {"status": result.status, "confidence": result.confidence},
    }


def _level(answer: Answer) -> str:
    if answer.result.status is Status.FAIL:
        return _LEVELS[answer.rule.severity]
    return "warning" if answer.result.status is Status.NEEDS_RULING else "note"


def _sentence(answer: Answer, finding: Finding) -> str:
    result = answer.result
    # A scanner shows the first sentence where it has no room for more.
    parts = list(dict.fromkeys((result.summary, finding.message)))
    if result.status is Status.UNKNOWN:
        parts.insert(0, "Not decided:")
    if result.strict_side:
        parts.append(f"Strict reading: {result.strict_side}")
    if result.lenient_side:
        parts.append(f"Lenient reading: {result.lenient_side}")
    return " ".join(parts)


def _where(finding: Finding, place: Location | None) -> Json:
    if place is None:
        return {}
    others = [each for each in finding.locations if each != place][: MAX_LOCATIONS - 1]
    where: Json = {"locations": [_location(place)]}
    if related := [_location(each) | {"id": n} for n, each in enumerate(_named(others), 1)]:
        where["relatedLocations"] = related
    if steps := [{"location": _location(each)} for each in _named(finding.flow[:MAX_STEPS])]:
        where["codeFlows"] = [{"threadFlows": [{"locations": steps}]}]
    return where


def _named(locations: Iterable[Location]) -> Iterator[Location]:
    return (each for each in locations if relative_uri(each.file) is not None)


def _location(location: Location) -> Json:
    """A location whose region exists in the committed file.

    Lines of a decoded layer are not lines of the file that carries it, so such a place is put on
    the file's first line and says in words where it really is.
    """
    first, last = span(location)
    note = location.note
    region = {"startLine": first, "endLine": last}
    found: Json = {}
    if location.layer is not None:
        region = {"startLine": 1, "endLine": 1}
        lines = f"line {first}" if first == last else f"lines {first}-{last}"
        note = f"{note}{' at ' if note else ''}{lines} of {location.layer}"
        layer = for_sarif_message(location.layer)
        found["logicalLocations"] = [{"name": layer, "kind": "decoded layer"}]
        found["properties"] = {"layer": layer, "lineStart": first, "lineEnd": last}
    found["physicalLocation"] = {
        "artifactLocation": {"uri": relative_uri(location.file), "uriBaseId": "%SRCROOT%"},
        "region": region,
    }
    if note:
        found["message"] = _message(note)
    return found


def _invocation(audit: Audit, left_out: int) -> Json:
    notes = [_message(note) for note in audit.notes[:_NOTIFICATIONS]]
    missing = len(audit.notes) - len(notes)
    if missing > 0:
        notes.append(_message(f"{missing:,} more notes are in the JSON report."))
    if left_out > 0:
        notes.append(_message(f"{left_out:,} more results are in the JSON report."))
    return {
        "executionSuccessful": True,
        "toolExecutionNotifications": [{"level": "note", "message": note} for note in notes],
    }


def _message(text: str) -> Json:
    return {"text": for_sarif_message(text, _MESSAGE)}


def _fitting(results: Iterable[Json]) -> tuple[list[Json], int]:
    """As many results as an upload may have, and how many there are beyond."""
    kept: list[Json] = []
    left_out = size = 0
    for result in results:
        size += len(json.dumps(result))
        if len(kept) < MAX_RESULTS and size <= MAX_BYTES:
            kept.append(result)
        else:
            left_out += 1
    return kept, left_out
