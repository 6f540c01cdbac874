from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.evidence.logs import log_facts, seed_in_name
from auditor.facts import Fact, Quantity
from auditor.texts import TextLines
from auditor.texts.echo import runtime_lines
from tests.memory import values

from .test_claims import assert_usable

RUN = """\
world_size:8 grad_accum_steps:1
val_loader:shards pattern=./data/val_*.bin tokens:62021632
train_loader:dataset:example train_shards:80
train_batch_tokens:524288 iterations:20000 max_wallclock_seconds:600.000
seed:1337
step:0/20000 val_loss:6.9300 val_bpb:4.1000 train_time:0ms step_avg:0.01ms
step:100/20000 train_loss:3.1000 train_time:9001ms step_avg:90.01ms
step:7000/20000 val_loss:1.9400 val_bpb:1.1490 train_time:600071ms step_avg:85.72ms
stopping_early: wallclock_cap train_time:600071ms step:7000/20000
Serialized model: 106000000 bytes
Code size: 70000 bytes
Serialized model int6+zstd: 15500000 bytes
Total submission size int6+zstd: 15570000 bytes
final_int6_sliding_window val_loss:1.8968 val_bpb:1.1234 stride:64 eval_time:71234ms
final_int6_sliding_window_exact val_loss:1.89680012 val_bpb:1.12340056
"""


def facts_of(text: str, file: str = "train.log", *sources: str) -> list[Fact]:
    return list(log_facts(TextLines(file, tuple(runtime_lines(text, sources)))))


def test_a_run_is_read_line_by_line() -> None:
    facts = facts_of(RUN)
    expected: dict[Quantity, list[float | int | str]] = {
        Quantity.WORLD_SIZE: [8],
        Quantity.VAL_TOKENS: [62_021_632],
        Quantity.TRAIN_SHARDS: [80],
        Quantity.CAP_SECONDS: [600.0],
        Quantity.SEED: [1337],
        Quantity.TRAIN_SECONDS: [600.071, 600.071],
        Quantity.STEPS: [7000],
        Quantity.MODEL_BYTES: [106_000_000, 15_500_000],
        Quantity.CODE_BYTES: [70_000],
        Quantity.TOTAL_BYTES: [15_570_000],
        Quantity.VAL_BPB: [4.1, 1.149, 1.1234, 1.12340056],
        Quantity.EVAL_SECONDS: [71.234],
    }
    assert {quantity: values(facts, quantity) for quantity in expected} == expected


def test_every_fact_has_its_line_its_label_and_the_seed_of_its_run() -> None:
    exact = facts_of(RUN, "train.log")[-2]
    assert exact.label == "final_int6_sliding_window_exact"
    assert exact.source.line_start == 15
    assert {fact.seed for fact in facts_of(RUN)} == {1337}


