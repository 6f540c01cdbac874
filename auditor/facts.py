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
    ARTIFACT_BYTES = "artifact_bytes"  # bytes of "the artifact", with or without the code
    TRAIN_SECONDS = "train_seconds"  # seconds
    EVAL_SECONDS = "eval_seconds"  # seconds
    ADAPT_SECONDS = "adapt_seconds"  # seconds of adaptation that print no score of their own
    UNTIMED_SECONDS = "untimed_seconds"  # seconds around the evaluation, outside its timer
    CALIBRATION_SECONDS = "calibration_seconds"  # seconds of collecting quantiser statistics
    CALIBRATION = "calibration"  # words of a line that reports a calibration pass
    RESERVE_SECONDS = "reserve_seconds"  # seconds of training set aside for calibration
    CAP_SECONDS = "cap_seconds"  # seconds at which the script was told to stop training
    PROCESS_SECONDS = "process_seconds"  # seconds of a span wider than one timer
    STEPS = "steps"  # optimiser steps taken when training stopped
    VAL_TOKENS = "val_tokens"  # tokens
    TRAIN_SHARDS = "train_shards"  # files
    WORLD_SIZE = "world_size"  # processes
    GPU = "gpu"  # name of the accelerator
    GPU_COUNT = "gpu_count"  # accelerators in the machine
    SEED = "seed"  # integer seed of a run
    DENIED = "denied"  # key of the metadata that says a limit on time was not kept
    TRACK = "track"  # words of the metadata that name a track


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
        written: the value as it stands in the file where it had to be converted ("15.51 MB").
        precision: how far the written digits leave the value open, in its unit; 0 where exact.
    """

    quantity: Quantity
    value: float | int | str
    standing: Standing
    source: Location
    seed: int | None = None
    label: str = ""
    written: str = ""
    precision: float = 0.0

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
