"""Limits and rulings as dated data: another round of the challenge is another file."""

from __future__ import annotations

import tomllib
from datetime import date
from functools import cache
from importlib import resources
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class Limits(BaseModel):
    """The numbers a submission has to keep to."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    artifact_bytes: Annotated[int, Field(gt=0)]
    train_seconds: Annotated[float, Field(gt=0)]
    train_tolerance_seconds: Annotated[float, Field(ge=0)]
    eval_seconds: Annotated[float, Field(gt=0)]
    world_size: Annotated[int, Field(gt=0)]


class Ruleset(BaseModel):
    """One round of the challenge."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    opens: date
    closes: date
    limits: Limits


@cache
def load_ruleset(name: str = "parameter-golf-2026") -> Ruleset:
    """The ruleset of that name from `rules/rulesets/`.

    Raises:
        FileNotFoundError: there is no such ruleset.
    """
    text = resources.files("rules").joinpath("rulesets", f"{name}.toml").read_text("utf-8")
    return Ruleset.model_validate(tomllib.loads(text))
