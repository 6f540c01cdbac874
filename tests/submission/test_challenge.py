"""The real pull requests: needs a clone of the challenge, and is skipped without one."""

from __future__ import annotations

import pytest

from auditor.submission import (
    Clone,
    NothingToAudit,
    SubmissionError,
    from_commit,
    from_pull_request,
)
from auditor.submission.model import ProblemKind


@pytest.mark.parametrize(
    ("pr", "folder"),
    [
        (179, "2026-03-20_11L_WD038_NonVal"),
        (526, "2026-03-23_11L_VE128_PartialRoPE_LegalTTT_30ep"),
        (1280, "2026-04-03_ARSelfGenGPTQ_XSA11_Bigram3072_8xH100"),
        (1473, "2026-04-08_11L_FullGPTQ_XSA11_BigramHash3072"),
        (1480, "2026-04-08_JEPA_baseline"),
        (1861, "2026-04-26_Hetul_SkipQuantAdapterTTT_PPM_EXP"),
    ],
)
def test_the_folder_that_the_title_names_is_chosen(challenge: Clone, pr: int, folder: str) -> None:
    assert from_pull_request(challenge, pr).folder.endswith(f"/{folder}")


def test_an_unfinished_folder_beside_the_entry_is_not_chosen(challenge: Clone) -> None:
    found = from_commit(challenge, "68596decbe06a708d8852a2a6540238f6a3fd034")
    assert found.folder.endswith("/2026-04-08_11L_FullGPTQ_XSA11_BigramHash3072")
    assert len(found.other_folders) == 1


def test_an_empty_script_is_noticed(challenge: Clone) -> None:
    problems = from_pull_request(challenge, 73).problems
    assert ProblemKind.EMPTY_SCRIPT in {problem.kind for problem in problems}


def test_a_merged_pull_request_still_shows_what_it_added(challenge: Clone) -> None:
    assert len(tuple(from_pull_request(challenge, 86).snapshot.entries())) > 0


def test_every_pull_request_can_be_read(challenge: Clone) -> None:
    refs = [name.split("/") for name in challenge.repository.references]
    heads = sorted(int(r[2]) for r in refs if r[:2] == ["refs", "pull"] and r[3:] == ["head"])
    read, nothing = 0, 0
    for pr in heads:
        try:
            found = from_pull_request(challenge, pr)
        except NothingToAudit:
            nothing += 1
        except SubmissionError as error:
            pytest.fail(f"#{pr}: {error}")
        else:
            read += 1
            assert found.main_script is None or found.snapshot.find(found.main_script)
    assert nothing < 0.05 * len(heads)
    assert read + nothing == len(heads)
