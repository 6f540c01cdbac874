"""Rewrites of a real submission: the merged example of scoring a chunk before training on it."""

from __future__ import annotations

import ast

import pytest

from auditor.submission import Clone, Submission, from_pull_request
from tests.rewrites.catalogue import CHANGING, KEEPING, written
from tests.rewrites.moving import Sources
from tests.rewrites.reading import answer, program_of, rewritten, trace_of
from tests.rewrites.sites import sites

MERGED_EXAMPLE = 549  # https://github.com/openai/parameter-golf/pull/549


@pytest.fixture(scope="module")
def submission(challenge: Clone) -> Submission:
    return from_pull_request(challenge, MERGED_EXAMPLE)


@pytest.fixture(scope="module")
def sources(submission: Submission) -> Sources:
    return program_of(submission)


@pytest.mark.parametrize("name", ["rename", "extract_loop_body", "to_siblings", "pack_lzma"])
def test_it_stays_legal_however_it_is_written(
    name: str, submission: Submission, sources: Sources
) -> None:
    made = KEEPING[name](sources)
    assert made is not None
    found = answer(rewritten(submission, made))
    assert (found.order, found.fails) == ("score_first", ())


@pytest.mark.parametrize("name", ["swap", "epochs_around", "second_pass", "train_before"])
def test_it_is_illegal_once_it_is_edited(
    name: str, submission: Submission, sources: Sources
) -> None:
    plain = rewritten(submission, sources)
    at = sites(trace_of(plain), sources.main)
    tree = CHANGING[name].edit(ast.parse(sources.files[sources.main]), at)
    assert tree is not None
    made = sources.with_files(**{sources.main: written(tree)})
    assert "TTT" in answer(rewritten(plain, made)).families
