"""Which value of a switch counts: the log's, the command's, the title's, the code's own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.settings import Settings, SettingSource, script_started
from auditor.texts import TextLines


def text(*lines: str, file: str = "train.log") -> TextLines:
    return TextLines(file, tuple(enumerate(lines, start=1)))


def logged(*lines: str) -> Settings:
    return Settings([text(*lines)])


def commanded(*lines: str) -> Settings:
    return Settings(commands=[text(*lines, file="README.md")])


def value(settings: Settings, name: str, default: str | None = None) -> str | None:
    found = settings.value(name, default)
    return None if found is None else found.value


# --- logs ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        "ttt_epochs:3",
        "ttt_epochs: 3",
        "ttt_epochs=3",
        "TTT_EPOCHS = 3",
        "  ttt_epochs: '3'",
        "config: lr=0.1, ttt_epochs=3, seed=1",
        "ttt:start chunks=10 ttt_epochs=3",
    ],
)
def test_a_log_tells_a_value_in_any_of_these_ways(line: str) -> None:
    assert value(logged(line), "TTT_EPOCHS") == "3"


@pytest.mark.parametrize(("word", "meant"), [("True", "1"), ("False", "0"), ("None", "")])
def test_words_of_python_are_read_as_an_environment_has_them(word: str, meant: str) -> None:
    assert value(logged(f"ttt_enabled:{word}"), "TTT_ENABLED") == meant


def test_the_first_value_in_a_log_counts() -> None:
    assert value(logged("epochs:1", "epochs:2"), "EPOCHS") == "1"


def test_the_value_that_most_logs_print_counts() -> None:
    logs = [text("epochs:1"), text("epochs:3"), text("epochs:3")]
    found = Settings(logs).value("EPOCHS")
    assert found is not None
    assert (found.value, found.source) == ("3", SettingSource.LOG)


def test_the_line_is_told() -> None:
    found = logged("start", "ttt_epochs:3").value("TTT_EPOCHS")
    assert found is not None
    assert found.where is not None
    assert (found.where.file, found.where.line_start) == ("train.log", 2)


def test_steps_far_down_a_log_are_no_settings() -> None:
    assert value(logged(*["step"] * 700, "epochs:3"), "EPOCHS") is None
    assert value(logged(*["step"] * 700, "ttt start epochs:3"), "EPOCHS") == "3"


# --- commands ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        "TTT_ENABLED=1 torchrun --nproc_per_node=8 train_gpt.py",
        "export TTT_ENABLED=1",
        'TTT_ENABLED="1" \\',
        "- `TTT_ENABLED=1`",
        'export TTT_ENABLED="${TTT_ENABLED:-1}"',
    ],
)
def test_a_command_tells_a_value_in_any_of_these_ways(line: str) -> None:
    assert value(commanded(line), "TTT_ENABLED") == "1"


@pytest.mark.parametrize(
    "line", ["x.TTT_ENABLED=1", "path/TTT_ENABLED=1", "$TTT_ENABLED=1", "ttt_enabled=1"]
)
def test_what_only_looks_like_an_assignment_is_none(line: str) -> None:
    assert value(commanded(line), "TTT_ENABLED") is None


def test_an_ablation_beside_the_submitted_run_does_not_outvote_it() -> None:
    settings = commanded("EPOCHS=3 python a.py", "EPOCHS=3 python a.py", "EPOCHS=9 python a.py")
    assert value(settings, "EPOCHS") == "3"


def test_a_run_script_counts_before_the_readme() -> None:
    documents = [text("EPOCHS=2", file="run.sh"), text("EPOCHS=5", file="README.md")]
    assert value(Settings(commands=documents), "EPOCHS") == "2"


def test_a_variation_of_the_command_is_not_what_was_submitted() -> None:
    settings = commanded(
        "torchrun train.py",
        "VOCAB=8192 \\",
        "torchrun train.py",
        "EPOCHS=0 torchrun train.py",
    )
    assert value(settings, "EPOCHS") is None
    exported = commanded(
        "export EPOCHS=1", *["BATCH=2 torchrun t.py"] * 2, "EPOCHS=0 torchrun t.py"
    )
    assert value(exported, "EPOCHS") == "1"
    assert value(commanded("torchrun train.py", "EPOCHS=9 torchrun train.py"), "EPOCHS") == "9"


def test_options_belong_to_the_command_they_continue() -> None:
    settings = commanded(
        "pip install --upgrade torch",
        "torchrun --nproc_per_node=8 train_gpt.py \\",
        "  --ttt-epochs 5 \\",
        "  --causal",
        "ls --long",
    )
    assert settings.options == {"nproc_per_node": "8", "ttt_epochs": "5", "causal": "1"}


@pytest.mark.parametrize(
    ("line", "script"),
    [
        ("torchrun --standalone --nproc_per_node=8 train_gpt.py", "train_gpt.py"),
        ("SEED=1 python3 records/a/train.py --x", "records/a/train.py"),
        ("see train_gpt.py", None),
    ],
)
def test_the_script_that_is_started(line: str, script: str | None) -> None:
    assert script_started([text(line)]) == script


# --- titles and defaults -------------------------------------------------------------------------


def test_a_title_turns_on_what_is_off_by_default_and_named_in_full() -> None:
    settings = Settings(titles=["Legal TTT with Ngram cache"])
    found = settings.value("TTT_ENABLED", "0")
    assert found is not None
    assert (found.value, found.source) == ("1", SettingSource.TITLE)
    assert settings.value("SLOT_ENABLED", "0") is None
    assert settings.value("TTT_EPOCHS", "0") is None


@pytest.mark.parametrize("title", ["No TTT", "without TTT", "not TTT"])
def test_a_title_that_denies_a_technique_does_not_turn_it_on(title: str) -> None:
    assert Settings(titles=[title]).value("TTT_ENABLED", "0") is None


def test_where_there_is_a_log_the_title_has_no_say() -> None:
    assert Settings([text("hello:1")], titles=["TTT"]).value("TTT_ENABLED", "0") is None


def test_the_log_outweighs_the_command_and_the_command_the_code() -> None:
    settings = Settings([text("epochs:3")], [text("EPOCHS=5 RANK_ONE=7", file="README.md")])
    for name, default in (("EPOCHS", "1"), ("RANK_ONE", "1"), ("OTHER", "1")):
        settings.asked(name, default)
    assert [(s.name, s.value, s.source.value) for s in settings.used()] == [
        ("EPOCHS", "3", "log"),
        ("OTHER", "1", "default"),
        ("RANK_ONE", "7", "command"),
    ]


def test_commands_of_another_run_can_be_disregarded() -> None:
    settings = Settings([text("epochs:3")], [text("EPOCHS=5 LAYERS=7", file="README.md")])
    settings.disregard(["EPOCHS", "LAYERS"])
    assert (value(settings, "EPOCHS"), value(settings, "LAYERS")) == ("3", None)


@given(st.lists(st.text(max_size=60)), st.lists(st.text(max_size=60)))
def test_any_text_is_survived(logs: list[str], commands: list[str]) -> None:
    settings = Settings([text(*logs)], [text(*commands)], commands)
    settings.asked("TTT_ENABLED", "0")
    assert len(settings.used()) == 1
