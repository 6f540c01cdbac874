from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.evidence.claims import claim_facts
from auditor.evidence.headline import claimed_bpb, claimed_seeds, seed_scores
from auditor.evidence.jsontext import read_json
from auditor.evidence.sizing import largest_total
from auditor.facts import Fact, Facts, Quantity
from tests.memory import values


def facts_of(document: object) -> Facts:
    text = document if isinstance(document, str) else json.dumps(document, indent=1)
    return Facts(tuple(claim_facts(read_json(text), "submission.json")))


@pytest.mark.parametrize(
    ("key", "value", "quantity", "expected"),
    [
        ("val_bpb", 1.1234, Quantity.VAL_BPB, 1.1234),
        ("val_bpb", "1.1234", Quantity.VAL_BPB, 1.1234),
        ("val_bpb", "1.1234 ± 0.0005", Quantity.VAL_BPB, 1.1234),
        ("mean_val_bpb", 1.1, Quantity.VAL_BPB, 1.1),
        ("val_loss", 1.89, Quantity.VAL_LOSS, 1.89),
        ("bytes_total", 15_999_000, Quantity.TOTAL_BYTES, 15_999_000),
        ("total_submission_bytes_max", 15_993_020, Quantity.TOTAL_BYTES, 15_993_020),
        ("submission_size_int8_zlib_bytes", 14_220_659, Quantity.TOTAL_BYTES, 14_220_659),
        ("bytes_code", 48_000, Quantity.CODE_BYTES, 48_000),
        ("wrapped_code_bytes", 26_420, Quantity.CODE_BYTES, 26_420),
        ("bytes_model_int6_zstd", 15_461_179, Quantity.MODEL_BYTES, 15_461_179),
        ("artifact_bytes", 15_976_275, Quantity.ARTIFACT_BYTES, 15_976_275),
        ("compressed_size_bytes", 16_265_723, Quantity.ARTIFACT_BYTES, 16_265_723),
        ("artifact_size_mb", 15.51, Quantity.ARTIFACT_BYTES, 15_510_000.0),
        ("artifact_size", "15.5 MiB", Quantity.ARTIFACT_BYTES, 15.5 * 2**20),
        ("training_time_seconds", 2222, Quantity.TRAIN_SECONDS, 2222),
        ("wallclock_seconds", 599.7, Quantity.TRAIN_SECONDS, 599.7),
        ("train_time_ms", 599_779, Quantity.TRAIN_SECONDS, 599.779),
        ("training_time", "10 minutes", Quantity.TRAIN_SECONDS, 600.0),
        ("eval_time_s_mean", 397.23, Quantity.EVAL_SECONDS, 397.23),
        ("ttt_time_ms", 293_430, Quantity.EVAL_SECONDS, 293.43),
        ("ttt_process_real_s", 733.28, Quantity.PROCESS_SECONDS, 733.28),
        ("gptq_reserve_seconds", 0.5, Quantity.RESERVE_SECONDS, 0.5),
        ("num_gpus", 8, Quantity.WORLD_SIZE, 8),
    ],
)
def test_a_key_says_what_its_value_is_and_in_which_unit(
    key: str, value: object, quantity: Quantity, expected: float
) -> None:
    assert values(facts_of({key: value}), quantity) == [pytest.approx(expected)]


@pytest.mark.parametrize(
    "document",
    [
        {"val_bpb_std": 0.0005},
        {"delta_vs_leaderboard_bpb": 0.01},
        {"baseline_val_bpb": 1.2244},
        {"comparison": {"val_bpb": 1.2}},
        {"superseded_seeds": {"42": {"artifact_bytes": 16_025_731}}},
        {"cap_bytes": 16_000_000},
        {"headroom_bytes": 923_276},
        {"peak_vram_mb": 8833.4},
        {"vocab_size": 8192},
        {"model_size": 26.5},
        {"artifact_bytes_raw": 67_272_888},
        {"max_wallclock_seconds": 900},
        {"step_avg_ms": 81.2},
        {"train_time": 10},
        {"ttt_lr_min": 0.5},
        {"val_bpb": "pending"},
        {"val_bpb": None},
        {"val_bpb": True},
        {"bytes_total": "Estimated. Earlier artifact: 8,880,000 bytes."},
    ],
)
def test_figures_of_other_things_or_none_make_no_fact(document: object) -> None:
    assert facts_of(document).items == ()


def test_a_converted_value_keeps_its_spelling_and_how_exact_it_is() -> None:
    (fact,) = facts_of({"artifact_size_mb": 15.51})
    assert (fact.value, fact.written, fact.precision) == (15_510_000, "15.51 mb", 5_000)
    (fact,) = facts_of({"bytes_total": 15_999_000})
    assert (fact.written, fact.precision) == ("", 0)


