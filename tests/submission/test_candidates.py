from __future__ import annotations

from pathlib import Path

import pytest

from auditor.submission.candidates import Effect, candidate_folders, examine
from auditor.submission.folder import FolderSnapshot
from auditor.submission.history import Change, NoHistory
from auditor.submission.model import Track

from .builders import LOG, RECORDS, TRAINER, Content, Link, World, entry, write_tree
from .test_gittree import snapshot


def folders(root: Path, files: dict[str, Content]) -> tuple[str, ...]:
    return candidate_folders(FolderSnapshot(write_tree(root, files)))


def test_every_folder_of_a_track_is_one_whatever_it_holds(tmp_path: Path) -> None:
    files = entry("A") | {f"{RECORDS}/B/README.md": "", f"{RECORDS}/C/deep/notes.txt": ""}
    assert folders(tmp_path, files) == (f"{RECORDS}/A", f"{RECORDS}/B", f"{RECORDS}/C")


def test_elsewhere_below_records_it_takes_a_script_or_the_json(tmp_path: Path) -> None:
    files: dict[str, Content] = {
        "records/plans/idea.md": "",
        "records/data/x.bin": "",
        "records/mine/train_gpt.py": TRAINER,
        "records/told/submission.json": "{}",
    }
    assert folders(tmp_path, files) == ("records/mine", "records/told")


def test_a_folder_that_only_groups_others_is_looked_into(tmp_path: Path) -> None:
    files: dict[str, Content] = {
        f"{RECORDS}/me/2026-04-01_A/train_gpt.py": TRAINER,
        f"{RECORDS}/me/2026-04-02_B/submission.json": "{}",
        f"{RECORDS}/me/summary.md": "",
    }
    assert folders(tmp_path, files) == (
        f"{RECORDS}/me/2026-04-01_A",
        f"{RECORDS}/me/2026-04-02_B",
    )


def test_a_folder_with_parts_of_its_own_is_not(tmp_path: Path) -> None:
    files: dict[str, Content] = {
        f"{RECORDS}/A/README.md": "",
        f"{RECORDS}/A/code/train_gpt.py": TRAINER,
        f"{RECORDS}/A/ablation/submission.json": "{}",
    }
    assert folders(tmp_path, files) == (f"{RECORDS}/A",)


def test_outside_of_records_a_folder_needs_a_script_and_the_json(tmp_path: Path) -> None:
    files: dict[str, Content] = {
        "mine/train_gpt.py": TRAINER,
        "mine/submission.json": "{}",
        "tools/train_helper.py": TRAINER,
        "results/submission.json": "{}",
    }
    assert folders(tmp_path, files) == ("mine",)


def test_root_scripts_are_the_empty_path(tmp_path: Path) -> None:
    files: dict[str, Content] = {"train_gpt.py": TRAINER, "tools/train_helper.py": TRAINER}
    assert folders(tmp_path / "1", files) == ("",)
    assert folders(tmp_path / "2", {"idea.py": TRAINER}) == ("",)
    assert folders(tmp_path / "3", {"submission.json": "{}"}) == ("",)


def test_as_a_last_resort_any_folder_with_a_trainer_counts(tmp_path: Path) -> None:
    files: dict[str, Content] = {"lab/train_x.py": TRAINER, "docs/x.md": ""}
    assert folders(tmp_path, files) == ("lab",)


@pytest.mark.parametrize(
    "files",
    [
        {"README.md": ""},
        {"tools/plot.py": "import matplotlib"},
        {"main.py": "print(1)"},
        {"train_gpt.py": Link("records/x")},
        {"tests/train.py": TRAINER},
        {},
    ],
)
def test_text_tools_and_links_are_no_submission(tmp_path: Path, files: dict[str, Content]) -> None:
    assert folders(tmp_path, files) == ()


def test_examining_tells_what_a_folder_holds(tmp_path: Path) -> None:
    tree = FolderSnapshot(write_tree(tmp_path, entry("2026-04-01_A", 1.25)))
    folder = f"{RECORDS}/2026-04-01_A"
    candidate = examine(tree, NoHistory(), folder, ())
    assert candidate.effect is Effect.ADDS
    assert candidate.track is Track.TEN_MINUTES
    assert candidate.score == 1.25
    assert candidate.presented
    assert candidate.scored
    assert candidate.day is not None
    assert candidate.contents.main_script == f"{folder}/train_gpt.py"
    assert candidate.logs == (f"{folder}/train.log",)


def test_a_script_loose_in_a_track_does_not_own_the_records_beside_it(tmp_path: Path) -> None:
    files: dict[str, Content] = {
        f"{RECORDS}/train.py": TRAINER,
        f"{RECORDS}/A/train_gpt.py": TRAINER,
    }
    tree = FolderSnapshot(write_tree(tmp_path, files))
    loose = examine(tree, NoHistory(), RECORDS, ())
    assert loose.contents.main_script == f"{RECORDS}/train.py"
    assert [e.path for e in loose.contents.entries] == [f"{RECORDS}/train.py"]


def test_the_effect_of_a_pull_request_on_a_folder(world: World) -> None:
    base = world.commit(entry("A") | entry("B"))
    edits = {f"{RECORDS}/A/train_gpt.py": TRAINER + "#", f"{RECORDS}/B/README.md": "typo"}
    head = world.commit(edits | entry("C"), [base])
    tree = snapshot(world, head, base)
    effects = [examine(tree, tree, f"{RECORDS}/{name}", ()).effect for name in "ABC"]
    assert effects == [Effect.EDITS_SCRIPT, Effect.EDITS_TEXT, Effect.ADDS]


def test_positions_count_the_commits_back_from_the_head(tmp_path: Path) -> None:
    tree = FolderSnapshot(write_tree(tmp_path, {"a/x.log": LOG, "b/x.log": LOG}))
    changes = (
        Change("edit", frozenset("a")),
        Change("add both", frozenset("ab"), frozenset("ab")),
    )
    a, b = (examine(tree, NoHistory(), folder, changes) for folder in "ab")
    assert (a.touched_at, a.introduced_at) == (0, 1)
    assert (b.touched_at, b.introduced_at) == (1, 1)
    assert examine(tree, NoHistory(), "c", changes).touched_at == 2
