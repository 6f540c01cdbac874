"""Rewrites that keep behaviour: the rewritten program computes what the original does."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.rewrites.catalogue import KEEPING
from tests.rewrites.moving import Sources

PROGRAM = '''
"""A small evaluator."""
from __future__ import annotations
import math
import os
from collections import deque as queue

LIMIT = 7
NAME = "score"
STEPS = (1, 2)


class Settings:
    chunk = int(os.environ.get("CHUNK_OF_TEST", "3"))
    rate = float(os.environ.get("RATE_OF_TEST", "0.5"))


class Scope:
    def __enter__(self):
        return 10

    def __exit__(self, *error):
        return False


class Model:
    def __init__(self, weight):
        self.weight = weight
        self.seen = queue()

    def predict(self, x, *, scale=1.0):
        return self.weight * x * scale

    def learn(self, x, rate):
        self.weight += rate * x
        self.seen.append(x)


def spread(values, base=0):
    mean = sum(values) / len(values)
    return math.sqrt(sum((v - mean) ** 2 for v in values)) + base


def chunks(tokens, size):
    for start in range(0, len(tokens), size):
        if start > 100:
            continue
        yield start, tokens[start : start + size]


def evaluate(model, tokens, args):
    total, count = 0.0, 0
    worst = None
    history = []
    for start, chunk in chunks(tokens, args.chunk):
        with Scope() as extra:
            losses = [abs(model.predict(t, scale=2.0) - t) + extra for t in chunk if t != LIMIT]
            part = spread(losses, base=1)
            total += part
            count += len(losses)
        if worst is None or part > worst:
            worst = part
        widths = [start + again for again in STEPS]
        for again in range(len(widths)):
            rate = args.rate / (again + 1)
            last = chunk[again % len(chunk)]
            model.learn(last, rate)
        history.append((start, round(part, 6)))
    if worst > 3:
        left = 5
    else:
        left = 7
    while left > 0:
        left -= 2
    return total / count, worst, history, left


def report(label, result):
    print(label, NAME, result)


def main():
    args = Settings()
    model = Model(0.5)
    tokens = list(range(1, 20))
    result = evaluate(model, tokens, args)
    names = [str(x) for x in model.seen]
    report("final", result)
    report(",".join(names), [(k, v) for k, v in zip(names, tokens)])


if __name__ == "__main__":
    main()
'''


def run(sources: Sources, folder: Path) -> str:
    for path, text in sources.files.items():
        (folder / path).write_text(text, "utf-8")
    done = subprocess.run(
        [sys.executable, "-B", str(folder / sources.main)],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def original() -> Sources:
    return Sources("train.py", {"train.py": ast.unparse(ast.parse(PROGRAM))})


@pytest.mark.parametrize("name", sorted(KEEPING))
def test_the_rewritten_program_prints_the_same(
    name: str, original: Sources, tmp_path: Path
) -> None:
    before = run(original, tmp_path)
    rewritten = KEEPING[name](original)
    assert rewritten is not None, "the rewrite found nothing to do"
    if name != "reformat":
        assert rewritten.files != original.files
    assert run(rewritten, tmp_path) == before
