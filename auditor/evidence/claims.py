"""Facts from the JSON in which a submission states its results."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from auditor.evidence.amounts import Amount, bytes_of, number_of, seconds_of
from auditor.evidence.jsontext import JsonText, Leaf, Path, Scalar
from auditor.evidence.vocabulary import meaning_of, seed_in
from auditor.facts import Fact, Quantity, Standing
from auditor.findings import Location

_SIZES = frozenset(
    {
        Quantity.TOTAL_BYTES,
        Quantity.MODEL_BYTES,
        Quantity.CODE_BYTES,
        Quantity.ARTIFACT_BYTES,
    }
)
_TIMES = frozenset(
    {
        Quantity.TRAIN_SECONDS,
        Quantity.EVAL_SECONDS,
        Quantity.PROCESS_SECONDS,
        Quantity.RESERVE_SECONDS,
        Quantity.CALIBRATION_SECONDS,
    }
)
_SCORES = frozenset({Quantity.VAL_BPB, Quantity.VAL_LOSS})
_COUNTS = frozenset(
    {
        Quantity.SEED,
        Quantity.STEPS,
        Quantity.WORLD_SIZE,
        Quantity.VAL_TOKENS,
        Quantity.TRAIN_SHARDS,
    }
)
_LEADING_NUMBER = re.compile(r"\s*(\d+\.\d+)(?:\s*(?:±|\+/-|\(|bpb\b|BPB\b).*)?\s*", re.DOTALL)
_HARDWARE_COUNT = re.compile(r"(?<!\d)(\d{1,3})\s*[x×*]\s*[A-Z]", re.IGNORECASE)
#: `eval_under_600s: false`: the submission says itself that it did not keep a limit.
_LIMIT_KEY = re.compile(
    r"(?:train|eval|artifact_production)\w{0,60}_(?:under|within|below)_(?:600|10)_?(?:s|m)?\w{0,60}",
    re.IGNORECASE,
)
#: No language model of this size scores worse; a larger number is a count or a size.
_WORST_SCORE = 100.0
_SMALLEST_SIZE = 1000
_LARGEST_SEED = 10**10
_LONGEST_LABEL = 200


def claim_facts(document: JsonText, file: str) -> Iterator[Fact]:
    """The facts that a submission's JSON states, in the order of the file.

    Sizes come out in bytes and durations in seconds whatever their unit in the file; `written`
    then keeps the spelling. `label` is the dotted path of keys. Values that are not numbers where
    a number belongs yield no fact.
    """
    seeds = _Seeds.of(document.leaves)
    yield from seeds.facts(file)
    for leaf in document.leaves:
        yield from _facts_of(leaf, seeds, file)


def _facts_of(leaf: Leaf, seeds: _Seeds, file: str) -> Iterator[Fact]:
    if leaf.value is False and leaf.path and _LIMIT_KEY.fullmatch(str(leaf.path[-1])[:200]):
        key = str(leaf.path[-1]).lower()
        yield Fact(Quantity.DENIED, key, Standing.CLAIMED, Location(file, leaf.line, leaf.line))
        return
    meaning = meaning_of(leaf.path)
    if meaning is None or meaning.quantity is Quantity.SEED:
        return
    seed = meaning.seed if meaning.seed is not None else seeds.seed_of(leaf.path)
    quantity = meaning.quantity
    source = Location(file, leaf.line, leaf.line)
    label = ".".join(str(part) for part in leaf.path)[-_LONGEST_LABEL:]
    if quantity in (Quantity.GPU, Quantity.TRACK):
        if isinstance(leaf.value, str):
            yield Fact(quantity, leaf.value[:200], Standing.CLAIMED, source, seed, label)
            yield from _gpu_count(leaf.value, source, label)
        return
    amount = _amount(quantity, leaf.value, meaning.unit)
    if amount is None:
        return
    value: float | int = amount.value
    if isinstance(leaf.value, int) and amount.value == leaf.value:
        value = leaf.value
    elif quantity in _COUNTS:
        value = int(amount.value)
    written = "" if value == leaf.value else f"{leaf.value} {meaning.unit}".strip()[:60]
    yield Fact(quantity, value, Standing.CLAIMED, source, seed, label, written, amount.precision)


def _amount(quantity: Quantity, value: Scalar, unit: str) -> Amount | None:
    if isinstance(value, bool) or value is None:
        return None
    text = value if isinstance(value, str) else _digits(value)
    if quantity in _SIZES:
        amount = bytes_of(text, unit)
        # `model_size: 26.5` is as likely a count of parameters in millions: no fact.
        return amount if amount and amount.value >= _SMALLEST_SIZE else None
    if quantity in _TIMES:
        # A bare number in a key without a unit could be seconds or minutes: no fact.
        amount = seconds_of(text, unit)
        return amount if amount and amount.unit else None
    if quantity in _SCORES:
        match = _LEADING_NUMBER.fullmatch(text[:200])
        number = number_of(match[1] if match else text)
        return Amount(number) if number is not None and 0 <= number < _WORST_SCORE else None
    number = number_of(text)
    return Amount(number) if number is not None and number >= 0 and number.is_integer() else None


def _digits(value: float) -> str:
    # `repr` may use an exponent, which no size or duration written by hand does.
    if not math.isfinite(value):
        return ""
    return format(value, "f") if isinstance(value, float) and "e" in repr(value) else repr(value)


def _gpu_count(hardware: str, source: Location, label: str) -> Iterator[Fact]:
    match = _HARDWARE_COUNT.search(hardware[:200])
    if match:
        yield Fact(Quantity.GPU_COUNT, int(match[1]), Standing.CLAIMED, source, None, label)


def _seed(value: Scalar) -> int | None:
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if 0 <= value < _LARGEST_SEED else None


@dataclass(frozen=True, slots=True)
class _Seeds:
    """Which seeds the document names, and which part of it belongs to which.

    Attributes:
        of_container: path of an object -> the seed that a member `seed` of it names.
        listed: the seeds of the top-level list `seeds`, in order.
        lines: every seed with the line that names it first.
    """

    of_container: Mapping[Path, int]
    listed: tuple[int, ...]
    lines: Mapping[int, int]

    @classmethod
    def of(cls, leaves: tuple[Leaf, ...]) -> _Seeds:
        of_container: dict[Path, int] = {}
        listed: list[int] = []
        lines: dict[int, int] = {}
        for leaf in leaves:
            value = _seed(leaf.value)
            if value is not None and leaf.path[-1:] == ("seed",):
                of_container[leaf.path[:-1]] = value
                lines.setdefault(value, leaf.line)
            elif value is not None and leaf.path == ("seeds", len(listed)):
                listed.append(value)
                lines.setdefault(value, leaf.line)
            named = seed_in(leaf.path) if meaning_of(leaf.path) else None
            if named is not None:
                lines.setdefault(named, leaf.line)
        return cls(of_container, tuple(listed), lines)

    def seed_of(self, path: Path) -> int | None:
        for depth in range(len(path) - 1, 0, -1):
            if path[:depth] in self.of_container:
                return self.of_container[path[:depth]]
        # `val_bpb_seeds: [a, b, c]` next to `seeds: [0, 1, 2]`: one figure per seed, in order.
        position = path[-1]
        if isinstance(position, int) and len(path) == 2 and position < len(self.listed):
            return self.listed[position]
        return None

    def facts(self, file: str) -> Iterator[Fact]:
        for seed, line in self.lines.items():
            source = Location(file, line, line)
            yield Fact(Quantity.SEED, seed, Standing.CLAIMED, source, seed, "seed")
