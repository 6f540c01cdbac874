from __future__ import annotations

import json

from auditor.evidence.attribution import attribute
from auditor.evidence.loaded import loaded_files
from auditor.evidence.sizing import ShippedCode, Sizing, counts_packed_copy, shipped_code, sizings
from tests.memory import FOLDER, case_of, submission_of


def shipped(files: dict[str, str]) -> ShippedCode | None:
    case = case_of(submission_of(files))
    return shipped_code(case.submission, case.facts, loaded_files(case.submission))


def sizing(log: str, claim: dict[str, object]) -> Sizing:
    case = case_of(submission_of({"submission.json": json.dumps(claim), "train.log": log}))
    (found,) = sizings(case.facts, attribute(case.facts))
    return found


def test_code_counts_as_shipped() -> None:
    assert shipped({"train_gpt.py": "x" * 5_000}) == ShippedCode(5_000, (f"{FOLDER}/train_gpt.py",))


def test_a_stub_counts_with_what_it_executes() -> None:
    found = shipped(
        {"train_gpt.py": "exec(open('real.py').read())\n", "real.py": "x" * 80_000, "other.py": "y"}
    )
    assert found is not None
    assert found.size == 80_029
    assert found.files == (f"{FOLDER}/train_gpt.py", f"{FOLDER}/real.py")


def test_the_stated_size_tells_which_of_two_scripts_was_counted() -> None:
    files = {"train_gpt.py": "x" * 90_000, "train_packed.py": "y" * 20_000}
    claim = json.dumps({"bytes_code": 20_000})
    found = shipped({**files, "submission.json": claim})
    assert found == ShippedCode(20_000, (f"{FOLDER}/train_packed.py",))
    found = shipped({**files, "submission.json": json.dumps({"bytes_code": 90_000})})
    assert found == ShippedCode(90_000, (f"{FOLDER}/train_gpt.py",))


def test_without_a_script_nothing_is_known() -> None:
    assert shipped({"README.md": "x"}) is None


CODECS = (
    "Code size: 50000 bytes\n"
    "Serialized model int8+zlib: 17200000 bytes\n"
    "Total submission size int8+zlib: 17250000 bytes\n"
    "Serialized model int6+zstd: 15000000 bytes\n"
    "Total submission size int6+zstd: 15050000 bytes\n"
    "final_exact val_loss:1.9000 val_bpb:1.1234\n"
)


def test_of_several_codecs_the_last_is_shipped_unless_the_claim_names_another() -> None:
    last = sizing(CODECS, {"val_bpb": 1.1234})
    assert last.total is not None
    assert last.total.value == 15_050_000
    claimed = sizing(CODECS, {"val_bpb": 1.1234, "bytes_total": 17_250_000})
    assert claimed.total is not None
    assert claimed.total.value == 17_250_000


def test_the_shipped_total_is_model_plus_code_in_the_folder() -> None:
    found = sizing(CODECS, {"val_bpb": 1.1234})
    assert found.shipped_total(ShippedCode(70_000, ())) == 15_070_000
    assert found.shipped_total(None) is None


def test_a_packed_copy_is_told_by_its_label_or_its_size() -> None:
    code = sizing(CODECS, {"val_bpb": 1.1234}).code
    assert counts_packed_copy(code, ShippedCode(150_000, ()))
    assert not counts_packed_copy(code, ShippedCode(50_000, ()))
    assert not counts_packed_copy(None, ShippedCode(50_000, ()))
