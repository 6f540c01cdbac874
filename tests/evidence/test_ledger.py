from __future__ import annotations

import json

import pytest

from auditor.evidence.ledger import Entry, Figure, ledger
from tests.memory import facts_of, submission_of

LOG = """\
val_loader:shards pattern=fineweb_val_*.bin tokens:62021632
seed:{seed}
stopping_early: wallclock_cap train_time:{ms}ms step:7000/20000
Code size: 50000 bytes
Serialized model int6+zstd: 15900000 bytes
Total submission size int6+zstd: 15950000 bytes
final_exact val_loss:{loss:.8f} val_bpb:{bpb:.8f} eval_time:90000ms
"""


def log(seed: int, bpb: float, ms: int = 600_000) -> str:
    return LOG.format(seed=seed, bpb=bpb, loss=bpb * 1.688456, ms=ms)


def entries(claim: dict[str, object], script: int = 50_000, **logs: str) -> dict[str, Entry]:
    files: dict[str, str | bytes] = {f"{name}.log": text for name, text in logs.items()}
    files |= {"submission.json": json.dumps(claim), "train_gpt.py": "x" * script}
    submission = submission_of(files)
    made = ledger(submission, facts_of(submission))
    return {f"{e.what}/{e.seed}" if e.seed is not None else e.what: e for e in made}


def test_figures_that_are_one_agree() -> None:
    claim = {"val_bpb": 1.1, "bytes_total": 15_950_000, "training_time_seconds": 600}
    found = entries(claim, train=log(1, 1.1))
    assert found["score"].agrees is True
    assert found["code and model, largest run"].agrees is True
    assert found["training, longest run"].agrees is True


def test_a_training_time_that_is_not_the_logs_own() -> None:
    claim = {"val_bpb": 1.1, "training_time_seconds": 2222}
    entry = entries(claim, train=log(1, 1.1, 1_386_503))["training, longest run"]
    assert entry.agrees is False
    assert entry.claimed is not None
    assert entry.logged is not None
    assert (entry.claimed.value, entry.logged.value) == (2222, 1386.503)
    assert entry.logged.where is not None
    assert entry.logged.where.line_start == 3


def test_the_total_is_recomputed_with_the_code_as_shipped() -> None:
    entry = entries({"val_bpb": 1.1}, script=80_000, train=log(1, 1.1))[
        "code and model, largest run"
    ]
    assert entry.recomputed is not None
    assert entry.recomputed.value == 15_980_000
    assert entry.agrees is False


def test_an_artifact_may_leave_the_code_out() -> None:
    found = entries({"val_bpb": 1.1, "compressed_size_bytes": 16_265_723}, script=75_440)
    entry = found["code and model, largest run"]
    assert entry.recomputed is not None
    assert entry.recomputed.value == 16_341_163


def test_the_mean_of_the_seeds_is_compared_with_the_headline() -> None:
    seeds = {"1": {"val_bpb": 1.1}, "2": {"val_bpb": 1.102}}
    logs = {"a": log(1, 1.1), "b": log(2, 1.102)}
    assert entries({"val_bpb": 1.101, "seed_results": seeds}, **logs)["score"].agrees is True
    found = entries({"val_bpb": 1.1, "seed_results": seeds}, **logs)
    assert found["score"].agrees is False
    assert found["score/2"].agrees is True


def test_the_scored_text_is_recomputed() -> None:
    figure = entries({"val_bpb": 1.1}, train=log(1, 1.1))["scored text/1"].recomputed
    assert figure is not None
    assert figure.value == pytest.approx(151_079_000, rel=1e-3)


def test_one_figure_alone_neither_agrees_nor_disagrees() -> None:
    assert Entry("x", "s", claimed=Figure(1.0)).agrees is None
    assert Entry("x", "s", claimed=Figure(1.0), logged=Figure(1.4), slack=0.5).agrees is True
    assert Entry("x", "s", claimed=Figure(1.0, open=0.5), logged=Figure(1.4)).agrees is True
    assert Entry("x", "s", claimed=Figure(1.0), logged=Figure(1.4)).agrees is False


def test_nothing_stated_nothing_listed() -> None:
    assert set(entries({})) == {"code"}
