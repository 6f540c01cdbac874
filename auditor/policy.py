"""The organisers' file: which ruleset applies, since when rules count, what is waived.

It is `auditor.toml`, or the table `[tool.auditor]` of `pyproject.toml`. Only a file that the
organisers name is read, or the one in their own branch, and never one that a submission brings.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Final

import pygit2
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pygit2.enums import FileMode

from auditor.rule import Rule, Severity
from auditor.ruleset import Ruleset, load_ruleset

OWN_FILE: Final = "auditor.toml"
SHARED_FILE: Final = "pyproject.toml"
MAX_BYTES: Final = 1_000_000

_RULESET = "parameter-golf-2026"


class PolicyUnreadable(Exception):
    """The organisers' file cannot be used; the message is one line that says what to change."""


def _only_a_day(value: object) -> object:
    """Refuses times of day, numbers and text, which would be read as days of their own."""
    if type(value) is not date:
        raise ValueError("write a day without quotes, such as 2026-05-01")
    return value


Day = Annotated[date, BeforeValidator(_only_a_day)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Waiver(_Part):
    """One finding that the organisers have set aside.

    Attributes:
        fingerprint: as the JSON and the SARIF report give it for the finding.
        reason: why, for everybody who reads a report.
        expires: the last day on which it holds.
    """

    fingerprint: Annotated[str, Field(pattern=r"^[0-9a-f]{32}:[1-9][0-9]{0,5}$")]
    reason: Annotated[str, Field(min_length=3, max_length=500, pattern=r"\S")]
    expires: Day


class Policy(_Part):
    """What the organisers have laid down; without a file, nothing beside the ruleset.

    Attributes:
        ruleset: name of a file in `rules/rulesets/`.
        severities: rule id -> what follows from a failure; a `notice` decides nothing.
        in_force: rule id -> first day from which submissions are held to the rule.
        waivers: findings that are set aside.
    """

    ruleset: str = _RULESET
    severities: Mapping[str, Severity] = Field(default_factory=dict)
    in_force: Mapping[str, Day] = Field(default_factory=dict, alias="in-force")
    waivers: tuple[Waiver, ...] = ()

    def limits(self) -> Ruleset:
        """The ruleset that is named; it is there, because reading the file has looked."""
        return load_ruleset(self.ruleset)

    def rules(self, rules: Iterable[Rule]) -> tuple[Rule, ...]:
        """The rules with the severities and the days of the file."""
        return tuple(
            replace(
                rule,
                severity=self.severities.get(rule.id, rule.severity),
                in_force=self.in_force.get(rule.id, rule.in_force),
            )
            for rule in rules
        )

    @property
    def notices(self) -> frozenset[str]:
        """The rules whose answers decide nothing because the file says so."""
        return frozenset(
            rule_id for rule_id, severity in self.severities.items() if severity is Severity.NOTICE
        )


def read_policy(path: Path, known: Iterable[str]) -> Policy:
    """The policy in a file on disk.

    Args:
        path: `pyproject.toml`, or a file of any other name that holds the settings alone.
        known: the ids of the rules.

    Raises:
        PolicyUnreadable: there is no such file, or what it says makes no sense.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise PolicyUnreadable(f"{path} cannot be read ({reason}); give the file's path") from error
    return parse_policy(data, str(path), known)


def policy_at(commit: pygit2.Commit, known: Iterable[str]) -> Policy:
    """The policy in the root of a commit's tree: `auditor.toml`, else `pyproject.toml`, else none.

    Raises:
        PolicyUnreadable: there is one, and what it says makes no sense.
    """
    for name in (OWN_FILE, SHARED_FILE):
        try:
            found = commit.tree[name]
        except KeyError:
            continue
        if not isinstance(found, pygit2.Blob) or found.filemode == FileMode.LINK:
            raise PolicyUnreadable(f"{name} is a link or a folder; commit the file itself")
        if found.size > MAX_BYTES:
            raise PolicyUnreadable(f"{name} is larger than {MAX_BYTES:,} bytes; shorten it")
        return parse_policy(found.data, name, known)
    return Policy()


def parse_policy(data: bytes, name: str, known: Iterable[str]) -> Policy:
    """The policy in the text of a file.

    Args:
        data: the text, in UTF-8.
        name: the file's path; the last part tells where in it the settings are.
        known: the ids of the rules.

    Raises:
        PolicyUnreadable: what it says makes no sense.
    """
    if len(data) > MAX_BYTES:
        raise PolicyUnreadable(f"{name} is larger than {MAX_BYTES:,} bytes; shorten it")
    try:
        read: dict[str, Any] = tomllib.loads(data.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise PolicyUnreadable(f"{name} is not TOML: {_one_line(error)}") from error
    if name.rpartition("/")[2] == SHARED_FILE:
        tool = read.get("tool", {})
        read = tool.get("auditor", {}) if isinstance(tool, dict) else {}
    try:
        policy = Policy.model_validate(read)
    except ValidationError as error:
        raise PolicyUnreadable(f"{name}: {_first(error)}") from error
    _check_names(policy, name, frozenset(known))
    return policy


def rulesets() -> tuple[str, ...]:
    """The names of the rulesets that are there."""
    folder = resources.files("rules").joinpath("rulesets")
    names = (path.name for path in folder.iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml")))


def _check_names(policy: Policy, name: str, known: frozenset[str]) -> None:
    if policy.ruleset not in rulesets():
        there = ", ".join(rulesets())
        raise PolicyUnreadable(f"{name}: there is no ruleset {policy.ruleset!r}; there is {there}")
    for table, ids in (("severities", policy.severities), ("in-force", policy.in_force)):
        for rule_id in ids:
            if rule_id not in known:
                raise PolicyUnreadable(
                    f"{name}: {table} names {rule_id!r}, which is no rule; "
                    "`auditor rules` lists them"
                )
    fingerprints = [waiver.fingerprint for waiver in policy.waivers]
    for fingerprint in fingerprints:
        if fingerprints.count(fingerprint) > 1:
            raise PolicyUnreadable(f"{name}: {fingerprint} is waived twice; keep one of the two")


def _first(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    where = ".".join(str(part) for part in first["loc"]) or "the settings"
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    return f"{where}: {_one_line(first['msg'])}{more}"


def _one_line(text: object) -> str:
    return " ".join(str(text).split())
