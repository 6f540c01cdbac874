"""The runs that a submission's logs show, each with its facts."""

from __future__ import annotations

import re
from dataclasses import dataclass

from auditor.facts import Fact, Facts, Quantity, Standing

#: What makes a piece of a log a run rather than a note.
_TELLING = frozenset(
    {
        Quantity.VAL_BPB,
        Quantity.TRAIN_SECONDS,
        Quantity.TOTAL_BYTES,
        Quantity.ARTIFACT_BYTES,
        Quantity.MODEL_BYTES,
    }
)
_UNCOMPRESSED = re.compile(r"raw\b|fp(?:16|32)(?:/bf16)?$|state_dict|\.pt\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Run:
    """One run as its log shows it.

    Attributes:
        log: path of the log.
        seed: the seed that the log or its name states.
        facts: everything stated about the run, in the order of the log.
    """

    log: str
    seed: int | None
    facts: tuple[Fact, ...]

    def of(self, quantity: Quantity) -> tuple[Fact, ...]:
        """The facts about one quantity."""
        return tuple(fact for fact in self.facts if fact.quantity is quantity)

    def last(self, quantity: Quantity) -> Fact | None:
        """The last fact about one quantity."""
        found = self.of(quantity)
        return found[-1] if found else None

    @property
    def world_size(self) -> int | None:
        """The number of processes, which is the number of accelerators that worked."""
        fact = self.last(Quantity.WORLD_SIZE)
        return int(fact.number) if fact else None

    @property
    def train_clock(self) -> Fact | None:
        """How long training took: where it stopped, or else how far the last step's clock ran."""
        clocks = self.of(Quantity.TRAIN_SECONDS)
        stops = [fact for fact in clocks if fact.label == "stopping_early"]
        return stops[-1] if stops else (clocks[-1] if clocks else None)

    @property
    def scores(self) -> tuple[Fact, ...]:
        """The results of the run; validations during training only where there is no other."""
        scores = self.of(Quantity.VAL_BPB)
        return tuple(fact for fact in scores if not is_step(fact)) or scores[-1:]

    @property
    def model(self) -> Fact | None:
        """The size of the compressed model, or `None` where the log names no codec."""
        return _last_compressed(self.of(Quantity.MODEL_BYTES))

    @property
    def totals(self) -> tuple[Fact, ...]:
        """What the log gives as total of code and compressed model, in the order of the log."""
        raw = {fact.number for fact in self.of(Quantity.MODEL_BYTES) if not _is_compressed(fact)}
        codes = {fact.number for fact in self.of(Quantity.CODE_BYTES)}
        # The first scripts print a total before anything is compressed: that of the plain model.
        uncompressed = {model + code for model in raw for code in codes}
        return tuple(
            fact
            for fact in self.of(Quantity.TOTAL_BYTES)
            if not _UNCOMPRESSED.search(fact.label)
            and (fact.label or fact.number not in uncompressed)
        )

    @property
    def code(self) -> Fact | None:
        """The size of the code as the log counts it: compressed where it gives both."""
        codes = self.of(Quantity.CODE_BYTES)
        counted = [fact for fact in codes if not fact.label.startswith("uncompressed")]
        packed = [fact for fact in counted if fact.label.startswith("compressed")]
        best = packed or counted or list(codes)
        return best[-1] if best else None


def is_step(fact: Fact) -> bool:
    """Whether a score is a validation during training rather than a result."""
    return fact.label.startswith("step")


def runs_of(facts: Facts) -> tuple[Run, ...]:
    """The runs that the logs show, in the order of the logs."""
    grouped: dict[tuple[str, int | None], list[Fact]] = {}
    for fact in facts:
        if fact.standing is Standing.LOGGED:
            grouped.setdefault((fact.source.file, fact.seed), []).append(fact)
    return tuple(
        Run(log, seed, tuple(found))
        for (log, seed), found in grouped.items()
        if _TELLING.intersection(fact.quantity for fact in found)
    )


def _is_compressed(fact: Fact) -> bool:
    return bool(fact.label) and not _UNCOMPRESSED.search(fact.label)


def _last_compressed(facts: tuple[Fact, ...]) -> Fact | None:
    compressed = [fact for fact in facts if _is_compressed(fact)]
    return compressed[-1] if compressed else None
