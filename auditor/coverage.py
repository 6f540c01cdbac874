"""How much of the written rulebook is checked, shown by examples, and covered by fixtures."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources

from auditor.fixtures import Fixture, all_fixtures
from auditor.rule import ExampleKind
from rules import all_rules


@dataclass(frozen=True, slots=True)
class Coverage:
    """One id of the rulebook.

    Attributes:
        id: the id.
        title: what it is about.
        checked: whether a rule checks it.
        reason: why none does, where that is known.
        valid: number of examples that must not fail.
        invalid: number of examples that must fail.
        known_misses: number of examples that should fail and do not yet.
        fixtures: number of fixtures in which it must fail or be left open.
        neighbours: number of fixtures that come close to that and must not.
    """

    id: str
    title: str
    checked: bool
    reason: str = ""
    valid: int = 0
    invalid: int = 0
    known_misses: int = 0
    fixtures: int = 0
    neighbours: int = 0


def coverage() -> Iterator[Coverage]:
    """Every id of the rulebook, in its order, and rules that it does not list."""
    rules = {rule.id: rule for rule in all_rules()}
    text = resources.files("rules").joinpath("rulebook.toml").read_text("utf-8")
    listed = {entry["id"]: entry for entry in tomllib.loads(text)["rule"]}
    for rule_id in dict.fromkeys((*listed, *rules)):
        entry = listed.get(rule_id, {})
        rule = rules.get(rule_id)
        if rule is None:
            yield Coverage(rule_id, entry["title"], checked=False, reason=entry.get("reason", ""))
            continue
        kinds = [example.kind for example in rule.examples]
        yield Coverage(
            rule_id,
            rule.title,
            checked=True,
            valid=kinds.count(ExampleKind.VALID),
            invalid=kinds.count(ExampleKind.INVALID),
            known_misses=kinds.count(ExampleKind.KNOWN_MISS),
            fixtures=len(_touched(rule_id)),
            neighbours=len(_neighbours(rule_id)),
        )


def _touched(rule_id: str) -> list[Fixture]:
    """Fixtures in which a rule fails or asks."""
    return [
        fixture
        for fixture in all_fixtures()
        if rule_id in (*fixture.expected.fails, *fixture.expected.rulings)
    ]


def _neighbours(rule_id: str) -> set[str]:
    """Fixtures that are named for a rule, or are the twin of one that it touches, and keep it."""
    touched = _touched(rule_id)
    named = {f.name for f in all_fixtures() if f.name.startswith(f"{rule_id.lower()}-")}
    twins = {f.expected.twin for f in touched if f.expected.twin is not None}
    return (named | twins) - {f.name for f in touched}