@pytest.mark.parametrize(
    ("line", "quantity", "value", "label"),
    [
        ("4500/20000 val_loss: 2.8111 val_bpb: 1.0888", Quantity.VAL_BPB, 1.0888, "step"),
        (
            "diagnostic pre-quantization post-ema val_loss:2.81 val_bpb:1.0881 eval_time:9ms",
            Quantity.VAL_BPB,
            1.0881,
            "diagnostic pre-quantization post-ema",
        ),
        ("legal_ttt_exact val_loss:1.89 val_bpb:1.11911111", Quantity.VAL_BPB, 1.11911111, ""),
        ("Final BPB: ttt_exact val_loss:1.89 val_bpb:1.119", Quantity.VAL_BPB, 1.119, ""),
        (
            "ttt_sliding:done val_loss=1.9 val_bpb=1.119 elapsed=418.2s",
            Quantity.EVAL_SECONDS,
            418.2,
            "",
        ),
        (
            "slot val_loss:1.7111 val_bpb:1.0111 time:301234ms",
            Quantity.EVAL_SECONDS,
            301.234,
            "slot",
        ),
        ("q_sw vl:1.9222 bpb:1.1388 s:64 t:94321ms", Quantity.EVAL_SECONDS, 94.321, "q_sw bpb"),
        ("total_eval_time:444.4s", Quantity.EVAL_SECONDS, 444.4, "total_eval_time"),
        ("TTT eval time:    345.0s", Quantity.EVAL_SECONDS, 345.0, "total_eval_time"),
        ("total_eval_time_with_compile:661.1s", Quantity.PROCESS_SECONDS, 661.1, ""),
        ("Quantized BPB:      1.007123", Quantity.VAL_BPB, 1.007123, "Quantized BPB"),
        ("ppm_mixer val_bpb:0.99511111 eval_time:348111ms", Quantity.EVAL_SECONDS, 348.111, ""),
        ("ttt:elapsed=44.5s", Quantity.ADAPT_SECONDS, 44.5, "ttt"),
        ("prequant_ttt:done elapsed=101.5s", Quantity.ADAPT_SECONDS, 101.5, "prequant_ttt:done"),
        ("ttt_lora:compile warmup done (121.0s)", Quantity.UNTIMED_SECONDS, 121.0, ""),
        ("GPTQ:collected 67 Hessians in 11.9s", Quantity.CALIBRATION_SECONDS, 11.9, ""),
        ("gptq:calibrated 68 layers in 2.1s", Quantity.CALIBRATION_SECONDS, 2.1, ""),
        ("gptq:generated 64 sequences in 190.5s", Quantity.CALIBRATION_SECONDS, 190.5, ""),
        ("gptq:hessians collected layers=68 time=36.5s", Quantity.CALIBRATION_SECONDS, 36.5, ""),
        ("gptq:reserving 12s, effective=588000ms", Quantity.RESERVE_SECONDS, 12.0, "reserving"),
        ("gptq:reserving 9000ms from training budget", Quantity.RESERVE_SECONDS, 9.0, "reserving"),
        ("  gptq_reserve_seconds: 0.5", Quantity.RESERVE_SECONDS, 0.5, "gptq_reserve_seconds"),
        ("Code size (compressed): 27111 bytes", Quantity.CODE_BYTES, 27_111, "compressed"),
        ("Code size (uncompressed): 121212 bytes", Quantity.CODE_BYTES, 121_212, "uncompressed"),
        ("serialized_model_int8_zlib:12345678 bytes", Quantity.MODEL_BYTES, 12_345_678, ""),
        (
            "Total submission size quantized+brotli: 15912345 bytes",
            Quantity.TOTAL_BYTES,
            15_912_345,
            "",
        ),
        (
            "Total submission int6+zstd: 15900123 bytes",
            Quantity.TOTAL_BYTES,
            15_900_123,
            "int6+zstd",
        ),
        (
            "model:15800000 code:60000 total:15860000 (15.86 MB)",
            Quantity.TOTAL_BYTES,
            15_860_000,
            "",
        ),
        ("budget:15990001/16000000 (16.00/16.00MB) FITS", Quantity.TOTAL_BYTES, 15_990_001, ""),
        ("Artifact: 15,140,001 bytes (14.43 MB)", Quantity.ARTIFACT_BYTES, 15_140_001, "Artifact"),
        (
            "quant:int5 artifact size: 16270011 bytes (15.52 MB)",
            Quantity.ARTIFACT_BYTES,
            16_270_011,
            "",
        ),
        ("  world_size: 4", Quantity.WORLD_SIZE, 4, ""),
        ("val_tokens: 40540000", Quantity.VAL_TOKENS, 40_540_000, ""),
        ("train_shards: 128", Quantity.TRAIN_SHARDS, 128, ""),
        ("  seed: 42", Quantity.SEED, 42, ""),
        ("seed:1337 ema_enabled:True", Quantity.SEED, 1337, ""),
    ],
)
def test_the_families_of_lines(line: str, quantity: Quantity, value: float, label: str) -> None:
    found = [fact for fact in facts_of(line + "\n") if fact.quantity is quantity]
    assert [fact.value for fact in found] == [value]
    assert not label or found[0].label == label


@pytest.mark.parametrize(
    "line",
    [
        'log0(f"final_exact val_loss:{q_val_loss:.8f} val_bpb:{q_val_bpb:.8f}")',
        'log0(f"Code size: {code_bytes} bytes")',
        'seed = int(os.environ.get("SEED", 1337))',
        "best_val_bpb = 999.0",
        "ttt_chunk [1/1893] bpb=1.158111 time=0.5s",
        "ttt_progress: batch 778/782 batch_bpb:1.1133 running_bpb:1.1133",
        "  sliding_eval [ 10.6%] 12800/121000 windows running_bpb=1.162111",
        "peak memory allocated: 8900 MiB reserved: 9000 MiB",
        "  spinquant_seed: 20260401",
        "Codebook+brotli: 15750000 bytes",
        "gptq:quantizes without train-data calibration",
    ],
)
def test_code_progress_and_other_lines_state_nothing(line: str) -> None:
    assert facts_of(line + "\n") == []


def test_a_clock_in_minutes_leaves_three_seconds_open() -> None:
    (clock,) = facts_of("4500/4500 train_loss: 2.8044 train_time: 22.5m tok/s: 2600000\n")
    assert (clock.value, clock.written) == (1350.0, "22.5m")
    assert clock.precision == pytest.approx(3.0)


def test_of_the_clocks_inside_a_run_only_the_last_is_kept() -> None:
    log = "".join(f"step:{i}/9 train_loss:3.0 train_time:{i}000ms\n" for i in range(1, 10))
    (clock,) = facts_of(log)
    assert (clock.value, clock.label, clock.source.line_start) == (9.0, "step", 9)


