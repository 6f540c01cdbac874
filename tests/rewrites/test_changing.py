"""Edits that change behaviour, made on a program that scores each chunk before it trains on it."""

from __future__ import annotations

import ast
from dataclasses import replace

import pytest

from auditor.submission.model import Submission
from rules.miniature import program
from rules.ttt001 import ADAPT_ALL, SCORE_FIRST
from tests.memory import submission_of
from tests.rewrites.catalogue import CHANGING, KEEPING, written
from tests.rewrites.moving import Sources
from tests.rewrites.reading import answer, program_of, rewritten, trace_of
from tests.rewrites.sites import sites


def edited(name: str, submission: Submission) -> Submission | None:
    sources = program_of(submission)
    plain = rewritten(submission, sources)
    tree = ast.parse(sources.files[sources.main])
    made = CHANGING[name].edit(tree, sites(trace_of(plain), sources.main))
    if made is None:
        return None
    files = {sources.main: written(made)}
    return rewritten(plain, replace(sources, files=sources.files | files))


LEGAL = submission_of({"train_gpt.py": program(evaluate=SCORE_FIRST)})
ILLEGAL = submission_of(
    {"train_gpt.py": program(ADAPT_ALL, before_scoring="adapt(model, val_tokens)")}
)


@pytest.mark.parametrize("name", ["swap", "epochs_around", "second_loop", "train_before"])
def test_an_edit_of_a_legal_program_breaks_it(name: str) -> None:
    assert not answer(LEGAL).fails
    made = edited(name, LEGAL)
    assert made is not None
    assert "TTT" in answer(made).families


def test_an_evaluation_that_is_called_again_scores_what_it_has_learned() -> None:
    for name in ("second_pass", "best_of_passes"):
        made = edited(name, LEGAL)
        assert made is not None
        assert "TTT" in answer(made).families


def test_without_its_adaptation_an_illegal_program_is_legal() -> None:
    assert "TTT" in answer(ILLEGAL).families
    made = edited("drop_adaptation", ILLEGAL)
    assert made is not None
    assert not answer(made).fails


def test_nothing_is_swapped_where_nothing_is_learned() -> None:
    assert edited("swap", submission_of({"train_gpt.py": program()})) is None


def test_a_packed_program_is_edited_in_its_decoded_form() -> None:
    plain = Sources("train_gpt.py", {"train_gpt.py": program(evaluate=SCORE_FIRST)})
    packed = KEEPING["pack_lzma"](plain)
    assert packed is not None
    made = edited("swap", submission_of(packed.files))
    assert made is not None
    assert "TTT" in answer(made).families
