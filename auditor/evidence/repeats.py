"""Whether the logs of several seeds are separate runs of one configuration."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

from auditor.evidence.attribution import attribute
from auditor.evidence.headline import seed_scores
from auditor.evidence.logs import seed_in_name
from auditor.evidence.runs import Run
from auditor.facts import Fact, Facts
from auditor.findings import Finding, Location
from auditor.settings import Setting, logged_pairs
from auditor.texts import TextLines, Texts

_TRAIN_LOSS = re.compile(r"(?<![A-Za-z_])train_loss\s*[:=]\s*(\d{1,3}\.\d{3,17})")
#: So many losses in a row are equal only in copies, or where the seed has no effect.
_FEWEST_LOSSES = 6
_MOST_LOSSES = 40
#: Two runs may agree in five digits after the point, hardly ever in more.
_TELLING_DIGITS = 6
#: Settings that name a run or its place rather than shape it.
_INCIDENTAL = re.compile(
    r"seed|run_?(?:id|name)|path|dir|file|folder|host|port|addr|rank|name|log|tag|note|device"
    r"|output|save|load|ckpt|checkpoint|artifact|time|date|wandb|prefix|cache|wallclock",
    re.IGNORECASE,
)
_COUNT_WORDS = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "ten": 10}
_SEED_COUNT = re.compile(
    r"(?<![\w.])(?P<count>\d{1,2}|"
    + "|".join(_COUNT_WORDS)
    + r")[- ]seeds?[- ](?:mean|average|avg)"
    r"|mean (?:of|over) (?P<of>\d{1,2}|" + "|".join(_COUNT_WORDS) + r") seeds",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Reuse:
    """Two logs under different seeds that show the same training.

    Attributes:
        seeds: the two seeds.
        losses: how many training losses in a row are equal.
        earlier: the first equal line of one log.
        later: the first equal line of the other.
    """

    seeds: tuple[int, int]
    losses: int
    earlier: Location
    later: Location

    def in_words(self) -> str:
        """The reuse as a clause."""
        first, second = self.seeds
        return f"seeds {first} and {second} have the same first {self.losses} training losses"


@dataclass(frozen=True, slots=True)
class Difference:
    """A setting, or the size of the code, that differs between two claimed runs.

    Attributes:
        what: the setting's name.
        values: its two values.
        earlier: where the one run states it.
        later: where the other does.
    """

    what: str
    values: tuple[str, str]
    earlier: Location
    later: Location

    def in_words(self) -> str:
        """The difference as a clause."""
        return f"{self.what} is {self.values[0]} in one and {self.values[1]} in another"


def reused(facts: Facts, logs: Sequence[TextLines]) -> tuple[Reuse, ...]:
    """Pairs of claimed logs that differ in their seed and not in their training losses."""
    claimed = {run.log: run.seed for run in attribute(facts).runs}
    series: list[tuple[int, list[tuple[int, str]], str]] = []
    for log in logs:
        seed = claimed.get(log.file)
        if seed is None or seed_in_name(log.file) not in (None, seed):
            continue
        losses = list(_losses(log))
        if len(losses) >= _FEWEST_LOSSES:
            series.append((seed, losses, log.file))
    return tuple(_reuses(series))


def _losses(log: TextLines) -> Iterator[tuple[int, str]]:
    found = 0
    for number, line in log.lines:
        match = _TRAIN_LOSS.search(line)
        if match:
            yield number, match[1]
            found += 1
            if found == _MOST_LOSSES:
                return


def _reuses(series: list[tuple[int, list[tuple[int, str]], str]]) -> Iterator[Reuse]:
    for (seed, one, file), (other_seed, other, other_file) in combinations(series, 2):
        count = min(len(one), len(other))
        same = [value for _, value in one[:count]] == [value for _, value in other[:count]]
        if seed != other_seed and same:
            earlier = Location(file, one[0][0], one[count - 1][0])
            later = Location(other_file, other[0][0], other[count - 1][0])
            yield Reuse((seed, other_seed), count, earlier, later)


def differences(
    facts: Facts, logs: Sequence[TextLines], settings: Iterable[Setting]
) -> tuple[Difference, ...]:
    """What differs between the claimed runs besides their seeds.

    Args:
        facts: what the files state.
        logs: the lines of the logs.
        settings: the switches that the code reads; others a log may print are no settings.
    """
    attribution = attribute(facts)
    if not attribution.sure:
        return ()
    found = list(_code_sizes(attribution.runs))
    names = {s.name.lower() for s in settings if not _INCIDENTAL.search(s.name)}
    claimed = {run.log for run in attribution.runs}
    stated: dict[str, tuple[str, Location]] = {}
    for log in logs:
        seen: set[str] = set()
        for number, name, value in logged_pairs(log) if log.file in claimed else ():
            if name not in names or name in seen:
                continue
            seen.add(name)
            where = Location(log.file, number, number)
            first, earlier = stated.setdefault(name, (value, where))
            if not _same(first, value):
                found.append(Difference(name, (first, value), earlier, where))
    return tuple(found)


def _code_sizes(runs: Sequence[Run]) -> Iterator[Difference]:
    sizes = [run.code for run in runs if run.code is not None]
    for one, other in pairwise(sizes):
        if one.number != other.number and one.label == other.label:
            values = (f"{one.number:,.0f} bytes", f"{other.number:,.0f}")
            yield Difference("the logged code", values, one.source, other.source)
            return


def _same(one: str, other: str) -> bool:
    if one == other:
        return True
    try:
        return float(one) == float(other)
    except ValueError:
        return False


def equal_scores(facts: Facts) -> tuple[Fact, Fact] | None:
    """Two seeds for which one and the same score is stated, to the last of many digits."""
    first: dict[float, Fact] = {}
    for seed, claims in seed_scores(facts).items():
        score = claims[0]
        digits = len(repr(score.number).partition(".")[2])
        if digits < _TELLING_DIGITS:
            continue
        twin = first.setdefault(score.number, score)
        if twin.seed != seed:
            return twin, score
    return None


def stated_seed_count(texts: Texts) -> tuple[int, Finding] | None:
    """How many seeds a document says its mean is over, with the line; `None` where none says."""
    for document in texts.documents:
        for number, line in document.lines:
            match = _SEED_COUNT.search(line[:500])
            if match:
                word = (match["count"] or match["of"]).lower()
                count = _COUNT_WORDS.get(word) or int(word)
                where = Location(document.file, number, number)
                return count, Finding(f"states a mean over {count} seeds", (where,))
    return None
