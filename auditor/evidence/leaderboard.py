"""The challenge's leaderboard as it grew, and what a record had to show when."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from importlib import resources
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class Policy(BaseModel):
    """What a record had to show.

    Attributes:
        name: a word for it.
        since: first day on which it was applied.
        margin: gain over the standing record, in nats per token.
        p: the test's threshold.
        says: the policy in words.
        source: where it can be read.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    since: date
    margin: Annotated[float, Field(ge=0)]
    p: Annotated[float, Field(gt=0, lt=1)]
    says: str
    source: str


class Row(BaseModel):
    """One result of the leaderboard.

    Attributes:
        pr: number of its pull request; `None` for the baseline.
        opened: the day it was proposed.
        listed: the day it appeared on the leaderboard.
        score: as listed, bits per byte.
        tokenizer: which export of the data it scores, a key of `bytes_per_token`.
        seeds: its results per seed, bits per byte; empty where only the score is known.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    pr: int | None = None
    opened: date
    listed: date
    score: Annotated[float, Field(gt=0)]
    tokenizer: str
    seeds: tuple[float, ...] = ()

    @property
    def results(self) -> tuple[float, ...]:
        """Its results per seed, or its one score."""
        return self.seeds or (self.score,)

    @property
    def mean(self) -> float:
        """The mean of its results, bits per byte."""
        return math.fsum(self.results) / len(self.results)


class Leaderboard(BaseModel):
    """All rows in the order in which they were proposed, and the policies of the round."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    policy: tuple[Policy, ...]
    bytes_per_token: dict[str, float]
    row: tuple[Row, ...]

    def standing(self, pr: int | None, filled: date | None, head: date | None) -> Row | None:
        """The record that a claim had to beat: the best row proposed before it.

        Pull requests are numbered in the order in which they are opened. A record folder that is
        dated later than its number allows was filled in afterwards and counts from its last commit.

        Args:
            pr: number of the claim's pull request, where it has one.
            filled: the day in the name of its record folder.
            head: the day of its last commit.
        """
        if pr is not None and not self._late(pr, filled):
            before = [row for row in self.row if row.pr is None or row.pr < pr]
        elif head is not None or filled is not None:
            day = head or filled
            before = [row for row in self.row if day is not None and row.opened < day]
        else:
            return None
        return min(before, key=lambda row: row.mean, default=None)

    def margin_in_bits(self, policy: Policy, row: Row) -> float:
        """A policy's margin over `row` in bits per byte."""
        return policy.margin / (math.log(2) * self.bytes_per_token[row.tokenizer])

    def nats(self, bits_per_byte: float, row: Row) -> float:
        """A difference of scores in nats per token of the data that `row` scores."""
        return bits_per_byte * math.log(2) * self.bytes_per_token[row.tokenizer]

    def in_force(self, day: date) -> Iterator[Policy]:
        """The policies that had been applied by `day`, the oldest first."""
        return (policy for policy in self.policy if policy.since <= day)

    def _late(self, pr: int, filled: date | None) -> bool:
        """Whether a folder is dated after a later pull request; a day may be the other's zone."""
        later = [row.opened for row in self.row if row.pr is not None and row.pr > pr]
        return filled is not None and bool(later) and filled > min(later) + timedelta(days=1)


@cache
def load_leaderboard(name: str = "parameter-golf-2026") -> Leaderboard:
    """The leaderboard of that name from `rules/leaderboards/`.

    Raises:
        FileNotFoundError: there is no such leaderboard.
    """
    text = resources.files("rules").joinpath("leaderboards", f"{name}.toml").read_text("utf-8")
    return Leaderboard.model_validate(tomllib.loads(text))
