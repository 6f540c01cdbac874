"""The arithmetic of a submission's size: model plus code, run by run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from auditor.evidence.attribution import Attribution
from auditor.evidence.loaded import STUB_BYTES, LoadedFile
from auditor.evidence.runs import Run
from auditor.facts import Fact, Facts, Quantity, Standing
from auditor.submission.model import Submission

#: A file that matches a stated size this closely is the one that was counted; line endings and a
#: last edit of a comment account for the rest.
_SAME_FILE_BYTES = 64
#: A counted size this far below the shipped script is that of a packed copy of it.
_PACKED_SHARE = 0.6


@dataclass(frozen=True, slots=True)
class ShippedCode:
    """The code as it lies in the record folder.

    Attributes:
        size: bytes of the main script, with what a mere stub of a script executes.
        files: the files counted.
    """

    size: int
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sizing:
    """What one run says about the size of the submission.

    Attributes:
        run: the run.
        total: code and model together as its log gives it, or else "the artifact".
        model: the compressed model.
        code: the code as its log counts it.
    """

    run: Run
    total: Fact | None
    model: Fact | None
    code: Fact | None

    def shipped_total(self, shipped: ShippedCode | None) -> int | None:
        """Bytes of this run's model and of the code as shipped, where both are known."""
        if self.model is None or shipped is None:
            return None
        return int(self.model.number) + shipped.size


def shipped_code(
    submission: Submission, facts: Facts, helpers: tuple[LoadedFile, ...]
) -> ShippedCode | None:
    """The code that counts, as shipped; `None` where the main script's size is not known.

    Where the folder holds both a readable script and a packed one, the stated code size tells
    which of them was counted.
    """
    measured = facts.of(Quantity.CODE_BYTES, Standing.MEASURED)
    if not measured:
        return None
    main = measured[0]
    size = int(main.number)
    if size < STUB_BYTES:
        executed = [helper for helper in helpers if helper.path.endswith(".py")]
        files = (main.label, *(helper.path for helper in executed))
        return ShippedCode(size + sum(helper.size or 0 for helper in executed), files)
    stated = [fact.number for fact in facts.of(Quantity.CODE_BYTES) if fact is not main]
    if any(abs(size - number) <= _SAME_FILE_BYTES for number in stated):
        return ShippedCode(size, (main.label,))
    for path in submission.scripts:
        entry = submission.snapshot.find(path)
        if entry is None or entry.size is None:
            continue
        if any(abs(entry.size - number) <= _SAME_FILE_BYTES for number in stated):
            return ShippedCode(entry.size, (path,))
    return ShippedCode(size, (main.label,))


def sizings(facts: Facts, attribution: Attribution) -> tuple[Sizing, ...]:
    """The sizes that the claimed runs state, in the order of the logs."""
    claimed = {fact.number for fact in claimed_totals(facts)}
    found = (_sizing(run, claimed) for run in _runs_with_sizes(attribution))
    return tuple(sizing for sizing in found if sizing.total or sizing.model)


def claimed_totals(facts: Facts) -> tuple[Fact, ...]:
    """The totals that the submission's JSON states, including those of "the artifact"."""
    return tuple(
        fact
        for fact in facts
        if fact.standing is Standing.CLAIMED
        and fact.quantity in (Quantity.TOTAL_BYTES, Quantity.ARTIFACT_BYTES)
    )


def largest_total(facts: Facts) -> Fact | None:
    """The largest total that the submission's JSON states in so many bytes."""
    totals = facts.of(Quantity.TOTAL_BYTES, Standing.CLAIMED)
    return max(totals, key=lambda fact: fact.number, default=None)


def counts_packed_copy(sizing_code: Fact | None, shipped: ShippedCode) -> bool:
    """Whether the counted code is that of a compressed copy of the script that is shipped."""
    if sizing_code is None:
        return False
    packed = sizing_code.label.startswith("compressed")
    return packed or sizing_code.number <= _PACKED_SHARE * shipped.size


def _runs_with_sizes(attribution: Attribution) -> Iterator[Run]:
    for quantity in (Quantity.TOTAL_BYTES, Quantity.MODEL_BYTES, Quantity.ARTIFACT_BYTES):
        runs = attribution.runs_with(quantity)
        if runs:
            yield from runs
            return


def _sizing(run: Run, claimed: set[float]) -> Sizing:
    # A script may try several codecs and print a total for each: the claim tells which it ships.
    best = [fact for fact in run.of(Quantity.TOTAL_BYTES) if fact.number in claimed]
    best = best or list(run.totals)
    if not best and run.model is None:
        best = list(run.of(Quantity.ARTIFACT_BYTES))
    return Sizing(run, best[-1] if best else None, run.model, run.code)
