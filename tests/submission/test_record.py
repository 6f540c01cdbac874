"""What the later stages get for a target, from end to end."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from auditor.submission import (
    Clone,
    NothingToAudit,
    Submission,
    SubmissionError,
    from_commit,
    from_folder,
    from_pull_request,
)
from auditor.submission.folder import FolderSnapshot
from auditor.submission.history import NoHistory
from auditor.submission.model import Origin, ProblemKind, Track
from auditor.submission.record import read_submission

from .builders import LOG, RECORDS, TRAINER, Content, Deleted, Link, World, entry, write_tree

A = f"{RECORDS}/2026-04-01_A"
B = f"{RECORDS}/2026-04-02_B"


def kinds(submission: Submission) -> list[ProblemKind]:
    return [problem.kind for problem in submission.problems]


def test_a_pull_request_that_adds_one_record_folder(world: World) -> None:
    base = world.main({"train_gpt.py": TRAINER, "README.md": ""})
    head = world.pull(12, entry("2026-04-01_A", more={"helper.py": "", "logs/2.txt": LOG}), [base])
    found = from_pull_request(world.path, 12)
    assert found.origin == Origin(12, str(head), str(base))
    assert (found.folder, found.track) == (A, Track.TEN_MINUTES)
    assert found.is_record_claim
    assert found.main_script == f"{A}/train_gpt.py"
    assert found.scripts == (f"{A}/helper.py",)
    assert found.logs == (f"{A}/logs/2.txt", f"{A}/train.log")
    assert found.metadata == f"{A}/submission.json"
    assert found.readme == f"{A}/README.md"
    assert (found.other_folders, found.chosen_because, found.problems) == ((), "", ())
    assert found.opened == date(2026, 3, 31), "the head commit's day, not the folder's"
    assert found.snapshot.read(f"{A}/helper.py") == b""


def test_the_folder_worked_on_last_is_the_claim(world: World) -> None:
    base = world.main({"x": ""})
    first = world.commit(entry("2026-04-02_B", 1.1), [base], "Record: B")
    world.pull(1, entry("2026-04-01_A", None), [first], "Record: A, run pending")
    found = from_pull_request(world.path, 1)
    assert (found.folder, found.other_folders) == (A, (B,))
    assert "worked on last" in found.chosen_because


def test_an_added_folder_goes_before_one_that_is_merely_corrected(world: World) -> None:
    base = world.main(entry("2026-04-02_B"))
    added = world.commit(entry("2026-04-01_A"), [base])
    world.pull(1, {f"{B}/README.md": "typo"}, [added])
    assert from_pull_request(world.path, 1).folder == A


def test_files_of_the_folder_count_even_if_the_pull_request_does_not_touch_them(
    world: World,
) -> None:
    base = world.main(entry("2026-04-01_A"))
    world.pull(1, {f"{A}/train_gpt.py": TRAINER + "#"}, [base])
    found = from_pull_request(world.path, 1)
    assert found.logs == (f"{A}/train.log",)
    assert [e.path for e in found.snapshot.entries()] == [f"{A}/train_gpt.py"]


def test_deleted_files_are_not_part_of_the_folder(world: World) -> None:
    base = world.main(entry("2026-04-01_A"))
    world.pull(1, {f"{A}/train.log": Deleted(), f"{A}/train_gpt.py": "x"}, [base])
    assert from_pull_request(world.path, 1).logs == ()


def test_root_scripts_are_audited_where_there_is_no_record_folder(world: World) -> None:
    base = world.main({"train_gpt.py": TRAINER} | entry("2026-04-02_B"))
    files: dict[str, Content] = {"train_gpt.py": TRAINER + "#", "tools/x.py": "", "run.log": LOG}
    world.pull(1, files | {"results/submission.json": "{}"}, [base])
    found = from_pull_request(world.path, 1)
    assert (found.folder, found.track) == ("", Track.NONE)
    assert found.main_script == "train_gpt.py"
    assert found.scripts == ("tools/x.py",)
    assert found.logs == ("run.log",)
    assert found.readme is None, "the README of the challenge is not the entry's"
    assert found.metadata is None, "nor does a JSON further down describe it"


def test_a_record_folder_without_a_script_relies_on_the_root_script(world: World) -> None:
    base = world.main({"train_gpt.py": TRAINER, "train_gpt_mlx.py": TRAINER})
    files = entry("2026-04-01_A")
    del files[f"{A}/train_gpt.py"]
    world.pull(1, files | {"train_mine.py": TRAINER}, [base])
    found = from_pull_request(world.path, 1)
    assert (found.folder, found.main_script, found.scripts) == (A, "train_mine.py", ())
    world.pull(2, files, [base])
    assert from_pull_request(world.path, 2).main_script is None


def test_an_empty_script_is_still_the_main_script_and_a_problem(world: World) -> None:
    files = entry("2026-04-01_A") | {f"{A}/train_gpt.py": "", f"{A}/train_gpt_v2.py": TRAINER}
    world.pull(1, files, [world.main({"x": ""})])
    found = from_pull_request(world.path, 1)
    assert found.main_script == f"{A}/train_gpt.py"
    assert kinds(found) == [ProblemKind.EMPTY_SCRIPT]


def test_metadata_may_have_another_name(tmp_path: Path) -> None:
    described = '{"author": "a", "val_bpb": 1.2}'
    for i, name in enumerate(["submission_x.json", "submision.json"]):
        files: dict[str, Content] = {
            f"{A}/train_gpt.py": TRAINER,
            f"{A}/config.json": '{"layers": 9}',
            f"{A}/{name}": described,
        }
        found = from_folder(write_tree(tmp_path / str(i), files))
        assert found.metadata == f"{A}/{name}"


def test_a_caller_can_ask_for_a_folder_by_path_or_name(world: World) -> None:
    base = world.main(entry("2026-03-01_Old"))
    world.pull(1, entry("2026-04-01_A") | entry("2026-04-02_B"), [base])
    for asked in (A, f"/{A}/", "2026-04-01_A"):
        found = from_pull_request(world.path, 1, folder=asked)
        assert (found.folder, found.other_folders) == (A, (B,))
        assert found.chosen_because == "It was asked for by name."
    untouched = from_pull_request(world.path, 1, folder=f"{RECORDS}/2026-03-01_Old")
    assert untouched.main_script == f"{RECORDS}/2026-03-01_Old/train_gpt.py"


def test_asking_for_a_folder_that_is_not_there_lists_the_candidates(world: World) -> None:
    world.pull(1, entry("2026-04-01_A") | entry("2026-04-02_B"), [world.main({"x": ""})])
    with pytest.raises(SubmissionError) as caught:
        from_pull_request(world.path, 1, folder="missing")
    assert A in str(caught.value)
    assert B in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_pull_request_without_any_script_is_nothing_to_audit(world: World) -> None:
    world.pull(1, {"README.md": "typo"}, [world.main({"README.md": ""})])
    with pytest.raises(NothingToAudit, match="among the 1 files") as caught:
        from_pull_request(world.path, 1)
    assert isinstance(caught.value, SubmissionError)


def test_hazards_are_reported_and_audited_around(world: World) -> None:
    files = entry("2026-04-01_A", more={"link.py": Link("../../../../etc/passwd")})
    world.pull(1, files | {"elsewhere/link": Link("x")}, [world.main({"x": ""})])
    found = from_pull_request(world.path, 1)
    assert kinds(found) == [ProblemKind.SYMLINK, ProblemKind.SYMLINK]
    assert found.problems[0].path == f"{A}/link.py"
    assert f"{A}/link.py" not in found.scripts


def test_one_clone_serves_many_pull_requests(world: World) -> None:
    base = world.main({"x": ""})
    world.pull(1, entry("2026-04-01_A"), [base])
    world.pull(2, entry("2026-04-02_B"), [base])
    clone = Clone(world.path)
    assert [from_pull_request(clone, pr).folder for pr in (1, 2)] == [A, B]


def test_any_commit_can_be_audited_against_any_other(world: World) -> None:
    base = world.main({"x": ""})
    first = world.commit(entry("2026-04-01_A"), [base])
    second = world.commit(entry("2026-04-02_B"), [first])
    found = from_commit(world.path, str(second))
    assert (found.folder, found.other_folders, found.origin.pr) == (B, (A,), None)
    alone = from_commit(world.path, str(second), base=str(first))
    assert (alone.folder, alone.other_folders) == (B, ())
    assert alone.origin.base == str(first)


def test_a_record_folder_on_disk_has_the_paths_of_the_pull_request(tmp_path: Path) -> None:
    write_tree(tmp_path, entry("2026-04-01_A") | entry("2026-04-02_B"))
    found = from_folder(tmp_path / A)
    assert (found.folder, found.track, found.other_folders) == (A, Track.TEN_MINUTES, ())
    assert found.main_script == f"{A}/train_gpt.py"
    assert found.opened == date(2026, 4, 1)
    assert found.origin == Origin()


def test_a_tree_on_disk_is_searched_for_the_newest_entry(tmp_path: Path) -> None:
    write_tree(tmp_path, {"train_gpt.py": TRAINER} | entry("2026-04-01_A") | entry("2026-04-02_B"))
    found = from_folder(tmp_path)
    assert (found.folder, found.other_folders) == (B, (A,))
    assert "latest date" in found.chosen_because
    assert from_folder(tmp_path, folder=A).folder == A


def test_a_record_folder_that_lies_anywhere_is_the_empty_path(tmp_path: Path) -> None:
    described = '{"author": "a", "val_bpb": 1.2, "date": "2026-04-03", "track": "10min_16mb"}'
    files: dict[str, Content] = {
        "train_gpt.py": TRAINER,
        "README.md": "",
        "submission.json": described,
        "logs/train.log": LOG,
    }
    found = from_folder(write_tree(tmp_path / "mine", files))
    assert (found.folder, found.track) == ("", Track.TEN_MINUTES)
    assert found.main_script == "train_gpt.py"
    assert (found.metadata, found.readme) == ("submission.json", "README.md")
    assert found.logs == ("logs/train.log",)
    assert found.opened == date(2026, 4, 3)


def test_what_the_walk_could_not_list_is_among_the_problems(tmp_path: Path) -> None:
    write_tree(tmp_path, entry("2026-04-01_A"))
    snapshot = FolderSnapshot(tmp_path, max_entries=3)
    found = read_submission(snapshot, NoHistory(), Origin())
    assert kinds(found) == [ProblemKind.TOO_MANY_FILES]


def test_ten_thousand_files_are_no_trouble(tmp_path: Path) -> None:
    many = {f"wandb/{i % 100}/{i}.txt": "x" for i in range(10_000)}
    found = from_folder(write_tree(tmp_path, entry("2026-04-01_A", more=many)))
    assert found.logs == (f"{A}/train.log",)
    assert found.problems == ()
