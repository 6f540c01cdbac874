from __future__ import annotations

import json

import pytest

from auditor.findings import RuleResult, Status
from rules.time003 import check
from tests.memory import FOLDER, NON_RECORD, case_of, submission_of

SMI = "|   0  {:<28}  On  |   00000000:19:00.0 Off |\n"


def answer(log: str, claims: dict[str, object] | None = None, folder: str = FOLDER) -> RuleResult:
    files = {
        "train.log": f"{log}seed:1\nfinal_exact val_loss:1.9000 val_bpb:1.12340012\n",
        "submission.json": json.dumps({"val_bpb": 1.1234, **(claims or {})}),
    }
    return check(case_of(submission_of(files, folder=folder)))


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("NVIDIA H100 80GB HBM3", Status.PASS),
        ("NVIDIA H100 PCIe", Status.FAIL),
        ("NVIDIA H100 NVL", Status.FAIL),
        ("NVIDIA H200", Status.FAIL),
        ("NVIDIA A100-SXM4-80GB", Status.FAIL),
    ],
)
def test_the_accelerator_that_a_log_lists_counts(name: str, status: Status) -> None:
    assert answer(SMI.format(name), {"hardware": "8xH100 80GB SXM"}).status is status


def test_fewer_processes_are_fewer_accelerators() -> None:
    assert answer("world_size:4\n").status is Status.FAIL
    assert answer("world_size:8\n").status is Status.PASS


@pytest.mark.parametrize(
    ("hardware", "status"),
    [
        ("8xH100 80GB SXM", Status.PASS),
        ("8x H100", Status.PASS),
        ("1xRTX 5090", Status.FAIL),
        ("2xH100", Status.FAIL),
        ("RunPod community cloud", Status.PASS),
    ],
)
def test_where_no_log_tells_the_claim_does(hardware: str, status: Status) -> None:
    assert answer("", {"hardware": hardware}).status is status


def test_the_other_track_may_use_what_it_likes() -> None:
    assert answer("world_size:1\n", folder=NON_RECORD).status is Status.NOT_APPLICABLE
