from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from auditor.evidence.repeats import differences, equal_scores, reused, stated_seed_count
from auditor.facts import Facts
from auditor.settings import Setting, SettingSource
from auditor.submission.model import Submission
from auditor.texts import Texts, read_texts
from tests.memory import facts_of, submission_of

LOSSES = (3.1021, 2.6655, 2.4432, 2.3391, 2.2803, 2.2417, 2.2109)


def log(seed: int, score: float, *lines: str, losses: tuple[float, ...] = LOSSES) -> str:
    steps = [f"step:{i}/9 train_loss:{loss} train_time:{i}ms" for i, loss in enumerate(losses)]
    return "\n".join(
        [f"seed:{seed}", *lines, *steps, f"final val_loss:1.9 val_bpb:{score:.8f}", ""]
    )


def read(files: Mapping[str, str], scores: Mapping[str, float]) -> tuple[Facts, Texts, Submission]:
    seeds = {seed: {"val_bpb": score} for seed, score in scores.items()}
    mean = sum(scores.values()) / len(scores)
    claim = json.dumps({"val_bpb": mean, "seed_results": seeds})
    submission = submission_of({"submission.json": claim, **files})
    return facts_of(submission), read_texts(submission), submission


def test_one_training_under_two_seeds_is_seen() -> None:
    files = {"s1.log": log(1, 1.101), "s2.log": log(2, 1.102)}
    facts, texts, _ = read(files, {"1": 1.101, "2": 1.102})
    (reuse,) = reused(facts, texts.logs)
    assert reuse.seeds == (1, 2)
    assert reuse.losses == len(LOSSES)
    assert (reuse.later.line_start, reuse.later.line_end) == (2, 1 + len(LOSSES))


@pytest.mark.parametrize(
    "second",
    [
        log(2, 1.102, losses=(*LOSSES[:-1], 2.2110)),  # one loss differs
        log(1, 1.102),  # the same seed: a copy under another name
    ],
)
def test_other_losses_or_the_same_seed_are_no_reuse(second: str) -> None:
    files = {"a.log": log(1, 1.101), "b.log": second}
    facts, texts, _ = read(files, {"1": 1.101, "2": 1.102})
    assert not reused(facts, texts.logs)


def test_a_handful_of_losses_proves_nothing() -> None:
    files = {f"s{i}.log": log(i, 1.1 + i / 1000, losses=LOSSES[:3]) for i in (1, 2)}
    facts, texts, _ = read(files, {"1": 1.101, "2": 1.102})
    assert not reused(facts, texts.logs)


SETTINGS = [
    Setting(name, "0", SettingSource.DEFAULT) for name in ("NUM_LAYERS", "RUN_ID", "MATRIX_LR")
]


def test_settings_that_shape_a_run_must_agree() -> None:
    files = {
        "s1.log": log(1, 1.101, "num_layers:11", "run_id:a", "matrix_lr:0.020", "other:1"),
        "s2.log": log(2, 1.102, "num_layers:10", "run_id:b", "matrix_lr:0.02", "other:2"),
    }
    facts, texts, _ = read(files, {"1": 1.101, "2": 1.102})
    found = differences(facts, texts.logs, SETTINGS)
    assert [(d.what, d.values) for d in found] == [("num_layers", ("11", "10"))]


def test_so_must_the_size_of_the_code() -> None:
    files = {f"s{i}.log": log(i, 1.1 + i / 1000, f"Code size: {50_000 + i} bytes") for i in (1, 2)}
    facts, texts, _ = read(files, {"1": 1.101, "2": 1.102})
    (difference,) = differences(facts, texts.logs, ())
    assert difference.in_words() == "the logged code is 50,001 bytes in one and 50,002 in another"


@pytest.mark.parametrize(
    ("scores", "equal"),
    [
        ({"1": 1.10123456, "2": 1.10123456}, True),
        ({"1": 1.1012, "2": 1.1012}, False),
        ({"1": 1.10123456, "2": 1.10123457}, False),
    ],
)
def test_one_score_for_two_seeds_to_the_last_digit(
    scores: dict[str, float], *, equal: bool
) -> None:
    facts, _, _ = read({}, scores)
    assert (equal_scores(facts) is not None) is equal


@pytest.mark.parametrize(
    ("line", "count"),
    [
        ("**val_bpb 1.1** (3-seed mean)", 3),
        ("three seed average: 1.1", 3),
        ("the mean over 5 seeds", 5),
        ("seeds 3", None),
    ],
)
def test_documents_say_how_many_seeds_a_mean_is_over(line: str, count: int | None) -> None:
    stated = stated_seed_count(read_texts(submission_of({"README.md": f"# x\n{line}\n"})))
    assert (stated[0] if stated else None) == count
