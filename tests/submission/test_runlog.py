from __future__ import annotations

from pathlib import Path

import pytest

from auditor.submission.folder import FolderSnapshot
from auditor.submission.runlog import is_run_log

from .builders import LOG, Content, Link, write_tree


def sniffed(root: Path, name: str, content: Content) -> bool:
    snapshot = FolderSnapshot(write_tree(root, {name: content}))
    found = snapshot.find(name)
    assert found is not None
    return is_run_log(snapshot, found)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("train.log", LOG),
        ("train_seed42.txt", LOG),
        ("logs/deep/1.out", LOG),
        ("train_log", LOG),
        ("a.log", "step    10 | loss 0.0361 | lr 3.00e-04"),
        ("a.log", "final_roundtrip_exact val_bpb 1.0500312"),
        ("a.log", "eval_time:46000ms"),
        ("a.log", "mean: bpb = 1.25"),
        ("utf16.txt", LOG.encode("utf-16")),
        ("utf16le.txt", LOG.encode("utf-16-le")),
        ("bom.txt", b"\xef\xbb\xbf" + LOG.encode()),
        ("nul.txt", LOG.replace(" ", "\0 ").encode()),
        ("source_first.txt", "print(f'val_bpb')\n" * 30_000 + LOG),
        ("bars.log", "\r".join(f"step:{i}" for i in range(9))),
    ],
)
def test_files_that_a_run_printed_are_logs(tmp_path: Path, name: str, content: Content) -> None:
    assert sniffed(tmp_path, name, content)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("train.log", ""),
        ("train.log", "placeholder: the run is still to come"),
        ("requirements.txt", LOG),
        ("notes.txt", "We reach a val_bpb of 1.25 and want less."),
        ("notes.txt", "Best so far: val_bpb: 1.25, val_loss: 2.1"),
        ("results.csv", LOG),
        ("README.md", LOG),
        ("train_gpt.py", LOG),
        ("Makefile", LOG),
        ("vocab.txt", LOG),
        ("link.log", Link("train.txt")),
    ],
)
def test_notes_lists_and_placeholders_are_not(tmp_path: Path, name: str, content: Content) -> None:
    assert not sniffed(tmp_path, name, content)
