from __future__ import annotations

from pathlib import Path

import pytest

from rules.miniature import program
from rules.ttt001 import ADAPT_ALL, SCORE_FIRST
from tests.submission.builders import RECORDS, entry, write_tree

LOG = "final_exact val_loss:2.11064880 val_bpb:1.25000000\n"


def tree(root: Path, code: str) -> Path:
    files = entry("2026-04-01_Mine", 1.25, {"train_gpt.py": code, "train.log": LOG})
    return write_tree(root, files)


@pytest.fixture
def legal(tmp_path: Path) -> Path:
    """A tree whose one record folder breaks no rule, and cannot be decided in everything."""
    return tree(tmp_path / "legal", program(evaluate=SCORE_FIRST))


@pytest.fixture
def illegal(tmp_path: Path) -> Path:
    """A tree whose one record folder trains on validation tokens before scoring them."""
    code = program(ADAPT_ALL, before_scoring="adapt(model, val_tokens)")
    return tree(tmp_path / "illegal", code)


@pytest.fixture
def folder() -> str:
    """The record folder of both trees."""
    return f"{RECORDS}/2026-04-01_Mine"
