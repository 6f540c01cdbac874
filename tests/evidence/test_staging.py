from __future__ import annotations

import pytest

from auditor.evidence.staging import (
    preparation_defaults,
    training_boundaries,
    validation_as_training,
)
from auditor.texts import TextLines


def document(*lines: str) -> list[TextLines]:
    return [TextLines("README.md", tuple(enumerate(lines, start=1)))]


@pytest.mark.parametrize(
    "line",
    [
        "ln -s data/fineweb_val_000000.bin data/only/fineweb_train_000000.bin",
        "$ ln -sf a/fineweb_val_000000.bin b/fineweb_train_000000.bin",
        "  cp -r val.bin train.bin  # the same shard",
        "mv 'a b/fineweb_validation_0.bin' fineweb_train_0.bin",
    ],
)
def test_a_validation_file_where_training_reads(line: str) -> None:
    (placed,) = validation_as_training(document("text", line))
    assert placed.where.line_start == 2


@pytest.mark.parametrize(
    "line",
    [
        "ln -s data/fineweb_val_000000.bin data/only/fineweb_val_000000.bin",
        "ln -s data/fineweb_train_000000.bin data/only/fineweb_train_000000.bin",
        "ln -s data/train_val_split.bin data/fineweb_train_000000.bin",
        "cp -r eval/fineweb_val.bin train/",  # the folder alone says nothing
        "the val file is linked as fineweb_train_000000.bin",
        "ln -s 'unclosed fineweb_val_0.bin fineweb_train_0.bin",
        "ln",
    ],
)
def test_other_commands_and_prose(line: str) -> None:
    assert list(validation_as_training(document(line))) == []


@pytest.mark.parametrize(
    ("line", "documents"),
    [
        ("the training shards are those of `val_docs=10000`", 10_000),
        ("train data: prepare.py --val-docs 10_000", 10_000),
        ('"note": "--val-docs=10,000 train shards + 50k val eval"', 10_000),
    ],
)
def test_a_boundary_among_the_validation_documents(line: str, documents: int) -> None:
    (boundary,) = training_boundaries(document(line), 50_000)
    assert boundary.documents == documents


@pytest.mark.parametrize(
    "line",
    [
        "the training shards are those of `val_docs=50000`",
        "`--val-docs=10000` to `--val-docs=50000`, so that train and val are apart",
        "prepare.py --val-docs 10000",  # says nothing of training
        "training holds out val documents",
    ],
)
def test_right_boundaries_corrections_and_bare_commands(line: str) -> None:
    assert list(training_boundaries(document(line), 50_000)) == []


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ('ap.add_argument("--val-docs", type=int, default=10_000, help="held out")', [10_000]),
        ('ap.add_argument("--val-docs", type=int, default=50_000)', []),
        ('ap.add_argument("--docs", default=10_000)', []),
    ],
)
def test_what_a_preparation_holds_out_by_default(line: str, found: list[int]) -> None:
    defaults = preparation_defaults(document(line), 50_000)
    assert [each.documents for each in defaults] == found
