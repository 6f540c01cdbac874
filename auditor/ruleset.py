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


class Export(BaseModel):
    """A tokenization of the validation text whose size is known.

    Attributes:
        name: the tokenizer.
        tokens: targets that an evaluation of all of it scores, up to the tail of a sequence.
        bytes_per_token: bytes of the original text per target.
        bytes: bytes of the text, where it is not the one that all others share.
        transformed_bytes: bytes of the text that was tokenized, where that is a transform of the
            original.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    tokens: Annotated[int, Field(gt=0)]
    bytes_per_token: Annotated[float, Field(gt=0)]
    bytes: Annotated[int, Field(gt=0)] | None = None
    transformed_bytes: Annotated[int, Field(gt=0)] | None = None


class Miscount(BaseModel):
    """A total of bytes that is known to be wrong, and why."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    bytes: Annotated[int, Field(gt=0)]
    cause: str


class Partial(BaseModel):
    """A validation set that is known not to be the whole text, by its tokens."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tokens: Annotated[int, Field(gt=0)]
    cause: str
    documents: int | None = None


class Validation(BaseModel):
    """The text that scores are measured on.

    Attributes:
        documents: how many documents it has.
        bytes: its size in UTF-8, without the marks between documents.
        tolerance: share of `bytes` that tails and rounding explain.
        miscount: share of `bytes` beyond which other bytes were counted.
        exports: its known tokenizations.
        miscounts: wrong totals whose cause is known.
        partials: sets that hold only a part of it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    documents: Annotated[int, Field(gt=0)]
    bytes: Annotated[int, Field(gt=0)]
    tolerance: Annotated[float, Field(gt=0, lt=1)]
    miscount: Annotated[float, Field(gt=0, lt=1)]
    exports: tuple[Export, ...]
    miscounts: tuple[Miscount, ...]
    partials: tuple[Partial, ...]


class Ruleset(BaseModel):
    """One round of the challenge."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    opens: date
    closes: date
    limits: Limits
    validation: Validation


@cache
def load_ruleset(name: str = "parameter-golf-2026") -> Ruleset:
    """The ruleset of that name from `rules/rulesets/`.

    Raises:
        FileNotFoundError: there is no such ruleset.
    """
    text = resources.files("rules").joinpath("rulesets", f"{name}.toml").read_text("utf-8")
    return Ruleset.model_validate(tomllib.loads(text))
