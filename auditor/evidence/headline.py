"""The score a submission claims, and for which seeds."""

from __future__ import annotations

import re

from auditor.evidence.readme import README
from auditor.facts import Fact, Facts, Quantity, Standing

#: Keys of the claimed score, the plainest first. The top level of the JSON counts before the rest.
_HEADLINES = (
    r"val_bpb",
    r"(?:mean_val_bpb|val_bpb_mean|val_bpb_\d+seed_mean)",
    r"val_bpb\.(?:mean|value|\w*mean)",
    r"(?:val_)?bpb(?:_mean)?|mean_bpb|\w*seed_mean_(?:val_)?bpb|final_(?:val_)?bpb|score",
    r"\w+\.(?:mean_val_bpb|val_bpb_mean|mean_bpb|val_bpb)",
)


def claimed_scores(facts: Facts) -> tuple[Fact, ...]:
    """Every score in bits per byte that the submission's JSON states."""
    stated = facts.of(Quantity.VAL_BPB, Standing.CLAIMED)
    return tuple(fact for fact in stated if fact.label != README)


def claimed_bpb(facts: Facts) -> Fact | None:
    """The headline score in bits per byte: the JSON's, else the README's, else `None`."""
    scores = [fact for fact in claimed_scores(facts) if fact.seed is None]
    for pattern in _HEADLINES:
        for fact in scores:
            if re.fullmatch(pattern, fact.label):
                return fact
    stated = facts.of(Quantity.VAL_BPB, Standing.CLAIMED)
    return next((fact for fact in stated if fact.label == README), None)


def claimed_seeds(facts: Facts) -> tuple[int, ...]:
    """The seeds that the submission's JSON names, in its order, each once."""
    named = facts.of(Quantity.SEED, Standing.CLAIMED)
    return tuple(dict.fromkeys(int(fact.number) for fact in named))


def seed_scores(facts: Facts) -> dict[int, tuple[Fact, ...]]:
    """The scores that the JSON states for each seed, the headline's kind first.

    A score whose key is `val_bpb` (or the seed itself) comes before those of other stages, such
    as `pre_quant_val_bpb` or `sliding_bpb`.
    """
    by_seed: dict[int, list[Fact]] = {}
    for fact in claimed_scores(facts):
        if fact.seed is not None:
            by_seed.setdefault(fact.seed, []).append(fact)
    return {
        seed: tuple(sorted(found, key=lambda fact: not is_plain(fact)))
        for seed, found in by_seed.items()
    }


def is_plain(fact: Fact) -> bool:
    """Whether a seed's score is given under a plain key rather than that of some stage."""
    words = re.sub(r"seed[_-]?\d+|\d+", "", fact.label.lower())
    last = next((part for part in reversed(words.split(".")) if part.strip("_")), "")
    return last.strip("_") in {
        "val_bpb",
        "val_bpb_exact",
        "bpb",
        "val_bpb_seeds",
        "val_bpb_per_seed",
        "per_seed_val_bpb",
        "val_bpb_by_seed",
        "seed_bpbs",
        "seed_results",
        "seeds",
        "seed_scores",
        "per_seed",
    }
