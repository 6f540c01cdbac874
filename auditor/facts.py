"""Numbers and words that a submission's files state, each with the line that states it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from auditor.findings import Location


class Standing(StrEnum):
    """Who says so: the author's summary, a log of the run, or our count of the shipped files."""

    CLAIMED = "claimed"
    LOGGED = "logged"
    MEASURED = "measured"


class Quantity(StrEnum):
    """What a fact is about. Units are fixed per quantity, never mixed."""

    VAL_BPB = "val_bpb"  # bits per byte
    VAL_LOSS = "val_loss"  # nats per token
    TOTAL_BYTES = "total_bytes"  # bytes, code and model together
    MODEL_BYTES = "model_bytes"  # bytes of the compressed model
    CODE_BYTES = "code_bytes"  # bytes of the code
    TRAIN_SECONDS = "train_seconds"  # seconds
    EVAL_SECONDS = "eval_seconds"  # seconds
    VAL_TOKENS = "val_tokens"  # tokens
    TRAIN_SHARDS = "train_shards"  # files
    WORLD_SIZE = "world_size"  # processes
    GPU = "gpu"  # name of the accelerator
    SEED = "seed"  # integer seed of a run


@dataclass(frozen=True, slots=True)
class Fact:
    """One stated value.

    Attributes:
        quantity: what it is about, which also fixes the unit.
        value: the number or word.
        standing: who says so.
        source: the line that says so.
        seed: the run it belongs to, where the file tells.
        label: the words that introduced the value, for example `final_int6_sliding_window_exact`.
    """

    quantity: Quantity
    value: float | int | str
    standing: Standing
    source: Location
    seed: int | None = None
    label: str = ""

    @property
    def number(self) -> float:
        """The value as a float; raises `ValueError` for words."""
        return float(self.value)


@dataclass(frozen=True, slots=True)
class Facts:
    """All facts of one submission, in the order in which the files state them."""

    items: tuple[Fact, ...] = ()

    def __iter__(self) -> Iterator[Fact]:
        return iter(self.items)

    def of(self, quantity: Quantity, standing: Standing | None = None) -> tuple[Fact, ...]:
        """The facts about one quantity, optionally of one standing only."""
        return tuple(
            fact
            for fact in self.items
            if fact.quantity is quantity and standing in (None, fact.standing)
        )
