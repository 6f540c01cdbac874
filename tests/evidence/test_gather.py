from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from auditor.facts import Quantity, Standing
from tests.memory import FOLDER, facts_of, submission_of, values

FILES: dict[str, str | bytes] = {
    "submission.json": json.dumps({"val_bpb": 1.1234, "bytes_total": 15_570_000}),
    "train_gpt.py": "print('trains')\n",
    "final_model.int6.ptz": b"\0" * 99,
    "train_seed42.log": "final_exact val_loss:1.9000 val_bpb:1.12340012\n",
}


def test_claims_logs_and_files_are_all_heard_and_told_apart() -> None:
    facts = facts_of(submission_of(FILES))
    assert values(facts, Quantity.VAL_BPB, Standing.CLAIMED) == [1.1234]
    assert values(facts, Quantity.VAL_BPB, Standing.LOGGED) == [1.12340012]
    assert values(facts, Quantity.CODE_BYTES, Standing.MEASURED) == [16]
    assert values(facts, Quantity.MODEL_BYTES, Standing.MEASURED) == [99]


def test_every_fact_points_into_the_submission() -> None:
    facts = facts_of(submission_of(FILES))
    assert {fact.source.file for fact in facts} <= {f"{FOLDER}/{name}" for name in FILES}


def test_missing_contents_leave_the_rest_readable() -> None:
    facts = facts_of(submission_of(FILES, missing=["train_seed42.log", "train_gpt.py"]))
    assert values(facts, Quantity.VAL_BPB) == [1.1234]
    assert values(facts, Quantity.CODE_BYTES, Standing.MEASURED) == []


def test_the_source_of_a_decoded_layer_may_be_echoed_as_well() -> None:
    layer = (
        "import os\nseed = 1\nfor i in range(3):\n    print(i)\nx = '''\nseed:7\n'''\nprint(x)\n"
    )
    log = f"{layer}seed:42\nfinal_exact val_loss:1.9000 val_bpb:1.1234\n"
    submission = submission_of({"train.log": log})
    assert values(facts_of(submission), Quantity.SEED) == [7, 42]
    assert values(facts_of(submission, layer), Quantity.SEED) == [42]


@given(st.binary(max_size=200), st.binary(max_size=200), st.binary(max_size=200))
def test_no_bytes_raise(document: bytes, log: bytes, script: bytes) -> None:
    files = {"submission.json": document, "train_seed1.log": log, "train_gpt.py": script}
    facts_of(submission_of(files))
