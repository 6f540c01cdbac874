"""A clone with a handful of pull requests whose verdicts are known."""

from __future__ import annotations

from rules.miniature import program
from rules.ttt001 import ADAPT_ALL, SCORE_FIRST
from tests.submission.builders import RECORDS, Files, World, entry

LEGAL, ILLEGAL, NO_FOLDER, UNREADABLE, LATER = 11, 12, 13, 14, 15

LOG = (
    "step:20000/20000 val_loss:2.1 val_bpb:1.2500 train_time:590000ms\n"
    "Total submission size int8+zlib: 15848000 bytes\n"
    "final_exact val_loss:2.11064880 val_bpb:1.25000000\n"
)
CODE = {
    LEGAL: program(evaluate=SCORE_FIRST),
    ILLEGAL: program(ADAPT_ALL, before_scoring="adapt(model, val_tokens)"),
    UNREADABLE: "def f(:\n",
}


def record(name: str, code: str) -> Files:
    return entry(name, 1.25, {"train_gpt.py": code, "train.log": LOG})


def path_of(pr: int) -> str:
    """The script of a pull request."""
    return f"{RECORDS}/2026-03-31_Pull{pr}/train_gpt.py"


def clone_of_pulls(world: World) -> World:
    """One legal, one illegal, one that adds no record, one that cannot be read."""
    base = world.main({"README.md": "The challenge.\n", "train_gpt.py": "print('baseline')\n"})
    for pr, code in CODE.items():
        world.pull(pr, record(f"2026-03-31_Pull{pr}", code), [base])
    world.pull(NO_FOLDER, {"docs/notes.md": "Nothing to score.\n"}, [base])
    return world
