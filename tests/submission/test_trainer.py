from __future__ import annotations

import json
from pathlib import Path

import pytest

from auditor.submission.folder import FolderSnapshot
from auditor.submission.metadata import Metadata
from auditor.submission.trainer import is_named_trainer, main_script

from .builders import TRAINER, Content, Link, write_tree


def chosen(root: Path, files: dict[str, Content], folder: str = "") -> str | None:
    snapshot = FolderSnapshot(write_tree(root, files))
    stated = files.get("submission.json", "{}")
    assert isinstance(stated, str)
    return main_script(snapshot, snapshot.under(folder), folder, Metadata(json.loads(stated)))


def test_the_usual_name_is_the_main_script(tmp_path: Path) -> None:
    files: dict[str, Content] = {
        "train_gpt.py": TRAINER,
        "train_gpt_v2.py": TRAINER * 9,
        "README.md": "python train_gpt_v2.py",
    }
    assert chosen(tmp_path, files) == "train_gpt.py"


@pytest.mark.parametrize("content", ["", "import other", "exec(open('real.py').read())"])
def test_the_usual_name_counts_whatever_is_in_it(tmp_path: Path, content: str) -> None:
    files: dict[str, Content] = {"train_gpt.py": content, "real.py": TRAINER}
    assert chosen(tmp_path, files) == "train_gpt.py"


def test_the_readable_copy_of_a_packed_script_is_not_the_main_script(tmp_path: Path) -> None:
    packed = "import lzma\nexec(lzma.decompress(b''))"
    files: dict[str, Content] = {"train_gpt.py": packed, "train_gpt_human.py": TRAINER}
    assert chosen(tmp_path / "1", files) == "train_gpt.py"
    other: dict[str, Content] = {"train_method.py": packed, "train_og.py": TRAINER}
    assert chosen(tmp_path / "2", other) == "train_method.py"


def test_a_script_with_another_name_is_found(tmp_path: Path) -> None:
    for i, name in enumerate(["train.py", "train_mdlm.py", "train_gpt_mlx.py", "my-train.py"]):
        files: dict[str, Content] = {name: TRAINER, "prepare_data.py": "fineweb = 1"}
        assert chosen(tmp_path / str(i), files) == name


def test_the_code_size_in_the_metadata_tells_which_was_measured(tmp_path: Path) -> None:
    longer = TRAINER + "#"
    files: dict[str, Content] = {
        "train_a.py": TRAINER,
        "train_b.py": longer,
        "submission.json": json.dumps({"bytes_code": len(longer)}),
    }
    assert chosen(tmp_path, files) == "train_b.py"


@pytest.mark.parametrize(
    "text",
    [
        "Run `torchrun --standalone train_b.py`.",
        "torchrun --nproc_per_node=8 \\\n  folder/train_b.py --x 1",
        'python3 "$(dirname "$0")/train_b.py"',
    ],
)
def test_the_command_in_the_readme_tells_which_is_run(tmp_path: Path, text: str) -> None:
    files: dict[str, Content] = {
        "train_a.py": TRAINER,
        "train_b.py": TRAINER,
        "README.md": text,
    }
    assert chosen(tmp_path, files) == "train_b.py"


def test_without_a_hint_the_plainest_name_is_taken(tmp_path: Path) -> None:
    names = ["train_gpt_x.py", "train_gpt_x_ablation.py", "train_gpt_x_other.py"]
    files: dict[str, Content] = dict.fromkeys(names, TRAINER)
    assert chosen(tmp_path, files) == "train_gpt_x.py"


def test_a_copy_of_the_challenges_own_script_is_only_there_to_compare_with(
    tmp_path: Path,
) -> None:
    folder = "records/track_10min_16mb/A"
    files: dict[str, Content] = {
        "train_gpt.py": TRAINER,
        f"{folder}/train_gpt.py": TRAINER,
        f"{folder}/train_new.py": TRAINER + "#",
        f"{folder}/run.sh": "python train_new.py",
    }
    assert chosen(tmp_path / "1", files, folder) == f"{folder}/train_new.py"
    files[f"{folder}/train_gpt.py"] = TRAINER + "# changed"
    assert chosen(tmp_path / "2", files, folder) == f"{folder}/train_gpt.py"
    files[f"{folder}/train_gpt.py"] = TRAINER
    files[f"{folder}/run.sh"] = "python train_gpt.py"
    assert chosen(tmp_path / "3", files, folder) == f"{folder}/train_gpt.py"
    del files[f"{folder}/run.sh"]
    assert chosen(tmp_path / "4", files, folder) == f"{folder}/train_gpt.py"


def test_scripts_of_the_folder_go_before_those_further_down(tmp_path: Path) -> None:
    files: dict[str, Content] = {"train_x.py": TRAINER, "old/train_gpt.py": TRAINER}
    assert chosen(tmp_path / "1", files) == "train_x.py"
    assert chosen(tmp_path / "2", {"code/train_x.py": TRAINER}) == "code/train_x.py"


def test_a_script_that_trains_counts_even_if_its_name_does_not_say_so(tmp_path: Path) -> None:
    files: dict[str, Content] = {"idea.py": TRAINER, "plot.py": "import matplotlib"}
    assert chosen(tmp_path, files) == "idea.py"


def test_a_name_that_promises_training_loses_to_a_script_that_trains(tmp_path: Path) -> None:
    files: dict[str, Content] = {"train_notes.py": "X = 1", "idea.py": TRAINER}
    assert chosen(tmp_path, files) == "idea.py"


def test_analysis_scripts_and_links_are_no_main_script(tmp_path: Path) -> None:
    files: dict[str, Content] = {
        "plot.py": "import matplotlib",
        "train_gpt.py": Link("elsewhere.py"),
        "tests/test_train.py": TRAINER,
    }
    assert chosen(tmp_path, files) is None


def test_a_line_without_end_does_not_slow_the_search_for_commands(tmp_path: Path) -> None:
    files: dict[str, Content] = {
        "train_a.py": TRAINER,
        "train_b.py": TRAINER,
        "README.md": "python " + "a-" * 200_000 + " " + "python " * 50_000,
    }
    assert chosen(tmp_path, files) == "train_a.py"


@pytest.mark.parametrize("name", ["train.py", "a/pretrain_x.py", "x-train.py", "train_gpt_v5.py"])
def test_trainers_are_known_by_name(name: str) -> None:
    assert is_named_trainer(name)


@pytest.mark.parametrize(
    "name", ["constrain.py", "train.sh", "test_train.py", "tests/train.py", "trainspotting.py"]
)
def test_names_that_only_resemble_one_are_not(name: str) -> None:
    assert not is_named_trainer(name)
