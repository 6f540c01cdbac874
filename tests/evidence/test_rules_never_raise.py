"""The rules that read evidence answer for any files at all."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.findings import Status
from auditor.submission.model import Submission
from rules import (
    art001,
    art002,
    pkg001,
    pkg002,
    pkg003,
    rep001,
    rep002,
    rep003,
    rep004,
    rep005,
    sig001,
    sig002,
    sig003,
    time001,
    time002,
)
from tests.memory import FOLDER, NON_RECORD, case_of, submission_of

RULES = {
    module.RULE.id: module.RULE
    for module in (
        *(art001, art002, time001, time002, pkg001, pkg002, pkg003),
        *(rep001, rep002, rep003, rep004, rep005, sig001, sig002, sig003),
    )
}

numbers = st.sampled_from([0, 1, 42, 599.6, 601, 2222, 15_999_999, 16_265_723, "15.5 MB", None, ""])
keys = st.sampled_from(
    ["val_bpb", "seeds", "seed_results", "42", "bytes_total", "bytes_code", "artifact_bytes",
     "training_time_seconds", "eval_time_ms", "track", "ttt_process_real_s"]
)  # fmt: skip
claims = st.recursive(numbers, lambda inner: st.dictionaries(keys, inner), max_leaves=12)
lines = st.sampled_from(
    ["seed:42", "seed:7", "world_size:4 x", "Code size: 66546 bytes", "Code size: 10 bytes",
     "Code size (compressed): 27310 bytes", "Serialized model a+b: 15999999 bytes",
     "Total submission size a+b: 16044395 bytes", "artifact: 15,000,000 bytes",
     "stopping_early: wallclock_cap train_time:900000ms step:1/2",
     "GPTQ:collected 6 Hessians in 9s",
     "total_eval_time:655.1s", "ttt_lora:compile warmup done (138.0s)", "ttt:elapsed=291.9s",
     "final_exact val_loss:1.9000 val_bpb:1.1234 eval_time:650000ms"]
)  # fmt: skip
logs = st.lists(lines, max_size=12).map("\n".join)
scripts = st.sampled_from(["", "import helper\n", "exec(open('helper.py').read())\n", "x" * 3_000])


submissions = st.builds(
    lambda claim, log, second, script, folder: submission_of(
        {
            "submission.json": json.dumps(claim),
            "train_seed42.log": log,
            "other.log": second,
            "train_gpt.py": script,
            "helper.py": "y" * 5_000,
        },
        folder=folder,
    ),
    claims,
    logs,
    logs,
    scripts,
    st.sampled_from([FOLDER, NON_RECORD]),
)


@pytest.mark.parametrize("rule_id", RULES)
@given(submissions)
def test_every_answer_is_complete(rule_id: str, submission: Submission) -> None:
    result = RULES[rule_id].check(case_of(submission))
    assert result.rule_id == rule_id
    assert result.summary
    if result.status is Status.FAIL:
        assert result.findings
    if result.status is Status.NEEDS_RULING:
        assert result.strict_side
        assert result.lenient_side


@pytest.mark.parametrize("rule_id", RULES)
@given(st.binary(max_size=99), st.binary(max_size=99), st.binary(max_size=99))
def test_no_bytes_raise(rule_id: str, document: bytes, log: bytes, script: bytes) -> None:
    files = {"submission.json": document, "a.log": log, "train_gpt.py": script}
    RULES[rule_id].check(case_of(submission_of(files)))
