from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.evidence.attribution import Attribution, Basis, attribute
from auditor.facts import Facts, Quantity
from tests.memory import facts_of, submission_of


def log(seed: int | None, bpb: float, *, code: int = 70_000, label: str = "final_exact") -> str:
    named = f"seed:{seed}\n" if seed is not None else ""
    return f"{named}Code size: {code} bytes\n{label} val_loss:1.9000 val_bpb:{bpb:.8f}\n"


def attributed(claim: dict[str, object], logs: dict[str, str]) -> Attribution:
    files = {"submission.json": json.dumps(claim), **logs}
    return attribute(facts_of(submission_of(files)))


def names(attribution: Attribution) -> list[str]:
    return [run.log.rsplit("/", 1)[-1] for run in attribution.runs]


def test_scores_claimed_by_seed_name_the_logs() -> None:
    found = attributed(
        {"val_bpb": 1.15, "seed_results": {"1": {"val_bpb": 1.1}, "2": {"val_bpb": 1.2}}},
        {"a.log": log(1, 1.10000312), "b.log": log(2, 1.19996), "ablation.log": log(1, 1.3)},
    )
    assert (found.basis, names(found)) == (Basis.SEED_SCORES, ["a.log", "b.log"])
    assert [run.log.rsplit("/", 1)[-1] for run in found.others] == ["ablation.log"]


def test_a_claimed_seed_without_its_score_is_taken_by_its_seed() -> None:
    found = attributed(
        {"seeds": [1, 2], "seed_results": {"1": {"val_bpb": 1.1}, "2": {"val_bpb": 1.25}}},
        {"a.log": log(1, 1.1), "b.log": log(2, 1.2)},
    )
    assert names(found) == ["a.log", "b.log"]


def test_the_claimed_score_names_its_log() -> None:
    found = attributed(
        {"val_bpb": 1.1234}, {"a.log": log(None, 1.12340056), "b.log": log(None, 1.3)}
    )
    assert (found.basis, names(found)) == (Basis.SCORE, ["a.log"])


def test_further_seeds_of_the_same_configuration_support_the_best_one() -> None:
    found = attributed(
        {"val_bpb": 1.1234},
        {"a.log": log(1, 1.1234), "b.log": log(2, 1.125), "c.log": log(3, 1.2, code=90_000)},
    )
    assert (found.basis, names(found)) == (Basis.SCORE, ["a.log", "b.log"])


def test_a_claimed_mean_names_the_logs_it_is_the_mean_of() -> None:
    found = attributed(
        {"val_bpb": 1.15},
        {
            "s1.log": log(1, 1.1),
            "s2.log": log(2, 1.2),
            "train.log": log(1, 1.1),
            "other.log": log(3, 1.4, label="ablation_exact"),
        },
    )
    assert (found.basis, names(found)) == (Basis.MEAN, ["s1.log", "s2.log", "train.log"])


def test_seeds_alone_name_the_logs_where_no_score_fits() -> None:
    found = attributed(
        {"val_bpb": 1.05, "seeds": [1, 2]},
        {"s1.log": log(1, 1.1), "s2.log": log(2, 1.2), "s3.log": log(3, 1.3)},
    )
    assert (found.basis, names(found)) == (Basis.SEEDS, ["s1.log", "s2.log"])


def test_the_only_log_is_the_claimed_one() -> None:
    assert attributed({"val_bpb": 1.0}, {"a.log": log(None, 1.3)}).basis is Basis.ONLY


def test_without_a_claim_repeats_over_seeds_are_the_submission() -> None:
    found = attributed({}, {"a.log": log(1, 1.1), "b.log": log(2, 1.2)})
    assert (found.basis, names(found)) == (Basis.SEED_SET, ["a.log", "b.log"])
    mixed = attributed({}, {"a.log": log(1, 1.1), "b.log": log(2, 1.2, code=90_000)})
    assert mixed.basis is Basis.NOTHING


def test_logs_that_carry_nothing_of_the_claim_are_not_attributed() -> None:
    found = attributed({"val_bpb": 1.0}, {"a.log": log(1, 1.3), "b.log": log(2, 1.4)})
    assert found.basis is Basis.NOTHING
    assert not found.sure
    assert len(found.runs) == 2


def test_a_run_trained_and_scored_apart_is_one_run_in_two_logs() -> None:
    clock = "seed:1\nstopping_early: wallclock_cap train_time:599000ms step:1/2\n"
    found = attributed(
        {"seed_results": {"1": {"val_bpb": 1.1}}},
        {"train_seed1.log": clock, "score_seed1.log": log(1, 1.1)},
    )
    assert names(found) == ["score_seed1.log"]
    (run,) = found.runs_with(Quantity.TRAIN_SECONDS)
    assert run.train_clock is not None
    assert run.train_clock.value == 599.0


@pytest.mark.parametrize(("claimed", "logged", "same"), [
    (1.1194, 1.11937967, True),
    (1.1193, 1.11937967, True),
    (1.1192, 1.11937967, False),
    (1.12, 1.1196, False),
    (1.119379670, 1.11937967, True),
])  # fmt: skip
def test_a_claim_may_be_rounded_or_cut_off_but_not_vague(
    claimed: float, logged: float, same: bool
) -> None:
    found = attributed({"val_bpb": claimed}, {"a.log": log(None, logged), "b.log": log(None, 1.3)})
    assert (found.basis is Basis.SCORE) == same


@given(st.lists(st.tuples(st.integers(0, 3), st.floats(0, 3)), max_size=5), st.floats(0, 3))
def test_every_run_is_either_claimed_or_other(runs: list[tuple[int, float]], claim: float) -> None:
    logs = {f"{i}.log": log(seed, bpb) for i, (seed, bpb) in enumerate(runs)}
    found = attributed({"val_bpb": claim}, logs)
    assert len(found.runs) + len(found.others) == len(runs)


def test_no_facts_no_runs() -> None:
    assert attribute(Facts()) == Attribution((), Basis.NOTHING)
