from __future__ import annotations

import json

from auditor.evidence.samples import Basis, Sample, claimed_sample
from tests.memory import facts_of, submission_of


def sample(claims: dict[str, object], **logs: str) -> Sample | None:
    files = {f"{name}.log": text for name, text in logs.items()}
    return claimed_sample(facts_of(submission_of({"submission.json": json.dumps(claims), **files})))


def log(seed: int, *scores: tuple[str, float]) -> str:
    lines = [f"{label} val_loss:1.9 val_bpb:{score:.8f}" for label, score in scores]
    return "\n".join([f"seed:{seed}", "Code size: 50000 bytes", *lines, ""])


def test_seeds_stated_in_the_json_get_the_digits_of_their_logs() -> None:
    claims = {
        "val_bpb": 1.1011,
        "seed_results": {"1": {"val_bpb": 1.101}, "2": {"val_bpb": 1.1012}},
    }
    found = sample(claims, a=log(1, ("final", 1.10102)), b=log(2, ("final", 1.10118)))
    assert found is not None
    assert found.basis is Basis.SEEDS
    assert found.values == (1.10102, 1.10118)


def test_without_them_the_label_whose_mean_is_claimed_tells() -> None:
    runs = {f"r{i}": log(i, ("raw", 1.2 + i / 100), ("final", 1.1 + i / 1000)) for i in (1, 2, 3)}
    found = sample({"val_bpb": 1.102}, **runs)
    assert found is not None
    assert found.basis is Basis.LOGS
    assert found.values == (1.101, 1.102, 1.103)


def test_the_best_of_several_seeds_brings_the_others_along() -> None:
    found = sample({"val_bpb": 1.101}, a=log(1, ("final", 1.101)), b=log(2, ("final", 1.109)))
    assert found is not None
    assert sorted(found.values) == [1.101, 1.109]


def test_a_log_that_is_there_twice_counts_once() -> None:
    text = log(1, ("final", 1.101))
    found = sample({"val_bpb": 1.101}, train=text, train_seed1=text)
    assert found is not None
    assert found.values == (1.101,)


def test_of_two_lines_for_one_result_the_one_with_more_digits_counts() -> None:
    runs = {
        f"r{i}": log(i, ("final", round(1.1 + i / 9000, 4)), ("final_exact", 1.1 + i / 9000))
        for i in (1, 2, 3)
    }
    found = sample({"val_bpb": 1.1002}, **runs)
    assert found is not None
    assert found.values[0] == round(1.1 + 1 / 9000, 8)


def test_a_claim_alone_is_one_result() -> None:
    found = sample({"val_bpb": 1.1})
    assert found is not None
    assert (found.basis, found.values) == (Basis.HEADLINE, (1.1,))


def test_no_claim_no_sample() -> None:
    assert sample({"name": "x"}) is None
