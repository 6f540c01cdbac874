"""The miniature pull requests that come with the tool, each with the verdict it must get."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from auditor.findings import TttOrder
from auditor.verdict import Verdict

_EXPECTED = "expected.toml"


class Expected(BaseModel):
    """What an audit of a fixture must answer.

    Attributes:
        shows: what the fixture is about, one sentence.
        demo: whether the demonstration includes it.
        verdict: the verdict.
        ttt_order: the label of the order.
        fails: rules that must fail, and no others may.
        rulings: rules that must be left to the organisers.
        twin: name of the fixture that differs by a few lines and gets the other verdict.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    shows: str
    demo: bool = False
    verdict: Verdict
    ttt_order: TttOrder
    fails: tuple[str, ...] = ()
    rulings: tuple[str, ...] = ()
    twin: str | None = None


@dataclass(frozen=True, slots=True)
class Fixture:
    """One miniature pull request."""

    name: str
    path: Path
    expected: Expected


@cache
def all_fixtures() -> tuple[Fixture, ...]:
    """Every fixture, by name."""
    found = []
    for path in sorted(_root().iterdir()):
        file = path / _EXPECTED
        if file.is_file():
            expected = Expected.model_validate(tomllib.loads(file.read_text("utf-8")))
            found.append(Fixture(path.name, path, expected))
    return tuple(found)


def _root() -> Path:
    """Where the fixtures lie: inside the installed package, or beside it in a source tree."""
    package = Path(__file__).parent
    installed = package / "_fixtures"
    return installed if installed.is_dir() else package.parent / "fixtures"