def test_two_runs_in_one_log_are_told_apart_by_their_seeds() -> None:
    facts = facts_of(RUN + RUN.replace("1337", "42").replace("600071", "599000"))
    clocks = [(f.seed, f.value) for f in facts if f.quantity is Quantity.TRAIN_SECONDS]
    assert clocks == [(1337, 600.071), (1337, 600.071), (42, 599.0), (42, 599.0)]


@pytest.mark.parametrize(
    ("name", "seed"),
    [
        ("logs/train_seed42.log", 42),
        ("train_seed_1337.txt", 1337),
        ("a/seed7/train.log", None),
        ("run_s2025.log", 2025),
        ("train.log", None),
        ("steps500.log", None),
    ],
)
def test_a_file_name_may_tell_the_seed(name: str, seed: int | None) -> None:
    assert seed_in_name(name) == seed
    (fact,) = facts_of("total_eval_time:1.0s\n", name)
    assert fact.seed == seed


def test_an_nvidia_smi_table_tells_name_and_number() -> None:
    row = "|   {}  NVIDIA H100 80GB HBM3          On  |   00000000:0{}:00.0 Off |        0 |\n"
    facts = facts_of("".join(row.format(i, i) for i in range(8)))
    assert values(facts, Quantity.GPU) == ["NVIDIA H100 80GB HBM3"]
    assert values(facts, Quantity.GPU_COUNT) == [8]


def test_an_echoed_source_states_nothing() -> None:
    script = (
        'import os\nseed = 3\n# seed:7\nx = """\nseed:9\nCode size: 999999 bytes\n"""\nprint(x)\n'
    )
    facts = facts_of(script + "=" * 100 + "\n" + RUN, "train.log", script)
    assert values(facts, Quantity.SEED) == [1337]
    assert values(facts, Quantity.CODE_BYTES) == [70_000]


def test_endless_validations_do_not_hide_the_result() -> None:
    steps = "".join(f"step:{i}/9999 val_loss:2.0000 val_bpb:1.2000\n" for i in range(3000))
    facts = facts_of(steps + "final_exact val_loss:1.9000 val_bpb:1.1234\n")
    assert 1.1234 in values(facts, Quantity.VAL_BPB)
    assert len(facts) < 2_100


@given(st.binary(max_size=300))
def test_no_log_raises(data: bytes) -> None:
    for fact in facts_of(data.decode("latin-1")):
        assert_usable(fact)


pieces = st.sampled_from(
    ["val_bpb:", "1.1234", "train_time:", "ms", "seed:", "9" * 30, "bytes", "Code size: ", "=", " ",
     "gptq:", "reserving", "in 3s", "total_eval_time:", "\n", "|  0  NVIDIA H  On", "step:1/2"]
)  # fmt: skip


@given(st.lists(pieces, max_size=30).map("".join))
def test_no_log_in_the_grammar_raises(text: str) -> None:
    for fact in facts_of(text):
        assert_usable(fact)


@given(
    st.decimals(0, 99, places=8, allow_nan=False),
    st.integers(0, 10**9),
    st.integers(1000, 10**11),
    st.integers(0, 10**9),
)
def test_rendered_numbers_come_back_exactly(
    bpb: object, milliseconds: int, size: int, seed: int
) -> None:
    facts = facts_of(
        f"seed:{seed}\n"
        f"stopping_early: wallclock_cap train_time:{milliseconds}ms step:1/2\n"
        f"Total submission size int6+lzma: {size} bytes\n"
        f"final_exact val_loss:1.0000 val_bpb:{bpb:.8f}\n"
    )
    assert values(facts, Quantity.SEED) == [seed]
    assert values(facts, Quantity.TRAIN_SECONDS) == [milliseconds / 1000]
    assert values(facts, Quantity.TOTAL_BYTES) == [size]
    assert values(facts, Quantity.VAL_BPB) == [float(f"{bpb:.8f}")]


@pytest.mark.parametrize(
    "stamp",
    [
        "[05:25:04] ",
        "2026-04-29 18:42:59+08:00 ",
        "2026-04-29T18:42:59.123Z - ",
        "[2026-04-29 18:42:59,123] [INFO] ",
        "[18:42:59][rank 0]: ",
    ],
)
def test_what_a_logger_puts_before_a_line_is_not_part_of_it(stamp: str) -> None:
    line = "quantized_sliding_window val_loss:2.79653431 val_bpb:1.08264830 eval_time:90581ms"
    facts = list(log_facts(TextLines("train.log", ((1, stamp + line),))))
    assert {fact.label for fact in facts} == {"quantized_sliding_window"}
    assert values(facts, Quantity.EVAL_SECONDS) == [90.581]
