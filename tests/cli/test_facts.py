from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion
from typer.testing import CliRunner

from auditor.cli import app
from auditor.cli.output import CannotAudit

FOLDER = "records/track_10min_16mb/2026-04-01_Example"
CLAIM = {
    "name": "Record: an example",
    "github_id": "someone",
    "val_bpb": 1.1001,
    "bytes_total": 15_950_000,
    "training_time_seconds": 2222,
    "seed_results": {"1": {"val_bpb": 1.1}, "2": {"val_bpb": 1.1002}},
}
LOG = """\
val_loader:shards pattern=fineweb_val_*.bin tokens:62021632
seed:{seed}
step:0/20000 val_loss:6.9360 val_bpb:4.1078 train_time:0ms
step:4000/20000 val_loss:2.0 val_bpb:1.1845 train_time:300000ms
stopping_early: wallclock_cap train_time:600012ms step:7000/20000
Code size: 50000 bytes
Serialized model int6+zstd: 15900000 bytes
Total submission size int6+zstd: 15950000 bytes
final_exact val_loss:{loss:.8f} val_bpb:{bpb:.8f} eval_time:90000ms
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    folder = tmp_path / FOLDER
    folder.mkdir(parents=True)
    (folder / "submission.json").write_text(json.dumps(CLAIM, indent=2))
    (folder / "train_gpt.py").write_text("#" * 49_999 + "\n")
    for seed, bpb in ((1, 1.1), (2, 1.1002)):
        text = LOG.format(seed=seed, bpb=bpb, loss=bpb * 1.688456)
        (folder / f"train_seed{seed}.log").write_text(text)
    return tmp_path


def facts(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["facts", *arguments], catch_exceptions=False)
    assert result.exit_code == 0
    return result.output


def test_the_table_marks_what_disagrees(tree: Path, snapshot: SnapshotAssertion) -> None:
    assert facts(str(tree)) == snapshot


def test_programs_get_every_figure_with_its_line(tree: Path) -> None:
    report = json.loads(facts(str(tree), "--format", "json"))
    (training,) = (e for e in report["entries"] if e["what"] == "training, longest run")
    assert training["agrees"] is False
    assert training["claimed"]["value"] == 2222
    assert training["logged"]["file"].endswith("train_seed1.log")
    assert training["logged"]["line"] == 5


@pytest.mark.parametrize("name", ["curves.png", "curves.SVG"])
def test_curves_are_drawn_into_a_file(tree: Path, name: str) -> None:
    facts(str(tree), "--plot", str(tree / name))
    assert (tree / name).stat().st_size > 1_000


def complaint(*arguments: str) -> str:
    with pytest.raises(CannotAudit) as refused:
        CliRunner().invoke(app, ["facts", *arguments], catch_exceptions=False)
    return str(refused.value)


def test_a_missing_library_is_one_clear_line(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    said = complaint(str(tree), "--plot", str(tree / "x.png"))
    assert "pip install 'parameter-golf-auditor[plot]'" in said
    assert "\n" not in said


def test_other_refusals_say_what_to_do(tree: Path, tmp_path: Path) -> None:
    assert ".png or .svg" in complaint(str(tree), "--plot", "x.gif")
    assert "terminal and json" in complaint(str(tree), "--format", "xml")
    for log in (tree / FOLDER).glob("*.log"):
        log.unlink()
    assert "no losses" in complaint(str(tree), "--plot", str(tmp_path / "x.png"))