def test_a_fact_knows_its_line_and_its_keys() -> None:
    (fact,) = facts_of('{\n "results": {\n  "bytes_total": 15000000\n }\n}')
    assert (fact.source.line_start, fact.label) == (3, "results.bytes_total")


@pytest.mark.parametrize(
    "document",
    [
        {"seed_results": {"42": {"val_bpb": 1.1}, "7": {"val_bpb": 1.2}}},
        {"seed_results": {"seed_42": {"val_bpb": 1.1}, "seed_7": {"val_bpb": 1.2}}},
        {"seed_results": {"42": 1.1, "7": 1.2}},
        {"seeds": [{"seed": 42, "val_bpb": 1.1}, {"seed": 7, "val_bpb": 1.2}]},
        {"seeds": [42, 7], "val_bpb_seeds": [1.1, 1.2]},
        {"val_bpb_per_seed": {"42": 1.1, "7": 1.2}},
        {"val_bpb_seed42": 1.1, "val_bpb_seed7": 1.2},
        {"seed_42": {"val_bpb": 1.1}, "seed_7": {"val_bpb": 1.2}},
        {"results": {"seed_42": {"val_bpb": 1.1}, "seed_7": {"val_bpb": 1.2}}},
    ],
)
def test_results_by_seed_are_found_in_all_their_shapes(document: object) -> None:
    facts = facts_of(document)
    assert claimed_seeds(facts) == (42, 7)
    found = {seed: [fact.value for fact in scores] for seed, scores in seed_scores(facts).items()}
    assert found == {42: [1.1], 7: [1.2]}


def test_the_plain_score_of_a_seed_comes_before_those_of_its_stages() -> None:
    scores = seed_scores(
        facts_of({"seed_results": {"1": {"pre_quant_val_bpb": 1.05, "val_bpb": 1.1}}})
    )
    assert [fact.value for fact in scores[1]] == [1.1, 1.05]


@pytest.mark.parametrize(
    ("document", "headline"),
    [
        ({"pre_quant_val_bpb": 1.0, "val_bpb": 1.1}, 1.1),
        ({"val_bpb_3seed_mean": 1.1, "seed_results": {"1": {"val_bpb": 1.0}}}, 1.1),
        ({"val_bpb": {"mean": 1.1, "std": 0.001}}, 1.1),
        ({"results": {"mean_val_bpb": 1.1}}, 1.1),
        ({"seed_results": {"1": {"val_bpb": 1.0}}}, None),
        ({"val_bpb": None, "pre_quant_val_bpb": 1.0}, None),
    ],
)
def test_the_headline_is_the_plainest_score_of_no_single_seed(
    document: object, headline: float | None
) -> None:
    claim = claimed_bpb(facts_of(document))
    assert (claim.value if claim else None) == headline


def test_the_largest_total_is_that_of_the_largest_seed() -> None:
    total = largest_total(
        facts_of({"bytes_total": 15_000_000, "seeds": {"7": {"bytes_total": 16_011_305}}})
    )
    assert total is not None
    assert (total.value, total.seed) == (16_011_305, 7)


def test_hardware_tells_the_number_of_accelerators() -> None:
    facts = facts_of({"hardware": "8xH100 80GB SXM"})
    assert values(facts, Quantity.GPU) == ["8xH100 80GB SXM"]
    assert values(facts, Quantity.GPU_COUNT) == [8]


def test_what_can_be_read_of_a_broken_file_is_still_a_fact() -> None:
    facts = facts_of('{"val_bpb": 1.1,\n "bytes_total": 15000000,\n "date": "2026-')
    assert values(facts, Quantity.VAL_BPB) == [1.1]
    assert values(facts, Quantity.TOTAL_BYTES) == [15_000_000]


words = st.sampled_from(
    ["val", "bpb", "seed", "42", "bytes", "total", "time", "ms", "s", "artifact", "results", "_"]
)
keys = st.lists(words, max_size=4).map("_".join) | st.text(max_size=8)
documents = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=15,
)


@given(documents)
def test_no_document_raises_and_every_number_is_usable(document: object) -> None:
    for fact in facts_of(document):
        assert_usable(fact)
    claimed_bpb(facts_of(document))


@given(st.text())
def test_no_text_raises(text: str) -> None:
    facts_of(text)


def assert_usable(fact: Fact) -> None:
    if fact.quantity not in (Quantity.GPU, Quantity.TRACK):
        assert fact.number >= 0
        assert fact.number < float("inf")
    assert fact.source.line_start >= 1
    assert len(fact.label) <= 200
